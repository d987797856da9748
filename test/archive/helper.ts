import {type Dirent, lstatSync, readdirSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import type {FileDigest} from '../../lib/archive/tar.js';
import type {Entry} from '../../lib/model.js';

/** A moment for tests: 2023-11-14. */
export const MTIME = 1_700_000_000;

/** An entry with the usual values, those of a file with content unless said otherwise. */
export function entry(path: string, more: Partial<Entry> & {text?: string} = {}): Entry {
  const {text = '', ...fields} = more;
  const type = fields.type ?? 'file';
  const data = Buffer.from(text);
  const content = type === 'file' && fields.source === undefined ? {data, size: data.length} : {size: 0};
  const mode = type === 'directory' ? 0o755 : type === 'symlink' ? 0o777 : 0o644;
  return {path, type, mode, owner: 'root', group: 'root', mtime: MTIME, ...content, ...fields};
}

/** The parents of a path, outermost first, as directory entries. */
export const parents = (path: string): Entry[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, names) => entry(names.slice(0, index + 1).join('/'), {type: 'directory'}));

/** What a folder holds, as entries below `at`, directories first and links last. */
export function entriesOf(folder: string, at: string): Entry[] {
  const order = {directory: 0, file: 1, hardlink: 1, symlink: 2};
  const found = readdirSync(folder, {recursive: true, withFileTypes: true}).map((found) =>
    toEntry(folder, at, found),
  );
  const own = entry(at, {type: 'directory'});
  const byPath = (a: Entry, b: Entry) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
  return [...parents(at), own, ...found.sort((a, b) => order[a.type] - order[b.type] || byPath(a, b))];
}

function toEntry(folder: string, at: string, found: Dirent): Entry {
  const source = join(found.parentPath, found.name);
  const path = join(at, source.slice(folder.length));
  if (found.isDirectory()) return entry(path, {type: 'directory'});
  if (found.isSymbolicLink()) return entry(path, {type: 'symlink', target: readlinkSync(source)});
  const {mode, size} = lstatSync(source);
  return entry(path, {source, size, mode: mode & 0o7777});
}

/** The least that dpkg takes for a control file. */
export const controlText = (more = ''): string =>
  `Package: example\nVersion: 1.0-1\nArchitecture: all\nMaintainer: A Tester <tester@example.org>\n${more}Description: an example\n`;

/** The text of md5sums for some digests. */
export const someMd5sums = (digests: readonly FileDigest[]): string =>
  digests.map(({md5, path}) => `${md5}  ${path}\n`).join('');
