import {createHash} from 'node:crypto';
import {MkvenvdebError} from '../errors.js';
import {now, waitForDate} from './clock.js';
import {remember} from './history.js';
import {chunkStanzas, compressIndex, type OldIndex} from './index-bytes.js';
import {clearText} from './openpgp-armor.js';
import {type IndexedPackage, parsePackages} from './packages-index.js';
import {
  formatRelease,
  type ListedFile,
  parseRelease,
  type ReleaseFile,
  type SuiteFacts,
} from './release-file.js';
import type {Signer} from './sign.js';
import type {Storage} from './storage.js';

/** Name of an index: `main/binary-amd64`. */
export type IndexName = string;

export const indexName = (component: string, architecture: string): IndexName =>
  `${component}/binary-${architecture}`;

/** A suite as it is published now. */
export interface PublishedSuite {
  readonly release: ReleaseFile;
  /** Of InRelease, in seconds since 1970: what clients compare. */
  readonly mtime: number;
  /** InRelease as it is; undefined where it is not worth keeping. */
  readonly bytes?: Uint8Array | undefined;
}

/**
 * Read what is published as a suite.
 *
 * @returns undefined where nothing is
 */
export async function readSuite(storage: Storage, suite: string): Promise<PublishedSuite | undefined> {
  const path = `dists/${suite}/InRelease`;
  const [bytes, stored] = [await storage.read(path), await storage.stat(path)];
  if (bytes === undefined || stored === undefined) return undefined;
  return {release: parseRelease(clearText(bytes.toString(), path), path), mtime: stored.mtime, bytes};
}

/** Packages of one component and architecture, with what can be used again of their compressed form. */
export interface ReadIndex {
  readonly packages: readonly IndexedPackage[];
  readonly old?: OldIndex;
}

/**
 * Read an index of a published suite, proven by the digests of its Release file.
 *
 * @throws E_FORMAT when it is damaged
 */
export async function readIndex(
  storage: Storage,
  {release}: {readonly release: ReleaseFile},
  name: IndexName,
): Promise<ReadIndex> {
  const plain = await readListed(storage, release, `${name}/Packages`);
  if (plain === undefined) return {packages: []};
  const packages = parsePackages(plain, `${name}/Packages`);
  const xz = await readListed(storage, release, `${name}/Packages.xz`).catch(() => undefined);
  const chunks = chunkStanzas(packages.map(({bytes}) => bytes));
  return {packages, ...(xz === undefined ? {} : {old: {chunks, xz}})};
}

/**
 * A file that a Release file lists, proven by its digest.
 *
 * @returns undefined where it lists no such file
 * @throws E_FORMAT when every copy is damaged or missing
 */
export async function readListed(
  storage: Storage,
  {facts, files}: ReleaseFile,
  path: string,
): Promise<Buffer | undefined> {
  const listed = files.find((file) => file.path === path);
  if (listed === undefined) return undefined;
  const folder = `dists/${facts.suite}`;
  // By its digest first: that one is there for older generations as well.
  for (const name of [byHash(folder, listed), `${folder}/${path}`]) {
    const bytes = await storage.read(name);
    if (bytes !== undefined && sha256([bytes]) === listed.sha256) return bytes;
  }
  throw new MkvenvdebError('E_FORMAT', `Index is damaged or missing: ${folder}/${path}`, {
    hint: 'Run mkvenvdeb repo check --repair',
  });
}

/** Where the copy lies that is named by its digest. */
export const byHash = (folder: string, {path, sha256: digest}: ListedFile): string =>
  `${folder}/${path.slice(0, path.lastIndexOf('/'))}/by-hash/SHA256/${digest}`;

export function sha256(pieces: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** A file below `dists/SUITE` that is to be published. */
export interface NewFile {
  readonly listed: ListedFile;
  readonly pieces: readonly Uint8Array[];
}

/** Make the files of an index. */
export async function makeIndex(
  name: IndexName,
  {packages, old}: ReadIndex,
  options: {readonly workers: number; readonly signal?: AbortSignal | undefined},
): Promise<readonly NewFile[]> {
  const chunks = chunkStanzas(packages.map(({bytes}) => bytes));
  const {plain, gzip, xz} = await compressIndex(chunks, old, options);
  return [
    newFile(`${name}/Packages`, plain),
    newFile(`${name}/Packages.gz`, [gzip]),
    newFile(`${name}/Packages.xz`, [xz]),
  ];
}

export const newFile = (path: string, pieces: readonly Uint8Array[]): NewFile => ({
  listed: {path, size: pieces.reduce((sum, {length}) => sum + length, 0), sha256: sha256(pieces)},
  pieces,
});

export interface PublishSuite {
  readonly facts: SuiteFacts;
  /** What is published now. */
  readonly before: PublishedSuite | undefined;
  /** Every file of the suite: those that are new, with their content … */
  readonly files: readonly NewFile[];
  /** … and those that stay. */
  readonly kept: readonly ListedFile[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Publish a suite: by-hash files first, then those with a name, Release and its signature, and at the very end, in one
 * step, InRelease: whoever reads sees the old state or the new one, never something between. Its date and its time
 * are later than those of the one before, or clients would ignore it.
 *
 * @throws E_PUBLISH when the clock is behind that; E_IO; the signal's reason
 */
export async function publishSuite(
  storage: Storage,
  signer: Signer,
  {facts, before, files, kept, signal}: PublishSuite,
): Promise<ReleaseFile> {
  const folder = `dists/${facts.suite}`;
  const date = Math.max(now(), (before?.release.date ?? 0) + 1);
  const mtime = Math.max(now(), (before?.mtime ?? 0) + 1);
  await waitForDate(Math.max(date, mtime), signal);
  const all = [...files.map(({listed}) => listed), ...kept].sort((a, b) => (a.path < b.path ? -1 : 1));
  const release: ReleaseFile = {facts, date, files: all};
  const text = formatRelease(release);
  const [inRelease, detached] = await Promise.all([signer.clearSign(text), signer.detach(text)]);
  for (const {listed, pieces} of files) await storage.create(byHash(folder, listed), pieces);
  if (before?.bytes) await remember(storage, {release: before.release, bytes: before.bytes});
  await storage.sync();
  for (const {listed, pieces} of files) await storage.replace(`${folder}/${listed.path}`, pieces, mtime);
  await restoreNames(storage, release.facts.suite, kept, before);
  await storage.replace(`${folder}/Release`, Buffer.from(text), mtime);
  await storage.replace(`${folder}/Release.gpg`, detached, mtime);
  await storage.replace(`${folder}/InRelease`, inRelease, mtime);
  await storage.sync();
  return release;
}

/** What has a name may be of a publication that was broken off before it took effect: what stays has to be that again. */
async function restoreNames(
  storage: Storage,
  suite: string,
  kept: readonly ListedFile[],
  before: PublishedSuite | undefined,
): Promise<void> {
  const folder = `dists/${suite}`;
  for (const listed of kept) {
    const found = await storage.stat(`${folder}/${listed.path}`);
    if (before && found?.size === listed.size && found.mtime <= before.mtime) continue;
    const bytes = await storage.read(byHash(folder, listed));
    if (bytes !== undefined && sha256([bytes]) === listed.sha256)
      await storage.replace(`${folder}/${listed.path}`, bytes, before?.mtime);
  }
}
