import type {Caller} from '../context.js';
import type {Issue} from '../model.js';
import {type CheckAptOptions, examine} from './check.js';
import {findRelease} from './check-release.js';
import {now} from './clock.js';
import {contentsName, makeContents} from './contents.js';
import {listPath} from './file-lists.js';
import {unlessDamaged} from './generations.js';
import {readHistory} from './history.js';
import {type Place, recoverIndex, rereadIndex} from './recover-index.js';
import {parseRelease, type ReleaseFile, type SuiteFacts} from './release-file.js';
import {repairHistory} from './repair-history.js';
import {type Repository, withRepository, writing} from './repository.js';
import {
  byHash,
  indexName,
  makeIndex,
  type NewFile,
  type PublishedSuite,
  publishSuite,
  sha256,
} from './suite.js';
import {openVerifier, type Verifier} from './verify.js';

export interface RepairAptOptions extends Omit<CheckAptOptions, 'keyring'> {
  /** Take packages out of the indexes whose file is gone or damaged. @default false: they are told */
  readonly dropMissing?: boolean | undefined;
}

/** What a repair did. */
export interface RepairedApt {
  /** In words, one for each thing. */
  readonly done: readonly string[];
  /** What is still to be found. */
  readonly issues: readonly Issue[];
}

/**
 * Restore what of the indexes of a repository is damaged or gone from any copy that is as it was signed, make anew of
 * the pool what has none, and publish that. Packages themselves cannot be made anew.
 *
 * @throws E_OPTION for keys that cannot sign; E_IO; the signal's reason
 */
export async function repairApt(options: RepairAptOptions): Promise<RepairedApt> {
  return withRepository(options, async (repository, caller) => {
    const verifier = await openVerifier(repository, undefined, caller);
    await repository.signer(); // what is wrong with the keys is told before anything is written
    return writing(repository, options, caller, async () => {
      const found = await examine(repository, verifier, options, caller);
      const done: string[] = [];
      const work = {repository, verifier, caller, found, options, done};
      for (const facts of repository.settings.suites) await repairSuite(work, facts);
      await dropDamaged(work);
      await repairHistory(repository, done);
      const issues = done.length === 0 ? found : await examine(repository, verifier, options, caller);
      return {done, issues};
    });
  });
}

interface Work {
  readonly repository: Repository;
  readonly verifier: Verifier;
  readonly caller: Caller;
  readonly found: readonly Issue[];
  readonly options: RepairAptOptions;
  /** Grows. */
  readonly done: string[];
}

const BROKEN: ReadonlySet<string> = new Set(['missing-package', 'damaged-package']);

async function repairSuite(work: Work, facts: SuiteFacts): Promise<void> {
  const {repository, caller, found, options, done} = work;
  const {suite} = facts;
  const own = found.filter(
    ({code, severity, file}) =>
      severity !== 'info' && code !== 'duplicate-version' && file?.startsWith(`dists/${suite}/`),
  );
  const broken = found.flatMap(({code, file}) => (BROKEN.has(code) && file ? [file] : []));
  const drop = new Set(options.dropMissing ? broken : []);
  if (own.length === 0 && drop.size === 0) return;
  const base = await chooseBase(work, suite);
  const said: string[] = [];
  const repair = {base, drop, said, hasContents: facts.contents === true};
  const files: NewFile[] = [];
  for (const component of facts.components)
    for (const architecture of facts.architectures)
      files.push(...(await repairIndex(work, repair, {suite, component, architecture})));
  if (own.length === 0 && said.length === 0) return;
  await replaceCopies(repository, suite, files);
  // What lacks something now is nothing to go back to.
  const before = base.before && {...base.before, bytes: said.length === 0 ? base.before.bytes : undefined};
  const {storage, signer} = repository;
  await publishSuite(storage, await signer(), {
    facts,
    before,
    files,
    kept: [],
    signal: caller.signal,
  });
  done.push(`${suite}: published anew, by ${base.source}`, ...said.map((text) => `${suite}: ${text}`));
}

