import {shellQuote} from '../../formats/quoting.js';
import {removeTree} from './prefix.js';
import {type Part, when, whenConfigured} from './shell.js';

export interface OwnedDirectory {
  /** Absolute path on the server. */
  readonly path: string;
  readonly owner: string;
  readonly group: string;
  /** Permission bits. */
  readonly mode: number;
  readonly purge: 'keep' | 'delete';
  /** False where a script of the package sets owner and mode. @default true */
  readonly again?: boolean;
}

/**
 * Owners and modes of folders that the package brings. In the archive they are root's, because the accounts may not
 * exist yet when dpkg unpacks it, and of a folder that is there dpkg changes neither. Never recursive: what lies in
 * them belongs to the application and to the administrator.
 */
export const directoriesPart = (directories: readonly OwnedDirectory[], packageName: string): Part => {
  const removed = directories.filter(({purge}) => purge === 'delete');
  const owned = directories.filter(({again = true}) => again);
  const postrm = when('[ "$1" = purge ]', removed.map(({path}) => removeTree(path, packageName)).join(''));
  return {
    option: 'directories',
    scripts: {
      ...(owned.length === 0 ? {} : {postinst: whenConfigured(owned.map(ownership).join(''))}),
      ...(removed.length === 0 ? {} : {postrm}),
    },
  };
};

/**
 * Whoever may write into the folder above could put a link in this place, and become the owner of what it points to:
 * links are not followed. chown clears setuid and setgid bits, so it comes first.
 */
function ownership({path, owner, group, mode}: OwnedDirectory): string {
  const folder = shellQuote(path);
  const octal = mode.toString(8).padStart(4, '0');
  return when(
    `[ -d ${folder} ] && [ ! -L ${folder} ] && ! dpkg-statoverride --list ${folder} >/dev/null`,
    `chown -h ${shellQuote(`${owner}:${group}`)} ${folder}\nchmod ${octal} ${folder}\n`,
  );
}
