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

type Finding = readonly [code: CheckCode, severity: Issue['severity'], message: string];

/** Check the members of the data archive for what dpkg refuses, or installs in another way than it looks. */
export function checkEntries(entries: readonly DebEntry[]): readonly Issue[] {
  const earlier = new Map<string, DebEntry>();
  const issues: Issue[] = [];
  const add = (file: string, [code, severity, message]: Finding) =>
    issues.push(issueOf(code, {file, message, severity}));
  if (entries[0]?.path !== '') add('./', ['no-root', 'warning', 'The root ./ is not the first member']);
  for (const entry of entries) {
    for (const finding of [
      ...nameFindings(entry),
      ...modeFindings(entry),
      ...placeFindings(entry, earlier),
      ...linkFindings(entry, earlier),
    ])
      add(entry.path, finding);
    earlier.set(entry.path, entry);
  }
  const firstLink = entries.findIndex(({type}) => type === 'symlink');
  const late = firstLink < 0 ? undefined : entries.slice(firstLink).find(({type}) => type !== 'symlink');
  if (late)
    add(late.path, ['symlink-order', 'warning', 'It comes after a symlink; dpkg-deb puts symlinks last']);
  return issues;
}

function* nameFindings({name, path, type, format}: DebEntry): Generator<Finding> {
  if (format === 'pax') {
    yield ['pax-header', 'error', 'It has a PAX header, which dpkg refuses'];
  } else if (format !== 'gnu') yield ['tar-format', 'warning', `Its header is ${format}, not GNU`];
  if (name.split('/').includes('..')) yield ['unsafe-name', 'error', 'Its name leads out of the tree'];
  if (/[\n\0]/.test(name))
    yield ['name-line-break', 'error', 'Its name has a line break, which dpkg refuses'];
  if (name.includes('\ufffd')) yield ['name-encoding', 'warning', 'Its name is not UTF-8'];
  if (path.split('/').some((part) => Buffer.byteLength(part) > LONGEST_NAME)) {
    yield ['long-name', 'error', `A part of its name is over ${LONGEST_NAME} bytes: dpkg cannot unpack it`];
  }
  const usual = `./${path}${type === 'directory' && path !== '' ? '/' : ''}`;
  if (name !== usual)
    yield ['name-form', 'warning', `Its name is not in the usual form: ${JSON.stringify(name)}`];
}

function* modeFindings({type, mode, owner, group, uid, gid}: DebEntry): Generator<Finding> {
  if (owner !== 'root' || group !== 'root' || uid !== 0 || gid !== 0) {
    yield [ownerCode(owner, group), 'warning', `It belongs to ${owner || uid}:${group || gid}`];
  }
  if (type === 'character-device' || type === 'block-device' || type === 'fifo') {
    yield ['special-file', 'warning', `It is a ${type}`];
  }
  if (type === 'symlink') return;
  if (mode & 0o002 && !(type === 'directory' && mode & 0o1000)) {
    yield [
      'world-writable',
      'warning',
      `Everybody may write to it: mode ${mode.toString(8).padStart(4, '0')}`,
    ];
  }
  if (type !== 'directory' && mode & 0o6000)
    yield ['setuid', 'warning', `It is setuid or setgid: mode ${mode.toString(8)}`];
}

const ownerCode = (...names: readonly string[]): CheckCode =>
  names.every((name) => name === '' || BASE_ACCOUNTS.has(name)) ? 'owner' : 'unknown-owner';

/** dpkg makes no parents, and creates symlinks last, so nothing can lie behind one. */
function* placeFindings({path, type}: DebEntry, earlier: ReadonlyMap<string, DebEntry>): Generator<Finding> {
  const same = earlier.get(path);
  if (same !== undefined) {
    const harmless = same.type === 'directory' && type === 'directory';
    yield ['duplicate', harmless ? 'warning' : 'error', 'It is there twice'];
  }
  const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  if (parent === '') return;
  const found = earlier.get(parent);
  if (found === undefined) yield ['no-parent', 'error', `Its folder does not come before it: ${parent}`];
  else if (found.type !== 'directory')
    yield ['no-parent', 'error', `Its folder is a ${found.type}: ${parent}`];
}

function* linkFindings(
  {type, target = ''}: DebEntry,
  earlier: ReadonlyMap<string, DebEntry>,
): Generator<Finding> {
  if (type === 'symlink' && target === '') yield ['empty-link', 'error', 'It points to nothing'];
  if (type !== 'hardlink') return;
  const found = earlier.get(target);
  if (found?.type === 'file' || found?.type === 'hardlink') return;
  yield ['hardlink', 'error', `It is a hard link to what is no earlier file: ${target}`];
}
