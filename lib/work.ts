import {readdir, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {dir} from 'tmp-promise';
import {ioError, MkvenvdebError} from './errors.js';
import {isRunning, processStart} from './processes.js';

/** What our work folders are called: the process that made it and when that started, so that litter can be told. */
const NAME = /^mkvenvdeb-(\d+)-(\d+)-\w+$/;
/** Compilers and shebangs do not cope with every path; a temporary folder whose path is plain is preferred. */
const PLAIN = /^[\w./+-]{1,60}$/;

export interface WorkOptions {
  /** Folder chosen by the user; taken as it is. */
  readonly parent: string | undefined;
  /** Folders to choose from otherwise, best first. */
  readonly candidates: readonly string[];
  /** True leaves the folder where it is, also after a failure. */
  readonly keep: boolean;
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
  const parent = await chooseParent(options);
  await removeStale(parent);
  const start = await processStart(process.pid);
  // What is kept must not look like litter to the next build.
  const template = `mkvenvdeb-${options.keep ? 'kept' : `${process.pid}-${start ?? 0}`}-XXXXXX`;
  const {path} = await dir({tmpdir: parent, template, mode: 0o755}).catch((error) => {
    throw ioError(error, 'making the work folder');
  });
  try {
    return await use(path);
  } finally {
    if (!options.keep) await removeTree(path);
  }
}

async function chooseParent({parent, candidates}: WorkOptions): Promise<string> {
  if (parent !== undefined) return parent;
  for (const plain of [true, false]) {
    for (const folder of candidates) {
      if (PLAIN.test(folder) !== plain) continue;
      if (
        await stat(folder).then(
          (found) => found.isDirectory(),
          () => false,
        )
      )
        return folder;
    }
  }
  throw new MkvenvdebError('E_IO', `No temporary folder: ${candidates.join(', ')}`, {
    hint: 'Name one with work_dir',
  });
}

/** A build may leave folders without write permission behind; then rm alone does not get far. */
async function removeTree(path: string): Promise<void> {
  await rm(path, {recursive: true, force: true, maxRetries: 5, retryDelay: 50}).catch((error) => {
    throw ioError(error, 'removing the work folder');
  });
}

async function removeStale(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const [, pid, start] = NAME.exec(name) ?? [];
    if (!pid || !start || (await isRunning(Number(pid), start))) continue;
    // Another user's litter is that user's to remove.
    await rm(join(parent, name), {recursive: true, force: true}).catch(() => {});
  }
}
