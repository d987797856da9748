import {MkvenvdebError} from '../errors.js';
import type {CalendarDay} from './calendar.js';

/** What a token of a pattern stands for: a part of the date, or a number that is counted. */
interface Token {
  readonly name: string;
  /** Its value on a day; undefined for what is counted. */
  readonly on?: (day: CalendarDay) => number;
  /** Written with at least two digits. */
  readonly padded: boolean;
}

const calendar = (name: string, on: (day: CalendarDay) => number, padded = false): Token => ({
  name,
  on,
  padded,
});
const counter = (name: string, padded = false): Token => ({name, padded});

/** Those of calver.org, and what is counted. The longest come first: YYYY is not YY twice. */
const TOKENS: readonly Token[] = [
  calendar('YYYY', ({year}) => year),
  calendar('YY', ({year}) => year - 2000),
  calendar('0Y', ({year}) => year - 2000, true),
  calendar('MM', ({month}) => month),
  calendar('0M', ({month}) => month, true),
  calendar('WW', ({week}) => week),
  calendar('0W', ({week}) => week, true),
  calendar('DD', ({day}) => day),
  calendar('0D', ({day}) => day, true),
  counter('NN'),
  counter('0N', true),
  counter('MAJOR'),
  counter('MINOR'),
  counter('MICRO'),
  counter('PATCH'),
];

/** How versions are made: `YY.MM.NN`, `YYYY.0M.MICRO`, `MAJOR.MINOR.PATCH`. */
export interface VersionPattern {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** The numbers of a version, in the order of its pattern. */
export type VersionNumbers = readonly number[];

/**
 * Read a pattern: tokens with dots between them, at least one of which is counted.
 *
 * @throws E_OPTION for anything else
 */
export function parseVersionPattern(text: string): VersionPattern {
  const tokens = text.split('.').map((name) => TOKENS.find((token) => token.name === name) ?? name);
  const wrong = tokens.filter((token) => typeof token === 'string');
  const known = tokens.filter((token) => typeof token !== 'string');
  const names = known.map(({name}) => name);
  const problems = [
    ...wrong.map((name) => `No such token: ${JSON.stringify(name)}`),
    ...(known.some(({on}) => on === undefined) ? [] : ['Nothing in it is counted, such as NN']),
    ...(new Set(names).size === names.length ? [] : ['A token stands in it twice']),
  ];
  const byWeek = names.some((name) => name.endsWith('W'));
  if (problems.length === 0) return {text, tokens: byWeek ? known.map(yearOfWeek) : known};
  throw new MkvenvdebError('E_OPTION', `Not a pattern for versions: ${JSON.stringify(text)}`, {
    issues: problems,
    hint: `Put dots between some of ${TOKENS.map(({name}) => name).join(' ')}: YY.MM.NN, MAJOR.MINOR.PATCH`,
  });
}

/** In a pattern with weeks, the year is the one that the week belongs to: else versions would go back in January. */
function yearOfWeek(token: Token): Token {
  const {name, on} = token;
  return on && name.endsWith('Y') ? {...token, on: (day) => on({...day, year: day.weekYear})} : token;
}

/** Write a version: padded where the pattern says so. */
export const formatVersion = ({tokens}: VersionPattern, numbers: VersionNumbers): string =>
  tokens.map(({padded}, index) => String(numbers[index] ?? 0).padStart(padded ? 2 : 1, '0')).join('.');

/**
 * The numbers of a version that fits a pattern, whether it is padded or not: to dpkg and to pip both are one.
 *
 * @returns undefined for one that does not fit
 */
export function matchVersion({tokens}: VersionPattern, version: string): VersionNumbers | undefined {
  const parts = version.split('.');
  if (parts.length !== tokens.length || parts.some((part) => !/^\d{1,15}$/.test(part))) return undefined;
  return parts.map(Number);
}

/** Below 0 when `a` is the older one. */
export function compareNumbers(a: VersionNumbers, b: VersionNumbers): number {
  const index = a.findIndex((number, place) => number !== b[place]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}

export interface NextOptions {
  readonly day: CalendarDay;
  /** Versions that exist; those that do not fit the pattern count for nothing here. */
  readonly known: readonly string[];
  /** The token that is counted up. @default the last that is counted */
  readonly bump?: string | undefined;
}

/**
 * The version after those that exist: parts of the date from the day, the bumped number one more, and 0 for what is
 * counted behind a part that changed, so that NN begins at 0 in each month.
 *
 * @throws E_OPTION for a token that is not counted; E_PUBLISH when a version of a later day exists
 */
export function nextInPattern(pattern: VersionPattern, {day, known, bump}: NextOptions): string {
  const {tokens} = pattern;
  const bumped = bumpIndex(pattern, bump);
  const latest = latestOf(pattern, known);
  const isCounted = tokens.every(({on}) => on === undefined);
  let changed = latest === undefined && !isCounted;
  const next = tokens.map(({on}, index) => {
    const before = latest?.[index] ?? 0;
    if (on !== undefined) {
      const value = on(day);
      changed ||= value !== before;
      return value;
    }
    if (changed) return 0;
    if (index !== bumped) return before;
    changed = true;
    return before + 1;
  });
  if (latest === undefined || compareNumbers(next, latest) > 0) return formatVersion(pattern, next);
  throw new MkvenvdebError(
    'E_PUBLISH',
    `Version would be older than one that exists: ${formatVersion(pattern, next)} after ${formatVersion(pattern, latest)}`,
    {hint: 'Look at the clock and the time zone of this machine, or give the version yourself'},
  );
}

function latestOf(pattern: VersionPattern, known: readonly string[]): VersionNumbers | undefined {
  const numbers = known.map((version) => matchVersion(pattern, version)).filter((one) => one !== undefined);
  return numbers.sort(compareNumbers).at(-1);
}

function bumpIndex({tokens, text}: VersionPattern, bump: string | undefined): number {
  const index =
    bump === undefined
      ? tokens.findLastIndex(({on}) => on === undefined)
      : tokens.findIndex(({name, on}) => on === undefined && name === bump.toUpperCase());
  if (index >= 0) return index;
  const counted = tokens.filter(({on}) => on === undefined).map(({name}) => name);
  throw new MkvenvdebError('E_OPTION', `Pattern ${text} counts no ${bump}`, {
    hint: `Choose ${counted.join(' or ')}`,
  });
}
