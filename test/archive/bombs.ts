import {gzipSync} from 'node:zlib';
import {loadLzma} from '../../lib/archive/lzma.js';
import {takeXzBlock, xzHeader, xzTrailer} from '../../lib/archive/xz-format.js';
import {rawHeader} from './deb-helper.js';

/** A piece of a tar archive and how many times it stands there: what a bomb unpacks to. */
export type Filling = readonly (readonly [piece: Buffer, times: number])[];

const MIB = 1 << 20;
const ZEROS = Buffer.alloc(MIB);

/** A file of that many MiB of zeros. */
export const zeroFile = (mebibytes: number): Filling => [
  [rawHeader({size: mebibytes * MIB}), 1],
  [ZEROS, mebibytes],
];

/** Files of 100 MiB, each below every limit. */
export const zeroFiles = (count: number): Filling => Array(count).fill(zeroFile(100)).flat() as Filling;

/** Many empty files; a piece holds 2048 headers. */
export const manyMembers = (thousands: number): Filling => [
  [Buffer.concat(Array(2048).fill(rawHeader({}))), Math.ceil((thousands * 1000) / 2048)],
];

/** Members whose names are as long as a header may make them. */
export const longNames = (count: number): Filling => [[rawHeader({name: `./${'n'.repeat(65_000)}`}), count]];

/** Zeros without end. */
export const endlessEnd = (mebibytes: number): Filling => [
  [rawHeader({}), 1],
  [ZEROS, mebibytes],
];

/** As gzip members, each piece compressed once. */
export const gzipBomb = (filling: Filling): Buffer =>
  Buffer.concat(filling.flatMap(([piece, times]) => Array<Buffer>(times).fill(gzipSync(piece, {level: 9}))));

/** As blocks of one xz stream, each piece compressed once. */
export async function xzBomb(filling: Filling): Promise<Buffer> {
  const lzma = await loadLzma();
  const parts: Uint8Array[] = [xzHeader()];
  const index: Parameters<typeof xzTrailer>[0][number][] = [];
  for (const [piece, times] of filling) {
    const {bytes, ...record} = takeXzBlock(Buffer.from(lzma.encode(piece, 1)), 16 * MIB);
    for (let time = 0; time < times; time += 1) {
      parts.push(bytes);
      index.push(record);
    }
  }
  return Buffer.concat([...parts, xzTrailer(index)]);
}

/** As one zstd frame of raw blocks, and of run-length blocks where a piece is one byte again and again. */
export function zstdBomb(filling: Filling): Buffer {
  const block = (type: 0 | 1, length: number, content: Uint8Array, last = 0) => {
    const header = Buffer.alloc(3);
    header.writeUIntLE((length << 3) | (type << 1) | last, 0, 3);
    return Buffer.concat([header, content]);
  };
  const blocks = filling.flatMap(([piece, times]) => {
    const parts: Buffer[] = [];
    for (let at = 0; at < piece.length; at += 128 << 10) {
      const part = piece.subarray(at, at + (128 << 10));
      const even = part.every((byte) => byte === part[0]);
      parts.push(even ? block(1, part.length, part.subarray(0, 1)) : block(0, part.length, part));
    }
    return Array<Buffer>(times).fill(Buffer.concat(parts));
  });
  // No content size, no checksum, a window of 1 MiB.
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3]);
  return Buffer.concat([header, ...blocks, block(0, 0, Buffer.alloc(0), 1)]);
}
