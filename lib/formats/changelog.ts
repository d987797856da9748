import {MkvenvdebError} from '../errors.js';
import {parseMailDate} from './mail-date.js';
import {isDebianVersion} from './names.js';

/** One version in a Debian changelog. */
export interface ChangelogEntry {
  /** Name of the source package. */
  readonly source: string;
  /** Debian version. */
  readonly version: string;
  readonly distributions: readonly string[];
  /** In lower case, without comment; `unknown` where the entry names none, as for dpkg. */
  readonly urgency: string;
  /** A rebuild for one architecture, which changed nothing else. */
  readonly binaryOnly: boolean;
  /** The first line, as it is written. */
  readonly header: string;
  /** The lines below it, without blank ones before and after. */
  readonly changes: readonly string[];
  /** Bugs that it closes, in ascending order. */
  readonly closes: readonly number[];
  /** Who made it: `Jo Doe <jo@example.org>`. */
  readonly maintainer: string;
  /** When, as it is written … */
  readonly date: string;
  /** … and in seconds since 1970. */
  readonly seconds: number;
}

export interface Changelog {
  /** Newest first, at least one; of a format of the last century none. */
  readonly entries: readonly [ChangelogEntry, ...ChangelogEntry[]];
  /** What is wrong with entries below the first; those without head or end are left out. */
  readonly problems: readonly string[];
}

