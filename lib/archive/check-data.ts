import type {Issue} from '../model.js';
import {BASE_ACCOUNTS} from '../policy/accounts.js';
import {type CheckCode, issueOf} from './check-codes.js';
import type {TarNote} from './read-guard.js';
import type {DebEntry, TarSummary} from './read-tar.js';

/** dpkg appends `.dpkg-new` to a name while it unpacks, and file systems hold 255 bytes. */
const LONGEST_NAME = 246;

const NOTES: Readonly<Record<TarNote, string>> = {
  'global-pax-header': 'It has a global PAX header, which dpkg refuses',
  'long-name-without-nul': 'A long name does not end in a NUL: dpkg before 1.21.23 installs a wrong one',
  'no-end-mark': 'It does not end in two zero blocks',
  'lone-zero-block': 'It ends in one zero block instead of two',
};

/** What is wrong with a tar archive as a whole. */
export const checkNotes = ({notes}: TarSummary, member: string): readonly Issue[] =>
  notes.map((note) => issueOf(note, {file: member, message: NOTES[note]}));

type Earlier = ReadonlyMap<string, DebEntry>;
type Finding = readonly [code: CheckCode, severity: Issue['severity'], message: string];

/** Check the members of the data archive for what dpkg refuses, or installs in another way than it looks. */
export function* checkEntries(entries: readonly DebEntry[]): Generator<Issue> {
  const earlier = new Map<string, DebEntry>();
  const add = (file: string, [code, severity, message]: Finding) => issueOf(code, {file, message, severity});
  const found: Finding[] = [];
  if (entries[0]?.path !== '') yield add('./', ['no-root', 'warning', 'The root ./ is not the first member']);
  for (const entry of entries) {
    // They add to a list: as generators they would take most of the time that a small package takes.
    nameFindings(entry, found);
    modeFindings(entry, found);
    placeFindings(entry, earlier, found);
    linkFindings(entry, earlier, found);
    for (const finding of found.splice(0)) yield add(entry.path, finding);
    earlier.set(entry.path, entry);
  }
  const firstLink = entries.findIndex(({type}) => type === 'symlink');
  const late = firstLink < 0 ? undefined : entries.slice(firstLink).find(({type}) => type !== 'symlink');
  if (late)
    yield add(late.path, [
      'symlink-order',
      'warning',
      'It comes after a symlink; dpkg-deb puts symlinks last',
    ]);
}

function nameFindings({name, path, type, format}: DebEntry, found: Finding[]): void {
  if (format === 'pax') {
    found.push(['pax-header', 'error', 'It has a PAX header, which dpkg refuses']);
  } else if (format !== 'gnu') found.push(['tar-format', 'warning', `Its header is ${format}, not GNU`]);
  if (name.includes('..') && name.split('/').includes('..'))
    found.push(['unsafe-name', 'error', 'Its name leads out of the tree']);
  if (/[\n\0]/.test(name))
    found.push(['name-line-break', 'error', 'Its name has a line break, which dpkg refuses']);
  if (name.includes('\ufffd')) found.push(['name-encoding', 'warning', 'Its name is not UTF-8']);
  if (
    path.length > LONGEST_NAME / 3 &&
    path.split('/').some((part) => Buffer.byteLength(part) > LONGEST_NAME)
  ) {
    found.push([
      'long-name',
      'error',
      `A part of its name is over ${LONGEST_NAME} bytes: dpkg cannot unpack it`,
    ]);
  }
  const usual = `./${path}${type === 'directory' && path !== '' ? '/' : ''}`;
  if (name !== usual)
    found.push(['name-form', 'warning', `Its name is not in the usual form: ${JSON.stringify(name)}`]);
}

function modeFindings({type, mode, owner, group, uid, gid}: DebEntry, found: Finding[]): void {
  if (owner !== 'root' || group !== 'root' || uid !== 0 || gid !== 0) {
    found.push([ownerCode(owner, group), 'warning', `It belongs to ${owner || uid}:${group || gid}`]);
  }
  if (type === 'character-device' || type === 'block-device' || type === 'fifo') {
    found.push(['special-file', 'warning', `It is a ${type}`]);
  }
  if (type === 'symlink') return;
  if (mode & 0o002 && !(type === 'directory' && mode & 0o1000)) {
    found.push([
      'world-writable',
      'warning',
      `Everybody may write to it: mode ${mode.toString(8).padStart(4, '0')}`,
    ]);
  }
  if (type !== 'directory' && mode & 0o6000)
    found.push(['setuid', 'warning', `It is setuid or setgid: mode ${mode.toString(8)}`]);
}

const ownerCode = (...names: readonly string[]): CheckCode =>
  names.every((name) => name === '' || BASE_ACCOUNTS.has(name)) ? 'owner' : 'unknown-owner';

/** dpkg makes no parents, and creates symlinks last, so nothing can lie behind one. */
function placeFindings({path, type}: DebEntry, earlier: Earlier, found: Finding[]): void {
  const same = earlier.get(path);
  if (same !== undefined) {
    const harmless = same.type === 'directory' && type === 'directory';
    found.push(['duplicate', harmless ? 'warning' : 'error', 'It is there twice']);
  }
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  if (parent === '') return;
  const before = earlier.get(parent);
  if (before === undefined)
    found.push(['no-parent', 'error', `Its folder does not come before it: ${parent}`]);
  else if (before.type !== 'directory')
    found.push(['no-parent', 'error', `Its folder is a ${before.type}: ${parent}`]);
}

/** dpkg gives the file what the last header of it says. */
const isSameFile = (one: DebEntry, other: DebEntry): boolean =>
  (['mode', 'mtime', 'owner', 'group', 'uid', 'gid'] as const).every((key) => one[key] === other[key]);

function linkFindings(entry: DebEntry, earlier: Earlier, found: Finding[]): void {
  const {type, target = ''} = entry;
  if (type === 'symlink' && target === '') found.push(['empty-link', 'error', 'It points to nothing']);
  if (type !== 'hardlink') return;
  const before = earlier.get(target);
  if (before?.type === 'file' || before?.type === 'hardlink') {
    if (!isSameFile(entry, before))
      found.push([
        'hardlink-header',
        'warning',
        `Its header has another mode, owner or time than /${target}`,
      ]);
    return;
  }
  found.push(['hardlink', 'error', `It is a hard link to what is no earlier file: ${target}`]);
}
