import {createHash} from 'node:crypto';
import {pipeline} from 'node:stream/promises';
import {extract, type Header} from 'tar-stream';
import {MkvenvdebError} from '../errors.js';
import {beyondLimit, type TarLimits} from './limits.js';
import {guardTar, type TarFormat, type TarNote, type TarSight} from './read-guard.js';

/** A member of the data archive as it was read. */
export interface DebEntry {
  /** Without leading `./` or slash and without trailing slash; empty for the root. */
  readonly path: string;
  /** As it is written: `./opt/app/`. Bytes that are not UTF-8 are U+FFFD here and in `path`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'character-device' | 'block-device' | 'fifo';
  /** Permission bits. */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes of content. */
  readonly size: number;
  /** Of a symlink: as it is written. Of a hard link: the `path` of what it links to. */
  readonly target?: string;
  readonly format: TarFormat;
}

/** Sees the content of each regular file; what it does not read is skipped. */
export type VisitFile = (entry: DebEntry, content: AsyncIterable<Buffer>) => Promise<void> | void;

/** A tar archive as a whole. */
export interface TarSummary {
  readonly entries: readonly DebEntry[];
  /** Bytes, uncompressed. */
  readonly length: number;
  /** Of the uncompressed archive, hexadecimal; undefined when it was not asked for. */
  readonly sha256?: string | undefined;
  readonly notes: readonly TarNote[];
}

export interface ReadTarOptions {
  readonly limits: TarLimits;
  readonly visit: VisitFile;
  /** Compute the digest of the whole archive. @default false */
  readonly digest?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Read a tar archive, member by member.
 *
 * @throws E_FORMAT when it is damaged, means different things to its readers or passes a limit; what `visit` throws
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  {limits, visit, digest = false, signal}: ReadTarOptions,
): Promise<TarSummary> {
  const hash = digest ? createHash('sha256') : undefined;
  let length = 0;
  const measured = async function* () {
    for await (const chunk of source) {
      signal?.throwIfAborted();
      hash?.update(chunk);
      length += chunk.length;
      if (length > limits.length)
        throw beyondLimit(`it unpacks to more than its limit of ${limits.length} bytes`, limits.option);
      yield chunk;
    }
  };
  const sight: TarSight = {formats: [], notes: new Set()};
  const visitUnlessAborted: VisitFile = async (entry, content) => {
    await visit(entry, content);
    signal?.throwIfAborted();
  };
  const entries = await readMembers(guardTar(measured(), sight, limits), sight, visitUnlessAborted);
  return {entries, length, sha256: hash?.digest('hex'), notes: [...sight.notes]};
}

async function readMembers(
  source: AsyncIterable<Uint8Array>,
  sight: TarSight,
  visit: VisitFile,
): Promise<readonly DebEntry[]> {
  // Names come as Latin-1, so that no byte of them is lost before we look at it.
  const extractor = extract({filenameEncoding: 'latin1', allowUnknownFormat: true} as object);
  const failures = new FirstFailure();
  const fed = pipeline(failures.of(source), extractor as unknown as NodeJS.WritableStream).catch((error) => {
    failures.ofTarStream(error);
  });
  const entries: DebEntry[] = [];
  try {
    for await (const member of extractor) {
      const {mtime, ...header} = member.header;
      const entry = toEntry({...header, mtime: mtime.getTime() / 1000}, sight.formats.shift() ?? 'v7');
      entries.push(entry);
      const content = new Content(member as unknown as Member);
      if (entry.type === 'file') await visit(entry, content);
      await content.skip();
    }
    await fed;
    failures.rethrow();
  } catch (error) {
    failures.rethrow();
    throw error;
  } finally {
    extractor.destroy();
    await fed;
  }
  return entries;
}

type Member = AsyncIterable<Buffer> & {resume(): unknown};

/** The content of one member, read by an iterator that costs more than the content of most: only when it is wanted. */
class Content implements AsyncIterable<Buffer> {
  readonly #member: Member;
  #rest: AsyncIterator<Buffer> | undefined;

  constructor(member: Member) {
    this.#member = member;
  }

  /** Without a way to return: leaving the loop over a content early would end the whole archive. */
  [Symbol.asyncIterator](): AsyncIterator<Buffer> {
    this.#rest ??= this.#member[Symbol.asyncIterator]();
    const rest = this.#rest;
    return {next: () => rest.next()};
  }

  /** What was not read goes by. */
  async skip(): Promise<void> {
    if (this.#rest === undefined) this.#member.resume();
    else while (!(await this.#rest.next()).done);
  }
}

/** Of what fails one after the other when a stream breaks, what failed first. */
class FirstFailure {
  #failure: {readonly error: unknown} | undefined;

  async *of(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      this.#failure ??= {error};
      throw error;
    }
  }

  /** What tar-stream finds and the guard did not is a plain error, and still the fault of the archive. */
  ofTarStream(error: unknown): void {
    const {message} = error as Error;
    this.#failure ??= {
      error: error instanceof MkvenvdebError ? error : broken(`tar-stream says: ${message}`),
    };
  }

  rethrow(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

const TYPES: Readonly<Record<string, DebEntry['type']>> = {
  file: 'file',
  directory: 'directory',
  symlink: 'symlink',
  link: 'hardlink',
  'character-device': 'character-device',
  'block-device': 'block-device',
  fifo: 'fifo',
};

/** What the header of a member says. */
export interface TarFields
  extends Pick<Header, 'name' | 'type' | 'linkname' | 'mode' | 'uname' | 'gname' | 'uid' | 'gid' | 'size'> {
  /** Seconds since 1970. */
  readonly mtime: number;
}

const ASCII = /^[\0-\x7f]*$/;

/**
 * What is told of a member, by its header.
 *
 * @param header its texts in Latin-1, so that no byte of them is lost
 * @throws E_FORMAT for what dpkg and tar understand differently
 */
export function toEntry(header: TarFields, format: TarFormat): DebEntry {
  const decode = (text: string) =>
    format === 'pax' || ASCII.test(text) ? text : Buffer.from(text, 'latin1').toString();
  const name = decode(header.name);
  const type = TYPES[header.type];
  if (type === undefined) throw broken(`a member has an unknown type: ${JSON.stringify(name)}`);
  if (type === 'file' && name.endsWith('/')) {
    throw broken(`a member is a file to dpkg and a folder to tar: ${JSON.stringify(name)}`);
  }
  if (type !== 'directory' && plainPath(name) === '') throw broken(`its root is a ${type}`);
  const target = header.linkname ? decode(header.linkname) : '';
  const entry = {
    path: plainPath(name),
    name,
    type,
    mode: header.mode & 0o7777,
    owner: header.uname,
    group: header.gname,
    uid: header.uid,
    gid: header.gid,
    mtime: header.mtime,
    size: header.size,
    format,
  };
  if (type === 'symlink') return {...entry, target};
  return type === 'hardlink' ? {...entry, target: plainPath(target)} : entry;
}

/** `./opt//app/` and `/opt/./app` are both `opt/app`; `..` stays, for a check to find. */
function plainPath(name: string): string {
  // As nearly all are written.
  const plain = name.slice(name.startsWith('./') ? 2 : 0, name.endsWith('/') ? -1 : undefined);
  if (name.length > 2 && !ODD.test(plain)) return plain;
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** A part that is empty or a dot. */
const ODD = /^\.?(?:\/|$)|\/\.?(?:\/|$)/;

const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable tar archive: ${why}`);
