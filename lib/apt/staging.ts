import {existsSync, mkdirSync, readdirSync, renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setImmediate as otherTurns} from 'node:timers/promises';
import {ioError} from '../errors.js';
import {FILE_MODE} from './folder-write.js';

/** Where a new file of a storage is written before it has its name. */
export interface Stage {
  /** Absolute path of the storage. */
  readonly root: string;
  /** Absolute path of the folder in which it is written, at the path that it shall have. */
  readonly folder: string;
}

/**
 * Write a file that is named by its content, unless it is there already.
 *
 * @param path as in the storage
 * @returns false when it was there
 * @throws E_IO
 */
export function stageFile({root, folder}: Stage, path: string, bytes: Uint8Array): boolean {
  if (existsSync(join(root, path))) return false;
  const file = join(folder, path);
  try {
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, bytes, {mode: FILE_MODE, flag: 'wx'});
  } catch (error) {
    // The same package was given twice.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, `writing ${path}`);
  }
  return true;
}

/** After so many names, whatever else goes on has its turn. */
const TURN = 64;

/**
 * Move all files of a folder to the same places below another one. A folder that is not there yet is moved as a whole;
 * a file that is there stays.
 *
 * @param from absolute path, on the same file system
 */
export async function adoptFolder(from: string, to: string): Promise<void> {
  if (isMoved(from, to)) return;
  for (const [index, entry] of readdirSync(from, {withFileTypes: true}).entries()) {
    if (index % TURN === 0) await otherTurns();
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await adoptFolder(source, target);
    else if (!existsSync(target)) renameSync(source, target);
  }
}

/** @returns false where there is such a folder, with something in it */
function isMoved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}
