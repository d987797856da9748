import {compareBytes} from '../formats/order.js';

export interface PatternOptions {
  /** Normalised name of the distribution of each file, by the file's path relative to the prefix. */
  readonly owners: ReadonlyMap<string, string>;
  /** Where the virtualenv lives: `/opt/warehouse`. */
  readonly prefix: string;
  /** Relative to the prefix; folders below it may be named as a whole. */
  readonly sitePackages: string;
}

/**
 * The files of each distribution as `Files` of copyright-format 1.0 names them: folders that are its own as a whole,
 * else file by file.
 */
export function filePatterns({
  owners,
  prefix,
  sitePackages,
}: PatternOptions): ReadonlyMap<string, readonly string[]> {
  const shared = sharedFolders(owners);
  const patterns = new Map<string, Set<string>>();
  for (const [path, owner] of owners) {
    const own = foldersOf(path).find(
      (folder) => folder.startsWith(`${sitePackages}/`) && !shared.has(folder),
    );
    const set = patterns.get(owner) ?? new Set();
    patterns.set(owner, set);
    set.add(`${escapePattern(`${prefix.slice(1)}/${own ?? path}`)}${own === undefined ? '' : '/*'}`);
  }
  return new Map([...patterns].map(([owner, set]) => [owner, [...set].sort(compareBytes)]));
}

function sharedFolders(owners: PatternOptions['owners']): ReadonlySet<string> {
  const first = new Map<string, string>();
  const shared = new Set<string>();
  for (const [path, owner] of owners) {
    for (const folder of foldersOf(path)) {
      if ((first.get(folder) ?? owner) !== owner) shared.add(folder);
      first.set(folder, owner);
    }
  }
  return shared;
}

/** `a`, `a/b` for `a/b/c`. */
const foldersOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

/** Patterns are parted by blanks, which nothing but a question mark can stand for. */
const escapePattern = (path: string): string => path.replace(/[\\*?]/g, '\\$&').replace(/\s/g, '?');
