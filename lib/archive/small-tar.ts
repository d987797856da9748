import type {TarLimits} from './limits.js';
import {formatOf, isZero, readHeader} from './read-guard.js';
import type {DebEntry} from './tar-entry.js';
import {padded, TAR_BLOCK} from './tar-header.js';
import {isPlain, TarHeaders} from './tar-headers.js';

/** A member of a tar archive that lies in memory. */
export interface SmallMember {
  readonly entry: DebEntry;
  /** A view of the archive; empty for all but files. */
  readonly content: Buffer;
}

/** Flags of files, folders and links: all that dpkg-deb and we write for a tree without long names. */
const PLAIN_FLAGS = '0125';

/**
 * Read a plain tar archive that lies in memory: GNU headers without extensions, files, folders and links, with a whole
 * mark at its end. What a stream costs is more than what most packages weigh.
 *
 * @returns undefined for any other, also a damaged one: `readTar` reads that, and tells what is wrong
 * @throws E_FORMAT for some that are damaged
 */
export function readSmallTar(bytes: Buffer, limits: TarLimits): readonly SmallMember[] | undefined {
  const members: SmallMember[] = [];
  const headers = new TarHeaders();
  if (bytes.length > limits.length || bytes.length % TAR_BLOCK !== 0) return undefined;
  let [offset, text] = [0, 0];
  for (; offset < bytes.length && bytes[offset] !== 0; ) {
    const block = bytes.subarray(offset, offset + TAR_BLOCK);
    const {flag, size} = readHeader(block, offset);
    const start = offset + TAR_BLOCK;
    offset = start + padded(size);
    if (!PLAIN_FLAGS.includes(flag) || formatOf(block) !== 'gnu' || offset > bytes.length) return undefined;
    if (!isPlain(block)) return undefined;
    members.push({entry: headers.readPlain(block, flag), content: bytes.subarray(start, start + size)});
    const {name, target} = (members.at(-1) as SmallMember).entry;
    text += name.length + (target?.length ?? 0);
  }
  const end = bytes.subarray(offset);
  const hasEnd = end.length >= 2 * TAR_BLOCK && isZero(end);
  // Half of the limit, as a character may have two bytes and more.
  const isWithin = members.length <= limits.members && text <= limits.text / 4;
  return hasEnd && isWithin && members.length > 0 ? members : undefined;
}
