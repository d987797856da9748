import {MkvenvdebError} from '../errors.js';
import {readHistory} from './history.js';
import type {IndexedPackage} from './packages-index.js';
import type {ReleaseFile} from './release-file.js';
import type {Storage} from './storage.js';
import {readIndex, readSuite} from './suite.js';

/** What a suite was or is, from one publication to the next. */
export interface Generation {
  readonly release: ReleaseFile;
  /** When another took its place, in seconds since 1970; undefined for what is published now. */
  readonly superseded?: number | undefined;
  /** Where its Release is kept; undefined for what is published now. */
  readonly path?: string | undefined;
}

/**
 * What a suite publishes and what it did before, the latest first.
 *
 * @throws E_FORMAT when what is published cannot be read; what is damaged of the history is left out
 */
export async function readGenerations(storage: Storage, suite: string): Promise<readonly Generation[]> {
  const published = await readSuite(storage, suite);
  if (published === undefined) return [];
  const generations: Generation[] = [{release: published.release}];
  let superseded = published.release.date;
  for (const {path, release} of await readHistory(storage, suite)) {
    // What is published now was kept as well where its successor was broken off.
    if (release === undefined || release.date >= superseded) continue;
    generations.push({release, superseded, path});
    superseded = release.date;
  }
  return generations;
}

/**
 * Whether two publications offer the same, where both have an index: other forms of it and indexes of files say no more,
 * and architectures that come and go are a change of the settings.
 */
function offersSame({files}: ReleaseFile, other: ReleaseFile): boolean {
  const digests = new Map(other.files.map(({path, sha256}) => [path, sha256]));
  const common = files.filter(({path}) => path.endsWith('/Packages') && digests.has(path));
  return common.length > 0 && common.every(({path, sha256}) => digests.get(path) === sha256);
}

/** How many times the content changed since, for each generation: those that were only signed again count as one. */
export function countSteps(generations: readonly Generation[]): readonly number[] {
  let steps = 0;
  return generations.map(({release}, index) => {
    const later = generations[index - 1]?.release;
    if (later && !offersSame(release, later)) steps += 1;
    return steps;
  });
}

/** Which generations are kept. */
export interface Retention {
  /** Those that were superseded at this time or later, in seconds since 1970 … */
  readonly since: number;
  /** … and so many that differ before the current one, however old they are. */
  readonly generations: number;
}

/** Tell apart what is kept. What was only signed again is kept once, as the last of its kind. */
export function retained(
  generations: readonly Generation[],
  {since, generations: most}: Retention,
): {readonly kept: readonly Generation[]; readonly dropped: readonly Generation[]} {
  const steps = countSteps(generations);
  const isKept = ({superseded}: Generation, index: number) =>
    superseded === undefined ||
    superseded >= since ||
    ((steps[index] as number) <= most && steps[index] !== steps[index - 1]);
  return {
    kept: generations.filter(isKept),
    dropped: generations.filter((one, index) => !isKept(one, index)),
  };
}

/** Names of the indexes that a Release file lists. */
export const indexNames = ({files}: ReleaseFile): readonly string[] =>
  files.flatMap(({path}) => (path.endsWith('/Packages') ? [path.slice(0, -'/Packages'.length)] : []));

/**
 * What a generation offers, by the names of the files; what is for all architectures is there once.
 *
 * @throws E_FORMAT when an index is damaged or gone
 */
export async function readOffer(
  storage: Storage,
  release: ReleaseFile,
): Promise<ReadonlyMap<string, IndexedPackage>> {
  const offer = new Map<string, IndexedPackage>();
  for (const name of indexNames(release))
    for (const one of (await readIndex(storage, {release}, name)).packages) offer.set(one.filename, one);
  return offer;
}

/** `package version architecture` of what the one has and the other has not. */
export const missingFrom = (
  other: ReadonlyMap<string, IndexedPackage>,
  one: ReadonlyMap<string, IndexedPackage>,
): readonly string[] =>
  [...one].flatMap(([filename, {package: name, version, architecture}]) =>
    other.has(filename) ? [] : [`${name} ${version} ${architecture}`],
  );

/** What was read, or undefined where it is damaged or gone. */
export async function unlessDamaged<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof MkvenvdebError && error.code === 'E_FORMAT') return undefined;
    throw error;
  }
}
