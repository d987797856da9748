import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {changeContents} from './contents.js';
import {
  countSteps,
  type Generation,
  missingFrom,
  readGenerations,
  readOffer,
  unlessDamaged,
} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import type {Place} from './recover-index.js';
import {type PastIndex, recoverPast} from './recover-past.js';
import type {ReleaseFile, SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';
import type {Storage} from './storage.js';
import {indexName, type NewFile, type PublishedSuite, publishSuite, readSuite} from './suite.js';

export interface RollbackAptOptions extends RepositoryOptions, Context {
  /** @default the only one */
  readonly suite?: string | undefined;
  /** Date of the publication to go back to, in seconds since 1970, as `aptHistory` tells it. @default by `steps` */
  readonly to?: number | undefined;
  /** How many changes of the content to go back. @default 1 */
  readonly steps?: number | undefined;
}

/** What a rollback changed. */
export interface RolledBackApt {
  readonly suite: string;
  /** Date of the publication whose content is offered again, in seconds since 1970. */
  readonly to: number;
  /** Of the new index. */
  readonly date: number;
  /** `package version architecture` of what is offered again … */
  readonly added: readonly string[];
  /** … and of what no longer is. */
  readonly removed: readonly string[];
}

/**
 * Publish anew what a suite offered before, under a new date, so that clients follow. Machines that have a newer
 * version installed keep it: apt does not downgrade by itself. What came after stays in the history: there is a way
 * forward as well.
 *
 * @throws E_OPTION when there was no such publication; E_PUBLISH with a list when something that it needs is gone;
 *   E_IO; the signal's reason
 */
export async function rollbackApt(options: RollbackAptOptions): Promise<RolledBackApt> {
  return withRepository(options, async (repository, caller) => {
    const facts = suiteOf(repository.settings, options.suite);
    assertSteps(options);
    await repository.signer(); // what is wrong with the keys is told before anything is written
    return writing(repository, options, caller, () => rollback(repository, facts, options, caller));
  });
}

function assertSteps({to, steps}: RollbackAptOptions): void {
  const given = [to, steps].filter((value) => value !== undefined);
  if (given.length < 2 && given.every((value) => Number.isSafeInteger(value) && value > 0)) return;
  throw new MkvenvdebError('E_OPTION', 'Rollback needs a date or a number of steps', {
    hint: 'mkvenvdeb repo history shows both',
  });
}

async function rollback(
  repository: Repository,
  facts: SuiteFacts,
  options: RollbackAptOptions,
  {signal}: Caller,
): Promise<RolledBackApt> {
  const {storage, signer} = repository;
  const before = await readSuite(storage, facts.suite);
  const generations = await readGenerations(storage, facts.suite);
  const target = choose(generations, options, facts.suite);
  if (before === undefined) throw noSuch(facts.suite);
  const {files, offer} = await assemble(repository, facts, target.release);
  const {added, removed} = await differences(storage, before, offer);
  const {date} = await publishSuite(storage, await signer(), {facts, before, files, kept: [], signal});
  return {suite: facts.suite, to: target.release.date, date, added, removed};
}

function choose(
  generations: readonly Generation[],
  {to, steps = 1}: RollbackAptOptions,
  suite: string,
): Generation {
  const counted = countSteps(generations);
  const found =
    to === undefined
      ? generations[counted.indexOf(steps)]
      : generations.find(({release}) => release.date === to);
  if (found === undefined) throw noSuch(suite);
  if (counted[generations.indexOf(found)] !== 0) return found;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} offers what it did then`, {
    hint: 'mkvenvdeb repo history shows when it changed',
  });
}

const noSuch = (suite: string): MkvenvdebError =>
  new MkvenvdebError('E_OPTION', `Suite ${suite} has no such publication to go back to`, {
    hint: 'mkvenvdeb repo history shows what is kept',
  });

type Offer = ReadonlyMap<string, IndexedPackage>;

/** The files of an old generation, proven, for the indexes that the suite has today. */
async function assemble(
  repository: Repository,
  facts: SuiteFacts,
  release: ReleaseFile,
): Promise<{readonly files: readonly NewFile[]; readonly offer: Offer}> {
  const {suite, components, architectures} = facts;
  const files: NewFile[] = [];
  const gone: string[] = [];
  const offer = new Map<string, IndexedPackage>();
  const indexes: (PastIndex & Place)[] = [];
  for (const component of components)
    for (const architecture of architectures) {
      const past = await recoverPast(repository, release, {suite, component, architecture});
      if (past === undefined) gone.push(`${indexName(component, architecture)}/Packages`);
      else indexes.push({...past, suite, component, architecture});
    }
  for (const {packages, files: own} of indexes) {
    files.push(...own);
    for (const one of packages) offer.set(one.filename, one);
  }
  for (const {filename, size} of offer.values())
    if ((await repository.storage.stat(filename))?.size !== size) gone.push(filename);
  if (gone.length > 0) {
    throw new MkvenvdebError('E_PUBLISH', 'Not everything is there any more that was offered then', {
      issues: gone,
      hint: 'Go back to a later publication, or put the files back',
    });
  }
  if (facts.contents)
    for (const index of indexes)
      files.push(...(await changeContents(repository, release, {...index, changed: []})));
  return {files, offer};
}

async function differences(storage: Storage, {release}: PublishedSuite, offer: Offer) {
  const now = (await unlessDamaged(readOffer(storage, release))) ?? new Map<string, IndexedPackage>();
  return {added: missingFrom(now, offer), removed: missingFrom(offer, now)};
}
