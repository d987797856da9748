import {MkvenvdebError} from '../errors.js';
import {cutBlocks, planBlocks} from './blocks.js';
import {ByteQueue} from './byte-queue.js';
import type {CompressJob} from './compress.js';
import {startThread} from './thread.js';
import {type XxHash64, xxHash64} from './xxhash64.js';
import {openZstd, ZSTD_CHUNK} from './zstd-coder.js';
import {
  BLOCK_HEADER,
  CHECKSUM,
  completeZstdHeader,
  LONGEST_HEADER,
  parseZstdBlock,
  parseZstdHeader,
  truncatedFrame,
} from './zstd-frame.js';

/** What the thread is asked: compress this chunk, or end the frame when there is none. */
export interface ZstdTask {
  readonly chunk?: Uint8Array;
  readonly level: number;
}

/** Up to this size compressing takes less time than starting a thread. */
const INLINE = 256 << 10;

interface Encoder {
  ask(task: ZstdTask): Promise<Uint8Array>;
  end(): Promise<void>;
}

/**
 * Compress to ONE zstd frame with content size and checksum, in one thread: dpkg silently stops after the first
 * frame, and frames made apart cannot be joined. Chunks have a fixed size, because each ends a zstd block.
 */
export async function* compressZstd(
  source: AsyncIterable<Uint8Array>,
  job: CompressJob,
): AsyncGenerator<Uint8Array> {
  const {layout, level, signal} = job;
  const chunks = planBlocks(
    {length: layout.length, boundaries: []},
    {maximum: ZSTD_CHUNK, minimum: ZSTD_CHUNK},
  );
  const encoder = layout.length <= INLINE ? await inlineEncoder(level) : threadEncoder(signal);
  const hash = xxHash64();
  try {
    let underway: Promise<Uint8Array> | undefined;
    let first = true;
    const take = async (answer: Promise<Uint8Array>): Promise<Uint8Array> => {
      const bytes = Buffer.from(await answer);
      if (!first) return bytes;
      first = false;
      return Buffer.concat([
        completeZstdHeader(bytes, layout.length),
        bytes.subarray(parseZstdHeader(bytes).size),
      ]);
    };
    for await (const chunk of cutBlocks(source, chunks, (length) => new Uint8Array(length))) {
      hash.update(chunk);
      if (underway !== undefined) yield await take(underway);
      underway = encoder.ask({chunk, level});
      underway.catch(() => {}); // it is awaited above or below, perhaps after the source has failed
    }
    if (underway !== undefined) yield await take(underway);
    yield await encoder.ask({level});
    yield checksumOf(hash);
  } finally {
    await encoder.end();
  }
}

async function inlineEncoder(level: number): Promise<Encoder> {
  const coder = await openZstd(level);
  return {
    ask: async ({chunk}) => (chunk === undefined ? coder.finish() : coder.compress(chunk)),
    end: async () => coder.free(),
  };
}

function threadEncoder(signal?: AbortSignal): Encoder {
  const thread = startThread<ZstdTask, Uint8Array>(new URL('zstd-worker.js', import.meta.url), signal);
  return {
    ask: (task) => thread.ask(task, task.chunk === undefined ? [] : [task.chunk.buffer as ArrayBuffer]),
    end: () => thread.end(),
  };
}

/**
 * Decode one zstd frame, block by block: the decoder reports no errors, so what it gives is measured against what
 * the frame says of itself.
 *
 * @throws E_FORMAT when it is corrupt, truncated, or followed by anything: dpkg would drop what follows
 */
export async function* decompressZstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = new ByteQueue(source, truncatedFrame);
  try {
    yield* decodeFrame(input);
    if ((await input.peek(1)).length === 0) return;
    throw new MkvenvdebError('E_FORMAT', 'Something follows the first zstd frame', {
      hint: 'dpkg reads only the first frame and drops the rest without a word',
    });
  } finally {
    await input.close();
  }
}

async function* decodeFrame(input: ByteQueue): AsyncGenerator<Uint8Array> {
  const header = parseZstdHeader(await input.peek(LONGEST_HEADER));
  const hash = xxHash64();
  const coder = await openZstd();
  try {
    coder.decompress(await input.take(header.size));
    let length = 0;
    for (let last = false; !last; ) {
      const block = parseZstdBlock(await input.peek(BLOCK_HEADER));
      const content = coder.decompress(await input.take(BLOCK_HEADER + block.size));
      if (block.compressed ? content.length === 0 : content.length !== block.contentSize) throw corrupt();
      length += content.length;
      last = block.last;
      if (header.hasChecksum) hash.update(content);
      yield content;
    }
    if (header.contentSize !== undefined && header.contentSize !== length) throw corrupt();
  } finally {
    coder.free();
  }
  if (header.hasChecksum && !(await input.take(CHECKSUM)).equals(checksumOf(hash))) throw corrupt();
}

const corrupt = (): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', 'The zstd frame cannot be decoded: it is corrupt');

/** A frame ends in the lower half of the hash of its content. */
function checksumOf(hash: XxHash64): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(hash.digest());
  return bytes.subarray(0, CHECKSUM);
}
