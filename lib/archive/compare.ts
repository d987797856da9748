import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {ioError} from '../errors.js';
import type {Context} from '../report.js';
import type {ArMember} from './ar.js';
import {explainContent} from './compare-content.js';
import {compareEntries} from './compare-entries.js';
import {type DebContents, type ReadDebOptions, readDeb, readMember} from './read.js';
import type {DebEntry} from './read-tar.js';

/** One thing in which two packages differ. */
export interface Difference {
  /** `ar`, `control.tar` or `data.tar`. */
  readonly member: string;
  /** Of the file inside it. */
  readonly path?: string;
  /** Stable identifier: `ar-header`, `compressor`, `order`, `mode`, `shebang` … */
  readonly kind: string;
  readonly detail: string;
  /** Why that is so, as far as can be told. */
  readonly cause?: string;
  readonly cure?: string;
}

/** Whether two packages are the same, and if not, why. */
export interface DebDifference {
  /** The same bytes. */
  readonly equal: boolean;
  /** Nothing only when they are equal. */
  readonly differences: readonly Difference[];
}

export interface CompareDebsOptions extends Pick<Context, 'signal'>, Pick<ReadDebOptions, 'limits'> {}

/** Of a package's differing files, so much is held in memory to be looked at; of the others the fact is told. */
const BUDGET = 64 << 20;

/**
 * Compare two packages. What differs is told at the deepest level that shows it: when the archives inside are the
 * same, it is the compressor; when their members are, the way they are written down; else member by member.
 *
 * @throws E_FORMAT for what is no package; E_OPTION when there is no such file; E_IO; the signal's reason
 */
export async function compareDebs(
  a: string,
  b: string,
  options: CompareDebsOptions = {},
): Promise<DebDifference> {
  const one = await look(a, options);
  if (one.sha256 === (await digestOfFile(b))) return {equal: true, differences: []};
  const two = await look(b, options, one);
  const differences = [
    ...compareHeaders(one, two),
    ...compareArchives('control', [one, two], [...compareControlFiles(one, two)]),
    ...compareArchives('data', [one, two], await compareDataFiles(a, two, changedFiles(one, two), options)),
  ];
  if (differences.length === 0) {
    differences.push({member: 'ar', kind: 'ar-bytes', detail: 'Headers or padding are written differently'});
  }
  return {equal: false, differences};
}

/** A package and the digests of its parts. */
interface Look extends DebContents {
  /** Of the whole file. */
  readonly sha256: string;
  /** Of the members of the ar archive as they lie in the file, by name. */
  readonly memberDigests: ReadonlyMap<string, string>;
  /** Of the regular files of the data archive, by path. */
  readonly fileDigests: ReadonlyMap<string, string>;
  /** Contents of those that differ from what they were compared with, as far as the budget goes. */
  readonly changed: ReadonlyMap<string, Buffer>;
}

/** @param other a package that was looked at: what differs from it is held in memory, so that it is read once */
async function look(file: string, {signal, limits}: CompareDebsOptions, other?: Look): Promise<Look> {
  const fileDigests = new Map<string, string>();
  const changed = new Map<string, Buffer>();
  let left = BUDGET;
  const visit = async ({path, size}: DebEntry, content: AsyncIterable<Buffer>) => {
    const wanted = other?.fileDigests.get(path);
    const parts: Buffer[] | undefined = wanted !== undefined && size <= left ? [] : undefined;
    const hash = createHash('sha256');
    for await (const chunk of content) {
      hash.update(chunk);
      parts?.push(chunk);
    }
    const found = hash.digest('hex');
    fileDigests.set(path, found);
    if (parts === undefined || found === wanted) return;
    left -= size;
    changed.set(path, Buffer.concat(parts));
  };
  const contents = await readDeb(file, {signal, visit, limits});
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const {size} = await handle.stat();
    const memberDigests = new Map<string, string>();
    for (const member of contents.archive)
      memberDigests.set(member.name, await digest(readMember(handle, member)));
    return {
      ...contents,
      fileDigests,
      changed,
      memberDigests,
      sha256: await digest(readMember(handle, {offset: 0, size})),
    };
  } catch (error) {
    throw ioError(error, `reading ${file}`);
  } finally {
    await handle?.close();
  }
}

