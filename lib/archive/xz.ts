import {setImmediate as otherTurns} from 'node:timers/promises';
import {MkvenvdebError} from '../errors.js';
import {type BlockSizes, cutBlocks, planBlocks} from './blocks.js';
import type {CompressJob} from './compress.js';
import {LzmaError, loadLzma, sharedLzma} from './lzma.js';
import {startThread} from './thread.js';
import {takeXzBlock, type XzBlock, xzHeader, xzTrailer} from './xz-format.js';

/**
 * 16 MiB is twice the dictionary of the default level, so a block loses 0.8 % against `xz -T0` and two cores share
 * even a small package. A boundary is taken from 8 MiB on, the dictionary itself: what lies further back than that
 * could not be referred to anyway.
 */
const BLOCKS: BlockSizes = {maximum: 16 << 20, minimum: 8 << 20};
/** Up to this size compressing takes less time than starting a thread. */
const INLINE = 256 << 10;
/** Presets 8 and 9 differ from 7 only in a dictionary larger than a block. */
const HIGHEST_PRESET = 7;

/** What a thread is asked: compress this block. */
export interface EncodeTask {
  readonly block: Uint8Array;
  readonly preset: number;
}

/** What it answers: an .xz stream of one block, and the memory of the block. */
export interface EncodedBlock {
  readonly stream: Uint8Array;
  readonly memory: ArrayBuffer;
}

interface Encoder {
  encode(task: EncodeTask): Promise<EncodedBlock>;
  readonly threads: number;
  end(): Promise<void>;
}

/**
 * Compress to ONE .xz stream of many blocks with CRC64: dpkg silently stops after the first stream. Blocks are cut
 * by the layout alone, so one thread and many give the same bytes, those of `xz -T2 --block-size`.
 */
export async function* compressXz(
  source: AsyncIterable<Uint8Array>,
  job: CompressJob,
): AsyncGenerator<Uint8Array> {
  const lengths = planBlocks(job.layout, BLOCKS);
  const preset = Math.min(job.level, HIGHEST_PRESET);
  const encoder = job.layout.length <= INLINE ? await inlineEncoder() : threadEncoder(job, lengths.length);
  const spare: ArrayBuffer[] = [];
  const longest = Math.max(...lengths);
  const lend = (length: number) => new Uint8Array(spare.pop() ?? new ArrayBuffer(longest), 0, length);
  const index: Omit<XzBlock, 'bytes'>[] = [];
  const underway: Promise<EncodedBlock>[] = [];
  const take = async (): Promise<Uint8Array> => {
    const {stream, memory} = (await underway.shift()) as EncodedBlock;
    spare.push(memory);
    const {bytes, ...record} = takeXzBlock(
      Buffer.from(stream.buffer, stream.byteOffset, stream.length),
      BLOCKS.maximum,
    );
    index.push(record);
    return bytes;
  };
  try {
    yield xzHeader();
    for await (const block of cutBlocks(source, lengths, lend)) {
      const encoded = encoder.encode({block, preset});
      encoded.catch(() => {}); // it is awaited by take(), perhaps after an earlier one has failed
      underway.push(encoded);
      // Waiting here and not after the next block is full costs a tenth of a second and saves a block of memory.
      if (underway.length >= encoder.threads) yield await take();
    }
    while (underway.length > 0) yield await take();
    yield xzTrailer(index);
  } finally {
    await encoder.end();
  }
}

async function inlineEncoder(): Promise<Encoder> {
  const lzma = await sharedLzma();
  return {
    threads: 1,
    encode: async ({block, preset}) => ({
      stream: lzma.encode(block, preset),
      memory: block.buffer as ArrayBuffer,
    }),
    end: async () => {},
  };
}

/** Blocks go to the threads in turn; as they are taken in order, a thread has never more than one. */
function threadEncoder({workers, signal}: Pick<CompressJob, 'workers' | 'signal'>, blocks: number): Encoder {
  const threads = Array.from({length: Math.min(workers, blocks)}, () =>
    startThread<EncodeTask, EncodedBlock>(new URL('xz-worker.js', import.meta.url), signal),
  );
  let next = 0;
  return {
    threads: threads.length,
    encode(task) {
      const thread = threads[next % threads.length] as (typeof threads)[number];
      next += 1;
      return thread.ask(task, [task.block.buffer as ArrayBuffer]);
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.end()));
    },
  };
}

/**
 * Compress pieces that were cut by somebody else, each to a block of an .xz stream, in order. Here, and not in threads:
 * at a low level 20 MB take a second, and each thread as much memory.
 */
export async function* encodeXzBlocks(
  pieces: readonly Uint8Array[],
  {level, signal}: Pick<CompressJob, 'level' | 'signal'>,
): AsyncGenerator<XzBlock> {
  if (pieces.length === 0) return;
  const lzma = await sharedLzma();
  for (const piece of pieces) {
    await otherTurns();
    signal?.throwIfAborted();
    const stream = lzma.encode(piece, Math.min(level, HIGHEST_PRESET));
    yield takeXzBlock(Buffer.from(stream.buffer, stream.byteOffset, stream.length), BLOCKS.maximum);
  }
}

/**
 * Decode one .xz stream.
 *
 * @throws E_FORMAT when it is corrupt, truncated, or followed by anything: dpkg would drop what follows
 */
export async function* decompressXz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = (await loadLzma()).decoder();
  try {
    for await (const chunk of source) {
      const used = decoder.ended() ? 0 : yield* copies(decoder.push(chunk));
      if (used < chunk.length) {
        throw new MkvenvdebError('E_FORMAT', 'Something follows the first xz stream', {
          hint: 'dpkg reads only the first stream and drops the rest without a word',
        });
      }
    }
  } catch (error) {
    if (!(error instanceof LzmaError)) throw error;
    throw new MkvenvdebError('E_FORMAT', `The xz stream cannot be decoded: ${error.message}`, {cause: error});
  }
  if (!decoder.ended()) throw new MkvenvdebError('E_FORMAT', 'The xz stream is truncated');
}

/** Who reads on may still hold what came before, and the decoder writes each piece over the last. */
export function* copies(pieces: Generator<Uint8Array, number>): Generator<Uint8Array, number> {
  for (;;) {
    const next = pieces.next();
    if (next.done) return next.value;
    yield next.value.slice();
  }
}
