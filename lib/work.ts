import {access, chmod, constants, mkdir, readdir, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {dir} from 'tmp-promise';
import {ioError, MkvenvdebError} from './errors.js';
import {litterIn, PROCESS_TAG, processTag} from './processes.js';
import type {Report} from './report.js';

/** What our work folders are called: by the process that made them, so that litter can be told. */
const NAME = new RegExp(`^mkvenvdeb-(${PROCESS_TAG})-\\w+$`);
/** Compilers and shebangs do not cope with every path; a temporary folder whose path is plain is preferred. */
const PLAIN = /^[\w./+-]{1,60}$/;

export interface WorkOptions {
  /** Folder chosen by the user; taken as it is. */
  readonly parent: string | undefined;
  /** Folders to choose from otherwise, best first. */
  readonly candidates: readonly string[];
  /** True leaves the folder where it is, also after a failure. */
  readonly keep: boolean;
  /** Told where it is, when it is kept. @default nobody is told */
  readonly report?: Report | undefined;
  /** Absolute path that the folder itself has to have; nothing may be there. @default a name that is new */
  readonly exactly?: string | undefined;
}

/**
 * Run with a new empty folder, which is removed afterwards whatever happens. What builds that were killed have left
 * beside it is removed as well.
 *
 * @throws E_IO when no folder can be made
 */
export async function withWorkFolder<T>(
  options: WorkOptions,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const path = await newFolder(options);
  const remove = async () => {
    if (options.keep) options.report?.({type: 'kept', folder: path});
    else await removeTree(path);
  };
  let result: T;
  try {
    result = await use(path);
  } catch (error) {
    await remove().catch(() => {}); // what failed first is what has to be told
    throw error;
  }
  await remove().catch((error) => {
    throw ioError(error, 'removing the work folder');
  });
  return result;
}

async function newFolder(options: WorkOptions): Promise<string> {
  const {exactly} = options;
  const parent = exactly === undefined ? await chooseParent(options) : dirname(exactly);
  try {
    if (exactly !== undefined) {
      await mkdir(exactly, {mode: 0o755});
      return exactly;
    }
    await removeStale(parent);
    // What is kept must not look like litter to the next build.
    const template = `mkvenvdeb-${options.keep ? 'kept' : await processTag()}-XXXXXX`;
    const {path} = await dir({tmpdir: parent, template, mode: 0o755});
    return path;
  } catch (error) {
    throw ioError(error, `making a work folder in ${parent}`);
  }
}

async function chooseParent({parent, candidates}: WorkOptions): Promise<string> {
  if (parent !== undefined) return parent;
  for (const plain of [true, false]) {
    for (const folder of candidates) {
      if (PLAIN.test(folder) !== plain) continue;
      if (await isUsable(folder)) return folder;
    }
  }
  throw new MkvenvdebError('E_IO', `No temporary folder: ${candidates.join(', ')}`, {
    hint: 'Name one with work_dir',
  });
}

/**
 * Make a folder and those above it. Node's own recursive way spins for ever where a parent that exists answers
 * that it does not (/proc).
 *
 * @throws E_IO that names what is in the way
 */
export async function makeFolder(path: string): Promise<void> {
  const isFolder = (place: string) =>
    stat(place).then(
      (found) => found.isDirectory(),
      () => undefined,
    );
  const present = await isFolder(path);
  if (present) return;
  if (present === false) {
    throw new MkvenvdebError('E_IO', `Not a folder: ${path}`, {
      hint: 'Move the file away, or name another folder',
    });
  }
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, 'making a folder');
  });
}

async function isUsable(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return (await stat(folder)).isDirectory();
  } catch {
    return false;
  }
}

/** The caller's cache folder, or one of this build for a user who cannot write there: daemons have no home. */
export async function usableCache(cache: string, work: string): Promise<string> {
  try {
    // The folder below may be root's: sudo keeps HOME on some systems.
    for (const folder of [cache, join(cache, 'unpacked')]) {
      await makeFolder(folder);
      await access(folder, constants.W_OK | constants.X_OK);
    }
    return cache;
  } catch {
    return join(work, 'cache');
  }
}

async function removeStale(parent: string): Promise<void> {
  for (const path of await litterIn(parent, NAME).catch(() => [])) {
    await removeTree(path).catch(() => {}); // another user's litter is that user's to remove
  }
}

async function removeTree(path: string): Promise<void> {
  const options = {recursive: true, force: true, maxRetries: 5, retryDelay: 50};
  await rm(path, options).catch(async () => {
    await openFolders(path);
    await rm(path, options);
  });
}

/** A build may leave folders without write permission behind, which only root can empty. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    if (entry.isDirectory()) await openFolders(join(folder, entry.name));
  }
}
