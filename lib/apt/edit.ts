import type {Caller} from '../context.js';
import {LostRace, type NewFile} from './commit.js';
import {changeContents} from './contents.js';
import type {IndexedPackage} from './packages-index.js';
import type {SuiteFacts} from './release-file.js';
import type {Repository} from './repository.js';
import {indexName, makeIndex, openIndex, type PublishedSuite, publishSuite, readSuite} from './suite.js';
import {belongs, isComplete, suiteFiles} from './suite-files.js';

/** Which index it is. */
export interface IndexPlace {
  readonly component: string;
  readonly architecture: string;
}

/** How the indexes of a suite change. */
export interface Edit {
  /**
   * What an index shall hold, given what it holds.
   *
   * @returns undefined where it stays as it is
   */
  index(
    place: IndexPlace,
    packages: readonly IndexedPackage[],
  ): {readonly packages: readonly IndexedPackage[]; readonly changed: readonly IndexedPackage[]} | undefined;
  /** Called after all of them and before anything is written: throws what is wrong with the whole. */
  complete?(): void;
  /** What has to lie in the pool does so. */
  ready?(): Promise<void>;
}

/** What became of a suite. */
export interface EditedSuite {
  /** `package version architecture` of what came or went, once each. */
  readonly changed: readonly string[];
  /** Of the new index, in seconds since 1970; undefined when there was nothing to do. */
  readonly date?: number;
}

/** So often another writer may be quicker: with as many at once, each of them publishes after all. */
const TRIES = 30;

/**
 * Edit the indexes of a suite and publish them in one step; what stays is not written again. Where somebody else
 * publishes meanwhile, it is done again with what that one published.
 *
 * @throws E_PUBLISH when others were quicker again and again; what the edit throws; E_FORMAT; E_IO
 */
export async function editSuite(
  repository: Repository,
  facts: SuiteFacts,
  edit: Edit,
  {signal}: Pick<Caller, 'signal'>,
): Promise<EditedSuite> {
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    try {
      return await editOnce(repository, facts, edit, signal);
    } catch (error) {
      if (!(error instanceof LostRace) || tries >= TRIES) throw error;
    }
  }
}

/** What is published, with every index that its facts ask for: a change of them may have been broken off. */
async function readWhole(
  repository: Repository,
  facts: SuiteFacts,
  signal: AbortSignal | undefined,
): Promise<PublishedSuite | undefined> {
  const {storage, signer} = repository;
  const before = await readSuite(storage, facts.suite);
  if (before === undefined || isComplete(before.release, facts)) return before;
  const made = await suiteFiles(repository, before, facts, {signal});
  await publishSuite(storage, await signer(), {facts, before, ...made, signal});
  return readSuite(storage, facts.suite);
}

async function editOnce(
  repository: Repository,
  facts: SuiteFacts,
  edit: Edit,
  signal: AbortSignal | undefined,
): Promise<EditedSuite> {
  const {storage, signer} = repository;
  const before = await readWhole(repository, facts, signal);
  const changed = new Map<string, string>();
  const files: NewFile[] = [];
  for (const component of facts.components)
    for (const architecture of facts.architectures) {
      const name = indexName(component, architecture);
      const index = before === undefined ? {packages: []} : await openIndex(storage, before, name);
      const edited = edit.index({component, architecture}, index.packages);
      for (const one of edited?.changed ?? [])
        changed.set(one.filename, `${one.package} ${one.version} ${one.architecture}`);
      const isThere = before?.release.files.some(({path}) => path === `${name}/Packages`);
      if (edited === undefined && isThere) continue;
      const packages = edited?.packages ?? index.packages;
      files.push(...(await makeIndex(name, {...index, packages}, {signal})));
      const {changed: ofIt = []} = edited ?? {};
      const {release} = before ?? {};
      if (facts.contents)
        files.push(
          ...(await changeContents(repository, release, {component, architecture, packages, changed: ofIt})),
        );
    }
  edit.complete?.();
  if (changed.size === 0) return {changed: []};
  const fresh = new Set(files.map(({listed}) => listed.path));
  const kept = before?.release.files.filter(({path}) => !fresh.has(path) && belongs(facts, path)) ?? [];
  await edit.ready?.();
  const {date} = await publishSuite(storage, await signer(), {facts, before, files, kept, signal});
  return {changed: [...changed.values()], date};
}
