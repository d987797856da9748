import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';
import {makeNeedle} from '../formats/needles.js';
import type {Issue} from '../model.js';
import type {Context} from '../report.js';
import type {ArMember} from './ar.js';
import {applyExceptions, parseExceptions} from './check-allow.js';
import {checkBytecode} from './check-bytecode.js';
import {issueOf} from './check-codes.js';
import {checkControl} from './check-control.js';
import {crossCheck} from './check-cross.js';
import {checkEntries, checkNotes} from './check-data.js';
import {collectDigests, collectFacts, type Digests, type Facts} from './check-facts.js';
import {leaksElsewhere, withNeedles} from './check-leaks.js';
import {checkLinks} from './check-links.js';
import {findLost} from './check-lost.js';
import {checkPlaces} from './check-places.js';
import {checkPolicy} from './check-policy.js';
import {checkPrograms} from './check-programs.js';
import {checkRecords} from './check-records.js';
import {checkSecrets} from './check-secrets.js';
import {checkVenvs} from './check-venv.js';
import {type DebContents, type ReadDebOptions, readDeb, readMember} from './read.js';

export interface CheckDebOptions extends Pick<Context, 'signal'>, Pick<ReadDebOptions, 'limits' | 'workers'> {
  /**
   * Texts that must occur nowhere: in no file, name or link target, in none of the spellings that tools give a path.
   * @default none
   */
  readonly forbidden?: readonly string[] | undefined;
  /**
   * Findings that are accepted: a code (`setuid`), a code with a glob over absolute paths of the package
   * (`private-key:/opt/app/**`), or a glob for whatever is found there. One that nothing is found for is told.
   * @default none
   */
  readonly allow?: readonly string[] | undefined;
  /**
   * `structure`: only what decides whether dpkg installs it as it looks, and forbidden texts; what a build asks of its
   * own output. @default 'all'
   */
  readonly scope?: 'structure' | 'all' | undefined;
}

/**
 * Check a package: its structure, its control archive, the digests of its files, Debian Policy, whether a virtualenv in
 * it is true to its RECORDs, its bytecode and its place, and that nothing secret or forbidden is in it. An `error`
 * means that it does not install as it looks, does not work, or gives a secret away; a `warning` that it is not as
 * Debian Policy or the PyPA have it. docs/check.md lists all codes.
 *
 * @returns all findings, none of them thrown, in order; of each code and severity the first thousand, then one more
 *   that tells how many there are beside them
 * @throws E_OPTION when there is no such file, or for an exception that is none; E_IO when it cannot be read; the
 *   signal's reason
 */
export async function checkDeb(file: string, options: CheckDebOptions = {}): Promise<readonly Issue[]> {
  return (await examineDeb(file, options)).issues;
}

/** A package with what was found in it. */
export interface ExaminedDeb {
  /** undefined where it could not be read, which is then an issue. */
  readonly contents: DebContents | undefined;
  readonly issues: readonly Issue[];
}

/** As checkDeb, for who also wants what was read on the way. */
export async function examineDeb(file: string, options: CheckDebOptions = {}): Promise<ExaminedDeb> {
  const exceptions = parseExceptions(options.allow ?? []);
  const needles = (options.forbidden ?? []).map((text) => makeNeedle(text, false));
  const sight = options.scope === 'structure' ? collectDigests() : collectFacts();
  const leaks: Issue[] = [];
  const visit = needles.length === 0 ? sight.visit : withNeedles(sight.visit, needles, leaks);
  let contents: DebContents;
  try {
    const {signal, limits, workers} = options;
    contents = await readDeb(file, {visit, signal, limits, workers, digests: false});
  } catch (error) {
    if (!(error instanceof MkvenvdebError) || error.code !== 'E_FORMAT') throw error;
    const {message, hint: cure} = error;
    const lost = (await findLost(file)) ?? issueOf('unreadable', {message, cure});
    return {contents: undefined, issues: applyExceptions([lost], exceptions)};
  }
  const second = await secondOpinion(file, contents.archive);
  const elsewhere = function* () {
    yield* leaks;
    yield* leaksElsewhere(contents, needles);
  };
  const found = findings(contents, sight.facts, {scope: options.scope, second, elsewhere: elsewhere()});
  return {contents, issues: applyExceptions(found, exceptions)};
}

interface OtherFindings extends Pick<CheckDebOptions, 'scope'> {
  readonly second?: readonly Issue[];
  readonly elsewhere?: Iterable<Issue>;
}

/** One by one: there may be more of them than memory holds. */
export function* findings(
  contents: DebContents,
  facts: Facts | Digests,
  {scope, second = [], elsewhere = []}: OtherFindings = {},
): Generator<Issue> {
  yield* checkMembers(contents);
  yield* second;
  yield* checkNotes(contents.tars.control, 'control.tar');
  yield* checkControl(contents, md5sOf(contents, facts));
  yield* checkNotes(contents.tars.data, 'data.tar');
  yield* checkEntries(contents.entries);
  if (scope !== 'structure') yield* checkContent(contents, facts as Facts);
  yield* elsewhere;
}

/** Everything but what a build asks of its own output. */
function* checkContent(contents: DebContents, facts: Facts): Generator<Issue> {
  yield* checkLinks(contents.entries);
  yield* checkPolicy(contents, facts);
  yield* checkPrograms(contents, facts);
  yield* checkVenvs(contents, facts);
  yield* checkRecords(contents.entries, facts);
  yield* checkBytecode(contents.entries, facts);
  yield* checkPlaces(contents, facts);
  yield* checkSecrets(contents.entries, facts);
}

/** MD5 of each file, those of hard links too. */
function md5sOf({entries}: DebContents, facts: Digests): ReadonlyMap<string, string> {
  const md5Of = new Map([...facts].map(([path, {md5}]) => [path, md5]));
  for (const {type, path, target = ''} of entries) {
    const md5 = md5Of.get(target);
    if (type === 'hardlink' && md5 !== undefined) md5Of.set(path, md5);
  }
  return md5Of;
}

/** Headers as dpkg-deb writes them, and no member that dpkg would not look at. */
function* checkMembers({version, archive}: DebContents): Generator<Issue> {
  if (version !== '2.0') yield issueOf('format-version', {message: `Its format is ${version}, not 2.0`});
  for (const {name, mode, uid, gid} of archive) {
    if (uid !== 0 || gid !== 0 || mode !== 0o100644) {
      const message = `Its header has owner ${uid}:${gid}, mode ${mode.toString(8)}`;
      yield issueOf('ar-header', {file: name, message});
    }
    if (!/^(?:debian-binary|control\.tar|data\.tar)/.test(name))
      yield issueOf('extra-member', {file: name, message: 'dpkg does not look at this member'});
  }
}

async function secondOpinion(file: string, archive: readonly ArMember[]): Promise<readonly Issue[]> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const opened = handle;
    return await crossCheck(file, archive, async (member) => {
      const hash = createHash('sha256');
      for await (const piece of readMember(opened, member)) hash.update(piece);
      return hash.digest('hex');
    });
  } catch (error) {
    throw ioError(error, `reading ${file}`);
  } finally {
    await handle?.close();
  }
}
