import type {Stats} from 'node:fs';
import {lstatSync, readdirSync, readlinkSync, statSync} from 'node:fs';
import {join, posix} from 'node:path';
import {ioError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import type {Entry} from '../model.js';
import {pathProblem, refusePayload} from './names.js';

export interface CollectOptions {
  /** Absolute path of the tree (or of a single file) on this machine; a symlink in this place is followed. */
  readonly folder: string;
  /** Where it will live, like `Entry.path`: `opt/app`; an empty string for a tree that stands for `/` itself. */
  readonly at: string;
  /** Seconds since 1970 for an entry, by its `path` and distribution. */
  readonly mtime: (path: string, distribution: string | undefined) => number;
  /** Normalised name of the distribution that an entry's `path` belongs to. @default none */
  readonly distributionOf?: (path: string) => string | undefined;
  /** User and group of every entry. @default 'root' */
  readonly owner?: string;
  /** Keep the permission bits of the disk, setuid included, instead of 0755 and 0644. @default false */
  readonly keepModes?: boolean;
  /** Absolute paths outside the tree that a symlink may point to, such as that of the interpreter. @default none */
  readonly linkTargets?: readonly string[];
  /** Walk folders backwards, to prove that their order does not matter. @default false */
  readonly reverse?: boolean;
}

interface Found {
  readonly entry: Entry;
  /** Device and inode, where the file has more than one name. */
  readonly inode?: string;
}

/** One walk under way. Synchronous inside: that takes less than half of the time of the processor. */
interface Walk extends CollectOptions {
  readonly found: Found[];
  readonly problems: string[];
}

/**
 * Read a tree into entries, sorted by the bytes of their paths; nothing depends on the disk's order, clock or umask.
 * A folder `at` which is not empty is an entry itself. Files that share an inode stay hard links only where dpkg can
 * make them anywhere: inside one site-packages, of one distribution and mode.
 *
 * @throws E_PAYLOAD for what no package may hold: devices, sockets, pipes, names that dpkg cannot unpack or that are
 *   not UTF-8, symlinks that lead out of the tree; E_IO when the tree cannot be read
 */
export async function collectTree(options: CollectOptions): Promise<Entry[]> {
  const walk: Walk = {...options, found: [], problems: []};
  try {
    if (options.at !== '') visit(walk, options.folder, options.at, statSync(options.folder));
    else visitFolder(walk, options.folder, '');
  } catch (error) {
    throw ioError(error, 'reading the files to pack');
  }
  refusePayload(walk.problems, 'Remove it, rename it, or put a copy of what is meant in its place');
  walk.found.sort((a, b) => compareBytes(a.entry.path, b.entry.path));
  return linkSharedInodes(walk.found);
}

function visitFolder(walk: Walk, folder: string, path: string): void {
  const names = readdirSync(folder, {encoding: 'buffer'});
  if (walk.reverse) names.reverse();
  for (const bytes of names) {
    const name = bytes.toString();
    const child = path === '' ? name : `${path}/${name}`;
    if (!Buffer.from(name).equals(bytes)) walk.problems.push(`Name is not UTF-8: ${child}`);
    else visit(walk, join(folder, name), child, lstatSync(join(folder, name)));
  }
}

function visit(walk: Walk, source: string, path: string, stats: Stats): void {
  const problem = pathProblem(path) ?? typeProblem(stats, path);
  if (problem !== undefined) {
    walk.problems.push(problem);
    return;
  }
  const distribution = walk.distributionOf?.(path);
  const {owner = 'root'} = walk;
  const common = {path, owner, group: owner, mtime: walk.mtime(path, distribution), distribution};
  const mode = walk.keepModes ? stats.mode & 0o7777 : plainMode(stats);
  if (stats.isDirectory()) {
    walk.found.push({entry: {...common, type: 'directory', mode, size: 0}});
    visitFolder(walk, source, path);
  } else if (stats.isSymbolicLink()) {
    const target = readTarget(walk, source, path);
    walk.found.push({entry: {...common, type: 'symlink', mode: 0o777, size: 0, target}});
  } else {
    const inode = stats.nlink > 1 ? inodeOf(source) : undefined;
    walk.found.push({entry: {...common, type: 'file', mode, size: stats.size, source}, inode});
  }
}

/** Inode numbers of overlayfs and ZFS use all 64 bits: as a JavaScript number two of them could become one. */
function inodeOf(file: string): string {
  const {dev, ino} = lstatSync(file, {bigint: true});
  return `${dev}:${ino}`;
}

/** The two modes of Policy 10.9: neither the builder's umask nor a wheel's group bits reach the package. */
const plainMode = (stats: Stats): number =>
  stats.isDirectory() || (stats.mode & 0o111) !== 0 ? 0o755 : 0o644;

function typeProblem(stats: Stats, path: string): string | undefined {
  if (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink()) return undefined;
  const type = stats.isSocket() ? 'Socket' : stats.isFIFO() ? 'Pipe' : 'Device';
  return `${type} cannot be packed: ${path}`;
}

function readTarget(walk: Walk, source: string, path: string): string {
  const bytes = readlinkSync(source, {encoding: 'buffer'});
  const target = bytes.toString();
  if (!Buffer.from(target).equals(bytes)) walk.problems.push(`Link target is not UTF-8: ${path}`);
  else if (leadsOut(walk, path, target))
    walk.problems.push(`Symlink leads out of the tree: ${path} -> ${target}`);
  return target;
}

function leadsOut({at, linkTargets = []}: CollectOptions, path: string, target: string): boolean {
  // A leading `..` at the root would be ignored by the kernel, but nobody means to write it.
  const reached = target.startsWith('/')
    ? posix.normalize(target).slice(1)
    : posix.join(posix.dirname(path), target);
  if (reached === '..' || reached.startsWith('../')) return true;
  const inside = at === '' || reached === at || reached.startsWith(`${at}/`);
  return !inside && !linkTargets.includes(`/${reached}`);
}

/** Of files that share an inode the first by path stays the file, so that the disk's order does not choose. */
function linkSharedInodes(found: readonly Found[]): Entry[] {
  const first = new Map<string, string>();
  return found.map(({entry, inode}) => {
    const home = /^(?:.*\/)?site-packages(?=\/)/.exec(inode === undefined ? '' : entry.path)?.[0];
    if (home === undefined) return entry;
    const key = [inode, home, entry.distribution, entry.mode].join('\0');
    const target = first.get(key);
    if (target === undefined) {
      first.set(key, entry.path);
      return entry;
    }
    const {source: _, ...rest} = entry;
    return {...rest, type: 'hardlink', size: 0, target};
  });
}
