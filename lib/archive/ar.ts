import type {FileHandle} from 'node:fs/promises';
import {MkvenvdebError} from '../errors.js';

/** A member of an ar archive, as its header describes it. */
export interface ArMember {
  /** Without the trailing slash that some writers put behind it. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  /** With file type bits: 0o100644. */
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** Of the content in the file. */
  readonly offset: number;
}

/** What an ar archive begins with. */
export const AR_MAGIC = Buffer.from('!<arch>\n', 'latin1');
/** What ends the header of a member. */
const HEADER_END = '`\n';
const HEADER_SIZE = 60;
/** Ten digits: the most that a header can say. */
const LARGEST_MEMBER = 9_999_999_999;
/** A package has three members, a signed one some more. */
const MOST_MEMBERS = 100;

/**
 * Encode the header of a member as dpkg-deb does (deb(5)): name without slash, owner 0, mode 100644.
 *
 * @throws E_FORMAT when something does not fit its field
 */
export const arHeader = (member: Pick<ArMember, 'name' | 'mtime' | 'size'>): Buffer =>
  Buffer.from(arHeaderText(member), 'latin1');

/** The same as text: each byte is one character. */
export function arHeaderText({name, mtime, size}: Pick<ArMember, 'name' | 'mtime' | 'size'>): string {
  if (!/^[!-.0-~]{1,15}$/.test(name)) {
    throw new MkvenvdebError('E_FORMAT', `Name does not fit an ar archive: ${name}`);
  }
  if (size > LARGEST_MEMBER) {
    throw new MkvenvdebError('E_FORMAT', `Member is too large for a .deb: ${name} (${size} bytes)`, {
      hint: `A member holds at most ${LARGEST_MEMBER} bytes; split the package or compress it`,
    });
  }
  const [time, length] = [String(mtime), String(size)];
  if (time.length > 12) throw new MkvenvdebError('E_FORMAT', `Time does not fit an ar archive: ${time}`);
  return `${name.padEnd(16)}${time.padEnd(12)}0     0     100644  ${length.padEnd(10)}${HEADER_END}`;
}

/** What follows a member of that size; dpkg from 1.23.7 on wants it also after the last one. */
export const arPadding = (size: number): Buffer => Buffer.from(size % 2 === 1 ? '\n' : '', 'latin1');

/**
 * Read the headers of all members, and prove that they fill the file.
 *
 * @throws E_FORMAT when this is no ar archive, is truncated, has something behind its last member, or uses what no
 *   .deb may (long name tables, more than 100 members)
 */
export async function listArMembers(file: FileHandle): Promise<readonly ArMember[]> {
  const {size: fileSize} = await file.stat();
  if (!(await readAt(file, 0, AR_MAGIC.length)).equals(AR_MAGIC))
    throw broken('it does not begin with "!<arch>"');
  const members: ArMember[] = [];
  let offset = AR_MAGIC.length;
  while (offset < fileSize) {
    const member = parseHeader(await readAt(file, offset, HEADER_SIZE), offset + HEADER_SIZE);
    const end = member.offset + member.size;
    if (end > fileSize) throw broken(`member ${member.name} is truncated`);
    if (member.size % 2 === 1) await provePadding(file, end, member.name);
    offset = end + (member.size % 2);
    members.push(member);
    if (members.length > MOST_MEMBERS) throw broken(`it has more than ${MOST_MEMBERS} members`);
  }
  return members;
}

/** Read exactly that many bytes, or what is left of the file. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  for (let bytesRead = 1; done < length && bytesRead > 0; done += bytesRead) {
    ({bytesRead} = await file.read(buffer, done, length - done, position + done));
  }
  return buffer.subarray(0, done);
}

function parseHeader(header: Buffer, offset: number): ArMember {
  if (header.length < HEADER_SIZE)
    throw broken('something follows its last member, or a header is truncated');
  if (header.toString('latin1', 58) !== HEADER_END)
    throw broken(`a member header is corrupt at ${offset - HEADER_SIZE}`);
  const name = header
    .toString('latin1', 0, 16)
    .trimEnd()
    .replace(/(?<=.)\/$/, '');
  if (!/^[!-.0-~]+$/.test(name)) throw broken(`a member has no plain name: ${JSON.stringify(name)}`);
  const number = (from: number, to: number, radix: number) => {
    const text = header.toString('latin1', from, to).trim();
    if (!(radix === 8 ? /^[0-7]*$/ : /^[0-9]*$/).test(text))
      throw broken(`member ${name} has a field that is no number`);
    return text === '' ? 0 : Number.parseInt(text, radix);
  };
  if (header.toString('latin1', 48, 58).trim() === '') throw broken(`member ${name} has no size`);
  return {
    name,
    mtime: number(16, 28, 10),
    uid: number(28, 34, 10),
    gid: number(34, 40, 10),
    mode: number(40, 48, 8),
    size: number(48, 58, 10),
    offset,
  };
}

async function provePadding(file: FileHandle, position: number, name: string): Promise<void> {
  const [padding] = await readAt(file, position, 1);
  if (padding !== 0x0a && padding !== 0) throw broken(`member ${name} of odd size is not padded`);
}

const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable ar archive: ${why}`);
