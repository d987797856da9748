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
  const folders = new Map<string, {size: number; files: number}>();
  const folder = (path: string) => {
    const found = folders.get(path) ?? {size: 0, files: 0};
    folders.set(path, found);
    return found;
  };
  folder('');
  for (const {path, type, size} of entries) {
    if (type === 'directory') {
      folder(path);
      continue;
    }
    let end = -1;
    for (let level = 0; level < DEEPEST && (level === 0 || end >= 0); level += 1) {
      const parent = folder(level === 0 ? '' : path.slice(0, end));
      parent.size += size;
      parent.files += 1;
      end = path.indexOf('/', end + 1);
    }
  }
  return [...folders]
    .map(([path, sums]) => ({path, ...sums}))
    .sort((a, b) => b.size - a.size || compareBytes(a.path, b.path));
}

/** Installed-Size by the rule of dpkg-gencontrol, in KiB (deb-substvars(5)). */
export const actualInstalledSize = (entries: readonly DebEntry[]): number =>
  entries.reduce((sum, {type, size, target = '', path}) => {
    if (type === 'directory') return path === '' ? sum : sum + 1;
    if (type === 'file') return sum + Math.ceil(size / 1024);
    return type === 'symlink' ? sum + Math.ceil(Buffer.byteLength(target) / 1024) : sum;
  }, 1);
