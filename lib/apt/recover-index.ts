import {join} from 'node:path';
import {forAll} from './at-once.js';
import {decode, IN_POOL} from './check-indexes.js';
import {readOffer, unlessDamaged} from './generations.js';
import {readHistory} from './history.js';
import {comparePackages, type IndexedPackage, parsePackages} from './packages-index.js';
import {readIndexed} from './read-package.js';
import type {ListedFile, ReleaseFile} from './release-file.js';
import type {Repository} from './repository.js';
import type {Storage} from './storage.js';
import {byHash, type IndexName, indexName, sha256} from './suite.js';

/** Which index. */
export interface Place {
  readonly suite: string;
  readonly component: string;
  readonly architecture: string;
}

/** What came out of it. */
export interface RecoveredIndex {
  readonly packages: readonly IndexedPackage[];
  /** Where from, when no copy was as it was signed: in words. */
  readonly rebuilt?: string;
  /** Files that it named and that could not be taken. */
  readonly lost: readonly string[];
}

const SUFFIXES = ['', '.gz', '.xz'] as const;

/**
 * The packages of an index: from any copy, in any form, that is as it was signed; where there is none, made anew of
 * the pool.
 *
 * @param release that vouches for it; undefined where there is none
 */
export async function recoverIndex(
  repository: Repository,
  release: ReleaseFile | undefined,
  place: Place,
): Promise<RecoveredIndex> {
  const {storage} = repository;
  const name = indexName(place.component, place.architecture);
  const plain = release && (await recoverPlain(storage, release, name));
  const packages = plain && (await unlessDamaged((async () => parsePackages(plain, name))()));
  if (packages?.every(({filename}) => IN_POOL.test(filename))) return {packages, lost: []};
  const [filenames, rebuilt] = await namesOf(storage, release, {...place, name});
  return {...(await readAgain(repository, filenames, place)), rebuilt};
}

/** A plain index from any copy that is as it was signed. */
export async function recoverPlain(
  storage: Storage,
  release: ReleaseFile,
  name: IndexName,
): Promise<Buffer | undefined> {
  const wanted = release.files.find(({path}) => path === `${name}/Packages`);
  if (wanted === undefined) return undefined;
  if (wanted.size === 0) return Buffer.alloc(0);
  for await (const bytes of copiesOf(storage, release.facts.suite, {...release, name, most: wanted.size}))
    if (sha256([bytes]) === wanted.sha256) return bytes;
  return undefined;
}

interface Copies {
  /** Those that are listed. */
  readonly files: readonly ListedFile[];
  readonly name: IndexName;
  /** No more bytes than that are taken of one that is compressed. */
  readonly most: number;
}

/** Every copy of an index that can be had, plain, whether it is right or not. */
async function* copiesOf(
  storage: Storage,
  suite: string,
  {files, name, most}: Copies,
): AsyncGenerator<Buffer> {
  const folder = `dists/${suite}`;
  for (const suffix of SUFFIXES) {
    const path = `${name}/Packages${suffix}`;
    const listed = files.find((file) => file.path === path);
    for (const file of [...(listed ? [byHash(folder, listed)] : []), `${folder}/${path}`]) {
      const bytes = await storage.read(file);
      const plain = bytes && (suffix === '' ? bytes : await decode(path, bytes, most));
      if (plain) yield plain;
    }
  }
}

/** No index of ours is larger. */
const LARGEST = 1 << 30;

/** Which files of the pool an index named, as far as that can be known, and how. */
async function namesOf(
  storage: Storage,
  release: ReleaseFile | undefined,
  {suite, component, architecture, name}: Place & {readonly name: IndexName},
): Promise<readonly [readonly string[], string]> {
  const named = await namesLeft(storage, suite, release?.files ?? [], name);
  if (named.length > 0) return [named, 'what is left of it names'];
  for (const {release: past} of await readHistory(storage, suite)) {
    if (past === undefined || !past.files.some(({path}) => path === `${name}/Packages`)) continue;
    const files = past.files.filter(({path}) => path.startsWith(`${name}/`));
    const offer = await unlessDamaged(readOffer(storage, {...past, files}));
    if (offer) return [[...offer.keys()], `was offered at ${new Date(past.date * 1000).toISOString()}`];
  }
  return [await namesInPool(storage, {component, architecture}), 'the pool has for it'];
}

/** Files of the pool that some copy of an index still names, damaged as it is. */
export async function namesLeft(
  storage: Storage,
  suite: string,
  files: readonly ListedFile[],
  name: IndexName,
): Promise<readonly string[]> {
  const named = new Set<string>();
  for await (const bytes of copiesOf(storage, suite, {files, name, most: LARGEST}))
    for (const [, filename = ''] of bytes.toString('latin1').matchAll(/^Filename: (.*)$/gm))
      if (IN_POOL.test(filename)) named.add(filename);
  return [...named];
}

/** Files of the pool that fit an index. */
export async function namesInPool(
  storage: Storage,
  {component, architecture}: Omit<Place, 'suite'>,
): Promise<readonly string[]> {
  const endings = [architecture, 'all'].map((one) => `_${one}.deb`);
  const all = await storage.list(`pool/${component}`);
  return all.filter((path) => endings.some((end) => path.endsWith(end)));
}

/** Make stanzas anew. What lies where its content does not belong is damaged. */
export async function readAgain(
  {storage, root}: Repository,
  filenames: readonly string[],
  {component}: Pick<Place, 'component'>,
): Promise<{readonly packages: readonly IndexedPackage[]; readonly lost: readonly string[]}> {
  const found = await forAll(filenames, async (filename) => {
    if ((await storage.stat(filename)) === undefined) return undefined;
    const given = await unlessDamaged(readIndexed(join(root, filename), component));
    return given?.filename === filename ? given : undefined;
  });
  const packages = found.flatMap((one) => one ?? []).sort(comparePackages);
  return {packages, lost: filenames.filter((_, index) => found[index] === undefined)};
}

/** The same packages with what their own control files say. */
export async function rereadIndex(
  repository: Repository,
  packages: readonly IndexedPackage[],
  place: Place,
): Promise<readonly IndexedPackage[]> {
  const names = packages.map(({filename}) => filename);
  const again = await readAgain(repository, names, place);
  const byName = new Map(again.packages.map((one) => [one.filename, one]));
  return packages.map((one) => byName.get(one.filename) ?? one);
}
