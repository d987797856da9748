import type {FileHandle} from 'node:fs/promises';
import {promisify} from 'node:util';
import {inflateRaw} from 'node:zlib';
import {MkvenvdebError} from '../errors.js';
import {crc32} from './crc32.js';

/** A member of a zip archive, as its central directory tells it (PKWARE APPNOTE 6.3). */
export interface ZipMember {
  readonly name: string;
  /** Bytes, unpacked. */
  readonly size: number;
  readonly compressedSize: number;
  /** Seconds since 1970; zip knows no time zone, taken as UTC, and counts in steps of two seconds. */
  readonly mtime: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  /** Unix mode with type bits; 0 when the archive was not made on Unix. */
  readonly mode: number;
  readonly crc32: number;
  /** Where its local header begins. */
  readonly offset: number;
}

const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
/** The directory is read in one piece: no honest wheel's comes near this. */
const DIRECTORY_LIMIT = 256 * 1024 * 1024;
/** What is known of each is held in memory. */
const MOST_MEMBERS = 500_000;
/** Deflate makes nothing smaller than by this. */
const DEFLATE = 1032;
const ENCRYPTED = 0x1;
const UTF_8 = 0x800;

const broken = (why: string) => new MkvenvdebError('E_FORMAT', `Not a readable zip archive: ${why}`);

/**
 * List a zip archive by its central directory; only that is read.
 *
 * @throws E_FORMAT for what is no zip, is cut off, encrypted, or holds names that lead out of a folder
 */
export async function listZip(handle: FileHandle): Promise<readonly ZipMember[]> {
  const {size: fileSize} = await handle.stat();
  const {offset, size, count} = await findDirectory(handle, fileSize);
  if (count > MOST_MEMBERS) throw broken(`more than ${MOST_MEMBERS} members`);
  if (size > DIRECTORY_LIMIT) throw broken(`central directory of ${size} bytes`);
  const directory = await readAt(handle, offset, size);
  const members: ZipMember[] = [];
  for (let at = 0; members.length < count; ) {
    if (at + CENTRAL_SIZE > directory.length || directory.readUInt32LE(at) !== CENTRAL) {
      throw broken(`central directory ends after ${members.length} of ${count} members`);
    }
    const length =
      CENTRAL_SIZE +
      directory.readUInt16LE(at + 28) +
      directory.readUInt16LE(at + 30) +
      directory.readUInt16LE(at + 32);
    if (at + length > directory.length) throw broken('central directory is cut off');
    members.push(readCentral(directory.subarray(at, at + length), fileSize));
    at += length;
  }
  return members;
}

