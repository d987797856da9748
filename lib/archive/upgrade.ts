import {MkvenvdebError} from '../errors.js';
import {compareDebianVersions} from '../policy/version.js';
import {findDistributions} from './inspect-distributions.js';
import {actualInstalledSize} from './inspect-tree.js';
import type {ReadDebOptions} from './read.js';
import {type Survey, surveyDeb} from './survey.js';
import {
  compareFields,
  compareScripts,
  type FieldChange,
  type RelationChanges,
  type ScriptChange,
} from './upgrade-fields.js';
import {
  type ConffileChange,
  compareConffiles,
  compareDistributions,
  compareFiles,
  type DistributionChange,
  type FileChange,
  type FileFacts,
} from './upgrade-files.js';
import {predictServices, type ServiceChange} from './upgrade-services.js';

export type {
  ConffileChange,
  DistributionChange,
  FieldChange,
  FileChange,
  FileFacts,
  RelationChanges,
  ScriptChange,
  ServiceChange,
};

/** One of the two packages. */
export interface UpgradeSide {
  /** As it was given. */
  readonly file: string;
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  /** Bytes of the file: what is downloaded. */
  readonly size: number;
  /** KiB, as the field says, else by the rule of dpkg-gencontrol. */
  readonly installedSize: number;
}

/** What a server goes through when one package replaces the other. */
export interface DebUpgrade {
  readonly before: UpgradeSide;
  readonly after: UpgradeSide;
  /** By dpkg's order of versions; `unrelated` for packages of two names. */
  readonly direction: 'upgrade' | 'downgrade' | 'same-version' | 'unrelated';
  readonly fields: readonly FieldChange[];
  readonly scripts: readonly ScriptChange[];
  /** All conffiles of either, those that do not change too. */
  readonly conffiles: readonly ConffileChange[];
  readonly distributions: readonly DistributionChange[];
  readonly files: readonly FileChange[];
  readonly services: readonly ServiceChange[];
  /** What could not be told, and what to beware of. */
  readonly notes: readonly string[];
}

export type DescribeUpgradeOptions = Pick<ReadDebOptions, 'signal' | 'limits'>;

/**
 * Tell what an upgrade from one package to another does on a server: fields, scripts, conffiles and whether dpkg asks
 * about them, distributions, files, and which services are restarted, by the maintainer scripts themselves, which are
 * read and never run. Each package is read once.
 *
 * @param before the package that is installed
 * @param after the one that replaces it
 * @throws E_FORMAT for what is no package; E_OPTION when there is no such file; E_IO; the signal's reason
 */
export async function describeUpgrade(
  before: string,
  after: string,
  {signal, limits}: DescribeUpgradeOptions = {},
): Promise<DebUpgrade> {
  const old = await surveyDeb(before, {signal, limits, digests: true});
  const now = await surveyDeb(after, {signal, limits, digests: true});
  const sides = {before: sideOf(before, old), after: sideOf(after, now)};
  const direction = directionOf(sides.before, sides.after);
  const notes: string[] = [...old.notes, ...now.notes, ...warnings(sides.before, sides.after, direction)];
  const problem = (text: string) => void notes.push(text);
  const files = compareFiles(old, now);
  const {services, unread} = predictServices(old, now, files);
  for (const name of unread)
    notes.push(`The ${name} is beyond what can be read here: what it does to services is not told`);
  return {
    ...sides,
    direction,
    fields: compareFields(old.contents.control, now.contents.control),
    scripts: compareScripts(old, now),
    conffiles: compareConffiles(old, now),
    distributions: compareDistributions(findDistributions(old, problem), findDistributions(now, problem)),
    files,
    services,
    notes: [...new Set(notes)],
  };
}

function sideOf(file: string, {contents: {control, entries}, size}: Survey): UpgradeSide {
  const stated = control.get('Installed-Size') ?? '';
  return {
    file,
    package: control.get('Package') ?? '',
    version: control.get('Version') ?? '',
    architecture: control.get('Architecture') ?? '',
    size,
    installedSize: /^\d{1,15}$/.test(stated) ? Number(stated) : actualInstalledSize(entries),
  };
}

function directionOf(before: UpgradeSide, after: UpgradeSide): DebUpgrade['direction'] {
  if (before.package !== after.package) return 'unrelated';
  const order = orderOf(before.version, after.version);
  return order === undefined ? 'unrelated' : order < 0 ? 'upgrade' : order > 0 ? 'downgrade' : 'same-version';
}

function orderOf(a: string, b: string): number | undefined {
  try {
    return compareDebianVersions(a, b);
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
}

function* warnings(
  before: UpgradeSide,
  after: UpgradeSide,
  direction: DebUpgrade['direction'],
): Generator<string> {
  if (direction === 'downgrade')
    yield `A downgrade: ${after.version} is older than ${before.version}; apt does it only when it is told to`;
  if (direction === 'same-version')
    yield `The same version: apt does not replace ${before.version} with it, a repository must not have both`;
  if (before.package !== after.package) yield `Two packages: ${before.package} and ${after.package}`;
  else if (direction === 'unrelated')
    yield 'A version is none that dpkg would take: which is newer cannot be told';
  if (before.architecture !== after.architecture)
    yield `Another architecture: ${before.architecture} and ${after.architecture}`;
}