async function digestOfFile(file: string): Promise<string | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    return await digest(readMember(handle, {offset: 0, size: (await handle.stat()).size}));
  } catch {
    return undefined; // whoever reads it says what is wrong
  } finally {
    await handle?.close();
  }
}

async function digest(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

function* compareHeaders(a: Look, b: Look): Generator<Difference> {
  const names = (look: Look) => look.archive.map(({name}) => name).join(', ');
  if (names(a) !== names(b)) {
    yield {member: 'ar', kind: 'ar-members', detail: `${names(a)} and ${names(b)}`};
    return;
  }
  if (a.version !== b.version)
    yield {member: 'ar', kind: 'format-version', detail: `${a.version} and ${b.version}`};
  const fields: readonly (keyof ArMember)[] = ['mtime', 'uid', 'gid', 'mode'];
  for (const [index, one] of a.archive.entries()) {
    const two = b.archive[index] as ArMember;
    for (const field of fields.filter((field) => one[field] !== two[field])) {
      const detail = `${field} of ${one.name}: ${one[field]} and ${two[field]}`;
      const time = {cause: 'They were built for different moments', cure: 'Set SOURCE_DATE_EPOCH'};
      yield {member: 'ar', kind: 'ar-header', detail, ...(field === 'mtime' ? time : {})};
    }
  }
}

/** @param contents the differences between files of the two archives */
function* compareArchives(
  which: 'control' | 'data',
  [a, b]: readonly [Look, Look],
  contents: readonly Difference[],
): Generator<Difference> {
  const member = `${which}.tar`;
  const [one, two] = [a.tars[which], b.tars[which]];
  if (one.sha256 !== two.sha256) {
    const found = [...compareEntries(one.entries, two.entries)].map((difference) => ({
      member,
      ...difference,
    }));
    yield* [...found, ...contents];
    if (found.length + contents.length > 0) return;
    const detail = 'The same members, written down differently (header format or padding)';
    yield {member, kind: 'tar-format', detail};
    return;
  }
  const nameIn = (look: Look) => look.archive.find(({name}) => name.startsWith(member))?.name ?? '';
  if (a.memberDigests.get(nameIn(a)) === b.memberDigests.get(nameIn(b))) return;
  yield {
    member,
    kind: 'compressor',
    detail: `The same archive, compressed differently (${nameIn(a)} and ${nameIn(b)})`,
    cause: 'Another compressor, another version of it, or another level',
    cure: 'Build both with the same version of mkvenvdeb and the same compression_level',
  };
}

function* compareControlFiles(a: Look, b: Look): Generator<Difference> {
  for (const {path, data} of a.members) {
    const other = b.members.find((file) => file.path === path)?.data;
    if (other === undefined || data.equals(other)) continue;
    const explanation = explainContent(path, data, other);
    const {detail} = explanation;
    const follows = {
      kind: 'md5sums',
      detail,
      cause: 'A file of the data archive differs, is missing or is more',
    };
    yield {member: 'control.tar', path, ...(path === 'md5sums' ? follows : explanation)};
  }
}

async function compareDataFiles(
  a: string,
  two: Look,
  paths: readonly string[],
  options: CompareDebsOptions,
): Promise<readonly Difference[]> {
  if (paths.length === 0) return [];
  const ours = await fetchContents(a, [...two.changed.keys()], options);
  return paths.map((path) => {
    const [before, after] = [ours.get(path), two.changed.get(path)];
    const member = 'data.tar';
    if (before && after) return {member, path, ...explainContent(path, before, after)};
    return {member, path, kind: 'binary', detail: 'Contents differ; too large to look at'};
  });
}

/** Paths of the files that are in both packages with different contents. */
const changedFiles = (a: Look, b: Look): readonly string[] =>
  [...a.fileDigests.keys()].filter((path) => {
    const other = b.fileDigests.get(path);
    return other !== undefined && other !== a.fileDigests.get(path);
  });

async function fetchContents(
  file: string,
  paths: readonly string[],
  {signal, limits}: CompareDebsOptions,
): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Set(paths);
  if (wanted.size === 0) return new Map();
  const contents = new Map<string, Buffer>();
  let left = BUDGET;
  const visit = async ({path, size}: DebEntry, content: AsyncIterable<Buffer>) => {
    if (!wanted.has(path) || size > left) return;
    left -= size;
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(Buffer.from(part));
    contents.set(path, Buffer.concat(parts));
  };
  await readDeb(file, {visit, signal, limits});
  return contents;
}
