import {type Compression, type CompressJob, compress, decompress} from '../../lib/archive/compress.js';

/** A stream in chunks of some size. */
export async function* inChunks(data: Uint8Array, size = 77_777): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}

/** Everything that a stream gives. */
export async function collected(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

export interface Settings extends Partial<Omit<CompressJob, 'layout'>> {
  readonly boundaries?: readonly number[];
  readonly chunk?: number;
}

/** Compress some data at a low level with one worker unless told otherwise. */
export function compressed(method: Compression, data: Uint8Array, settings: Settings = {}): Promise<Buffer> {
  const {boundaries = [], chunk, level = 1, workers = 1, signal} = settings;
  const layout = {length: data.length, boundaries};
  return collected(compress(method, inChunks(data, chunk), {layout, level, workers, signal}));
}

/** Decompress some data. */
export const decompressed = (method: Compression, data: Uint8Array, chunk?: number): Promise<Buffer> =>
  collected(decompress(method, inChunks(data, chunk)));

/** Data that compresses, but not to nothing, the same on each call. */
export function someData(length: number): Buffer {
  const words = Array.from({length: 2000}, (_, index) => `${(index * 7919) % 9973}:${index.toString(36)} `);
  const data = Buffer.alloc(length);
  let state = 12345;
  for (let at = 0; at < length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    at += data.write(words[(state >>> 8) % words.length] as string, at);
    if (at > length - 12) return data;
  }
  return data;
}