const HEADER = /^([a-z0-9][a-z0-9+.-]*) \(([^()\s]+)\)((?:\s+[a-z0-9+.-]+)+);(.*)$/i;
const CHANGE = /^\s{2,}\S/;
/** Comments of three kinds that dpkg knows: `# …`, one line in the manner of C, and keywords of RCS. */
const COMMENT = /^(?:# |\/\*.*\*\/|\$\w+:.*\$)/;
/** Settings of editors end a changelog. */
const EDITOR = /^(?:vim:|(?:;;\s*)?Local variables:)/i;
/** Beginnings of entries before the format was settled: nothing after them is read. */
const ANCIENT = new RegExp(
  [
    '^(?:Old Changelog:|Changes (?:from|for) \\S+',
    '[a-z0-9][a-z0-9+.-]* \\([^()\\s]+\\);?\\s*$', // head without distribution
    '\\S+ \\S+ Debian \\S+',
    '(?:\\d+:)?\\w[\\w.+~-]*:?\\s*$)', // a version and nothing else
  ].join('|'),
  'i',
);

/** Characters of a line in a message. */
const LONGEST_QUOTE = 200;

const GNU_DATE = /^\w{3}\s+\w{3}\s+\d{1,2}\b/;

/** Also with a hyphen in its first word, or date and person of GNU's format; in steps that take no longer than the line. */
function isAncient(line: string): boolean {
  if (ANCIENT.test(line)) return true;
  const [name = ''] = line.split(' ', 1);
  if (name.slice(1, -1).includes('-') && /^\S+ Debian \S/.test(line)) return true;
  const text = line.trimEnd();
  return GNU_DATE.test(text) && /[>)]$/.test(text) && /[<(]/.test(text.slice(0, -1));
}

/** An entry under way. */
interface Draft {
  readonly line: number;
  readonly header?: Pick<
    ChangelogEntry,
    'source' | 'version' | 'distributions' | 'urgency' | 'binaryOnly' | 'header'
  >;
  readonly changes: string[];
  trailer?: Pick<ChangelogEntry, 'maintainer' | 'date' | 'seconds'>;
  isClosed: boolean;
  readonly problems: string[];
}

/**
 * Read a Debian changelog (deb-changelog(5)), as dpkg-parsechangelog reads it.
 *
 * @param file used in messages
 * @throws E_OPTION with everything that is wrong with the newest entry, the one that a build depends on
 */
export function parseChangelog(text: string, file: string): Changelog {
  const [newest, ...older] = readDrafts(text, file);
  const entry = newest && toEntry(newest);
  if (!newest || !entry || newest.problems.length > 0) {
    const [first = `No entry in changelog: ${file}`, ...more] = newest?.problems ?? [];
    throw new MkvenvdebError('E_OPTION', first, {
      issues: more.length > 0 ? [first, ...more] : [],
      hint: 'The form is that of deb-changelog(5); dpkg-parsechangelog -l reads it as well',
    });
  }
  const others = older.map(toEntry).filter((one) => one !== undefined);
  return {entries: [entry, ...others], problems: older.flatMap(({problems}) => problems)};
}

function readDrafts(text: string, file: string): readonly Draft[] {
  const drafts: Draft[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const says = (problem: string) => `${problem}: ${file}:${index + 1}: ${shortened(line.trim())}`;
    const draft = drafts.at(-1);
    if (COMMENT.test(line)) continue;
    if (EDITOR.test(line)) break;
    if (HEADER.test(line)) drafts.push(openDraft(line, index + 1, says));
    else if (isAncient(line)) break;
    else if (line.trim() === '') draft?.changes.push('');
    else if (draft) readInside(draft, line, says);
    else
      drafts.push({
        line: index + 1,
        changes: [],
        isClosed: false,
        problems: [says('Not the head of an entry')],
      });
  }
  for (const {isClosed, problems, line} of drafts)
    if (!isClosed) problems.push(`Entry has no line " -- Name <mail>  date": ${file}:${line}`);
  return drafts;
}

/** A line may have a problem at each of its letters. */
const shortened = (text: string): string =>
  text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;

type Says = (problem: string) => string;

function openDraft(line: string, number: number, says: Says): Draft {
  const [, source = '', version = '', distributions = '', metadata = ''] = HEADER.exec(line) ?? [];
  const problems: string[] = [];
  if (!isDebianVersion(version)) problems.push(says('Not a Debian version'));
  const keys = new Map<string, string>();
  for (const item of metadata.trim() === '' ? [] : metadata.split(',').map((one) => one.trim())) {
    const [, key, value] = /^([a-z0-9-]+)=\s*(.+)$/is.exec(item) ?? [];
    const name = key?.toLowerCase();
    if (name === undefined || value === undefined)
      problems.push(says(`Not KEY=VALUE after the semicolon: "${shortened(item)}"`));
    else if (keys.has(name)) problems.push(says(`Key "${shortened(name)}" twice`));
    else if (!/^(?:urgency|binary-only|x[bcs]+-.*)$/.test(name))
      problems.push(says(`Unknown key "${shortened(name)}"`));
    else keys.set(name, value);
  }
  const urgency = keys.get('urgency') ?? 'unknown';
  if (!/^[a-z0-9-]+(?:\s|$)/i.test(urgency)) problems.push(says('Not an urgency'));
  return {
    line: number,
    header: {
      source,
      version,
      distributions: distributions.trim().split(/\s+/),
      urgency: (urgency.split(/\s/)[0] ?? '').toLowerCase(),
      binaryOnly: keys.get('binary-only') === 'yes',
      header: line.trimEnd(),
    },
    changes: [],
    isClosed: false,
    problems,
  };
}

function readInside(draft: Draft, line: string, says: Says): void {
  const {problems, changes} = draft;
  if (/^\S/.test(line)) problems.push(says('Not the head of an entry'));
  else if (/^ --/.test(line)) closeDraft(draft, line, says);
  else if (draft.isClosed) problems.push(says('Change after the end of its entry'));
  else if (CHANGE.test(line)) changes.push(line.trimEnd());
  else problems.push(says('Change is not indented by two blanks'));
}

const TRAILER = ' -- ';

/**
 * The parts of ` -- Name <mail>  date`, none of them where it is not of that form. Without a regular expression: that
 * would try every `<` with every `>` of a line made of them.
 */
function readTrailer(line: string): {name?: string; mail?: string; blanks?: string; date?: string} {
  const text = line.trimEnd();
  const [opening, closing] = [text.indexOf(' <', TRAILER.length), text.lastIndexOf('> ')];
  if (!text.startsWith(TRAILER) || opening < 0 || closing < opening + 2) return {};
  const rest = text.slice(closing + 1);
  const date = rest.trimStart();
  return {
    name: text.slice(TRAILER.length, opening),
    mail: text.slice(opening + 2, closing),
    blanks: rest.slice(0, rest.length - date.length),
    date,
  };
}

function closeDraft(draft: Draft, line: string, says: Says): void {
  const {name, mail, blanks, date = ''} = readTrailer(line);
  const seconds = parseMailDate(date);
  if (draft.isClosed) draft.problems.push(says('Second end of an entry'));
  else if (name === undefined) draft.problems.push(says('Not of the form " -- Name <mail>  date"'));
  else if (blanks !== '  ') draft.problems.push(says('Not two blanks before the date'));
  if (name !== undefined && seconds === undefined)
    draft.problems.push(says('Not a date as "date -R" prints it'));
  if (seconds !== undefined) draft.trailer = {maintainer: `${name} <${mail}>`.trimStart(), date, seconds};
  draft.isClosed = true;
}

function toEntry({header, trailer, changes}: Draft): ChangelogEntry | undefined {
  if (!header || !trailer) return undefined;
  const first = changes.findIndex((line) => line !== '');
  const last = changes.findLastIndex((line) => line !== '');
  const inner = first === -1 ? [] : changes.slice(first, last + 1);
  return {...header, changes: inner, closes: closedBugs(inner), ...trailer};
}

/** deb-changelog(5): `Closes: #1, bug 2, 3`. */
function closedBugs(changes: readonly string[]): readonly number[] {
  const number = /(?:bug)?#?\s?\d+/.source;
  const statements =
    changes.join('\n').match(new RegExp(`closes:\\s*${number}(?:,\\s*${number})*`, 'gi')) ?? [];
  const bugs = statements.flatMap((text) => (text.match(/\d+/g) ?? []).map(Number));
  return [...new Set(bugs)].sort((a, b) => a - b);
}
