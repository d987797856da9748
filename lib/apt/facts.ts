import {MkvenvdebError} from '../errors.js';

const DAY = 24 * 3600;
/** More than that is no number of days that somebody means. */
const MOST_DAYS = 36_525;
/** Names of suites and components are parts of paths, and words of a sources.list(5) line. */
const WORD = /^[a-z0-9][a-z0-9.+_-]*$/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]*$/;

/** What is said of suites, as it is given. */
export interface GivenFacts {
  readonly origin: string;
  readonly label: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  readonly architectures: readonly string[];
  readonly validDays?: number | undefined;
}

/** What of that apt would not take, in words. */
export function factProblems({origin, label, suites, components, architectures, validDays}: GivenFacts) {
  const isDays = validDays === undefined || (validDays > 0 && validDays <= MOST_DAYS);
  return [
    ...[origin, label]
      .filter((text) => text.trim() === '' || /\p{Cc}/u.test(text))
      .map((text) => `No name: ${JSON.stringify(text)}`),
    ...wrong('suite', suites, WORD),
    ...wrong('component', components, WORD),
    ...wrong('architecture', architectures, ARCHITECTURE),
    ...architectures
      .filter((one) => ['all', 'any', 'source'].includes(one))
      .map((one) => `Architecture of no machine: ${one}`),
    ...(isDays ? [] : [`Not a number of days: ${validDays}`]),
  ];
}

/** In seconds, as Release has it. */
export const secondsOf = (days: number): number => Math.round(days * DAY);

/** @throws E_OPTION when there is a problem */
export function assertFacts(what: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new MkvenvdebError('E_OPTION', what, {issues: problems});
}

function wrong(what: string, names: readonly string[], form: RegExp): readonly string[] {
  if (names.length === 0) return [`No ${what} is named`];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...names
      .filter((name) => !form.test(name))
      .map((name) => `Not the name of a ${what}: ${JSON.stringify(name)}`),
    ...[...new Set(twice)].map((name) => `The ${what} is named twice: ${name}`),
  ];
}
