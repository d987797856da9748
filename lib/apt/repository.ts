import {join, resolve} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {assertTexts, type Caller, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {run} from '../run.js';
import {openFolder} from './folder-storage.js';
import {lockFolder} from './lock.js';
import type {SuiteFacts} from './release-file.js';
import {parseSettings, type RepositorySettings, SETTINGS_FILE, STATE_FOLDER} from './settings.js';
import {openSigner, type Signer} from './sign.js';
import type {Storage} from './storage.js';

export interface RepositoryOptions {
  /** Folder of the repository. */
  readonly repository: string;
  /** How long to wait for another writer, in seconds. @default 600 */
  readonly patience?: number | undefined;
}

/** A repository that nobody else writes. */
export interface Repository {
  readonly root: string;
  readonly settings: RepositorySettings;
  readonly storage: Storage;
  /** Opens its keys: only who publishes needs them. */
  readonly signer: () => Promise<Signer>;
}

/**
 * Open a repository, do something with it, and leave nothing half written.
 *
 * @throws E_OPTION where there is none; what `use` throws
 */
export async function withRepository<T>(
  options: RepositoryOptions & Context,
  use: (repository: Repository, caller: Caller) => Promise<T>,
): Promise<T> {
  const caller = openCaller(options);
  const repository = await openRepository(options, caller);
  try {
    return await use(repository, caller);
  } finally {
    await repository.storage.close();
  }
}

async function openRepository({repository}: RepositoryOptions, caller: Caller): Promise<Repository> {
  assertTexts({repository});
  const root = resolve(caller.cwd, repository);
  const text = await openFolder(root, async () => {}).read(SETTINGS_FILE);
  if (text === undefined) {
    throw new MkvenvdebError('E_OPTION', `No repository: ${repository}`, {
      hint: 'Make one with mkvenvdeb repo init',
    });
  }
  return repositoryAt(root, parseSettings(text.toString(), join(root, SETTINGS_FILE)), caller);
}

/** A repository with these settings, which need not be written yet. */
export function repositoryAt(root: string, settings: RepositorySettings, caller: Caller): Repository {
  const storage = openFolder(root, (folder) => syncFileSystem(folder, caller));
  let signer: Promise<Signer> | undefined;
  const opened = () => {
    signer ??= openSigner(settings, caller);
    return signer;
  };
  return {root, settings, storage, signer: opened};
}

/** One call for everything that was written; where there is no such program, the system writes it in its own time. */
async function syncFileSystem(folder: string, {environment, signal}: Caller): Promise<void> {
  await run('sync', ['--file-system', folder], {
    cwd: folder,
    env: {PATH: environment.PATH ?? '/usr/bin:/bin'},
    ...(signal ? {signal} : {}),
  });
}

/** Do something as the only writer. */
export async function writing<T>(
  repository: Repository,
  {patience = 600}: RepositoryOptions,
  caller: Caller,
  work: () => Promise<T>,
): Promise<T> {
  const giveBack = await lockFolder(join(repository.root, STATE_FOLDER), {
    patience: patience * 1000,
    signal: caller.signal,
    waiting: (owner) =>
      caller.report({
        type: 'warning',
        code: 'repository-locked',
        message: `Waiting for ${owner} to finish writing`,
      }),
  });
  try {
    await assertSettings(repository);
    return await work();
  } finally {
    await giveBack();
  }
}

/** Settings were read before others had finished. */
async function assertSettings({root, settings, storage}: Repository): Promise<void> {
  const text = await storage.read(SETTINGS_FILE);
  if (text === undefined) return; // it is about to be made
  const found = parseSettings(text.toString(), join(root, SETTINGS_FILE));
  if (isDeepStrictEqual(found, settings)) return;
  throw new MkvenvdebError('E_PUBLISH', 'Settings of the repository were changed meanwhile', {
    hint: 'Nothing was done. Run it again',
  });
}

/** @throws E_OPTION when it is not one of the repository's, or none is named and there are several */
export function suiteOf({suites}: RepositorySettings, wanted: string | undefined): SuiteFacts {
  const [only, ...more] = suites;
  const found =
    wanted === undefined
      ? more.length === 0
        ? only
        : undefined
      : suites.find(({suite}) => suite === wanted);
  if (found) return found;
  const names = suites.map(({suite}) => suite).join(', ');
  throw new MkvenvdebError(
    'E_OPTION',
    wanted === undefined ? 'No suite is named' : `No such suite: ${wanted}`,
    {
      hint: `Choose one with --suite: ${names}`,
    },
  );
}
