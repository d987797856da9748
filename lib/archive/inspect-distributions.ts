import {posix} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {type CoreMetadata, parseCoreMetadata} from '../formats/core-metadata.js';
import {normalizeName} from '../formats/names.js';
import {compareBytes} from '../formats/order.js';
import {parseRecord} from '../formats/record.js';
import {spdxLicence} from '../policy/licences.js';
import {keptText, type Survey} from './survey.js';

/** A distribution that is bundled, as its `*.dist-info` or `*.egg-info` tells it. */
export interface BundledDistribution {
  /** As its metadata spells it. */
  readonly name: string;
  readonly normalizedName: string;
  readonly version: string;
  readonly summary?: string;
  /** SPDX expression where it can be told, else the first line of what the metadata says. */
  readonly licence?: string;
  /** Of its metadata, without leading slash. */
  readonly path: string;
  /** Bytes of its files that are in the package. */
  readonly size: number;
  readonly files: number;
  /** It brings compiled code (ELF). */
  readonly native: boolean;
  /** Who installed it: `pip`. */
  readonly installer?: string;
  /** It was asked for by itself (PEP 376, REQUESTED). */
  readonly requested: boolean;
  /** Where it came from when that was no index (PEP 610). */
  readonly directUrl?: string;
}

const INFO = /^(?<folder>(?:.*\/)?(?:site|dist)-packages)\/(?<name>[^/]+\.(?:dist|egg)-info)(?:\/|$)/;

/**
 * Find every distribution below a site-packages or dist-packages folder.
 *
 * @param problem is told what metadata could not be read
 */
export function findDistributions(
  survey: Survey,
  problem: (text: string) => void,
): readonly BundledDistribution[] {
  const index = indexEntries(survey);
  return [...index.infos]
    .flatMap(([path, folder]) => describe({survey, index, path, folder}, problem) ?? [])
    .sort((a, b) => compareBytes(a.normalizedName, b.normalizedName) || compareBytes(a.path, b.path));
}

/** Sizes of files by path, and the folders of metadata with the folders that hold them. */
interface EntryIndex {
  readonly sizes: ReadonlyMap<string, number>;
  readonly infos: ReadonlyMap<string, string>;
  /** Files by what comes first below a site-packages folder. */
  readonly below: Map<string, readonly string[]>;
  /** Texts of licences by the folder of metadata. */
  readonly licences: ReadonlyMap<string, readonly {readonly name: string; readonly text: string}[]>;
}

function indexEntries({contents: {entries}, kept}: Survey): EntryIndex {
  const sizes = new Map<string, number>();
  const infos = new Map<string, string>();
  const below = new Map<string, string[]>();
  for (const {path, type, size} of entries) {
    const {folder, name} = INFO.exec(path)?.groups ?? {};
    if (folder !== undefined) infos.set(`${folder}/${name}`, folder);
    if (type !== 'file' && type !== 'hardlink') continue;
    sizes.set(path, size);
    const top = /^(?:.*\/)?(?:site|dist)-packages\/[^/]+/.exec(path)?.[0];
    if (top === undefined) continue;
    const group = below.get(top);
    if (group) group.push(path);
    else below.set(top, [path]);
  }
  return {sizes, infos, below, licences: licenceTexts(kept)};
}

const LICENCE = /^(?<info>.*\.(?:dist|egg)-info)\/(?<name>licenses\/.+|(?:LICEN[CS]E|COPYING|NOTICE)[^/]*)$/s;

function licenceTexts(kept: Survey['kept']): EntryIndex['licences'] {
  const found = new Map<string, {name: string; text: string}[]>();
  for (const [path, data] of kept) {
    const {info, name} = LICENCE.exec(path)?.groups ?? {};
    if (info === undefined || name === undefined) continue;
    const texts = found.get(info) ?? [];
    texts.push({name, text: data.toString()});
    found.set(info, texts);
  }
  return found;
}

interface Place {
  readonly survey: Survey;
  readonly index: EntryIndex;
  /** Of the metadata. */
  readonly path: string;
  /** That holds it. */
  readonly folder: string;
}

function describe(place: Place, problem: (text: string) => void): BundledDistribution | undefined {
  const {survey, path} = place;
  const text =
    keptText(survey, `${path}/METADATA`) ?? keptText(survey, `${path}/PKG-INFO`) ?? keptText(survey, path);
  if (text === undefined) {
    problem(`No metadata of a distribution: ${path}`);
    return undefined;
  }
  const metadata = attempt(() => parseCoreMetadata(text, path), problem);
  if (metadata === undefined) return undefined;
  const files = filesOf(place, problem);
  const installer = keptText(survey, `${path}/INSTALLER`)?.trim();
  const directUrl = directUrlOf(place, problem);
  const licence = licenceOf(place, metadata);
  return {
    name: metadata.name,
    normalizedName: normalizeName(metadata.name),
    version: metadata.version,
    ...(metadata.summary ? {summary: metadata.summary} : {}),
    ...(licence ? {licence} : {}),
    path,
    size: files.reduce((sum, file) => sum + (place.index.sizes.get(file) ?? 0), 0),
    files: files.length,
    native: files.some((file) => survey.native.has(file)),
    ...(installer ? {installer} : {}),
    requested: survey.kept.has(`${path}/REQUESTED`),
    ...(directUrl ? {directUrl} : {}),
  };
}

function attempt<T>(read: () => T, problem: (text: string) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    problem(error.message);
    return undefined;
  }
}

/** What RECORD lists and the package has; where there is none, what lies below the names of its modules. */
function filesOf({survey, index, path, folder}: Place, problem: (text: string) => void): readonly string[] {
  const record = keptText(survey, `${path}/RECORD`);
  const rows =
    record === undefined ? undefined : attempt(() => parseRecord(record, `${path}/RECORD`), problem);
  if (rows !== undefined) {
    const paths = rows.map((row) =>
      row.path.startsWith('/') ? row.path.slice(1) : posix.join(folder, row.path),
    );
    return [...new Set(paths)].filter((file) => index.sizes.has(file));
  }
  const modules = (keptText(survey, `${path}/top_level.txt`) ?? '')
    .split(/\s+/)
    .filter((name) => name !== '');
  const tops = modules.flatMap((name) => [`${folder}/${name}`, `${folder}/${name}.py`]);
  // Each file once: distributions without RECORD that share a name could count the same files again and again.
  return [...new Set([path, ...tops])].flatMap((top) => {
    const found = index.below.get(top) ?? [];
    index.below.delete(top);
    return found;
  });
}

function directUrlOf({survey, path}: Place, problem: (text: string) => void): string | undefined {
  const text = keptText(survey, `${path}/direct_url.json`);
  if (text === undefined) return undefined;
  try {
    const {url} = JSON.parse(text) as {url?: unknown};
    return typeof url === 'string' ? url : undefined;
  } catch {
    problem(`Not JSON: ${path}/direct_url.json`);
    return undefined;
  }
}

function licenceOf({index, path}: Place, metadata: CoreMetadata): string | undefined {
  const {name, version, license, licenseExpression, classifiers} = metadata;
  const licenseFiles = index.licences.get(path) ?? [];
  const spdx = spdxLicence({
    ...{name, version, classifiers, licenseFiles, distInfo: path},
    normalizedName: normalizeName(name),
    ...(license === undefined ? {} : {license}),
    ...(licenseExpression === undefined ? {} : {licenseExpression}),
    ...{people: [], requires: [], isProject: false},
  });
  return spdx ?? licenseExpression ?? license?.split('\n')[0]?.trim();
}
