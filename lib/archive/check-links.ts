import {posix} from 'node:path';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import type {DebEntry} from './read-tar.js';

/** More links than the kernel follows. */
const MOST_LINKS = 40;

/** Symlinks that lead astray, hard links to other trees, rights, names that only some file systems tell apart. */
export function* checkLinks(entries: readonly DebEntry[]): Generator<Issue> {
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  const ours = ownTrees(entries);
  for (const entry of entries) {
    if (entry.type === 'symlink' && entry.target) yield* symlinkIssues(entry, tree, ours);
    if (entry.type === 'hardlink' && treeOf(entry.path) !== treeOf(entry.target ?? ''))
      yield issueOf('hardlink-folders', {file: entry.path, message: `It is a hard link to /${entry.target}`});
  }
  yield* clashes(entries);
  for (const entry of entries) yield* rightIssues(entry);
}

/** Rights that keep people or the package itself out. */
function* rightIssues({path, type, mode, owner, group}: DebEntry): Generator<Issue> {
  const shown = `Its mode is ${mode.toString(8).padStart(4, '0')}`;
  if (type === 'directory' && (mode & 0o711) !== 0o711 && owner === 'root')
    yield issueOf('folder-mode', {file: path, message: shown});
  if (type === 'file' && (mode & 0o444) !== 0o444)
    yield issueOf('private-file', {file: path, message: `${shown}, it belongs to ${owner}:${group}`});
}

const topOf = (path: string): string => path.split('/')[0] ?? '';
/** `opt/app`: what is often a file system of its own is the first folder or the second. */
const treeOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Folders that no other package puts anything into: virtualenvs, and what lies in /opt and /srv. */
function ownTrees(entries: readonly DebEntry[]): readonly string[] {
  const found = new Set<string>();
  for (const {path} of entries) {
    if (path.endsWith('/pyvenv.cfg')) found.add(`${posix.dirname(path)}/`);
    const [tree] = /^(?:opt|srv)\/[^/]+\//.exec(path) ?? [];
    if (tree !== undefined) found.add(tree);
  }
  return [...found];
}

function* symlinkIssues(
  {path, target = ''}: DebEntry,
  tree: ReadonlyMap<string, DebEntry>,
  ours: readonly string[],
): Generator<Issue> {
  const folders = path.split('/').length - 1;
  const issue = (code: Parameters<typeof issueOf>[0]) =>
    issueOf(code, {file: path, message: `It points to ${target}`});
  if (target.startsWith('/')) {
    if (topOf(target.slice(1)) === topOf(path) && folders > 0) yield issue('absolute-link');
  } else {
    const climbs = climbOf(target);
    if (climbs > folders) return yield issue('escaping-link');
    const end = posix.join(posix.dirname(path), target);
    if (topOf(end) !== topOf(path) && end !== '.') yield issue('relative-link');
  }
  const end = follow(path, tree);
  if (end === undefined) yield issue('link-loop');
  else if (!tree.has(end) && ours.some((one) => end.startsWith(one))) yield issue('dangling-link');
}

/** By how many folders a target climbs at its highest. */
function climbOf(target: string): number {
  let [depth, highest] = [0, 0];
  for (const part of target.split('/')) {
    if (part === '..') depth += 1;
    else if (part !== '' && part !== '.') depth -= 1;
    highest = Math.max(highest, depth);
  }
  return highest;
}

/** Where a path leads in the end, through the links of the package; undefined for a circle. */
export function follow(path: string, tree: ReadonlyMap<string, DebEntry>): string | undefined {
  let current = path;
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    const link = firstLink(current, tree);
    if (link === undefined) return current;
    const rest = current.slice(link.path.length);
    current = posix.resolve('/', posix.dirname(`/${link.path}`), link.target ?? '', `.${rest}`).slice(1);
  }
  return undefined;
}

function firstLink(path: string, tree: ReadonlyMap<string, DebEntry>): DebEntry | undefined {
  for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
    const entry = tree.get(end === -1 ? path : path.slice(0, end));
    if (entry?.type === 'symlink') return entry;
    if (end === -1) return undefined;
  }
}

function* clashes(entries: readonly DebEntry[]): Generator<Issue> {
  const seen = new Map<string, string>();
  for (const {path} of entries) {
    const folded = posix.join(posix.dirname(path), posix.basename(path).normalize('NFC').toLowerCase());
    const other = seen.get(folded);
    if (other === undefined) seen.set(folded, path);
    else if (other !== path) yield issueOf('name-clash', {file: path, message: `It is like /${other}`});
  }
}
