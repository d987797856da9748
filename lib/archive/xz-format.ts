import {crc32} from '../formats/crc32.js';

/** One block of an .xz stream, ready to be written, and its record in the index. */
export interface XzBlock {
  readonly bytes: Uint8Array;
  /** Header, data and check, without padding (xz-file-format 4.3). */
  readonly unpaddedSize: number;
  readonly uncompressedSize: number;
}

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const FOOTER_MAGIC = Buffer.from('YZ');
/** Stream flags: check CRC64. */
const FLAGS = Buffer.from([0x00, 0x04]);
const CHECK_SIZE = 8;
/** Of the stream header and of the stream footer. */
const END_SIZE = 12;
const HAS_COMPRESSED_SIZE = 0x40;
const HAS_UNCOMPRESSED_SIZE = 0x80;

/** The start of a stream (xz-file-format 2.1.1). */
export const xzHeader = (): Buffer => Buffer.concat([MAGIC, FLAGS, uint32(crc32(FLAGS))]);

/**
 * The end of a stream: the index of its blocks and the footer (xz-file-format 4 and 2.1.2).
 *
 * dpkg reads only the first stream of a file, so there is one stream, whatever the number of blocks.
 */
export function xzTrailer(blocks: readonly Pick<XzBlock, 'unpaddedSize' | 'uncompressedSize'>[]): Buffer {
  const records = blocks.flatMap((block) => [vli(block.unpaddedSize), vli(block.uncompressedSize)]);
  const list = Buffer.concat([Buffer.from([0]), vli(blocks.length), ...records]);
  const body = Buffer.concat([list, Buffer.alloc(-list.length & 3)]);
  const index = Buffer.concat([body, uint32(crc32(body))]);
  const footer = Buffer.concat([uint32(index.length / 4 - 1), FLAGS]);
  return Buffer.concat([index, uint32(crc32(footer)), footer, FOOTER_MAGIC]);
}

/**
 * Take the block out of a stream that has only one, and put both sizes into its header, as multi-threaded xz does:
 * with them dpkg-deb unpacks several blocks at once.
 *
 * @param stream what `Lzma.encode` gave
 * @param blockSize the longest block of the whole stream: it decides the width of the header, as in xz itself
 */
export function takeXzBlock(stream: Buffer, blockSize: number): XzBlock {
  const indexSize = (stream.readUInt32LE(stream.length - 8) + 1) * 4;
  const indexStart = stream.length - END_SIZE - indexSize;
  const count = readVli(stream, indexStart + 1);
  const unpadded = readVli(stream, count.next);
  const uncompressed = readVli(stream, unpadded.next);
  const block = stream.subarray(END_SIZE, indexStart);
  const oldHeaderSize = (block.readUInt8(0) + 1) * 4;
  const filters = block.subarray(2, endOfFilters(block));
  const compressedSize = unpadded.value - oldHeaderSize - CHECK_SIZE;
  const header = blockHeader({filters, compressedSize, uncompressedSize: uncompressed.value, blockSize});
  return {
    bytes: Buffer.concat([header, block.subarray(oldHeaderSize)]),
    unpaddedSize: header.length + compressedSize + CHECK_SIZE,
    uncompressedSize: uncompressed.value,
  };
}

/**
 * The blocks of a stream that we wrote, as views of it.
 *
 * @returns undefined when it is no such stream: truncated, another check, more than one stream
 */
export function listXzBlocks(stream: Buffer): readonly XzBlock[] | undefined {
  const footer = stream.length - END_SIZE;
  if (footer < END_SIZE || !stream.subarray(0, END_SIZE).equals(xzHeader())) return undefined;
  const indexSize = (stream.readUInt32LE(footer + 4) + 1) * 4;
  const indexStart = footer - indexSize;
  if (indexStart < END_SIZE) return undefined;
  const blocks: XzBlock[] = [];
  let at = END_SIZE;
  let record = readVli(stream, indexStart + 1);
  for (let left = record.value; left > 0 && record.next < footer; left -= 1) {
    const unpadded = readVli(stream, record.next);
    const uncompressed = readVli(stream, unpadded.next);
    const end = at + unpadded.value + (-unpadded.value & 3);
    const bytes = stream.subarray(at, end);
    blocks.push({bytes, unpaddedSize: unpadded.value, uncompressedSize: uncompressed.value});
    at = end;
    record = {value: left, next: uncompressed.next};
  }
  return at === indexStart && xzTrailer(blocks).equals(stream.subarray(indexStart)) ? blocks : undefined;
}

