import {createHash} from 'node:crypto';
import {MkvenvdebError} from '../errors.js';
import {ByteQueue} from './byte-queue.js';
import {collectContent, type FileContent, MemberContent} from './file-content.js';
import {beyondLimit, type TarLimits} from './limits.js';
import {
  counter,
  isExtension,
  isZero,
  LONGEST_EXTENSION,
  proveEnd,
  proveExtension,
  readHeader,
  type TarNote,
} from './read-guard.js';
import type {DebEntry} from './tar-entry.js';
import {padded, TAR_BLOCK} from './tar-header.js';
import {TarHeaders} from './tar-headers.js';

export type {DebEntry} from './tar-entry.js';

/** Sees the content of each regular file; what it does not read is skipped. */
export type VisitFile = (entry: DebEntry, content: FileContent) => Promise<void> | void;

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
 * Read a tar archive, member by member, up to the mark at its end, and prove that it means the same to all its readers.
 *
 * @throws E_FORMAT when it is damaged, goes on behind its end, means different things to its readers or passes a limit;
 *   what `visit` throws
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  options: ReadTarOptions,
): Promise<TarSummary> {
  const {limits, digest = false, signal} = options;
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
  const notes = new Set<TarNote>();
  const input = new ByteQueue(measured(), truncated);
  try {
    const entries = await readMembers(input, notes, options);
    await proveEnd(input, notes);
    return {entries, length, sha256: hash?.digest('hex'), notes: [...notes]};
  } finally {
    await input.close();
  }
}

async function readMembers(
  input: ByteQueue,
  notes: Set<TarNote>,
  {limits, visit, signal}: ReadTarOptions,
): Promise<readonly DebEntry[]> {
  const entries: DebEntry[] = [];
  const count = counter(limits);
  const headers = new TarHeaders();
  for (;;) {
    // What is at hand is not waited for: that would take longer than looking at it.
    const header = input.ready(TAR_BLOCK) ?? (await input.peek(TAR_BLOCK));
    if (!header[0] && isZero(header)) break;
    const offset = input.position;
    if (input.skip(TAR_BLOCK) < TAR_BLOCK) throw truncated();
    const {flag, size} = readHeader(header, offset);
    if (isExtension(flag)) {
      if (size === 0 || size > LONGEST_EXTENSION) throw broken(`a name has a strange length at ${offset}`);
      count.text(size);
      const content = await input.take(padded(size));
      proveExtension(flag, content.subarray(0, size), notes);
      headers.extend(flag, size, header, content);
      continue;
    }
    count.member(header, size);
    const read = headers.read(header, flag);
    const entry = read instanceof Promise ? await read : read;
    entries.push(entry);
    if (entry.type !== 'file') continue;
    const visited = visitMember(entry, input, visit);
    if (visited instanceof Promise) await visited;
    signal?.throwIfAborted();
  }
  if (headers.isExtended) throw broken('it ends in a name without a member');
  return entries;
}

/** Show a file and go past it; at once where it lies in memory and nobody waits. */
function visitMember(entry: DebEntry, input: ByteQueue, visit: VisitFile): Promise<void> | undefined {
  if (input.ready(entry.size) === undefined) return visitSlowly(entry, input, visit);
  const content = new MemberContent(input, entry.size);
  const visited = visit(entry, content);
  return visited instanceof Promise ? visited.then(() => content.skip()) : content.skip();
}

async function visitSlowly(entry: DebEntry, input: ByteQueue, visit: VisitFile): Promise<void> {
  const content = await collectContent(input, entry.size);
  try {
    await visit(entry, content);
  } catch (error) {
    throw content.failure ? content.failure.error : error;
  }
  // It comes before what its visitor makes of it.
  if (content.failure) throw content.failure.error;
  await content.skip();
}

const truncated = (): MkvenvdebError => broken('it is truncated');
const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable tar archive: ${why}`);
