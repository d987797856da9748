import {copyFile, type FileHandle, link, lstat, open, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {ioError} from '../errors.js';

/** A file that is complete, and has its name not yet: what carries the temporary one lies on the same file system. */
export interface PendingFile {
  /** Absolute path that it will have. */
  readonly file: string;
  readonly temporaryFile: string;
}

/** A file beside packages, such as `.changes`. */
export interface Companion {
  /** Absolute path; a package goes into the same folder. */
  readonly file: string;
  readonly text: string;
}

/**
 * Give packages and the files beside them their names, all or none. Each name is taken in one step; old companions go
 * before the first package is replaced, last one first, and the new ones come after the last, in their order: none of
 * them ever names what is not there. When something fails in between, everything is as it was before.
 *
 * @throws E_IO; also for a folder where one of the files shall be
 */
export async function placeDebs(
  debs: readonly PendingFile[],
  companions: readonly Companion[] = [],
): Promise<void> {
  try {
    const beside: PendingFile[] = [];
    for (const companion of companions) beside.push(await writeCompanion(companion, debs));
    const files = [...debs, ...beside];
    for (const {file} of files) await assertNoFolder(file);
    await renameAll(debs, beside);
    for (const folder of new Set(files.map(({file}) => dirname(file)))) await syncFolder(folder);
  } catch (error) {
    throw ioError(error, `writing ${debs.map(({file}) => file).join(', ')}`);
  }
}

/** Remove what packages without a name take up, and what was needed to give them one. */
export async function discardDebs(debs: readonly PendingFile[]): Promise<void> {
  for (const {temporaryFile} of debs) await rm(dirname(temporaryFile), {recursive: true, force: true});
}

/** It lies beside a package that goes into the same folder. */
async function writeCompanion({file, text}: Companion, debs: readonly PendingFile[]): Promise<PendingFile> {
  const neighbour = debs.find((deb) => dirname(deb.file) === dirname(file));
  if (!neighbour) throw new Error(`No package goes into the folder of ${file}`);
  const temporaryFile = join(dirname(neighbour.temporaryFile), basename(file));
  await writeFileSynced(temporaryFile, (handle) => handle.writeFile(text));
  return {file, temporaryFile};
}

type Undo = () => Promise<unknown>;

async function renameAll(debs: readonly PendingFile[], beside: readonly PendingFile[]): Promise<void> {
  const undo: Undo[] = [];
  try {
    for (const one of [...beside].reverse()) undo.push(await setAside(one));
    for (const one of debs) undo.push(await replace(one));
    for (const {file, temporaryFile} of beside) await rename(temporaryFile, file);
  } catch (error) {
    // What failed first is what has to be told.
    for (const step of undo.reverse()) await step().catch(() => {});
    throw error;
  }
}

const oldName = ({temporaryFile}: PendingFile): string => `${temporaryFile}.old`;

/** Take the file away that has the name now. */
async function setAside(pending: PendingFile): Promise<Undo> {
  const {file} = pending;
  if (!(await exists(file))) return () => rm(file, {force: true});
  await rename(file, oldName(pending));
  return () => rename(oldName(pending), file);
}

/** Put the new file in the place of the old one, which stays at hand where the file system allows it. */
async function replace(pending: PendingFile): Promise<Undo> {
  const {file, temporaryFile} = pending;
  const isNew = !(await exists(file));
  const isKept =
    !isNew &&
    (await link(file, oldName(pending))
      .catch(() => copyFile(file, oldName(pending)))
      .then(
        () => true,
        () => false,
      ));
  await rename(temporaryFile, file);
  if (isNew) return () => rm(file, {force: true});
  return isKept ? () => rename(oldName(pending), file) : () => Promise.resolve();
}

const statOf = (file: string) =>
  lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });

const exists = async (file: string): Promise<boolean> => (await statOf(file)) !== undefined;

/** A folder would be moved away with all that is in it. */
async function assertNoFolder(file: string): Promise<void> {
  if (!(await statOf(file))?.isDirectory()) return;
  throw Object.assign(new Error(`Is a folder: ${file}`), {code: 'EISDIR', path: file});
}

/** Write a new file, and have it on the disk before going on. */
export async function writeFileSynced(
  file: string,
  write: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes new names in a folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
