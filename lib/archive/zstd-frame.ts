import {MkvenvdebError} from '../errors.js';
import {ZSTD_BLOCK} from './zstd-coder.js';

/** What the header of a zstd frame says (RFC 8878, 3.1.1.1). */
export interface ZstdFrameHeader {
  /** Bytes of the header itself, magic number included. */
  readonly size: number;
  readonly windowSize: number;
  readonly contentSize?: number;
  readonly hasChecksum: boolean;
}

/** One block of a frame: how many bytes follow its header, and the most (for all but compressed ones: exactly) it gives. */
export interface ZstdBlockHeader {
  readonly last: boolean;
  readonly compressed: boolean;
  readonly size: number;
  readonly contentSize: number;
}

/** Bytes of a block header. */
export const BLOCK_HEADER = 3;
/** Bytes of the checksum at the end of a frame. */
export const CHECKSUM = 4;
/** Longest header of a frame. */
export const LONGEST_HEADER = 18;

const MAGIC = 0xfd2fb528;
/** dpkg refuses frames that need a larger one. */
const LARGEST_WINDOW = 128 << 20;
const FLAG = {
  contentSize8: 0xc0,
  singleSegment: 0x20,
  reserved: 0x08,
  checksum: 0x04,
  dictionary: 0x03,
} as const;

/**
 * Read the header of a frame.
 *
 * @param bytes the first LONGEST_HEADER bytes of the frame, or all there are
 * @throws E_FORMAT when this is no frame, or one that dpkg cannot read
 */
export function parseZstdHeader(bytes: Buffer): ZstdFrameHeader {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== MAGIC) {
    throw new MkvenvdebError('E_FORMAT', 'The zstd data does not begin with a frame');
  }
  const flags = bytes.readUInt8(4);
  const single = (flags & FLAG.singleSegment) !== 0;
  if (flags & (FLAG.reserved | FLAG.dictionary))
    throw unsupported('it needs a dictionary or uses reserved flags');
  const sizeAt = single ? 5 : 6;
  const sizeWidth = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  if (bytes.length < sizeAt + sizeWidth) throw truncatedFrame();
  const contentSize = sizeWidth === 0 ? undefined : readSize(bytes.subarray(sizeAt, sizeAt + sizeWidth));
  const windowSize = single ? (contentSize as number) : readWindow(bytes.readUInt8(5));
  if (windowSize > LARGEST_WINDOW) throw unsupported('its window is larger than 128 MiB');
  return {size: sizeAt + sizeWidth, windowSize, contentSize, hasChecksum: (flags & FLAG.checksum) !== 0};
}

/** Read the header of a block (RFC 8878, 3.1.1.2). */
export function parseZstdBlock(bytes: Buffer): ZstdBlockHeader {
  if (bytes.length < BLOCK_HEADER) throw truncatedFrame();
  const value = bytes.readUIntLE(0, BLOCK_HEADER);
  const [type, length] = [(value >> 1) & 3, value >> 3];
  if (type === 3 || length > ZSTD_BLOCK) throw unsupported('it is corrupt');
  const compressed = type === 2;
  return {
    last: (value & 1) === 1,
    compressed,
    size: type === 1 ? 1 : length,
    contentSize: compressed ? ZSTD_BLOCK : length,
  };
}

/**
 * Put the content size and the flag for a checksum into a frame header that has neither: the streaming compressor
 * does not know the one and has no switch for the other.
 */
export function completeZstdHeader(header: Buffer, contentSize: number): Buffer {
  const complete = Buffer.alloc(14);
  header.copy(complete, 0, 0, 6);
  complete[4] = FLAG.contentSize8 | FLAG.checksum;
  complete.writeBigUInt64LE(BigInt(contentSize), 6);
  return complete;
}

/** The frame ends before its last block does. */
export const truncatedFrame = (): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', 'The zstd frame is truncated');

const unsupported = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `The zstd frame cannot be decoded: ${why}`);

/** One, two (from 256 on), four or eight bytes. */
function readSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE());
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0);
}

function readWindow(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
