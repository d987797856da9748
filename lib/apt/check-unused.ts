import {basename, join, relative} from 'node:path';
import {findLitter} from '../archive/litter.js';
import type {Issue} from '../model.js';
import {forAll, statAll} from './at-once.js';
import {type AptCode, aptIssue} from './check-codes.js';
import {findPast} from './check-history.js';
import {unlessDamaged} from './generations.js';
import {readHistory} from './history.js';
import {lockLitter} from './lock.js';
import type {Repository} from './repository.js';
import {STATE_FOLDER} from './settings.js';
import type {Storage, StoredFile} from './storage.js';
import {byHash, readSuite, sha256} from './suite.js';

type Pool = ReadonlyMap<string, StoredFile>;

/** What nothing names, what is lost of the history, and what does not belong there. */
export async function checkUnused(
  {storage, root}: Repository,
  suites: readonly string[],
): Promise<readonly Issue[]> {
  const pool: Pool = await statAll(storage, await storage.list('pool'));
  const named = new Set<string>();
  const lost: Issue[] = [];
  const published = await storage.list('dists');
  const all = new Set([...suites, ...published.map((path) => suiteIn(path))]);
  for (const suite of all) lost.push(...(await nameSuite(storage, suite, {pool, named})));
  const isUnused = (path: string) => !suites.includes(suiteIn(path)) || !named.has(path);
  const dists = await statAll(storage, published.filter(isUnused));
  const unused = await forAll([...dists], ([path, stored]) => unusedFile(storage, path, stored));
  const packages = [...pool].flatMap(([path, stored]) =>
    named.has(path) ? [] : [told(path.endsWith('.deb') ? 'unused-package' : 'unknown-file', path, stored)],
  );
  const litter = [
    ...(pool.size === 0 ? [] : await findLitter(join(root, 'pool'))),
    ...(await lockLitter(join(root, STATE_FOLDER))),
  ];
  const left = litter.map((path) =>
    aptIssue('litter', {file: relative(root, path), message: 'The process that made it has ended'}),
  );
  return [...lost, ...unused, ...packages, ...left];
}

const suiteIn = (path: string): string => path.split('/')[1] ?? '';

const told = (code: AptCode, file: string, {size}: StoredFile): Issue =>
  aptIssue(code, {file, message: `${size} bytes`});

export const isCopy = (path: string): boolean => /\/by-hash\/SHA256\/[0-9a-f]{64}$/.test(path);

async function unusedFile(storage: Storage, path: string, stored: StoredFile): Promise<Issue> {
  if (!isCopy(path)) return told('unknown-file', path, stored);
  if (await isTrue(storage, path)) return told('unused-index', path, stored);
  // It would stand in the way of one that is right.
  return aptIssue('damaged-index', {file: path, message: 'Its content is not that of its name'});
}

/** Whether a copy by digest has the content that its name says. */
export async function isTrue(storage: Storage, path: string): Promise<boolean> {
  const bytes = await storage.read(path);
  return bytes !== undefined && sha256([bytes]) === basename(path);
}

/** Note every file that a suite names or named; tell of earlier publications that are not whole any more. */
async function nameSuite(
  storage: Storage,
  suite: string,
  {pool, named}: {readonly pool: Pool; readonly named: Set<string>},
): Promise<readonly Issue[]> {
  const lost: Issue[] = [];
  const folder = `dists/${suite}`;
  for (const name of ['InRelease', 'Release', 'Release.gpg']) named.add(`${folder}/${name}`);
  const published = await unlessDamaged(readSuite(storage, suite));
  const past = await readHistory(storage, suite);
  for (const {path, release} of [...(published ? [{path: undefined, ...published}] : []), ...past]) {
    for (const listed of release?.files ?? []) {
      named.add(byHash(folder, listed));
      named.add(`${folder}/${listed.path}`);
    }
    const {filenames, loss} = await findPast(storage, {release}, pool);
    for (const filename of filenames) named.add(filename);
    // What is published now is checked by itself.
    if (path && loss) lost.push(aptIssue('lost-generation', {file: path, message: loss}));
  }
  return lost;
}
