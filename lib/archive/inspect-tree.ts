import {compareBytes} from '../formats/order.js';
import type {DebEntry} from './read-tar.js';

/** A folder of the package with all that is below it. */
export interface FolderSize {
  /** Without leading slash; empty for the root. */
  readonly path: string;
  /** Bytes of all files below it; hard links count once. */
  readonly size: number;
  readonly files: number;
}

/** Levels that are told apart: a name of 64 KiB could have 30,000 of them. */
const DEEPEST = 100;

/** Every folder, the largest first; those of one size by path. */
export function measureFolders(entries: readonly DebEntry[]): readonly FolderSize[] {
  const inside = new Map<string, Sums>();
  const folders = new Map<string, Sums>();
  sumsOf(folders, '');
  for (const {path, type, size} of entries) {
    if (type === 'directory') sumsOf(folders, path);
    else add(sumsOf(inside, parentOf(path)), size, 1);
  }
  // Folder by folder, of which there are fewer than files.
  for (const [path, {size, files}] of inside) {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1))
      add(sumsOf(folders, path.slice(0, end)), size, files);
    add(sumsOf(folders, ''), size, files);
  }
  return [...folders]
    .map(([path, sums]) => ({path, ...sums}))
    .sort((a, b) => b.size - a.size || compareBytes(a.path, b.path));
}

interface Sums {
  size: number;
  files: number;
}

function sumsOf(folders: Map<string, Sums>, path: string): Sums {
  const found = folders.get(path);
  if (found) return found;
  const sums = {size: 0, files: 0};
  folders.set(path, sums);
  return sums;
}

function add(sums: Sums, size: number, files: number): void {
  sums.size += size;
  sums.files += files;
}

/** The folder of a file, or the deepest above it that is told apart. */
function parentOf(path: string): string {
  // So many levels have a character and a slash each at least.
  if (path.length < 2 * DEEPEST - 2) return path.slice(0, Math.max(0, path.lastIndexOf('/')));
  let end = -1;
  for (let level = 1; level < DEEPEST; level += 1) {
    const next = path.indexOf('/', end + 1);
    if (next < 0) break;
    end = next;
  }
  return path.slice(0, Math.max(0, end));
}

/** Installed-Size by the rule of dpkg-gencontrol, in KiB (deb-substvars(5)). */
export const actualInstalledSize = (entries: readonly DebEntry[]): number =>
  entries.reduce((sum, {type, size, target = '', path}) => {
    if (type === 'directory') return path === '' ? sum : sum + 1;
    if (type === 'file') return sum + Math.ceil(size / 1024);
    return type === 'symlink' ? sum + Math.ceil(Buffer.byteLength(target) / 1024) : sum;
  }, 1);
