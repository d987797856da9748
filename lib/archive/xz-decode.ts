import {availableParallelism} from 'node:os';
import {MkvenvdebError} from '../errors.js';
import {ByteQueue} from './byte-queue.js';
import {startThread} from './thread.js';
import {decompressXz} from './xz.js';
import {
  isXzHeader,
  LONGEST_BLOCK_HEADER,
  readXzBlockSizes,
  XZ_HEADER_SIZE,
  type XzBlockSizes,
  xzHeader,
  xzTrailer,
} from './xz-format.js';

/** What a thread is asked: decode this stream, which has one block of so many bytes. */
export interface DecodeTask {
  readonly stream: Uint8Array;
  readonly length: number;
}

/** Blocks underway are held in memory, packed and unpacked; a block of xz -9 is not among them. */
const LARGEST_BLOCK = 32 << 20;
/** Up to this size decoding takes less time than starting a thread. */
const SMALLEST_FIRST = 2 << 20;
const MOST_THREADS = 4;

/**
 * Decode one .xz stream, its blocks in threads where it has several that tell their sizes (dpkg-deb since 1.21.13,
 * `xz -T`, and what we write); any other as it comes. What is given out has passed all checks of liblzma.
 *
 * @param workers threads to use at most; 1 for none. @default the number of processors, at most 4
 * @throws E_FORMAT when it is corrupt, truncated, or followed by anything: dpkg would drop what follows
 */
export async function* decodeXz(
  source: AsyncIterable<Uint8Array>,
  workers = Math.min(MOST_THREADS, availableParallelism()),
): AsyncGenerator<Uint8Array> {
  const input = new ByteQueue(source, truncated);
  try {
    const start = await input.peek(XZ_HEADER_SIZE + LONGEST_BLOCK_HEADER);
    const first = readXzBlockSizes(start.subarray(XZ_HEADER_SIZE));
    const hasMore = workers > 1 && first && first.uncompressedSize >= SMALLEST_FIRST;
    if (hasMore && isFit(first) && isXzHeader(start.subarray(0, XZ_HEADER_SIZE)))
      yield* decodeBlocks(input, workers);
    else yield* decompressXz(rest(input));
  } finally {
    await input.close();
  }
}

const isFit = ({size, uncompressedSize}: XzBlockSizes): boolean =>
  uncompressedSize <= LARGEST_BLOCK && size <= LARGEST_BLOCK + (1 << 20);

async function* rest(input: ByteQueue): AsyncGenerator<Uint8Array> {
  while ((await input.peek(1)).length > 0) yield* input.available();
}

async function* decodeBlocks(input: ByteQueue, workers: number): AsyncGenerator<Uint8Array> {
  await input.take(XZ_HEADER_SIZE);
  const threads = startThreads(workers);
  const seen: XzBlockSizes[] = [];
  const underway: Promise<Uint8Array>[] = [];
  try {
    while ((await input.peek(1))[0] !== 0) {
      const sizes = readXzBlockSizes(await input.peek(LONGEST_BLOCK_HEADER));
      if (sizes === undefined) throw (await input.peek(1)).length === 0 ? truncated() : corrupt();
      seen.push(sizes);
      if (!isFit(sizes)) {
        while (underway.length > 0) yield await (underway.shift() as Promise<Uint8Array>);
        yield* decompressXz(alone(input, sizes));
        continue;
      }
      const stream = await collected(input, sizes);
      const decoded = threads.ask({stream, length: sizes.uncompressedSize});
      decoded.catch(() => {}); // it is awaited below, perhaps after an earlier one has failed
      underway.push(decoded);
      // One more than there are threads: none of them waits while a block is looked at here.
      if (underway.length > threads.most) yield await (underway.shift() as Promise<Uint8Array>);
    }
    while (underway.length > 0) yield await (underway.shift() as Promise<Uint8Array>);
    await proveTrailer(input, seen);
  } finally {
    await threads.end();
  }
}

/** One block as a stream of its own: with header, index and footer, all of which liblzma then checks. */
async function* alone(input: ByteQueue, sizes: XzBlockSizes): AsyncGenerator<Uint8Array> {
  yield xzHeader();
  yield* input.pieces(sizes.size);
  yield xzTrailer([sizes]);
}

/** The same in memory of its own, which can be given to a thread. */
async function collected(input: ByteQueue, sizes: XzBlockSizes): Promise<Uint8Array> {
  const stream = new Uint8Array(xzHeader().length + sizes.size + xzTrailer([sizes]).length);
  let filled = 0;
  for await (const piece of alone(input, sizes)) {
    stream.set(piece, filled);
    filled += piece.length;
  }
  return stream;
}

/** There is one way to write the index of given blocks (xz-file-format 4), so that bytes can be compared. */
async function proveTrailer(input: ByteQueue, blocks: readonly XzBlockSizes[]): Promise<void> {
  const wanted = xzTrailer(blocks);
  if (!(await input.take(wanted.length)).equals(wanted)) throw corrupt();
  if ((await input.peek(1)).length === 0) return;
  throw new MkvenvdebError('E_FORMAT', 'Something follows the first xz stream', {
    hint: 'dpkg reads only the first stream and drops the rest without a word',
  });
}

interface Threads {
  readonly most: number;
  ask(task: DecodeTask): Promise<Uint8Array>;
  end(): Promise<void>;
}

/** The block goes to who has least to do. Starting takes as long as reading the first block does: two begin at once. */
function startThreads(most: number): Threads {
  const start = () => ({
    thread: startThread<DecodeTask, Uint8Array>(new URL('xz-decode-worker.js', import.meta.url)),
    open: 0,
  });
  const threads = Array.from({length: Math.min(2, most)}, start);
  const idlest = () => {
    const [first] = [...threads].sort((a, b) => a.open - b.open);
    if (first !== undefined && (first.open === 0 || threads.length === most)) return first;
    const one = start();
    threads.push(one);
    return one;
  };
  return {
    most,
    async ask(task) {
      const one = idlest();
      one.open += 1;
      // Of those with as much to do, the one that was not asked for longest.
      threads.push(...threads.splice(threads.indexOf(one), 1));
      try {
        return await one.thread.ask(task, [task.stream.buffer as ArrayBuffer]);
      } catch (error) {
        throw corrupt(error);
      } finally {
        one.open -= 1;
      }
    },
    async end() {
      await Promise.all(threads.map(({thread}) => thread.end()));
    },
  };
}

const corrupt = (cause?: unknown): MkvenvdebError =>
  new MkvenvdebError(
    'E_FORMAT',
    `The xz stream cannot be decoded: ${cause instanceof Error ? cause.message : 'it is corrupt'}`,
    {cause},
  );
const truncated = (): MkvenvdebError => new MkvenvdebError('E_FORMAT', 'The xz stream is truncated');
