import type {Issue} from '../model.js';
import {applyExceptions, type parseExceptions} from './check-allow.js';
import {checkBytecode} from './check-bytecode.js';
import {issueOf} from './check-codes.js';
import {checkControl} from './check-control.js';
import {checkEntries, checkNotes} from './check-data.js';
import type {Digests, Facts} from './check-facts.js';
import {checkLinks} from './check-links.js';
import {checkPlaces} from './check-places.js';
import {checkElf, checkPolicy, checkTriggers} from './check-policy.js';
import {checkEntryPrograms, checkMaintainerScripts, checkPrograms} from './check-programs.js';
import {checkRecords} from './check-records.js';
import {checkSecrets} from './check-secrets.js';
import {checkVenvs} from './check-venv.js';
import type {DebContents} from './read.js';

/** What is looked for in a package; see `CheckDebOptions`. */
export type CheckScope = 'structure' | 'errors' | 'all';

export interface JudgeOptions {
  readonly scope: CheckScope;
  readonly exceptions: ReturnType<typeof parseExceptions>;
  /** What the second reader of the archive found. */
  readonly second?: readonly Issue[];
  readonly elsewhere?: Iterable<Issue>;
}

/** What there is to find in a package that was read, but for what is accepted. */
export function judge(
  contents: DebContents,
  facts: Facts | Digests,
  {exceptions, ...options}: JudgeOptions,
): readonly Issue[] {
  const issues = applyExceptions(findings(contents, facts, options), exceptions);
  return options.scope === 'errors' ? issues.filter(({severity}) => severity === 'error') : issues;
}

/** One by one: there may be more of them than memory holds. */
function* findings(
  contents: DebContents,
  facts: Facts | Digests,
  {scope, second = [], elsewhere = []}: Omit<JudgeOptions, 'exceptions'>,
): Generator<Issue> {
  yield* checkMembers(contents);
  yield* second;
  yield* checkNotes(contents.tars.control, 'control.tar');
  yield* checkControl(contents, md5sOf(contents, facts));
  yield* checkNotes(contents.tars.data, 'data.tar');
  yield* checkEntries(contents.entries);
  if (scope === 'all') yield* checkContent(contents, facts as Facts);
  if (scope === 'errors') yield* checkContentErrors(contents, facts as Facts);
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

/**
 * The same without those that find no errors, of RECORDs and bytecode, and without those that find nothing in a package
 * without links, programs or modules, as most small ones are.
 */
function* checkContentErrors(contents: DebContents, facts: Facts): Generator<Issue> {
  const {entries} = contents;
  const hasLinks = entries.some(({type}) => type === 'symlink');
  const isTold = isMoreTold(facts);
  if (hasLinks) yield* checkLinks(entries);
  yield* checkTriggers(contents);
  yield* checkMaintainerScripts(contents);
  if (isTold) {
    yield* checkElf(contents, facts);
    yield* checkEntryPrograms(contents, facts);
  }
  if (entries.some(({path}) => path.includes('-packages/') || path.endsWith('pyvenv.cfg')))
    yield* checkVenvs(contents, facts);
  if (hasLinks || isTold) yield* checkPlaces(contents, facts);
  yield* checkSecrets(entries, facts);
}

/** Whether of any file more is remembered than digests, size and secrets. */
function isMoreTold(facts: Facts): boolean {
  for (const {shebang, elf, text} of facts.values())
    if (shebang !== undefined || elf !== undefined || text !== undefined) return true;
  return false;
}

/** MD5 of each file, those of hard links too. */
function md5sOf({entries}: DebContents, facts: Digests): ReadonlyMap<string, string> {
  const md5Of = new Map<string, string>();
  facts.forEach(({md5}, path) => void md5Of.set(path, md5));
  for (const {type, path, target = ''} of entries) {
    const md5 = type === 'hardlink' ? md5Of.get(target) : undefined;
    if (md5 !== undefined) md5Of.set(path, md5);
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
