import type {Issue} from '../model.js';
import {aptIssue} from './check-codes.js';
import {checkFile, decode, type FoundIndex} from './check-indexes.js';
import {contentsName, expectedContents} from './contents.js';
import type {ReleaseFile, SuiteFacts} from './release-file.js';
import type {Repository} from './repository.js';
import {indexName} from './suite.js';

/**
 * Check the Contents indexes of a suite: both copies of each, whether both forms hold the same, and whether that is
 * what the packages of its index hold.
 *
 * @param indexes those of the packages, as far as they can be read
 * @param quick leave the last one out
 */
export async function checkContents(
  repository: Repository,
  release: ReleaseFile,
  {components, architectures, suite}: SuiteFacts,
  {indexes, quick}: {readonly indexes: readonly FoundIndex[]; readonly quick: boolean},
): Promise<readonly Issue[]> {
  const issues: Issue[] = [];
  for (const component of components)
    for (const architecture of architectures) {
      const index = `dists/${suite}/${indexName(component, architecture)}/Packages`;
      const packages = quick ? undefined : indexes.find(({file}) => file === index);
      issues.push(...(await checkOne(repository, release, contentsName(component, architecture), packages)));
    }
  return issues;
}

async function checkOne(
  repository: Repository,
  release: ReleaseFile,
  name: string,
  index: FoundIndex | undefined,
): Promise<readonly Issue[]> {
  const folder = `dists/${release.facts.suite}`;
  const issues: Issue[] = [];
  const goods: (Buffer | undefined)[] = [];
  for (const path of [name, `${name}.gz`]) {
    const listed = release.files.find((one) => one.path === path);
    const found = listed && (await checkFile(repository.storage, folder, listed));
    goods.push(found?.good);
    if (found) issues.push(...found.issues);
    else
      issues.push(
        aptIssue('missing-index', {file: `${folder}/${path}`, message: 'Release does not list it'}),
      );
  }
  const [plain, zipped] = goods;
  if (plain === undefined) return issues;
  if (zipped && !(await decode(`${name}.gz`, zipped, plain.length))?.equals(plain)) {
    const message = 'It does not hold what the plain one does';
    issues.push(aptIssue('other-content', {file: `${folder}/${name}.gz`, message}));
  }
  const wanted = index && (await expectedContents(repository, index.packages));
  if (wanted && !wanted.equals(plain)) {
    const message = 'It lists something else than the packages hold';
    issues.push(aptIssue('other-files', {file: `${folder}/${name}`, message}));
  }
  return issues;
}
