import {Readable} from 'node:stream';
import {promisify} from 'node:util';
import {createGunzip, gzip} from 'node:zlib';
import {MkvenvdebError} from '../errors.js';
import {type BlockSizes, cutBlocks, planBlocks} from './blocks.js';
import type {CompressJob} from './compress.js';

/** Deflate looks back 32 KiB only, so members of this size cost 0.1 %. */
const BLOCKS: BlockSizes = {maximum: 4 << 20, minimum: 1 << 20};

const compressMember = promisify<Uint8Array, {level: number}, Buffer>(gzip);

/**
 * Compress to gzip members of planned size, several at once in Node's own thread pool. dpkg reads all members.
 * Node's zlib gives the same bytes on Node 18 to 24; its header holds neither time nor name.
 */
export async function* compressGzip(
  source: AsyncIterable<Uint8Array>,
  job: CompressJob,
): AsyncGenerator<Uint8Array> {
  const underway: Promise<Buffer>[] = [];
  const lengths = planBlocks(job.layout, BLOCKS);
  for await (const block of cutBlocks(source, lengths, (length) => new Uint8Array(length))) {
    job.signal?.throwIfAborted();
    if (underway.length >= job.workers) yield (await underway.shift()) as Buffer;
    const member = compressMember(block, {level: job.level});
    member.catch(() => {}); // it is awaited below, perhaps after an earlier one has failed
    underway.push(member);
  }
  for (const member of underway) yield await member;
}

/**
 * Decompress gzip members.
 *
 * @throws E_FORMAT when they are corrupt, truncated, or followed by something else
 */
export async function* decompressGzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  let given = 0;
  const counted = async function* () {
    for await (const chunk of source) {
      given += chunk.length;
      yield chunk;
    }
  };
  const input = Readable.from(counted());
  input.on('error', (error) => gunzip.destroy(error));
  try {
    yield* input.pipe(gunzip);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new MkvenvdebError('E_FORMAT', `The gzip data cannot be decoded: ${message}`, {cause: error});
  } finally {
    input.destroy();
    gunzip.destroy();
  }
  if (gunzip.bytesWritten < given) throw new MkvenvdebError('E_FORMAT', 'Something follows the gzip data');
}
