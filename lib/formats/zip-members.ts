import {MkvenvdebError} from '../errors.js';
import type {ZipMember} from './zip.js';

/** Bytes of a local header without its name. */
const LOCAL_SIZE = 30;
/** Of a file name and of a path; Linux takes no longer ones. */
const [LONGEST_PART, LONGEST_NAME] = [255, 4096];
const TYPE = 0o170000;
/** Types of a Unix mode that can be unpacked: none told, file, folder. */
const TYPES: ReadonlySet<number> = new Set([0, 0o100000, 0o040000]);

/**
 * Refuse members that tools would unpack in different ways, or that fill a disk: links and devices, a name twice, a
 * file that is a folder as well, bytes that belong to two members, more than the limit.
 *
 * @param limit bytes of all members, unpacked
 * @throws E_FORMAT that names the member
 */
export function assertUnpackable(members: readonly ZipMember[], limit: number): void {
  const kinds = new Map<string, boolean>();
  let total = 0;
  for (const member of members) {
    const {name, mode, size} = member;
    const parts = name.split('/').filter((part) => part !== '' && part !== '.');
    const path = parts.join('/');
    if (hasControl(name)) throw refused(member, 'has a control character in its name');
    if (name.length > LONGEST_NAME || parts.some((part) => Buffer.byteLength(part) > LONGEST_PART))
      throw refused(member, 'has a name that is too long');
    if (!TYPES.has(mode & TYPE)) throw refused(member, 'is neither file nor folder');
    const isFolder = name.endsWith('/');
    if (kinds.has(path) && !(isFolder && kinds.get(path))) throw refused(member, 'is there twice');
    kinds.set(path, isFolder);
    total += size;
    if (total > limit) {
      throw new MkvenvdebError(
        'E_FORMAT',
        `with ${JSON.stringify(name)} it unpacks to more than ${limit} bytes`,
        {
          hint: 'If you trust it, raise the limit: option limit_size, --limit-size on the command line',
        },
      );
    }
  }
  for (const member of members) {
    const parts = member.name.split('/').filter((part) => part !== '' && part !== '.');
    for (let depth = 1; depth < parts.length; depth += 1) {
      if (kinds.get(parts.slice(0, depth).join('/')) === false)
        throw refused(member, 'lies in what is a file');
    }
  }
  assertApart(members);
}

/** Overlapping members make a small archive endless. */
function assertApart(members: readonly ZipMember[]): void {
  let end = 0;
  for (const member of [...members].sort((a, b) => a.offset - b.offset)) {
    if (member.offset < end) throw refused(member, 'shares bytes with another member');
    end = member.offset + LOCAL_SIZE + member.compressedSize;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hasControl = (name: string): boolean => /[\u0000-\u001f\u007f-\u009f]/.test(name);

const refused = ({name}: ZipMember, why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `member ${JSON.stringify(name)} ${why}`);
