import {createHash} from 'node:crypto';
import {type Dirent, existsSync} from 'node:fs';
import {readdir, readFile, rename, rm, rmdir, stat, utimes} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {makeWorkFolder, removeLitter} from '../archive/litter.js';
import {ioError} from '../errors.js';
import {openDurably, type SyncFileSystem} from './durable.js';
import {ensureFolder, holds, placeSmall, writeContent} from './folder-write.js';
import {adoptFolder} from './staging.js';
import type {Content, Snapshot, Staging, Storage, SwapOptions} from './storage.js';

/** A folder of this machine. */
export function openFolder(root: string, syncFileSystem: SyncFileSystem): Storage {
  // Made when something is written: who only looks leaves no trace.
  let work: Promise<string> | undefined;
  const at = (path: string) => join(root, path);
  const folders = new Set<string>();
  const durable = openDurably(root, syncFileSystem);
  let count = 0;
  /** Written or read by this process: nobody else writes anything but the same there. */
  const proven = new Set<string>();
  /** Another process may remove the folder, empty as it was, before there is something in it. */
  const isMoved = async (temporary: string, path: string): Promise<boolean> => {
    ensureFolder(dirname(at(path)), folders);
    const moved = await orNothing(
      rename(temporary, at(path)).then(() => true),
      `writing ${path}`,
    );
    if (!moved) folders.delete(dirname(at(path)));
    return moved ?? false;
  };
  const place = async (path: string, content: Content, mtime?: number) => {
    count += 1;
    const number = count;
    try {
      work ??= openWork(join(root, 'pool'));
      const temporary = join(await work, String(number));
      durable.wrote(at(path));
      if (mtime === undefined && placeSmall({content, temporary, target: at(path)}, folders)) return;
      await writeContent(temporary, content);
      if (mtime !== undefined) await utimes(temporary, mtime, mtime);
      for (let tries = 0; !(await isMoved(temporary, path)); tries += 1)
        if (tries > TRIES) throw Object.assign(new Error('no folder'), {code: 'ENOENT', path});
    } catch (error) {
      throw ioError(error, `writing ${path}`);
    }
  };
  const snapshot = async (path: string): Promise<Snapshot | undefined> => {
    const bytes = await orNothing(readFile(at(path)), `reading ${path}`);
    const found = await orNothing(stat(at(path)), `reading ${path}`);
    return bytes && found && {bytes, version: digest(bytes), ...stored(found)};
  };
  const opened = async () => {
    work ??= openWork(join(root, 'pool'));
    return join(await work, STAGE);
  };
  const staging: Staging = {
    root,
    async open() {
      const folder = await opened().catch((error) => Promise.reject(ioError(error, 'writing pool/')));
      ensureFolder(folder, folders);
      return folder;
    },
    async adopt(paths) {
      try {
        for (const path of paths) durable.wrote(at(path));
        for (const name of await readdir(await opened()))
          await adoptFolder(join(await opened(), name), at(name));
      } catch (error) {
        throw ioError(error, 'writing pool/');
      }
    },
  };
  return {
    takesTurns: true,
    staging,
    read: (path) => orNothing(readFile(at(path)), `reading ${path}`),
    snapshot,
    async stat(path) {
      const found = await orNothing(stat(at(path)), `reading ${path}`);
      return found && stored(found);
    },
    async create(path, content) {
      const isThere = existsSync(at(path));
      const isSame = isThere && (proven.has(path) || (await holds(at(path), content)));
      if (isSame)
        durable.wrote(at(path)); // by one that was killed, perhaps
      else await place(path, content);
      proven.add(path);
      return isThere && !isSame;
    },
    replace: place,
    // Between the two somebody could write who does not take the lock: nobody of ours.
    async swap(path, content, {before, mtime}: SwapOptions) {
      if ((await snapshot(path))?.version !== before) return false;
      await place(path, content, mtime);
      return true;
    },
    async remove(path) {
      proven.delete(path);
      try {
        await rm(at(path), {force: true});
        await removeEmpty(root, dirname(path), folders);
      } catch (error) {
        throw ioError(error, `removing ${path}`);
      }
    },
    list: (folder) => listFiles(root, folder),
    sync: durable.sync,
    close: async () => {
      const made = await work?.catch(() => undefined);
      if (made) await rm(made, {recursive: true, force: true});
    },
  };
}

const TRIES = 20;
/** Files in the work folder beside it have numbers. */
const STAGE = 'stage';

type StatLike = {readonly size: number; readonly mtimeMs: number};
const stored = ({size, mtimeMs}: StatLike) => ({size, mtime: Math.floor(mtimeMs / 1000)});
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

async function openWork(folder: string): Promise<string> {
  ensureFolder(folder, new Set());
  await removeLitter(folder);
  return makeWorkFolder(folder);
}

/** Folders that hold nothing, upwards; those of the root stay. */
async function removeEmpty(root: string, folder: string, made: Set<string>): Promise<void> {
  for (let empty = folder; empty.includes('/'); empty = dirname(empty)) {
    made.delete(join(root, empty));
    try {
      await rmdir(join(root, empty));
    } catch (error) {
      const {code} = error as NodeJS.ErrnoException;
      if (['ENOTEMPTY', 'EEXIST'].includes(String(code))) return;
      if (code !== 'ENOENT') throw error;
    }
  }
}

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
