import type {Caller} from '../context.js';
import type {NewFile} from './commit.js';
import {contentsName, makeContents} from './contents.js';
import type {IndexedPackage} from './packages-index.js';
import type {ListedFile, SuiteFacts} from './release-file.js';
import type {Repository} from './repository.js';
import {indexName, makeIndex, type PublishedSuite, readIndex} from './suite.js';

/** Whether a file that is published is one of a suite as it shall be. */
export function belongs({components, architectures, contents}: SuiteFacts, path: string): boolean {
  return components.some((component) =>
    architectures.some(
      (architecture) =>
        path.startsWith(`${indexName(component, architecture)}/`) ||
        (contents && path.replace(/\.gz$/, '') === contentsName(component, architecture)),
    ),
  );
}

/** Whether a Release file lists every index that a suite shall have. */
export function isComplete(
  {files}: Pick<PublishedSuite['release'], 'files'>,
  {components, architectures, contents}: SuiteFacts,
): boolean {
  const there = new Set(files.map(({path}) => path));
  return components.every((component) =>
    architectures.every(
      (architecture) =>
        there.has(`${indexName(component, architecture)}/Packages`) &&
        (!contents || there.has(contentsName(component, architecture))),
    ),
  );
}

/** Files of a suite: those that are new, and those that stay. */
export interface SuiteFiles {
  readonly files: readonly NewFile[];
  readonly kept: readonly ListedFile[];
}

/**
 * The files of a suite whose facts may have changed, its packages not: what an architecture lacks that was not there
 * before (packages for all of them belong to it as well), and Contents indexes where they are wanted.
 *
 * @param before what is published now
 */
export async function suiteFiles(
  repository: Repository,
  before: PublishedSuite | undefined,
  facts: SuiteFacts,
  {signal}: Pick<Caller, 'signal'> = {},
): Promise<SuiteFiles> {
  const {storage} = repository;
  const there = new Set(before?.release.files.map(({path}) => path));
  const files: NewFile[] = [];
  for (const component of facts.components) {
    const forAll = await packagesForAll(repository, before, component);
    for (const architecture of facts.architectures) {
      const name = indexName(component, architecture);
      const isThere = there.has(`${name}/Packages`);
      if (!isThere) files.push(...(await makeIndex(name, {packages: forAll}, {signal})));
      if (!facts.contents || (isThere && there.has(contentsName(component, architecture)))) continue;
      const {packages} = isThere && before ? await readIndex(storage, before, name) : {packages: forAll};
      files.push(...(await makeContents(repository, {component, architecture, packages})));
    }
  }
  const kept = before?.release.files.filter(({path}) => belongs(facts, path)) ?? [];
  const fresh = new Set(files.map(({listed}) => listed.path));
  return {files, kept: kept.filter(({path}) => !fresh.has(path))};
}

/** Those for all architectures are the same in each of the indexes of a component. */
async function packagesForAll(
  {storage}: Repository,
  before: PublishedSuite | undefined,
  component: string,
): Promise<readonly IndexedPackage[]> {
  const any = before?.release.files.find(
    ({path}) => path.startsWith(`${component}/binary-`) && path.endsWith('/Packages'),
  );
  if (before === undefined || any === undefined) return [];
  const {packages} = await readIndex(storage, before, any.path.slice(0, -'/Packages'.length));
  return packages.filter(({architecture}) => architecture === 'all');
}
