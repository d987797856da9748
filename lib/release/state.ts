import {createHash} from 'node:crypto';
import {chmod, readdir, rm} from 'node:fs/promises';
import {isAbsolute, join} from 'node:path';
import {lockFolder} from '../apt/lock.js';
import type {Caller} from '../context.js';
import {ioError, maskUrls} from '../errors.js';
import {makeFolder} from '../work.js';
import type {KnownVersion} from './check-version.js';
import {type JournalState, readJournal} from './journal.js';
import {type GitPlace, type GitRepository, runGit} from './work-tree.js';

/**
 * Where the releases of a project are written down: outside of its repository, which others can write to, and the same
 * for every checkout (XDG Base Directory Specification, XDG_STATE_HOME).
 */
export async function stateFolder(
  place: GitPlace,
  repository: GitRepository,
  remote: string,
): Promise<string> {
  const {environment, home} = place.caller;
  const {stdout, exitCode} = await runGit(place, ['remote', 'get-url', '--', remote], {tolerant: true});
  const origin = exitCode === 0 ? stdout : remote.includes('/') ? remote : repository.common;
  const url = maskUrls(origin).replace(/(?<=:\/\/)\*+@/, '');
  const key = createHash('sha256').update(`${url}\0${repository.prefix}`).digest('hex').slice(0, 16);
  const {XDG_STATE_HOME: xdg} = environment;
  const state = xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'state');
  const name = (
    url
      .replace(/\/?(?:\.git)?\/*$/, '')
      .split(/[/:]/)
      .at(-1) ?? ''
  ).replace(/[^\w.-]/g, '_');
  return join(state, 'mkvenvdeb', 'releases', `${name.replace(/^\./, '_')}-${key}`);
}

/** In seconds: containers share the folder, and cannot see whether a process of another one has ended. */
const TAKE_OVER = 600;

/**
 * Be the only release of a project on this machine.
 *
 * @param patience in milliseconds
 * @returns gives it back; the system does when this process is killed
 * @throws E_PUBLISH when another one still runs after all patience; E_IO
 */
export async function lockProject(
  folder: string,
  patience: number,
  {signal, report}: Caller,
): Promise<() => Promise<void>> {
  try {
    await makeFolder(folder);
    await chmod(folder, 0o700);
  } catch (error) {
    throw ioError(error, 'making the folder of the journal');
  }
  const waiting = (owner: string) =>
    report({type: 'detail', name: 'lock', detail: `waiting for another release: ${owner}`});
  return lockFolder(folder, {
    patience,
    signal,
    waiting,
    takeOver: TAKE_OVER,
    what: 'Project is being released',
  });
}

/** A release that was begun. */
export interface KnownRelease {
  /** Its folder. */
  readonly folder: string;
  readonly state: JournalState;
}

/** The releases of a project that were begun, the newest last. What holds no journal is none. */
export async function knownReleases(folder: string): Promise<readonly KnownRelease[]> {
  const found: KnownRelease[] = [];
  for (const entry of await readdir(folder, {withFileTypes: true}).catch(() => [])) {
    const path = join(folder, entry.name);
    const state = entry.isDirectory() ? await readJournal(path) : undefined;
    if (state) found.push({folder: path, state});
  }
  return found.sort((a, b) => a.state.begun - b.state.begun);
}

/** Versions that were released from here. */
export async function finishedVersions(folder: string): Promise<readonly KnownVersion[]> {
  const finished = (await knownReleases(folder)).filter(({state}) => state.finished);
  return finished.map(({state}) => ({version: state.release.spelled, kind: 'python', where: 'journal'}));
}

/** Remove a release of which nothing is public. */
export const forget = ({folder}: KnownRelease): Promise<void> => rm(folder, {recursive: true, force: true});

/** Folders of a release beside its journal. */
export const PARTS = {
  /** The checkout that sdist and wheel are made of. */
  source: 'source',
  /** What the tests run in. */
  test: 'test',
  /** The sdist and the wheel. */
  dist: 'dist',
  /** One folder for each cell. */
  cells: 'cells',
} as const;