/** Find the central directory: from the end record, or from the one of zip64 where that overflows. */
async function findDirectory(handle: FileHandle, fileSize: number) {
  const tailSize = Math.min(fileSize, END_SIZE + 0xffff);
  const tail = await readAt(handle, fileSize - tailSize, tailSize);
  let end = tail.length - END_SIZE;
  // The comment that may follow must fill exactly what is left, or the mark is part of the comment.
  while (
    end >= 0 &&
    !(tail.readUInt32LE(end) === END && end + END_SIZE + tail.readUInt16LE(end + 20) === tail.length)
  )
    end--;
  if (end < 0) throw broken('no end record');
  const short = {
    count: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
  const found =
    short.count === 0xffff || short.size === 0xffffffff || short.offset === 0xffffffff
      ? await findDirectory64(handle, fileSize - tailSize + end)
      : short;
  if (found.offset + found.size > fileSize) throw broken('central directory lies outside of the file');
  return found;
}

async function findDirectory64(handle: FileHandle, end: number) {
  if (end < 20) throw broken('no zip64 locator');
  const locator = await readAt(handle, end - 20, 20);
  if (locator.readUInt32LE(0) !== LOCATOR_64) throw broken('no zip64 locator');
  const at = toNumber(locator.readBigUInt64LE(8));
  if (at + 56 > end) throw broken('zip64 end record lies outside of the file');
  const record = await readAt(handle, at, 56);
  if (record.readUInt32LE(0) !== END_64) throw broken('no zip64 end record');
  return {
    count: toNumber(record.readBigUInt64LE(32)),
    size: toNumber(record.readBigUInt64LE(40)),
    offset: toNumber(record.readBigUInt64LE(48)),
  };
}

function readCentral(record: Buffer, fileSize: number): ZipMember {
  const flags = record.readUInt16LE(8);
  const nameLength = record.readUInt16LE(28);
  const bytes = record.subarray(CENTRAL_SIZE, CENTRAL_SIZE + nameLength);
  const name = bytes.toString(flags & UTF_8 || isAscii(bytes) ? 'utf8' : 'latin1');
  if ((flags & ENCRYPTED) !== 0) throw broken(`encrypted member ${JSON.stringify(name)}`);
  if (name === '' || name.startsWith('/') || name.includes('\0') || name.split('/').includes('..')) {
    throw broken(`member with an unsafe name ${JSON.stringify(name)}`);
  }
  const extra = record.subarray(
    CENTRAL_SIZE + nameLength,
    CENTRAL_SIZE + nameLength + record.readUInt16LE(30),
  );
  const wide = readExtra64(extra, [
    record.readUInt32LE(24),
    record.readUInt32LE(20),
    record.readUInt32LE(42),
  ]);
  const [size = 0, compressedSize = 0, offset = 0] = wide;
  if (offset + 30 + compressedSize > fileSize)
    throw broken(`member outside of the file ${JSON.stringify(name)}`);
  const method = record.readUInt16LE(10);
  const mode = record.readUInt8(5) === 3 ? record.readUInt32LE(38) >>> 16 : 0;
  return {
    name,
    size,
    compressedSize,
    offset,
    method,
    mode,
    crc32: record.readUInt32LE(16),
    mtime: dosTime(record.readUInt16LE(14), record.readUInt16LE(12)),
  };
}

/** Replace the fields that overflow, in their order, by the 64-bit ones of the extra field 1. */
function readExtra64(extra: Buffer, fields: readonly number[]): readonly number[] {
  if (!fields.includes(0xffffffff)) return fields;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const values = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let next = 0;
    return fields.map((field) => {
      if (field !== 0xffffffff) return field;
      if (next + 8 > values.length) throw broken('zip64 field is cut off');
      next += 8;
      return toNumber(values.readBigUInt64LE(next - 8));
    });
  }
  throw broken('no zip64 field');
}

/**
 * Read one member, unpacked.
 *
 * @throws E_FORMAT when it is damaged, packed in another way than deflate, or longer than it says
 */
export async function readZipMember(handle: FileHandle, member: ZipMember): Promise<Buffer> {
  const {size, compressedSize, method} = member;
  // Before anything of that size is put into memory.
  if (size > (method === 0 ? compressedSize : (compressedSize + 1) * DEFLATE))
    throw broken(`size of ${JSON.stringify(member.name)} is not what it says`);
  const header = await readAt(handle, member.offset, 30);
  if (header.readUInt32LE(0) !== LOCAL) throw broken(`no local header of ${JSON.stringify(member.name)}`);
  const start = member.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const packed = await readAt(handle, start, member.compressedSize);
  const data = await unpack(packed, member);
  if (data.length !== member.size) throw broken(`size of ${JSON.stringify(member.name)} is not what it says`);
  if (crc32(data) !== member.crc32) throw broken(`${JSON.stringify(member.name)} has another checksum`);
  return data;
}

async function unpack(packed: Buffer, {method, size, name}: ZipMember): Promise<Buffer> {
  if (method === 0) return packed;
  if (method !== 8) throw broken(`method ${method} of ${JSON.stringify(name)}`);
  try {
    return await promisify<Buffer, {maxOutputLength: number}, Buffer>(inflateRaw)(packed, {
      maxOutputLength: Math.max(1, size),
    });
  } catch (cause) {
    throw new MkvenvdebError(
      'E_FORMAT',
      `Not a readable zip archive: damaged member ${JSON.stringify(name)}`,
      {cause},
    );
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length; ) {
    const {bytesRead} = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) throw broken('it is cut off');
    done += bytesRead;
  }
  return buffer;
}

function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw broken('a size or offset is too large');
  return Number(value);
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

/** Date and time as MS-DOS kept them; what is no date counts as the first that can be named. */
function dosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const seconds =
    Date.UTC(year, Math.max(1, month) - 1, Math.max(1, day), time >> 11, (time >> 5) & 63, (time & 31) * 2) /
    1000;
  return Number.isFinite(seconds) ? seconds : 315532800;
}
