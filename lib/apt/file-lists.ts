import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gunzip, gzip} from 'node:zlib';
import type {ReadLimits} from '../archive/limits.js';
import {sharedLzma} from '../archive/lzma.js';
import {readDeb} from '../archive/read.js';
import type {DebEntry} from '../archive/read-tar.js';
import {readSmallDeb} from '../archive/small-deb.js';
import {forAll} from './at-once.js';
import {unlessDamaged} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import type {GivenPackage} from './read-packages.js';
import type {Repository} from './repository.js';
import {STATE_FOLDER} from './settings.js';
import type {Storage} from './storage.js';

/**
 * What each package holds, by the digest of the package, for the Contents indexes: so that one that goes is taken out
 * without reading the others that stay. It is a copy of what the package says, and made again where it is gone.
 */
export const LISTS = `${STATE_FOLDER}/contents`;
export const listPath = (sha256: string): string => `${LISTS}/${sha256}.gz`;

const pack = promisify<Uint8Array, Buffer>(gzip);
const unpack = promisify<Uint8Array, Buffer>(gunzip);

/** In bytes: what is read as a whole. */
const SMALL = 1 << 20;

/**
 * Note what packages hold that are on their way into a repository.
 *
 * @throws E_FORMAT for what cannot be read; E_IO; the signal's reason
 */
export async function keepFileLists(
  storage: Storage,
  given: readonly GivenPackage[],
  {limits, signal}: {readonly limits: ReadLimits; readonly signal?: AbortSignal | undefined},
): Promise<void> {
  const made: string[] = [];
  try {
    await forAll(given, async ({file, indexed}) => {
      signal?.throwIfAborted();
      const path = listPath(indexed.sha256);
      if ((await storage.stat(path)) !== undefined) return;
      made.push(path);
      await storage.create(path, await pack(await readList(file, indexed.size, limits)));
    });
  } catch (error) {
    // A disk that is full shall not stay so.
    for (const path of made) await storage.remove(path).catch(() => {});
    throw error;
  }
}

/**
 * Paths of what a package of the pool holds, folders left out, as bytes in latin1.
 *
 * @param keep write a list down that had to be read of the package
 * @returns undefined where neither its list nor its file can be read
 * @throws E_IO
 */
export async function fileListOf(
  {storage, root}: Pick<Repository, 'storage' | 'root'>,
  {filename, sha256, size}: IndexedPackage,
  keep = true,
): Promise<readonly string[] | undefined> {
  const path = listPath(sha256);
  const kept = await storage.read(path);
  // It has a checksum of its own.
  const whole = kept && (await unpack(kept).catch(() => undefined));
  if (whole) return linesOf(whole);
  if ((await storage.stat(filename)) === undefined) return undefined;
  const list = await unlessDamaged(readList(join(root, filename), size, {}));
  if (list && keep) await storage.replace(path, await pack(list));
  return list && linesOf(list);
}

const linesOf = (list: Buffer): readonly string[] => list.toString('latin1').split('\n').filter(Boolean);

async function readList(file: string, size: number, limits: ReadLimits): Promise<Buffer> {
  const small = size <= SMALL ? await readSmall(file, limits) : undefined;
  const entries = small ?? (await readDeb(file, {limits, digests: false})).entries;
  // A line cannot hold a name with a line break, which apt-file could not print either.
  const paths = entries.flatMap(({type, path}) => (type === 'directory' || /\n/.test(path) ? [] : [path]));
  return Buffer.from([...new Set(paths)].join('\n'));
}

async function readSmall(file: string, limits: ReadLimits): Promise<readonly DebEntry[] | undefined> {
  const bytes = await readFile(file).catch(() => undefined); // the other reader tells why
  const read =
    bytes && (await unlessDamaged((async () => readSmallDeb(bytes, await sharedLzma(), limits))()));
  return read?.contents.entries;
}