interface BlockHeader {
  readonly filters: Uint8Array;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly blockSize: number;
}

/** A block header with both sizes (xz-file-format 3.1), as wide as that of a full block that does not compress. */
function blockHeader({filters, compressedSize, uncompressedSize, blockSize}: BlockHeader): Buffer {
  const flags = HAS_COMPRESSED_SIZE | HAS_UNCOMPRESSED_SIZE;
  const fields = [Buffer.from([0, flags]), vli(compressedSize), vli(uncompressedSize), filters];
  // LZMA2 adds a header of 3 bytes to each 64 KiB that it stores as they are.
  const worst = vli(blockSize + Math.ceil(blockSize / 65536) * 3 + 200);
  const widest = 2 + worst.length + vli(blockSize).length + filters.length;
  const size = Math.ceil((widest + 4) / 4) * 4;
  const content = Buffer.concat(fields, size - 4);
  content[0] = size / 4 - 1;
  return Buffer.concat([content, uint32(crc32(content))]);
}

/** What the header of a block tells of the block (xz-file-format 3.1). */
export interface XzBlockSizes {
  /** Of the header. */
  readonly headerSize: number;
  /** Of the whole block: header, data, padding and check. */
  readonly size: number;
  /** As the index counts it: without padding. */
  readonly unpaddedSize: number;
  readonly uncompressedSize: number;
}

/** Bytes of a stream header, and the most that a block header has. */
export const XZ_HEADER_SIZE = END_SIZE;
export const LONGEST_BLOCK_HEADER = 1024;

/** True for the header of a stream whose blocks are checked by CRC64, as dpkg-deb, xz and we write it. */
export const isXzHeader = (bytes: Uint8Array): boolean => xzHeader().equals(bytes);

/** Sizes of a block by its header; undefined where the header has none of them, or is damaged. */
export function readXzBlockSizes(bytes: Buffer): XzBlockSizes | undefined {
  const headerSize = ((bytes[0] ?? 0) + 1) * 4;
  const both = HAS_COMPRESSED_SIZE | HAS_UNCOMPRESSED_SIZE;
  if (bytes.length < headerSize || headerSize < 8 || ((bytes[1] ?? 0) & both) !== both) return undefined;
  const content = bytes.subarray(0, headerSize - 4);
  if (crc32(content) !== bytes.readUInt32LE(headerSize - 4)) return undefined;
  try {
    const compressed = readVli(content, 2);
    const uncompressed = readVli(content, compressed.next);
    const unpaddedSize = headerSize + compressed.value + CHECK_SIZE;
    const size = headerSize + Math.ceil(compressed.value / 4) * 4 + CHECK_SIZE;
    if (!Number.isSafeInteger(size) || !Number.isSafeInteger(uncompressed.value)) return undefined;
    return {headerSize, size, unpaddedSize, uncompressedSize: uncompressed.value};
  } catch (error) {
    if (error instanceof RangeError) return undefined; // a number goes on behind the header
    throw error;
  }
}

/** Offset behind the last filter of a block header; there is one filter (LZMA2) and no size before it. */
function endOfFilters(block: Buffer): number {
  const id = readVli(block, 2);
  const propertiesSize = readVli(block, id.next);
  return propertiesSize.next + propertiesSize.value;
}

/** Variable-length integer: seven bits per byte, lowest first (xz-file-format 1.2). */
function vli(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function readVli(bytes: Buffer, offset: number): {value: number; next: number} {
  let value = 0;
  let next = offset;
  for (let factor = 1; ; factor *= 0x80) {
    const byte = bytes.readUInt8(next);
    next += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return {value, next};
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
