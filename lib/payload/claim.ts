import type {Entry} from '../model.js';

/** A folder whose mode the configuration decides. */
export interface ClaimedDirectory {
  /** Absolute path on the server. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Add the folders that the configuration names; where the payload has one already, its mode gives way. Owners stay
 * root: others are set when the package is configured, because the accounts may not exist when dpkg unpacks it.
 */
export function claimDirectories(
  entries: readonly Entry[],
  directories: readonly ClaimedDirectory[],
  {mtime}: {readonly mtime: number},
): readonly Entry[] {
  const claimed = new Set(directories.map(({path}) => path.slice(1)));
  const others = entries.filter(({type, path}) => type !== 'directory' || !claimed.has(path));
  const added = directories.map(
    ({path, mode}): Entry => ({
      path: path.slice(1),
      type: 'directory',
      mode,
      owner: 'root',
      group: 'root',
      mtime,
      size: 0,
    }),
  );
  return [...others, ...added];
}
