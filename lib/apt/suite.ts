import {MkvenvdebError} from '../errors.js';
import {now, waitForDate} from './clock.js';
import {byHash, commitSuite, type NewFile, newFile, sha256} from './commit.js';
import {remember} from './history.js';
import {chunkStanzas, compressIndex, type OldIndex} from './index-bytes.js';
import {clearText} from './openpgp-armor.js';
import {type IndexedPackage, parsePackages, viewPackages} from './packages-index.js';
import {
  formatRelease,
  type ListedFile,
  parseRelease,
  type ReleaseFile,
  type SuiteFacts,
} from './release-file.js';
import type {Signer} from './sign.js';
import type {Storage} from './storage.js';

export {byHash, type NewFile, newFile, sha256} from './commit.js';

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
  /** Of InRelease in its storage: what a publication expects to find there. undefined: whatever it finds. */
  readonly version?: string | undefined;
}

/**
 * Read what is published as a suite.
 *
 * @returns undefined where nothing is
 */
export async function readSuite(storage: Storage, suite: string): Promise<PublishedSuite | undefined> {
  const path = `dists/${suite}/InRelease`;
  const found = await storage.snapshot(path);
  if (found === undefined) return undefined;
  const {bytes, mtime, version} = found;
  return {release: parseRelease(clearText(bytes.toString(), path), path), mtime, bytes, version};
}

/** Packages of one component and architecture, with what can be used again of their compressed forms. */
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
  {release}: Pick<PublishedSuite, 'release'>,
  name: IndexName,
): Promise<ReadIndex> {
  const plain = await readListed(storage, release, `${name}/Packages`);
  return {packages: plain === undefined ? [] : parsePackages(plain, `${name}/Packages`)};
}

/** As readIndex, for who changes a few of the packages: each is read when it is looked at. */
export async function openIndex(
  storage: Storage,
  {release}: Pick<PublishedSuite, 'release'>,
  name: IndexName,
): Promise<ReadIndex> {
  const plain = await readListed(storage, release, `${name}/Packages`);
  if (plain === undefined) return {packages: []};
  const packages = viewPackages(plain);
  const unlessDamaged = (suffix: string) =>
    readListed(storage, release, `${name}/Packages${suffix}`).catch(() => undefined);
  const [gzip, xz] = await Promise.all([unlessDamaged('.gz'), unlessDamaged('.xz')]);
  return {packages, old: {chunks: chunkStanzas(stanzasOf(packages)), gzip, xz}};
}

/** One by one: fifty thousand views of memory take as much as what they show. */
function* stanzasOf(packages: readonly IndexedPackage[]): Generator<Buffer> {
  for (const {bytes} of packages) yield bytes;
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

/** Make the files of an index. */
export async function makeIndex(
  name: IndexName,
  {packages, old}: ReadIndex,
  options: {readonly signal?: AbortSignal | undefined} = {},
): Promise<readonly NewFile[]> {
  const chunks = chunkStanzas(stanzasOf(packages));
  const {plain, gzip, xz} = await compressIndex(chunks, old, options);
  return [
    newFile(`${name}/Packages`, plain),
    newFile(`${name}/Packages.gz`, gzip),
    newFile(`${name}/Packages.xz`, xz),
  ];
}

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
 * @throws LostRace when somebody else published meanwhile; E_PUBLISH when the clock is behind what is published; E_IO;
 *   the signal's reason
 */
export async function publishSuite(
  storage: Storage,
  signer: Signer,
  {facts, before, files, kept, signal}: PublishSuite,
): Promise<ReleaseFile> {
  const date = Math.max(now(), (before?.release.date ?? 0) + 1);
  const mtime = Math.max(now(), (before?.mtime ?? 0) + 1);
  await waitForDate(Math.max(date, mtime), signal);
  const all = [...files.map(({listed}) => listed), ...kept].sort((a, b) => (a.path < b.path ? -1 : 1));
  const release: ReleaseFile = {facts, date, files: all};
  const text = formatRelease(release);
  const signing = Promise.all([signer.clearSign(text), signer.detach(text)]);
  signing.catch(() => {}); // it is awaited below, perhaps after something else has failed
  for (const {listed, pieces} of files) await storage.create(byHash(`dists/${facts.suite}`, listed), pieces);
  if (before?.bytes) await remember(storage, {release: before.release, bytes: before.bytes});
  const [inRelease, detached] = await signing;
  await storage.sync();
  await commitSuite(storage, signer, {release, text, inRelease, detached, files, kept, before, mtime});
  await storage.sync();
  return release;
}
