import type {Dirent} from 'node:fs';
import {
  constants,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {makeWorkFolder, removeLitter} from '../archive/litter.js';
import {ioError} from '../errors.js';

/** A file as a storage knows it, without reading it. */
export interface StoredFile {
  readonly size: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
}

/**
 * Where a repository lies. Paths are relative to its root, with `/`. A file has its name only when it is whole, and
 * it is durable once `sync` has returned: what is behind this may be a file system or an object store.
 */
export interface Storage {
  /** @returns undefined where there is none */
  read(path: string): Promise<Buffer | undefined>;
  stat(path: string): Promise<StoredFile | undefined>;
  /** A new file; one that has the name already stays as it is. For what is named by its content, or never changes. */
  create(path: string, content: Uint8Array | readonly Uint8Array[] | {readonly file: string}): Promise<void>;
  /** In the place of what has the name now. @param mtime in seconds since 1970; told to clients as Last-Modified */
  replace(path: string, content: Uint8Array | readonly Uint8Array[], mtime?: number): Promise<void>;
  /** And the folders that are empty then. Nothing happens where there is no such file. */
  remove(path: string): Promise<void>;
  /** Every file below a folder, sorted; never asked for while something is published. */
  list(folder: string): Promise<readonly string[]>;
  /** Everything that was written so far survives a power cut. */
  sync(): Promise<void>;
  /** What was left half written is removed. */
  close(): Promise<void>;
}

/** How the storage makes what it wrote durable: one call for the whole file system. */
export type SyncFileSystem = (folder: string) => Promise<void>;

/** A folder of this machine. */
export function openFolder(root: string, syncFileSystem: SyncFileSystem): Storage {
  // Made when something is written: who only looks leaves no trace.
  let work: Promise<string> | undefined;
  const at = (path: string) => join(root, path);
  const made = new Set<string>();
  let count = 0;
  const parentOf = async (path: string) => {
    const folder = dirname(at(path));
    if (!made.has(folder)) await mkdir(folder, {recursive: true});
    made.add(folder);
  };
  /** Another process may remove the folder, empty as it was, before there is something in it. */
  const isMoved = async (temporary: string, path: string): Promise<boolean> => {
    await parentOf(path);
    const moved = await orNothing(
      rename(temporary, at(path)).then(() => true),
      `writing ${path}`,
    );
    if (!moved) made.delete(dirname(at(path)));
    return moved ?? false;
  };
  const place = async (path: string, content: Parameters<Storage['create']>[1], mtime?: number) => {
    count += 1;
    try {
      work ??= openWork(join(root, 'pool'));
      const temporary = join(await work, String(count));
      if ('file' in content) await copyFile(content.file, temporary, constants.COPYFILE_FICLONE);
      else await writePieces(temporary, content instanceof Uint8Array ? [content] : content);
      if (mtime !== undefined) await utimes(temporary, mtime, mtime);
      for (let tries = 0; !(await isMoved(temporary, path)); tries += 1)
        if (tries > TRIES) throw Object.assign(new Error('no folder'), {code: 'ENOENT', path});
    } catch (error) {
      throw ioError(error, `writing ${path}`);
    }
  };
  return {
    read: (path) => orNothing(readFile(at(path)), `reading ${path}`),
    async stat(path) {
      const found = await orNothing(stat(at(path)), `reading ${path}`);
      return found && {size: found.size, mtime: Math.floor(found.mtimeMs / 1000)};
    },
    async create(path, content) {
      if ((await orNothing(stat(at(path)), `reading ${path}`)) === undefined) await place(path, content);
    },
    replace: place,
    async remove(path) {
      try {
        await rm(at(path), {force: true});
        await removeEmpty(root, dirname(path), made);
      } catch (error) {
        throw ioError(error, `removing ${path}`);
      }
    },
    list: (folder) => listFiles(root, folder),
    sync: () => syncFileSystem(root),
    close: async () => {
      // Where it could not be made, that was told by who wanted to write.
      const made = await work?.catch(() => undefined);
      if (made) await rm(made, {recursive: true, force: true});
    },
  };
}

const TRIES = 20;

/** Folders that hold nothing, upwards; those of the root stay. */
async function removeEmpty(root: string, folder: string, made: Set<string>): Promise<void> {
  for (let empty = folder; empty.includes('/'); empty = dirname(empty)) {
    made.delete(join(root, empty));
    try {
      await rmdir(join(root, empty));
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) return;
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function openWork(folder: string): Promise<string> {
  await mkdir(folder, {recursive: true});
  await removeLitter(folder);
  return makeWorkFolder(folder);
}

async function writePieces(file: string, pieces: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'wx', 0o644);
  try {
    for (let next = 0; next < pieces.length; next += PIECES)
      await handle.writev(pieces.slice(next, next + PIECES));
  } finally {
    await handle.close();
  }
}

/** The system takes no more at once. */
const PIECES = 1000;

async function orNothing<T>(reading: Promise<T>, doing: string): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw ioError(error, doing);
  }
}

async function listFiles(root: string, folder: string): Promise<readonly string[]> {
  const entries: readonly Dirent[] =
    (await orNothing(readdir(join(root, folder), {withFileTypes: true}), `reading ${folder}`)) ?? [];
  const nested = entries
    .filter(({name}) => !name.startsWith('.'))
    .map((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, path) : [path];
    });
  return (await Promise.all(nested)).flat().sort();
}
