import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {ioError} from '../errors.js';
import type {FileContent} from './file-content.js';
import {type DebContents, type ReadDebOptions, readControlFiles, readDeb, readMember} from './read.js';
import type {DebEntry} from './read-tar.js';

export type LookOptions = Pick<ReadDebOptions, 'signal' | 'limits'>;

/** A package and the digests of its parts. */
export interface Look extends DebContents {
  /** Of the whole file. */
  readonly sha256: string;
  /** Of the members of the ar archive as they lie in the file, by name. */
  readonly memberDigests: ReadonlyMap<string, string>;
  /** Of the regular files of the data archive, by path. */
  readonly fileDigests: ReadonlyMap<string, string>;
  /** Contents of those that were asked for, as far as the budget goes. */
  readonly kept: ReadonlyMap<string, Buffer>;
}

/** Whether a file's content is to be kept: asked before it is read, and again once its digest is known. */
export type Keep = (entry: DebEntry, digest?: string) => boolean;

/** Of a package's differing files, so much is held in memory to be looked at; of the others the fact is told. */
const BUDGET = 64 << 20;
/** A md5sums of this size lists a hundred thousand files. */
const LONGEST_STATED = 8 << 20;
/** A file that no md5sums lists is a conffile, which is short. */
const LARGEST_UNLISTED = 256 << 10;

/** Read a package once. */
export async function look(file: string, {signal, limits}: LookOptions, keep: Keep): Promise<Look> {
  const fileDigests = new Map<string, string>();
  const kept = new Map<string, Buffer>();
  let left = BUDGET;
  const visit = (entry: DebEntry, content: FileContent) => {
    const isWanted = entry.size <= left && keep(entry);
    return content.whole ? see(entry, content.whole, isWanted) : seeInParts(entry, content, isWanted);
  };
  const remember = (entry: DebEntry, digest: string, parts: readonly Buffer[] | undefined) => {
    fileDigests.set(entry.path, digest);
    if (parts === undefined || !keep(entry, digest)) return;
    left -= entry.size;
    kept.set(entry.path, Buffer.concat(parts));
  };
  const see = (entry: DebEntry, content: Buffer, isWanted: boolean) =>
    remember(entry, createHash('sha256').update(content).digest('hex'), isWanted ? [content] : undefined);
  const seeInParts = async (entry: DebEntry, content: FileContent, isWanted: boolean) => {
    const parts: Buffer[] = [];
    const hash = createHash('sha256');
    for await (const part of content) {
      hash.update(part);
      if (isWanted) parts.push(part);
    }
    remember(entry, hash.digest('hex'), isWanted ? parts : undefined);
  };
  const contents = await readDeb(file, {signal, visit, limits});
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const {size} = await handle.stat();
    const memberDigests = new Map<string, string>();
    for (const member of contents.archive)
      memberDigests.set(member.name, await digest(readMember(handle, member)));
    const sha256 = await digest(readMember(handle, {offset: 0, size}));
    return {...contents, fileDigests, kept, memberDigests, sha256};
  } catch (error) {
    throw ioError(error, `reading ${file}`);
  } finally {
    await handle?.close();
  }
}

/**
 * Which files differ by what the packages say of themselves, so that the first is read once. Nothing rests on it: what
 * is kept without need is dropped, what is not is read again.
 */
export async function likelyChanged(a: string, b: string, options: LookOptions): Promise<Keep> {
  const [one, two] = [await statedDigests(a, options), await statedDigests(b, options)];
  return ({path, size}) => {
    const [before, after] = [one.get(path), two.get(path)];
    return before === undefined && after === undefined ? size <= LARGEST_UNLISTED : before !== after;
  };
}

/** The lines of md5sums, by path; none for a file that is no package: whoever reads it whole says so. */
async function statedDigests(file: string, options: LookOptions): Promise<ReadonlyMap<string, string>> {
  const files = await readControlFiles(file, options).catch(() => []);
  const stated = files.find(({path, size}) => path === 'md5sums' && size <= LONGEST_STATED);
  const text = stated?.data.toString() ?? '';
  const lines = text.matchAll(/^([0-9a-f]{32}) [ *](?:\.\/)?(.+)$/gm);
  return new Map([...lines].map(([, md5 = '', path = '']) => [path, md5]));
}

/** SHA-256 of a whole file; undefined when it cannot be read: whoever reads it as a package says what is wrong. */
export async function digestOfFile(file: string): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    return await digest(readMember(handle, {offset: 0, size: (await handle.stat()).size}));
  } catch {
    return undefined;
  } finally {
    await handle?.close();
  }
}

async function digest(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

/** Contents of some files of a package, as far as the budget goes. */
export async function fetchContents(
  file: string,
  paths: readonly string[],
  {signal, limits}: LookOptions,
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Set(paths);
  if (wanted.size === 0) return new Map();
  const contents = new Map<string, Buffer>();
  let left = BUDGET;
  const visit = async ({path, size}: DebEntry, content: AsyncIterable<Buffer>) => {
    if (!wanted.has(path) || size > left) return;
    left -= size;
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    contents.set(path, Buffer.concat(parts));
  };
  await readDeb(file, {visit, signal, limits, digests: false});
  return contents;
}
