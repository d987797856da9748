import {open} from 'node:fs/promises';
import {scanTar} from '../formats/tar-scan.js';
import type {Issue} from '../model.js';
import {type ArMember, listArMembers} from './ar.js';
import {ByteQueue} from './byte-queue.js';
import {issueOf} from './check-codes.js';
import {loadLzma} from './lzma.js';
import {readMember} from './read.js';
import {decompressZstd} from './zstd.js';
import {
  BLOCK_HEADER,
  CHECKSUM,
  LONGEST_HEADER,
  parseZstdBlock,
  parseZstdHeader,
  truncatedFrame,
} from './zstd-frame.js';

/** What dpkg does not see of a member. */
interface Rest {
  /** Compressed bytes that it reads, and all there are. */
  readonly read: number;
  readonly size: number;
  /** What follows, decompressed. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Names that are told. */
const TOLD = 3;

/**
 * Look in a package that cannot be read for more than one xz stream or zstd frame in an archive, and say what dpkg
 * would lose; undefined when that is not what is wrong.
 */
export async function findLost(file: string): Promise<Issue | undefined> {
  const handle = await open(file);
  try {
    for (const member of await listArMembers(handle)) {
      const kind = /^(?:control|data)\.tar\.(xz|zst)$/.exec(member.name)?.[1];
      if (kind === undefined) continue;
      const source = readMember(handle, member);
      const rest = await (kind === 'xz' ? afterXz(source, member) : afterZstd(source, member));
      if (rest !== undefined) return await lostIssue(member.name, rest);
    }
    return undefined;
  } catch {
    // It is damaged in another way, and that is told already.
    return undefined;
  } finally {
    await handle.close();
  }
}

async function lostIssue(file: string, {read, size, content}: Rest): Promise<Issue> {
  const names: string[] = [];
  // Cut in the middle of a file, or garbage: no archive begins there, and dpkg may notice that one ends.
  await scanTar(content, (name) => names.push(name) < 0).catch(() => {});
  const more = names.length > TOLD ? ` and ${names.length - TOLD} more` : '';
  const lost = names.length === 0 ? '' : `: ${names.slice(0, TOLD).join(', ')}${more}`;
  const message = `dpkg reads ${read} of its ${size} bytes and drops the rest${lost}`;
  return issueOf('lost-data', {file, message});
}

async function afterXz(source: AsyncIterable<Uint8Array>, {size}: ArMember): Promise<Rest | undefined> {
  const lzma = await loadLzma();
  const decoder = lzma.decoder();
  const chunks = source[Symbol.asyncIterator]();
  let read = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    const used = drain(decoder.push(next.value));
    read += used;
    if (!decoder.ended()) continue;
    if (read === size) return undefined;
    const rest = Buffer.from(next.value.subarray(used));
    const remaining = {[Symbol.asyncIterator]: () => chunks};
    return {read, size, content: moreXz(rest, remaining)};
  }
  return undefined;
}

function drain(steps: Generator<Uint8Array, number>): number {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The streams that follow, with zeros between them (xz-file-format, stream padding). */
async function* moreXz(first: Buffer, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const lzma = await loadLzma();
  let decoder: ReturnType<typeof lzma.decoder> | undefined;
  const all = async function* () {
    yield first;
    yield* source;
  };
  for await (const chunk of all()) {
    for (let rest = chunk; rest.length > 0; ) {
      if (decoder === undefined || decoder.ended()) {
        const begin = rest.findIndex((byte) => byte !== 0);
        if (begin < 0) break;
        rest = rest.subarray(begin);
        decoder = lzma.decoder();
      }
      rest = rest.subarray(yield* decoder.push(rest));
    }
  }
}

async function afterZstd(source: AsyncIterable<Uint8Array>, {size}: ArMember): Promise<Rest | undefined> {
  const input = new ByteQueue(source, truncatedFrame);
  for await (const _ of frame(input));
  const {position: read} = input;
  return read === size ? undefined : {read, size, content: moreZstd(input)};
}

async function* moreZstd(input: ByteQueue): AsyncGenerator<Uint8Array> {
  while ((await input.peek(1)).length > 0) yield* decompressZstd(frame(input));
}

/** The bytes of one frame (RFC 8878, 3.1.1). */
async function* frame(input: ByteQueue): AsyncGenerator<Uint8Array> {
  const header = parseZstdHeader(await input.peek(LONGEST_HEADER));
  yield await input.take(header.size);
  for (let last = false; !last; ) {
    const block = parseZstdBlock(await input.peek(BLOCK_HEADER));
    yield await input.take(BLOCK_HEADER + block.size);
    last = block.last;
  }
  if (header.hasChecksum) yield await input.take(CHECKSUM);
}
