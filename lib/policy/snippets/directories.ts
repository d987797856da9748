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
}

/**
 * Owners and modes of folders that the package brings. In the archive they are root's, because the accounts may not
 * exist yet when dpkg unpacks it, and of a folder that is there dpkg changes neither. Never recursive: what lies in
 * them belongs to the application and to the administrator.
 */
export const directoriesPart = (directories: readonly OwnedDirectory[], packageName: string): Part => {
  const removed = directories.filter(({purge}) => purge === 'delete');
  return {
    option: 'directories',
    scripts: {
      postinst: whenConfigured(directories.map(ownership).join('')),
      ...(removed.length === 0
        ? {}
        : {
            postrm: when('[ "$1" = purge ]', removed.map(({path}) => removeTree(path, packageName)).join('')),
          }),
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
