import {globToRegExp} from '../formats/glob.js';
import {sortedByBytes} from '../formats/order.js';
import type {Compression} from './compress.js';
import {type BundledDistribution, findDistributions} from './inspect-distributions.js';
import {
  type BundledVirtualenv,
  type CommandFile,
  type EntryPoint,
  findCommands,
  findEntryPoints,
  findVirtualenvs,
} from './inspect-python.js';
import {type FoundSbom, findSboms} from './inspect-sbom.js';
import {
  type BundledUnit,
  conffilesOf,
  findIntegration,
  findUnits,
  type Integration,
} from './inspect-system.js';
import {actualInstalledSize, type FolderSize, measureFolders} from './inspect-tree.js';
import type {ReadDebOptions} from './read.js';
import type {DebEntry} from './read-tar.js';
import {type Survey, surveyDeb} from './survey.js';

export type {
  BundledDistribution,
  BundledUnit,
  BundledVirtualenv,
  CommandFile,
  EntryPoint,
  FolderSize,
  FoundSbom,
  Integration,
};

/** One of the two archives in a package. */
export interface ArchiveSize {
  readonly compression: Compression;
  /** Bytes in the package. */
  readonly packed: number;
  /** Bytes of the tar archive. */
  readonly unpacked: number;
}

/** What a package is and holds. */
export interface DebReport {
  /** As it was given. */
  readonly file: string;
  /** Bytes of the file: what is downloaded. */
  readonly size: number;
  /** Fields of the control file, in order, as they are written. */
  readonly control: Readonly<Record<string, string>>;
  /** Files of the control archive. */
  readonly members: readonly {readonly path: string; readonly mode: number; readonly text: string}[];
  readonly compression: {readonly control: Compression; readonly data: Compression};
  readonly archives: {readonly control: ArchiveSize; readonly data: ArchiveSize};
  /** KiB: what the field says, where it is a number, and what dpkg-gencontrol would write. */
  readonly installedSize: {readonly stated?: number; readonly actual: number};
  /** Bytes of all files. */
  readonly contentSize: number;
  /** The largest first. */
  readonly folders: readonly FolderSize[];
  readonly distributions: readonly BundledDistribution[];
  readonly virtualenvs: readonly BundledVirtualenv[];
  readonly entryPoints: readonly EntryPoint[];
  /** In the folders of PATH. */
  readonly commands: readonly CommandFile[];
  readonly units: readonly BundledUnit[];
  readonly conffiles: readonly string[];
  readonly integration: readonly Integration[];
  readonly sboms: readonly FoundSbom[];
  /** Every member of the data archive, by path. */
  readonly entries: readonly DebEntry[];
  /** What could not be read or is not as it should be; no reason to fail. */
  readonly notes: readonly string[];
}

export interface InspectDebOptions extends Pick<ReadDebOptions, 'signal' | 'limits'> {
  /** Glob over absolute paths: only members that fit are listed in `entries`. @default all */
  readonly files?: string | undefined;
}

/**
 * Tell what a package is: its fields and scripts, what it holds by size, the Python distributions in it with their
 * licences, the interpreter it needs, its commands, units and conffiles. It is read once; any .deb will do, and one
 * that was made to harm is safe: metadata that cannot be read becomes a note.
 *
 * @throws E_FORMAT for what is no package; E_OPTION when there is no such file; E_IO; the signal's reason
 */
export async function inspectDeb(file: string, options: InspectDebOptions = {}): Promise<DebReport> {
  const {signal, limits, files} = options;
  const report = await reportOf(file, await surveyDeb(file, {signal, limits}));
  if (files === undefined) return report;
  const glob = globToRegExp(files);
  return {...report, entries: report.entries.filter(({path}) => glob.test(`/${path}`))};
}

/** The report on a package that was surveyed. */
export async function reportOf(file: string, survey: Survey): Promise<DebReport> {
  const notes: string[] = [...survey.notes];
  const problem = (text: string) => void notes.push(text);
  const {control, members, entries, compression} = survey.contents;
  const distributions = findDistributions(survey, problem);
  const stated = /^\d{1,15}$/.test(control.get('Installed-Size') ?? '')
    ? Number(control.get('Installed-Size'))
    : undefined;
  const folders = measureFolders(entries);
  return {
    file,
    size: survey.size,
    control: Object.fromEntries(control),
    members: members
      .filter(({type}) => type === 'file')
      .map(({path, mode, data}) => ({path, mode, text: data.toString()})),
    compression,
    archives: archivesOf(survey),
    installedSize: {...(stated === undefined ? {} : {stated}), actual: actualInstalledSize(entries)},
    contentSize: folders.find(({path}) => path === '')?.size ?? 0,
    folders,
    distributions,
    virtualenvs: findVirtualenvs(survey),
    entryPoints: findEntryPoints(survey, distributions),
    commands: findCommands(entries),
    units: findUnits(survey),
    conffiles: conffilesOf(survey),
    integration: findIntegration(survey),
    sboms: await findSboms(file, survey, problem),
    entries: sortedByBytes(entries, ({path}) => path),
    notes,
  };
}

function archivesOf({contents: {archive, compression, tars}}: Survey): DebReport['archives'] {
  const size = (which: 'control' | 'data'): ArchiveSize => ({
    compression: compression[which],
    packed: archive.find(({name}) => name.startsWith(`${which}.tar`))?.size ?? 0,
    unpacked: tars[which].length,
  });
  return {control: size('control'), data: size('data')};
}