/** What was taken out stands in the way of the right file, which may come again. */
async function dropDamaged({repository: {storage}, found, options, done}: Work): Promise<void> {
  for (const {code, file} of found) {
    if (!options.dropMissing || code !== 'damaged-package' || file === undefined) continue;
    await storage.remove(file);
    done.push(`removed what is damaged: ${file}`);
  }
}

interface Base {
  /** Vouches for the indexes; undefined where nothing does. */
  readonly release: ReleaseFile | undefined;
  readonly source: string;
  /** What a new publication has to be later than. */
  readonly before: PublishedSuite | undefined;
}

/** What is signed by the keys of the repository, if anything still is. */
async function chooseBase({repository: {storage}, verifier}: Work, suite: string): Promise<Base> {
  const {inRelease, release, verdict, plain, detached} = await findRelease(storage, verifier, suite);
  const past = await readHistory(storage, suite);
  const other = plain && (await unlessDamaged((async () => parseRelease(plain.toString(), 'Release'))()));
  // Nobody took what was from the future.
  const dates = [release, other, past[0]?.release].flatMap((one) => one?.date ?? []);
  const date = Math.max(0, ...dates.filter((one) => one <= now()));
  const mtime = Math.min(now(), (await storage.stat(`dists/${suite}/InRelease`))?.mtime ?? 0);
  const later = (of: ReleaseFile, bytes?: Buffer) => ({release: {...of, date}, mtime, bytes});
  if (release && verdict?.problem === undefined)
    return {
      release,
      source: 'InRelease',
      before: later(release, release.date === date ? inRelease : undefined),
    };
  if (other && plain && detached && (await verifier.detached(plain, detached)).problem === undefined)
    return {release: other, source: 'Release', before: later(other)};
  const floor = release ?? other ?? past[0]?.release;
  return {
    release: undefined,
    source: 'what is left of its indexes, for nothing vouches for them',
    before: floor && later(floor),
  };
}

interface IndexRepair {
  readonly base: Base;
  readonly drop: ReadonlySet<string>;
  /** Grows. */
  readonly said: string[];
  readonly hasContents: boolean;
}

async function repairIndex(
  {repository, found, caller}: Work,
  {base, drop, said, hasContents}: IndexRepair,
  place: Place,
): Promise<readonly NewFile[]> {
  const name = indexName(place.component, place.architecture);
  const {packages: all, rebuilt, lost} = await recoverIndex(repository, base.release, place);
  if (rebuilt !== undefined) said.push(`${name}: made anew of the pool, with what ${rebuilt}: ${all.length}`);
  for (const file of lost) said.push(`${name}: not to be had any more: ${file}`);
  const packages = all.filter(({filename}) => !drop.has(filename));
  for (const one of all)
    if (drop.has(one.filename))
      said.push(`${name}: taken out: ${one.package} ${one.version} ${one.architecture}`);
  const file = `dists/${place.suite}/${name}/Packages`;
  const isWrong = found.some((one) => one.code === 'other-fields' && one.file === file);
  if (isWrong) said.push(`${name}: fields taken from the packages again`);
  const right = isWrong ? await rereadIndex(repository, packages, place) : packages;
  const made = await makeIndex(name, {packages: right}, {signal: caller.signal});
  if (!hasContents) return made;
  const contents = `dists/${place.suite}/${contentsName(place.component, place.architecture)}`;
  // The lists that are kept may be what is wrong.
  if (found.some(({code, file: of}) => code === 'other-files' && of === contents))
    for (const {sha256: digest} of right) await repository.storage.remove(listPath(digest));
  return [...made, ...(await makeContents(repository, {...place, packages: right}))];
}

/** A copy that has the name of a digest and not its content stays where it is, unless it is replaced. */
async function replaceCopies({storage}: Repository, suite: string, files: readonly NewFile[]): Promise<void> {
  for (const {listed, pieces} of files) {
    const path = byHash(`dists/${suite}`, listed);
    const there = await storage.read(path);
    if (there !== undefined && sha256([there]) !== listed.sha256) await storage.replace(path, pieces);
  }
}
