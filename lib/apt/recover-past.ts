import {unlessDamaged} from './generations.js';
import {type IndexedPackage, viewPackages} from './packages-index.js';
import {namesInPool, namesLeft, type Place, readAgain, recoverPlain} from './recover-index.js';
import type {ReleaseFile} from './release-file.js';
import type {Repository} from './repository.js';
import {indexName, makeIndex, type NewFile, newFile, readListed} from './suite.js';

/** An index of an earlier publication. */
export interface PastIndex {
  readonly packages: readonly IndexedPackage[];
  readonly files: readonly NewFile[];
}

/**
 * An index as an earlier publication had it: as it is kept, from another of its forms, or made anew of the pool where
 * that gives the very bytes that were signed then. Compressed forms that are gone are made of the plain one.
 *
 * @returns undefined where it is not to be had any more
 */
export async function recoverPast(
  repository: Repository,
  release: ReleaseFile,
  place: Place,
): Promise<PastIndex | undefined> {
  const {storage} = repository;
  const name = indexName(place.component, place.architecture);
  if (!release.files.some(({path}) => path === `${name}/Packages`))
    return {packages: [], files: await makeIndex(name, {packages: []})};
  const plain =
    (await unlessDamaged(readListed(storage, release, `${name}/Packages`))) ??
    (await recoverPlain(storage, release, name));
  const packages = plain ? viewPackages(plain) : await remake(repository, release, place);
  if (packages === undefined) return undefined;
  const kept: NewFile[] = [];
  for (const {path} of release.files.filter((one) => one.path.startsWith(`${name}/`))) {
    const bytes = await unlessDamaged(readListed(storage, release, path));
    if (bytes) kept.push(newFile(path, [bytes]));
  }
  if (kept.length === FORMS) return {packages, files: kept};
  const made = await makeIndex(name, {packages});
  return {packages, files: made};
}

/** Plain, gzip and xz. */
const FORMS = 3;

/** Packages of the pool whose stanzas are together what was signed. */
async function remake(
  repository: Repository,
  release: ReleaseFile,
  place: Place,
): Promise<readonly IndexedPackage[] | undefined> {
  const {storage} = repository;
  const name = indexName(place.component, place.architecture);
  const wanted = release.files.find(({path}) => path === `${name}/Packages`)?.sha256;
  for (const names of [
    await namesLeft(storage, place.suite, release.files, name),
    await namesInPool(storage, place),
  ]) {
    const {packages} = await readAgain(repository, names, place);
    const plain = newFile(name, [Buffer.concat(packages.map(({bytes}) => bytes))]);
    if (plain.listed.sha256 === wanted) return packages;
  }
  return undefined;
}
