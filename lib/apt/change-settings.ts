import {isDeepStrictEqual} from 'node:util';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {assertThere, changedSettings, type SettingsChange} from './changed-settings.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, withRepository, writing} from './repository.js';
import {type RepositorySettings, SETTINGS_FILE, STATE_FOLDER, settingsBytes} from './settings.js';
import type {Storage} from './storage.js';
import {indexName, publishSuite, readIndex, readSuite} from './suite.js';
import {isComplete, suiteFiles} from './suite-files.js';

export interface ChangeAptOptions extends RepositoryOptions, SettingsChange, Context {
  /** Remove a suite, component or architecture although it offers packages. @default false: that is refused */
  readonly dropPackages?: boolean | undefined;
}

/** What a change of settings did. */
export interface ChangedApt {
  readonly settings: RepositorySettings;
  /** Suites that were published anew, with the date of their index in seconds since 1970. */
  readonly published: readonly {readonly suite: string; readonly date: number}[];
  /** `suite package version architecture` of what is no longer offered. */
  readonly dropped: readonly string[];
}

/**
 * Change what `initApt` settled, and publish anew the suites that it concerns. Keys are changed by `resignApt`.
 *
 * @throws E_OPTION for what apt would not take, for nothing to change, and for what still offers packages; nothing is
 *   written then; E_FORMAT for a suite that is damaged; E_IO; the signal's reason
 */
export async function changeApt(options: ChangeAptOptions): Promise<ChangedApt> {
  return withRepository(options, async (repository, caller) => {
    const {storage, settings} = repository;
    assertThere(settings.suites, options);
    const left = await leftSuites(storage, options.removeSuites ?? []);
    const next = changedSettings(settings, options, (suite) => left.has(suite));
    await repository.signer(); // what is wrong with the keys is told before anything is written
    return writing(repository, options, caller, async () => {
      const dropped = await droppedBy(storage, settings.suites, next.suites);
      assertDropped(dropped, options.dropPackages === true);
      const published: ChangedApt['published'][number][] = [];
      for (const facts of next.suites) {
        const date = await publishChanged(repository, facts, caller);
        if (date !== undefined) published.push({suite: facts.suite, date});
      }
      assertChange(settings, next, published.length + left.size);
      // Last: who breaks off in between has to ask for it again, and can.
      await storage.replace(SETTINGS_FILE, settingsBytes(next));
      for (const suite of options.removeSuites ?? []) await removeSuite(storage, suite);
      await storage.sync();
      return {settings: next, published, dropped};
    });
  });
}

function assertChange(before: RepositorySettings, after: RepositorySettings, done: number): void {
  if (done > 0 || !isDeepStrictEqual(before, after)) return;
  throw new MkvenvdebError('E_OPTION', 'Nothing is to be changed', {
    hint: 'Name what shall be otherwise; mkvenvdeb repo set --help lists it',
  });
}

/** Those of which something is still there. */
async function leftSuites(storage: Storage, suites: readonly string[]): Promise<ReadonlySet<string>> {
  const left = new Set<string>();
  // A name that is no part of a path is no suite's.
  for (const suite of suites.filter((name) => /^[a-z0-9][a-z0-9.+_-]*$/.test(name)))
    if ((await storage.list(`dists/${suite}`)).length > 0) left.add(suite);
  return left;
}

/** @returns the date of the new index; undefined where the old one says all of it */
async function publishChanged(
  repository: Repository,
  facts: SuiteFacts,
  {signal}: Context,
): Promise<number | undefined> {
  const {storage, signer} = repository;
  const before = await readSuite(storage, facts.suite);
  const isSame =
    before && isComplete(before.release, facts) && isDeepStrictEqual(before.release.facts, facts);
  if (isSame) return undefined;
  const made = await suiteFiles(repository, before, facts, {signal});
  const {date, files} = await publishSuite(storage, await signer(), {facts, before, ...made, signal});
  const paths = new Set(files.map(({path}) => path));
  // Copies by digest stay until garbage is collected, for whoever has the older index.
  for (const {path} of before?.release.files ?? [])
    if (!paths.has(path)) await storage.remove(`dists/${facts.suite}/${path}`);
  return date;
}

/** What was offered somewhere and is so no longer. */
async function droppedBy(
  storage: Storage,
  before: readonly SuiteFacts[],
  after: readonly SuiteFacts[],
): Promise<readonly string[]> {
  const dropped = new Set<string>();
  for (const old of before) {
    const now = after.find(({suite}) => suite === old.suite);
    const published = await readSuite(storage, old.suite);
    if (published === undefined) continue;
    for (const component of old.components)
      for (const architecture of old.architectures) {
        const staysHere = now?.components.includes(component);
        if (staysHere && now?.architectures.includes(architecture)) continue;
        const {packages} = await readIndex(storage, published, indexName(component, architecture));
        // One for all architectures is offered by the others.
        for (const one of packages)
          if (!staysHere || one.architecture !== 'all')
            dropped.add(`${old.suite} ${one.package} ${one.version} ${one.architecture}`);
      }
  }
  return [...dropped].sort();
}

/** So many are named. */
const MOST = 20;

function assertDropped(dropped: readonly string[], isWanted: boolean): void {
  if (dropped.length === 0 || isWanted) return;
  const more = dropped.length - MOST;
  throw new MkvenvdebError('E_OPTION', 'What shall be removed still offers packages', {
    issues: [...dropped.slice(0, MOST), ...(more > 0 ? [`and ${more} more`] : [])],
    hint: 'Take them out first (mkvenvdeb repo remove), or give --drop-packages',
  });
}

/** InRelease goes first: without it a client takes nothing of the suite. */
async function removeSuite(storage: Storage, suite: string): Promise<void> {
  const folder = `dists/${suite}`;
  const history = await storage.list(`${STATE_FOLDER}/history/${suite}`);
  for (const path of [`${folder}/InRelease`, ...(await storage.list(folder)), ...history])
    await storage.remove(path);
}
