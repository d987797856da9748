import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {statAll} from './at-once.js';
import {now} from './clock.js';
import {type Edit, editSuite} from './edit.js';
import {type Generation, type Retention, readGenerations, readOffer, retained} from './generations.js';
import {readHistory} from './history.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, withRepository, writing} from './repository.js';
import {slotsOf} from './slots.js';
import type {Storage, StoredFile} from './storage.js';
import {indexName, readIndex, readSuite} from './suite.js';
import {sweep} from './sweep.js';

export interface CollectAptGarbageOptions extends RepositoryOptions, Context {
  /** How many versions of a package a suite goes on to offer, for each architecture, the newest of them. @default 10 */
  readonly keepVersions?: number | undefined;
  /** For how long, in hours, what is no longer offered stays for who has an older index; what is in the pool for less
   * is offered on, whatever its version. @default 72 */
  readonly keepHours?: number | undefined;
  /** How many publications before the current one can be gone back to, however old they are. @default 3 */
  readonly keepGenerations?: number | undefined;
  /** Tell what would go, and change nothing. @default false */
  readonly dryRun?: boolean | undefined;
}

/** What was collected. */
export interface AptGarbage {
  /** Suites from whose indexes versions were taken. */
  readonly suites: readonly {
    readonly suite: string;
    /** `package version architecture` of what it no longer offers. */
    readonly removed: readonly string[];
    /** Of the new index, in seconds since 1970; undefined in a dry run. */
    readonly date?: number | undefined;
  }[];
  /** Files that were removed, relative to the root of the repository. */
  readonly files: readonly string[];
  /** Of these files together. */
  readonly bytes: number;
}

/**
 * Let suites offer the newest versions only, and remove what neither they nor an index that somebody may still have
 * names: old publications, their indexes, and files of the pool.
 *
 * @throws E_OPTION for numbers that are none; E_FORMAT when an index is damaged: nothing is removed then; E_IO; the
 *   signal's reason
 */
export async function collectAptGarbage(options: CollectAptGarbageOptions): Promise<AptGarbage> {
  return withRepository(options, async (repository, caller) => {
    const limits = limitsOf(options);
    if (options.dryRun) return collect(repository, limits, caller, true);
    await repository.signer(); // what is wrong with the keys is told before anything is written
    return writing(repository, options, caller, () => collect(repository, limits, caller, false));
  });
}

interface Limits extends Retention {
  readonly versions: number;
}

function limitsOf(options: CollectAptGarbageOptions): Limits {
  const {keepVersions = 10, keepHours = 72, keepGenerations = 3} = options;
  const problems = [
    ...(Number.isSafeInteger(keepVersions) && keepVersions > 0 ? [] : [`keepVersions: ${keepVersions}`]),
    ...(Number.isFinite(keepHours) && keepHours >= 0 ? [] : [`keepHours: ${keepHours}`]),
    ...(Number.isSafeInteger(keepGenerations) && keepGenerations >= 0
      ? []
      : [`keepGenerations: ${keepGenerations}`]),
  ];
  if (problems.length === 0)
    return {versions: keepVersions, generations: keepGenerations, since: now() - keepHours * 3600};
  throw new MkvenvdebError('E_OPTION', 'Not a number of what shall be kept', {
    issues: problems,
    hint: 'At least one version is kept; hours may be 0',
  });
}

async function collect(
  repository: Repository,
  limits: Limits,
  caller: Caller,
  dryRun: boolean,
): Promise<AptGarbage> {
  const {storage, settings} = repository;
  const pool = await statAll(storage, await storage.list('pool'));
  const suites: AptGarbage['suites'][number][] = [];
  const futures = new Map<string, readonly Generation[]>();
  // Every index is read before anything is written: garbage is what none of them names.
  for (const suite of await suitesIn(storage, settings.suites)) {
    const generations = await readSoundGenerations(storage, suite);
    for (const {release} of retained(generations, limits).kept) await readOffer(storage, release);
    futures.set(suite, generations);
  }
  for (const facts of settings.suites) {
    const {suite} = facts;
    const old = await findOld(storage, facts, {limits, pool});
    if (old.size === 0) continue;
    const {changed, date} = dryRun
      ? {changed: [...old.values()], date: undefined}
      : await editSuite(repository, facts, dropping(old), caller);
    suites.push({suite, removed: changed, ...(date === undefined ? {} : {date})});
    futures.set(suite, dryRun ? withNext(futures.get(suite) ?? []) : await readGenerations(storage, suite));
  }
  const swept = await sweep(storage, futures, {pool, limits, dryRun, signal: caller.signal});
  return {suites, ...swept};
}

/** Those of the settings, and whatever else is published here: its packages are no garbage either. */
async function suitesIn(storage: Storage, suites: readonly SuiteFacts[]): Promise<ReadonlySet<string>> {
  const published = (await storage.list('dists')).flatMap(
    (path) => /^dists\/([^/]+)\/InRelease$/.exec(path)?.[1] ?? [],
  );
  return new Set([...suites.map(({suite}) => suite), ...published]);
}

async function readSoundGenerations(storage: Storage, suite: string): Promise<readonly Generation[]> {
  const damaged = (await readHistory(storage, suite)).find(({release}) => release === undefined);
  if (damaged === undefined) return readGenerations(storage, suite);
  throw new MkvenvdebError('E_FORMAT', `Publication that is kept is damaged: ${damaged.path}`, {
    hint: 'Run mkvenvdeb repo check --repair',
  });
}

/** The publications as they would be after one more, which names nothing that the current one does not. */
function withNext([current, ...older]: readonly Generation[]): readonly Generation[] {
  if (current === undefined) return [];
  const date = Math.max(now(), current.release.date + 1);
  return [{release: {...current.release, date, files: []}}, {...current, superseded: date}, ...older];
}

/**
 * Versions of a suite that are beyond the newest so many and have been in the pool for long enough.
 *
 * @returns `package version architecture` by the name of the file
 */
async function findOld(
  storage: Storage,
  {suite, components, architectures}: SuiteFacts,
  {limits, pool}: {readonly limits: Limits; readonly pool: ReadonlyMap<string, StoredFile>},
): Promise<ReadonlyMap<string, string>> {
  const published = await readSuite(storage, suite);
  const old = new Map<string, string>();
  if (published === undefined) return old;
  for (const component of components)
    for (const architecture of architectures) {
      const {packages} = await readIndex(storage, published, indexName(component, architecture));
      for (const one of slotsOf(packages).flatMap((slot) => slot.slice(0, -limits.versions)))
        if ((pool.get(one.filename)?.mtime ?? 0) < limits.since)
          old.set(one.filename, `${one.package} ${one.version} ${one.architecture}`);
    }
  return old;
}

const dropping = (old: ReadonlyMap<string, string>): Edit => ({
  index(_place, packages) {
    const changed = packages.filter(({filename}) => old.has(filename));
    const rest = packages.filter(({filename}) => !old.has(filename));
    return changed.length === 0 ? undefined : {packages: rest, changed};
  },
});
