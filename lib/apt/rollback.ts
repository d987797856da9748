import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {
  countSteps,
  type Generation,
  missingFrom,
  readGenerations,
  readOffer,
  unlessDamaged,
} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import type {ReleaseFile, SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';
import type {Storage} from './storage.js';
import {
  indexName,
  makeIndex,
  type NewFile,
  newFile,
  type PublishedSuite,
  publishSuite,
  readListed,
  readSuite,
} from './suite.js';

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
  {storage, signer}: Repository,
  facts: SuiteFacts,
  options: RollbackAptOptions,
  {signal}: Caller,
): Promise<RolledBackApt> {
  const before = await readSuite(storage, facts.suite);
  const generations = await readGenerations(storage, facts.suite);
  const target = choose(generations, options, facts.suite);
  if (before === undefined) throw noSuch(facts.suite);
  const {files, offer} = await assemble(storage, facts, target.release);
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
  storage: Storage,
  {components, architectures}: SuiteFacts,
  release: ReleaseFile,
): Promise<{readonly files: readonly NewFile[]; readonly offer: Offer}> {
  const files: NewFile[] = [];
  const gone: string[] = [];
  const take = async (path: string) => {
    const bytes = await unlessDamaged(readListed(storage, release, path));
    if (bytes === undefined) gone.push(path);
    else files.push(newFile(path, [bytes]));
  };
  for (const component of components)
    for (const architecture of architectures) {
      const name = indexName(component, architecture);
      const listed = release.files.filter(({path}) => path.startsWith(`${name}/`));
      for (const {path} of listed) await take(path);
      if (listed.length === 0) files.push(...(await makeIndex(name, {packages: []})));
    }
  const offer = gone.length > 0 ? new Map() : await readOffer(storage, release);
  for (const {filename, size} of offer.values())
    if ((await storage.stat(filename))?.size !== size) gone.push(filename);
  if (gone.length === 0) return {files, offer};
  throw new MkvenvdebError('E_PUBLISH', 'Not everything is there any more that was offered then', {
    issues: gone,
    hint: 'Go back to a later publication, or put the files back',
  });
}

async function differences(storage: Storage, {release}: PublishedSuite, offer: Offer) {
  const now = (await unlessDamaged(readOffer(storage, release))) ?? new Map<string, IndexedPackage>();
  return {added: missingFrom(now, offer), removed: missingFrom(offer, now)};
}
