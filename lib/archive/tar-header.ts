import {MkvenvdebError} from '../errors.js';

/** Tar counts in blocks of this many bytes. */
export const TAR_BLOCK = 512;
/** Longest name or link target that a header holds itself. */
const SHORT = 100;
/** Size of an owner field, its NUL included. */
const OWNER_FIELD = 32;

export type TarType = 'file' | 'hardlink' | 'symlink' | 'directory';

const TYPE_FLAGS: Readonly<Record<TarType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  directory: '5',
};

/** What a header says of one member of a tar archive. */
export interface TarHeader {
  /** As it is written: `./opt/app/` for a directory. */
  readonly name: string;
  readonly type: TarType;
  /** Permission bits; anything above 07777 is cut off (file type bits broke gdebi). */
  readonly mode: number;
  readonly owner: string;
  readonly group: string;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Bytes of content; must be 0 for all but files. */
  readonly size: number;
  /** What a link points to, as it is written. */
  readonly target?: string | undefined;
}

/**
 * Encode the header of one member in GNU tar format: up to two long-name records (`K` for the target, `L` for the
 * name, as GNU tar orders them), then the header itself. Names go in as raw UTF-8. Never PAX: dpkg refuses that
 * (deb(5)). Owner and group are written by name and with the number 0: dpkg looks the name up first.
 *
 * @throws E_FORMAT when the owner or group does not fit its field
 */
export function encodeTarHeader(header: TarHeader): Buffer {
  const {name, target = ''} = header;
  const parts = [baseHeader(header, TYPE_FLAGS[header.type])];
  if (Buffer.byteLength(name) > SHORT) parts.unshift(longRecord('L', name));
  if (Buffer.byteLength(target) > SHORT) parts.unshift(longRecord('K', target));
  return Buffer.concat(parts);
}

/** Bytes that `encodeTarHeader` will give, without building them. */
export function tarHeaderLength({name, target = ''}: Pick<TarHeader, 'name' | 'target'>): number {
  const longRecordLength = (text: string) => {
    const length = Buffer.byteLength(text);
    return length > SHORT ? TAR_BLOCK + padded(length + 1) : 0;
  };
  return TAR_BLOCK + longRecordLength(name) + longRecordLength(target);
}

/** A length rounded up to whole blocks. */
export const padded = (length: number): number => Math.ceil(length / TAR_BLOCK) * TAR_BLOCK;

/**
 * The text that does not fit the header that follows. Its final NUL is part of the content: without it dpkg before
 * 1.21.23 installs a name with a stray byte.
 */
function longRecord(flag: 'L' | 'K', text: string): Buffer {
  const length = Buffer.byteLength(text) + 1;
  const content = Buffer.alloc(padded(length));
  content.write(text);
  const root = {owner: 'root', group: 'root', mode: 0o644, mtime: 0};
  return Buffer.concat([baseHeader({name: '././@LongLink', size: length, ...root}, flag), content]);
}

/** Offsets by tar(5), "GNU tar archives"; device numbers stay NUL as GNU tar leaves them. */
function baseHeader(header: Omit<TarHeader, 'type'>, flag: string): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  block.set(Buffer.from(header.name).subarray(0, SHORT), 0);
  writeNumber(block.subarray(100, 108), header.mode & 0o7777);
  writeNumber(block.subarray(108, 116), 0);
  writeNumber(block.subarray(116, 124), 0);
  writeNumber(block.subarray(124, 136), header.size);
  writeNumber(block.subarray(136, 148), header.mtime);
  block.write(flag, 156, 'latin1');
  block.set(Buffer.from(header.target ?? '').subarray(0, SHORT), 157);
  block.write('ustar  \0', 257, 'latin1');
  writeOwner(block.subarray(265, 265 + OWNER_FIELD), header.owner, header.name);
  writeOwner(block.subarray(297, 297 + OWNER_FIELD), header.group, header.name);
  block.fill(' ', 148, 156, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function writeOwner(field: Buffer, owner: string, member: string): void {
  if (Buffer.byteLength(owner) >= field.length) {
    throw new MkvenvdebError(
      'E_FORMAT',
      `Owner or group of ${member} is too long for a tar archive: ${owner}`,
    );
  }
  field.write(owner);
}

/** Octal digits and a NUL where they fit (8 GiB - 1 in a size), else GNU's base-256: a marked big-endian number. */
function writeNumber(field: Buffer, value: number): void {
  const digits = field.length - 1;
  const octal = value.toString(8);
  if (octal.length <= digits) {
    field.write(octal.padStart(digits, '0'), 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let index = digits; index > 0; index -= 1, rest >>= 8n) field[index] = Number(rest & 0xffn);
  field[0] = 0x80;
}
