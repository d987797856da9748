import {MkvenvdebError} from '../errors.js';
import type {ByteQueue} from './byte-queue.js';
import {beyondLimit, type TarLimits} from './limits.js';
import {hasSize, parsePax} from './pax.js';
import type {TarFormat} from './tar-entry.js';
import {TAR_BLOCK} from './tar-header.js';

/** Something in an archive that its readers put up with, or some of them. */
export type TarNote = 'global-pax-header' | 'long-name-without-nul' | 'no-end-mark' | 'lone-zero-block';

/** Longer than any path that a file system takes. */
export const LONGEST_EXTENSION = 64 << 10;
/** Type flags of members with content, of those without, and of what extends the next header. */
const [FILE_FLAGS, OTHER_FLAGS, EXTENSION_FLAGS] = ['0\0', '123456', 'LKxg'] as const;

/** Whether a member only extends the next: a long name or link of GNU tar, or a PAX header. */
export const isExtension = (flag: string): boolean => EXTENSION_FLAGS.includes(flag);

/** Fields that hold numbers beside checksum and size, and the least and most that dpkg takes: mode, owner, group, time. */
const OTHER_NUMBERS = [
  {from: 100, to: 108, least: 0, most: 0xffffffff},
  {from: 108, to: 116, least: 0, most: 0xffffffff},
  {from: 116, to: 124, least: 0, most: 0xffffffff},
  // The last moment that a Date knows.
  {from: 136, to: 148, least: -1, most: 8.64e12},
] as const;
/** Refuses what passes the limits when its header is read, not when its content was. */
export function counter({length, members, text: mostText, option}: TarLimits) {
  let [count, text] = [0, 0];
  const addText = (bytes: number) => {
    text += bytes;
    if (text > mostText)
      throw beyondLimit(`its members have more than ${mostText} bytes of names and links`, 'members');
  };
  return {
    text: addText,
    member(header: Buffer, size: number) {
      count += 1;
      if (count > members) throw beyondLimit(`it has more than ${members} members`, 'members');
      if (size > length)
        throw beyondLimit(`a member of ${size} bytes is over the limit of ${length}`, option);
      addText(textLength(header, 0) + textLength(header, 157));
    },
  };
}

/** Bytes of a name of at most 100. */
function textLength(header: Buffer, start: number): number {
  const end = header.indexOf(0, start);
  return end < 0 ? 100 : Math.min(100, end - start);
}

/** What follows the last member: two blocks of zeros, and zeros up to the end of the file. */
export async function proveEnd(input: ByteQueue, notes: Set<TarNote>): Promise<void> {
  const start = input.position;
  for await (const piece of input.rest()) {
    if (isZero(piece)) continue;
    const at = input.position - piece.length + piece.findIndex((byte) => byte !== 0);
    throw broken(`something follows its end, at ${at - (at % TAR_BLOCK)}`);
  }
  const length = input.position - start;
  if (length % TAR_BLOCK !== 0) throw broken('it is truncated');
  if (input.position === 0) throw broken('it is empty');
  if (length === 0) notes.add('no-end-mark');
  else if (length === TAR_BLOCK) notes.add('lone-zero-block');
}

const ZEROS = Buffer.alloc(64 << 10);

/** Byte by byte, a gigabyte would take half a minute. */
export function isZero(piece: Buffer): boolean {
  for (let at = 0; at < piece.length; at += ZEROS.length) {
    const part = piece.subarray(at, at + ZEROS.length);
    if (!part.equals(ZEROS.subarray(0, part.length))) return false;
  }
  return true;
}

/**
 * Prove that what extends the next header means the same to all readers.
 *
 * @throws E_FORMAT when it does not
 */
export function proveExtension(flag: string, content: Buffer, notes: Set<TarNote>): void {
  const isName = flag === 'L' || flag === 'K';
  if (isName && content.at(-1) !== 0) notes.add('long-name-without-nul');
  if (isName) return;
  const records = parsePax(content);
  if (records === undefined) throw broken('a PAX header has a broken record');
  if (hasSize(records)) throw broken('a PAX header changes the size of a member');
  if (records.get('path') === '') throw broken('a PAX header leaves a member without name');
  if (flag === 'g') notes.add('global-pax-header');
}

/**
 * Prove that the header of a member means the same to all readers.
 *
 * @throws E_FORMAT when it does not
 */
export function readHeader(block: Buffer, offset: number): {flag: string; size: number} {
  const field = (from: number, to: number) => readNumber(block, from, to, offset);
  let sum = 8 * 32;
  for (let at = 0; at < 148; at += 1) sum += block[at] as number;
  for (let at = 156; at < TAR_BLOCK; at += 1) sum += block[at] as number;
  if (field(148, 156) !== sum) throw broken(`a header has a wrong checksum at ${offset}`);
  for (const {from, to, least, most} of OTHER_NUMBERS) {
    const value = field(from, to);
    if (value < least || value > most) throw broken(`a header has a number out of range at ${offset + from}`);
  }
  const size = field(124, 136);
  if (!Number.isSafeInteger(size)) throw broken(`a member has an absurd size at ${offset}`);
  const flag = String.fromCharCode(block[156] as number);
  if (!(FILE_FLAGS.includes(flag) || OTHER_FLAGS.includes(flag) || isExtension(flag))) {
    throw broken(`a member has a type that dpkg does not know: ${JSON.stringify(flag)} at ${offset}`);
  }
  if (size < 0) throw broken(`a member has a negative size at ${offset}`);
  if (OTHER_FLAGS.includes(flag) && size > 0) throw broken(`a link or folder has content at ${offset}`);
  if (block[0] === 0 && !(formatOf(block) === 'ustar' && block[345] !== 0))
    throw broken(`a member has no name at ${offset}`);
  if (flag === '\0' && block.toString('latin1', 0, 100).replace(/\0.*$/s, '').endsWith('/'))
    throw broken(`a member is a file to dpkg and a folder to tar at ${offset}`);
  return {flag, size};
}

/** What the magic of both formats begins with; `r` follows, then what tells them apart. */
const USTA = 0x75737461;

/** How a header is written that no PAX header extends. */
export function formatOf(block: Buffer): TarFormat {
  if (block.readUInt32BE(257) !== USTA || block[261] !== 0x72) return 'v7';
  if (block[262] === 0) return 'ustar';
  return block[262] === 0x20 && block[263] === 0x20 && block[264] === 0 ? 'gnu' : 'v7';
}

/**
 * A number of a header: octal digits with blanks and NULs around them, or base-256; anything else is read differently
 * by each tool.
 *
 * @param offset of the header, for the error
 */
export function readNumber(block: Buffer, from: number, to: number, offset: number): number {
  // As every tool writes them: digits, and NULs or blanks behind them.
  let value = 0;
  let at = from;
  for (; at < to; at += 1) {
    const digit = (block[at] as number) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  const hasDigits = at > from;
  while (at < to && (block[at] === 0 || block[at] === 0x20)) at += 1;
  if (hasDigits && at === to) return value;
  return readOddNumber(block.subarray(from, to), offset + from);
}

function readOddNumber(field: Buffer, offset: number): number {
  // Negative: only the least of them is ever of use.
  if (field[0] === 0xff) return field.every((byte) => byte === 0xff) ? -1 : -Infinity;
  if (field[0] === 0x80) return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
  // Of blanks only dpkg says that they are no number; of NULs that they are 0.
  const digits = /^(?! +$) *([0-7]*)[ \0]*$/.exec(field.toString('latin1'))?.[1];
  if (digits === undefined) throw broken(`a header has a broken number at ${offset}`);
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable tar archive: ${why}`);
