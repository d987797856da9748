import {setImmediate as otherTurns} from 'node:timers/promises';
import {parseExceptions} from '../archive/check-allow.js';
import type {ReadLimits} from '../archive/limits.js';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {type Edit, type EditedSuite, editSuite} from './edit.js';
import {keepFileLists} from './file-lists.js';
import {findGivenFiles, type GivenFiles} from './given-files.js';
import {mergePackages} from './packages-index.js';
import {type GivenPackage, readPackages} from './read-packages.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';
import type {RepositorySettings} from './settings.js';
import type {Stage} from './staging.js';
import type {Storage} from './storage.js';

export interface PublishAptOptions extends RepositoryOptions, Context {
  /** Paths of .deb files, of folders with such, and of .changes files, for all .deb files that those list. */
  readonly files: readonly string[];
  /** @default what the .changes files say, else the only one */
  readonly suite?: string | undefined;
  /** @default the suite's first */
  readonly component?: string | undefined;
  /** Findings of `checkDeb` that are accepted, as it takes them. @default none */
  readonly allow?: readonly string[] | undefined;
  /** What a package may take of time and memory. @default see `ReadLimits` */
  readonly limits?: ReadLimits | undefined;
}

/** What a publication changed. */
export interface PublishedApt {
  readonly suite: string;
  /** `package version architecture` of what is new in the suite; nothing when all of it was there. */
  readonly added: readonly string[];
  /** Absolute paths of what .changes files list beside packages; there only when there is some. */
  readonly leftOut?: readonly string[];
  /** Of the index, in seconds since 1970; undefined when nothing was to be done. */
  readonly date?: number;
}

/**
 * Publish packages in a suite: all of them in one step, or none. Every file is read and checked first, by the rules of
 * `checkDeb`; large ones are put into the pool while others may still write, and the rest beside making the indexes.
 *
 * @throws E_OPTION for what cannot be published there; E_FORMAT for what is no package; E_CHECK for one with findings
 *   that are errors; E_PUBLISH for a version that is there with other bytes; E_IO; the signal's reason
 */
export async function publishApt(options: PublishAptOptions): Promise<PublishedApt> {
  return withRepository(options, async (repository, caller) => {
    const {publication, leftOut: others} = await prepare(options, repository, caller);
    // What takes long is done while others may still write.
    const large = publication.given.filter(({indexed}) => indexed.size > LARGE);
    await fillPool(repository, large, caller);
    const {changed, date} = await writing(repository, options, caller, () =>
      publishPackages(repository, publication, caller),
    );
    const leftOut = others.length > 0 ? {leftOut: others} : {};
    return {
      suite: publication.facts.suite,
      added: changed,
      ...leftOut,
      ...(date === undefined ? {} : {date}),
    };
  });
}

/**
 * Put packages where `publishApt` will publish them from, in the pool, and read and check them as it does: nobody sees
 * them before that. What is never published, garbage collection takes away.
 *
 * @throws as `publishApt`, but for versions that are there with other bytes
 */
export async function stageApt(options: PublishAptOptions): Promise<void> {
  await withRepository(options, async (repository, caller) => {
    const {publication} = await prepare(options, repository, caller);
    await fillPool(repository, publication.given, caller);
    await repository.storage.sync();
  });
}

async function prepare(
  options: PublishAptOptions,
  repository: Repository,
  {cwd, signal}: Caller,
): Promise<{readonly publication: Publication; readonly leftOut: readonly string[]}> {
  const {allow = [], limits = {}} = options;
  parseExceptions(allow);
  const files = await findGivenFiles(options.files, cwd);
  const facts = suiteOf(repository.settings, options.suite ?? suiteIn(files, repository.settings));
  const component = componentOf(facts, options.component);
  await repository.signer(); // what is wrong with the keys is told before anything is written
  const stage = await openStage(repository.storage);
  const given = await readPackages(files.debs, {component, allow, limits, stage, signal});
  assertArchitectures(given, facts);
  assertDigests(given, files);
  if (facts.contents) await keepFileLists(repository.storage, given, {limits, signal});
  return {publication: {facts, component, given}, leftOut: files.leftOut};
}

