import {decompress} from '../archive/compress.js';
import type {Issue} from '../model.js';
import {type AptCode, aptIssue} from './check-codes.js';
import {unlessDamaged} from './generations.js';
import {type IndexedPackage, parsePackages} from './packages-index.js';
import type {ListedFile, ReleaseFile, SuiteFacts} from './release-file.js';
import type {Storage} from './storage.js';
import {byHash, type IndexName, indexName, sha256} from './suite.js';

/** An index as it was found. */
export interface FoundIndex {
  readonly suite: string;
  readonly component: string;
  /** Its path: `dists/stable/main/binary-amd64/Packages`. */
  readonly file: string;
  readonly packages: readonly IndexedPackage[];
}

/** A file that is listed, in its two places. */
export interface FoundFile {
  /** One that is as it was listed. */
  readonly good: Buffer | undefined;
  readonly issues: readonly Issue[];
}

/** Check the indexes of a suite: both copies of each, and whether all forms hold the same. */
export async function checkIndexes(
  storage: Storage,
  release: ReleaseFile,
  facts: SuiteFacts,
): Promise<{readonly issues: readonly Issue[]; readonly indexes: readonly FoundIndex[]}> {
  const issues: Issue[] = [];
  const indexes: FoundIndex[] = [];
  const folder = `dists/${facts.suite}`;
  for (const component of facts.components)
    for (const architecture of facts.architectures) {
      const name = indexName(component, architecture);
      const found = await checkIndex(storage, release, name);
      issues.push(...found.issues);
      const file = `${folder}/${name}/Packages`;
      if (found.packages) indexes.push({suite: facts.suite, component, file, packages: found.packages});
    }
  return {issues, indexes};
}

async function checkIndex(
  storage: Storage,
  {files, facts}: ReleaseFile,
  name: IndexName,
): Promise<{readonly issues: readonly Issue[]; readonly packages?: readonly IndexedPackage[]}> {
  const folder = `dists/${facts.suite}`;
  const issues: Issue[] = [];
  const goods = new Map<string, Buffer>();
  const plain = files.find(({path}) => path === `${name}/Packages`);
  if (plain === undefined) {
    const message = 'Release does not list it';
    issues.push(aptIssue('missing-index', {file: `${folder}/${name}/Packages`, message}));
  }
  for (const listed of files.filter(({path}) => path.startsWith(`${name}/`))) {
    const found = await checkFile(storage, folder, listed);
    issues.push(...found.issues);
    if (found.good) goods.set(listed.path, found.good);
  }
  for (const [path, bytes] of goods) {
    if (plain === undefined || path === plain.path) continue;
    if ((await unpack(path, bytes, plain.size)) === plain.sha256) continue;
    issues.push(aptIssue('other-content', {file: `${folder}/${path}`, message: 'It does not hold Packages'}));
  }
  const good = plain && goods.get(plain.path);
  if (good === undefined) return {issues};
  const packages = await unlessDamaged((async () => parsePackages(good, name))());
  const wrong = packages?.find(({filename}) => !IN_POOL.test(filename));
  if (packages && wrong === undefined) return {issues, packages};
  const why = wrong ? `A package lies outside of the pool: ${wrong.filename}` : 'A stanza lacks a field';
  issues.push(aptIssue('unreadable-index', {file: `${folder}/${name}/Packages`, message: why}));
  return {issues};
}

/** A path that stays where packages are. */
export const IN_POOL = /^pool\/(?!.*(?:^|\/)\.\.?(?:\/|$))[\x21-\x7e]+$/;

/** Look at both copies of a file that Release lists. */
export async function checkFile(storage: Storage, folder: string, listed: ListedFile): Promise<FoundFile> {
  const places = [byHash(folder, listed), `${folder}/${listed.path}`];
  const issues: Issue[] = [];
  let good: Buffer | undefined;
  for (const file of places) {
    const bytes = await storage.read(file);
    const digest = bytes && sha256([bytes]);
    if (digest === listed.sha256) good ??= bytes;
    else issues.push(await faultyFile(storage, {file, digest, listed, folder, isNamed: file !== places[0]}));
  }
  return {good, issues};
}

interface Faulty {
  readonly file: string;
  readonly digest: string | undefined;
  readonly listed: ListedFile;
  readonly folder: string;
  readonly isNamed: boolean;
}

async function faultyFile(storage: Storage, {file, digest, listed, folder, isNamed}: Faulty): Promise<Issue> {
  const told = (code: AptCode, message: string) => aptIssue(code, {file, message});
  if (digest === undefined) return told('missing-index', 'It is not there');
  // Whole, and of another publication: that one was broken off before InRelease named it.
  const copy = await storage.stat(byHash(folder, {...listed, sha256: digest}));
  if (isNamed && copy !== undefined) return told('unfinished', 'It is of another publication than InRelease');
  return told('damaged-index', `Its sha256 is ${digest}, not ${listed.sha256}`);
}

/** Digest of what a compressed index holds; undefined where it is damaged, or holds more than it may. */
async function unpack(path: string, bytes: Buffer, most: number): Promise<string | undefined> {
  const plain = await decode(path, bytes, most);
  return plain && sha256([plain]);
}

/** What a compressed file of an index holds, up to so many bytes; undefined where it is damaged. */
export async function decode(path: string, bytes: Buffer, most: number): Promise<Buffer | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const source = (async function* () {
    yield bytes;
  })();
  const reading = async () => {
    for await (const piece of decompress(path.endsWith('.xz') ? 'xz' : 'gzip', source, 1)) {
      pieces.push(Uint8Array.from(piece)); // a decoder may use its memory again
      length += piece.length;
      if (length > most) return undefined;
    }
    return Buffer.concat(pieces, length);
  };
  return unlessDamaged(reading());
}
