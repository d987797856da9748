import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';
import {makeNeedle} from '../formats/needles.js';
import type {Issue} from '../model.js';
import type {Context} from '../report.js';
import type {ArMember} from './ar.js';
import {applyExceptions, parseExceptions} from './check-allow.js';
import {issueOf} from './check-codes.js';
import {crossCheck} from './check-cross.js';
import {collectDigests, collectFacts} from './check-facts.js';
import {type CheckScope, judge} from './check-findings.js';
import {leaksElsewhere, withNeedles} from './check-leaks.js';
import {findLost} from './check-lost.js';
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
   * own output. `errors`: only what is an error. @default 'all'
   */
  readonly scope?: CheckScope | undefined;
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
  const {scope = 'all'} = options;
  const sight = scope === 'structure' ? collectDigests() : collectFacts(scope);
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
  const issues = judge(contents, sight.facts, {scope, exceptions, second, elsewhere: elsewhere()});
  return {contents, issues};
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
