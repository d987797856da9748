import {stat} from 'node:fs/promises';
import {posix} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import type {Entry} from '../model.js';
import {refusePayload} from './names.js';
import {collectTree} from './walk.js';

/** A file or folder of this machine and its place on the server. */
export interface FileToPack {
  /** Absolute path on this machine; a symlink in this place is followed. */
  readonly source: string;
  /** Absolute path on the server. */
  readonly target: string;
  /** Permission bits of the file, or of every file in the folder. @default 0755 if it is executable, else 0644 */
  readonly mode?: number | undefined;
}

interface Time {
  /** Of every entry, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Entries for the files and folders that are packed beside the virtualenv; of a folder, everything below it.
 *
 * @throws E_PAYLOAD for what is not there or cannot be packed, E_IO for what cannot be read
 */
export async function collectFiles(files: readonly FileToPack[], {mtime}: Time): Promise<Entry[]> {
  const entries: Entry[] = [];
  const missing: string[] = [];
  for (const {source, target, mode} of files) {
    if (!(await exists(source))) {
      missing.push(`File to pack does not exist: ${source}`);
      continue;
    }
    const found = await collectTree({folder: source, at: target.slice(1), mtime: () => mtime});
    entries.push(
      ...found.map((entry) => (entry.type === 'file' && mode !== undefined ? {...entry, mode} : entry)),
    );
  }
  refusePayload(missing, 'Correct "source" in "files"');
  return entries;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw ioError(error, 'reading the files to pack');
  }
}

/** Entries for symlinks, by their absolute paths; a target is written as Policy 10.5 wants it. */
export const linkEntries = (links: Readonly<Record<string, string>>, {mtime}: Time): Entry[] =>
  Object.entries(links).map(([path, target]) => ({
    path: path.slice(1),
    type: 'symlink',
    mode: 0o777,
    owner: 'root',
    group: 'root',
    mtime,
    size: 0,
    target: linkTarget(path, target),
  }));

/** Policy 10.5: inside one top-level directory a symlink is relative, between two it is absolute. */
function linkTarget(path: string, target: string): string {
  const absolute = posix.resolve(posix.dirname(path), target);
  const isNear = absolute.split('/')[1] === path.split('/')[1];
  return isNear ? posix.relative(posix.dirname(path), absolute) || '.' : absolute;
}

export interface CommandLinkOptions extends Time {
  /** What the option `bin` says: all commands, none, or those named. */
  readonly bin: boolean | readonly string[];
  /** Commands of the project. */
  readonly commands: readonly string[];
  /** Everything that is in the virtualenv's `bin`: a command may be named that a dependency brought. */
  readonly available: readonly string[];
  /** Where the virtualenv lives: `/opt/app`. */
  readonly prefix: string;
}

/**
 * Entries for commands of the virtualenv in /usr/bin.
 *
 * @throws E_OPTION for a command that the virtualenv has not
 */
export function commandLinks({bin, commands, available, prefix, mtime}: CommandLinkOptions): Entry[] {
  const names = bin === true ? commands : bin === false ? [] : bin;
  const missing = names.filter((name) => !available.includes(name));
  if (missing.length > 0) {
    throw new MkvenvdebError('E_OPTION', `Command of "bin" is not in the virtualenv: ${missing.join(', ')}`, {
      hint: `There are: ${[...commands].sort(compareBytes).join(', ') || 'none'}`,
    });
  }
  return linkEntries(Object.fromEntries(names.map((name) => [`/usr/bin/${name}`, `${prefix}/bin/${name}`])), {
    mtime,
  });
}