/** What .changes files say where the caller does not. */
function suiteIn({distributions}: GivenFiles, {suites}: RepositorySettings): string | undefined {
  const [wanted, ...more] = distributions;
  if (wanted === undefined) return undefined;
  if (more.length === 0 && suites.some(({suite}) => suite === wanted)) return wanted;
  throw new MkvenvdebError('E_OPTION', `No such suite: ${distributions.join(', ')}, as Distribution says`, {
    hint: `Choose one with --suite: ${suites.map(({suite}) => suite).join(', ')}`,
  });
}

/** What was read is what the .changes vouched for, also when it was written anew meanwhile. */
function assertDigests(given: readonly GivenPackage[], {digests}: GivenFiles): void {
  for (const {file, indexed} of given) {
    const wanted = digests.get(file);
    if (wanted !== undefined && wanted !== indexed.sha256)
      throw new MkvenvdebError('E_CHECK', `File changed after its .changes was read: ${file}`);
  }
}

export interface Publication {
  readonly facts: SuiteFacts;
  readonly component: string;
  readonly given: readonly GivenPackage[];
}

/** Publish packages that were read and checked. Where writers take turns, it has to be this one's. */
export async function publishPackages(
  repository: Repository,
  {facts, component, given}: Publication,
  caller: Filling,
): Promise<EditedSuite> {
  // All of it: garbage may have been collected until now, of what lay there and belonged to nobody.
  const filled = fillPool(repository, given, caller);
  filled.catch(() => {}); // it is awaited by the edit, perhaps after something else has failed
  try {
    return await editSuite(repository, facts, {...adding(component, given), ready: () => filled}, caller);
  } finally {
    await filled.catch(() => {}); // nothing of ours writes any more when others may
  }
}

/** In bytes. */
const LARGE = 4 << 20;
/** After so many, whatever else goes on has its turn. */
const TURN = 16;

async function openStage({staging}: Storage): Promise<Stage | undefined> {
  return staging && {root: staging.root, folder: await staging.open()};
}

type Filling = Pick<Caller, 'signal'> & Partial<Pick<Caller, 'report'>>;

async function fillPool(
  {storage}: Repository,
  given: readonly GivenPackage[],
  {report}: Filling,
): Promise<void> {
  const staged = given.filter((one) => one.staged);
  if (staged.length > 0) await storage.staging?.adopt(staged.map(({indexed}) => indexed.filename));
  const others = given.filter((one) => !one.staged);
  let restored = 0;
  for (const [index, {file, indexed}] of others.entries()) {
    const {size, sha256} = indexed;
    if (index % TURN === 0) await otherTurns();
    if (!(await storage.create(indexed.filename, {file, size, sha256}))) continue;
    restored += 1;
    const message = `Package in the pool was damaged, and is whole again: ${indexed.filename}`;
    report?.({type: 'warning', code: 'restored-package', message});
  }
  // Perhaps nothing is published after it.
  if (restored > 0) await storage.sync();
}

function componentOf({components, suite}: SuiteFacts, wanted = components[0]): string {
  if (wanted !== undefined && components.includes(wanted)) return wanted;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} has no component ${wanted}`, {
    hint: `Choose one of: ${components.join(', ')}`,
  });
}

function assertArchitectures(given: readonly GivenPackage[], {architectures, suite}: SuiteFacts): void {
  const known = new Set(['all', ...architectures]);
  const strange = given.filter(({indexed}) => !known.has(indexed.architecture));
  if (strange.length === 0) return;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} does not have the architecture of every package`, {
    issues: strange.map(({file, indexed}) => `${file}: ${indexed.architecture}`),
    hint: `It has ${architectures.join(', ')}`,
  });
}

/** Into the index of each architecture that wants them. */
const adding = (component: string, given: readonly GivenPackage[]): Edit => ({
  index(place, packages) {
    if (place.component !== component) return undefined;
    const wanted = given
      .map(({indexed}) => indexed)
      .filter(({architecture}) => ['all', place.architecture].includes(architecture));
    const merged = mergePackages(packages, wanted);
    return merged.added.length === 0 ? undefined : {packages: merged.packages, changed: merged.added};
  },
});
