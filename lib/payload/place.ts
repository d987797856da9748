import {
  chmod,
  copyFile,
  link,
  lstat,
  lutimes,
  mkdir,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import type {Entry} from '../model.js';

/**
 * Write entries as files below a folder, with their modes and times; owners stay those of the caller.
 *
 * @param entries complete: parents before what is in them, hard links after what they link to
 */
export async function writeEntries(entries: readonly Entry[], folder: string): Promise<void> {
  for (const entry of entries) await writeEntry(entry, folder);
  // Writing into a folder changes its time: deepest first, after everything is there.
  const folders = entries.filter(({type}) => type === 'directory');
  for (const {path, mtime} of folders.toReversed()) await utimes(join(folder, path), mtime, mtime);
}

async function writeEntry(
  {path, type, mode, mtime, source, data, target = ''}: Entry,
  folder: string,
): Promise<void> {
  const file = join(folder, path);
  if (type === 'directory') await mkdir(file, {recursive: true});
  else if (type === 'symlink') await symlink(target, file);
  else if (type === 'hardlink') await link(join(folder, target), file);
  else if (source === undefined) await writeFile(file, data ?? '');
  else await copyFile(source, file);
  if (type === 'symlink') await lutimes(file, mtime, mtime);
  if (type === 'directory' || type === 'file') await chmod(file, mode);
  if (type === 'file') await utimes(file, mtime, mtime);
}

/**
 * Move written entries into a tree that may hold other things. In one step where the tree has nothing in that place.
 *
 * @param at path of the topmost folder that is moved: `opt/app`
 * @throws E_PAYLOAD with every file that is there already, before anything is moved
 */
export async function moveInto(
  entries: readonly Entry[],
  {from, to, at}: {from: string; to: string; at: string},
): Promise<void> {
  const exists = (path: string) =>
    lstat(path).then(
      () => true,
      () => false,
    );
  await mkdir(dirname(join(to, at)), {recursive: true});
  if (!(await exists(join(to, at)))) return rename(join(from, at), join(to, at));
  const below = entries.filter(({path}) => path === at || path.startsWith(`${at}/`));
  const taken: string[] = [];
  for (const {path, type} of below) {
    const found = await lstat(join(to, path)).catch(() => undefined);
    if (found && !(type === 'directory' && found.isDirectory())) taken.push(path);
  }
  refuseTaken(taken);
  for (const {path, type, mode} of below) {
    if (type !== 'directory') await rename(join(from, path), join(to, path));
    else if (!(await exists(join(to, path)))) await mkdir(join(to, path), {mode});
  }
}

/** How many paths an error lists: a virtualenv has thousands. */
const LISTED = 20;

function refuseTaken(taken: readonly string[]): void {
  const [first] = taken;
  if (first === undefined) return;
  const rest = taken.length - LISTED;
  throw new MkvenvdebError(
    'E_PAYLOAD',
    taken.length === 1
      ? `The tree has that already: ${first}`
      : `The tree has ${taken.length} of the files already`,
    {
      hint: 'Remove it from the tree, or stage into another one',
      issues:
        taken.length === 1 ? [] : [...taken.slice(0, LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])],
    },
  );
}
