import type {TarLimits} from './limits.js';
import {formatOf, isZero, readHeader, readNumber} from './read-guard.js';
import {type DebEntry, toEntry} from './read-tar.js';
import {padded, TAR_BLOCK} from './tar-header.js';

/** A member of a tar archive that lies in memory. */
export interface SmallMember {
  readonly entry: DebEntry;
  /** A view of the archive; empty for all but files. */
  readonly content: Buffer;
}

/** Names of these types in a tar header are all that dpkg-deb and we write for a tree without long names. */
const TYPES: Readonly<Record<string, 'file' | 'directory' | 'symlink' | 'link'>> = {
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/**
 * Read a plain tar archive that lies in memory: GNU headers without extensions, files, folders and links, with a whole
 * mark at its end. What a stream costs is more than what most packages weigh.
 *
 * @returns undefined for any other, also a damaged one: `readTar` reads that, and tells what is wrong
 * @throws E_FORMAT for some that are damaged
 */
export function readSmallTar(bytes: Buffer, limits: TarLimits): readonly SmallMember[] | undefined {
  const members: SmallMember[] = [];
  if (bytes.length > limits.length || bytes.length % TAR_BLOCK !== 0) return undefined;
  let [offset, text] = [0, 0];
  for (; offset < bytes.length && bytes[offset] !== 0; ) {
    const block = bytes.subarray(offset, offset + TAR_BLOCK);
    const {flag, size} = readHeader(block, offset);
    const type = TYPES[flag];
    const start = offset + TAR_BLOCK;
    offset = start + padded(size);
    if (type === undefined || formatOf(block) !== 'gnu' || offset > bytes.length) return undefined;
    const entry = entryOf(block, type, size);
    if (type === 'file' && entry.name.endsWith('/')) return undefined;
    members.push({entry, content: bytes.subarray(start, start + size)});
    text += entry.name.length + (entry.target?.length ?? 0);
  }
  const end = bytes.subarray(offset);
  const hasEnd = end.length >= 2 * TAR_BLOCK && isZero(end);
  // Half of the limit, as a character may have two bytes and more.
  const isWithin = members.length <= limits.members && text <= limits.text / 4;
  return hasEnd && isWithin && members.length > 0 ? members : undefined;
}

function entryOf(block: Buffer, type: 'file' | 'directory' | 'symlink' | 'link', size: number): DebEntry {
  const text = (from: number, length: number, encoding: BufferEncoding = 'latin1') => {
    if (block[from] === 0) return '';
    const end = block.indexOf(0, from);
    return block.toString(encoding, from, end < 0 ? from + length : Math.min(end, from + length));
  };
  const number = (from: number, to: number) => readNumber(block, from, to, 0);
  return toEntry(
    {
      name: text(0, 100),
      type,
      size,
      linkname: text(157, 100),
      mode: number(100, 108),
      uid: number(108, 116),
      gid: number(116, 124),
      mtime: number(136, 148),
      uname: text(265, 32, 'utf8'),
      gname: text(297, 32, 'utf8'),
    },
    'gnu',
  );
}
