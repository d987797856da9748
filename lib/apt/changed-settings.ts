import {MkvenvdebError} from '../errors.js';
import {assertFacts, factProblems, secondsOf} from './facts.js';
import type {SuiteFacts} from './release-file.js';
import type {RepositorySettings} from './settings.js';

/** What shall be otherwise; all else stays. */
export interface SettingsChange {
  /** Which one the facts are changed of; it may be one that is added. @default all of them */
  readonly suite?: string | undefined;
  readonly origin?: string | undefined;
  readonly label?: string | undefined;
  /** For how many days clients believe an index. */
  readonly validDays?: number | 'forever' | undefined;
  /** Whether nothing is installed from it unless apt is told to (NotAutomatic); what was, is upgraded. */
  readonly canary?: boolean | undefined;
  /** Whether it has Contents indexes, for apt-file. */
  readonly contents?: boolean | undefined;
  readonly addArchitectures?: readonly string[] | undefined;
  readonly removeArchitectures?: readonly string[] | undefined;
  readonly addComponents?: readonly string[] | undefined;
  readonly removeComponents?: readonly string[] | undefined;
  /** New ones are as the first is, and no canaries. */
  readonly addSuites?: readonly string[] | undefined;
  readonly removeSuites?: readonly string[] | undefined;
  /** Change what clients accept only when they are told to. @default false */
  readonly allowInfoChange?: boolean | undefined;
}

/**
 * Settings with a change.
 *
 * @param isLeft tells of suites whose removal was broken off
 * @throws E_OPTION for what apt would not take, for names that are there already or are not, and when clients would
 *   refuse it
 */
export function changedSettings(
  settings: RepositorySettings,
  change: SettingsChange,
  isLeft: (suite: string) => boolean,
): RepositorySettings {
  const {suite, addSuites = [], removeSuites = []} = change;
  const names = settings.suites.map((one) => one.suite);
  const problems = [
    ...present('suite', addSuites, names),
    ...absent(
      'suite',
      removeSuites.filter((name) => !isLeft(name)),
      names,
    ),
    ...absent('suite', suite === undefined ? [] : [suite], [...names, ...addSuites]),
    ...(suite !== undefined && removeSuites.includes(suite) ? [`The suite goes away: ${suite}`] : []),
  ];
  assertFacts(WHAT, problems);
  const [first] = settings.suites as readonly [SuiteFacts, ...SuiteFacts[]];
  const {notAutomatic: _not, butAutomaticUpgrades: _but, ...usual} = first;
  const added = addSuites.map((name) => ({
    ...{...usual, suite: name, codename: name},
    ...{notAutomatic: false, butAutomaticUpgrades: false},
  }));
  const suites = [...settings.suites.filter((one) => !removeSuites.includes(one.suite)), ...added].map(
    (facts) => (suite === undefined || facts.suite === suite ? changedFacts(facts, change) : facts),
  );
  assertFacts(WHAT, suites.length === 0 ? ['No suite would be left'] : []);
  const says = suites.flatMap((facts) => problemsOf(facts, change));
  assertFacts(WHAT, [...new Set(says)]);
  if (!change.allowInfoChange) assertFollowed(settings.suites, suites);
  return {...settings, suites};
}

const WHAT = 'Repository cannot be changed so';

/** Which clients would refuse: apt asks its user first (apt-get(8), --allow-releaseinfo-change). */
function assertFollowed(before: readonly SuiteFacts[], after: readonly SuiteFacts[]): void {
  const issues = after.flatMap((facts) => {
    const old = before.find(({suite}) => suite === facts.suite);
    const fields = (['origin', 'label', 'notAutomatic'] as const).filter(
      (field) => old && old[field] !== facts[field],
    );
    return fields.map((field) => `${facts.suite}: ${field}: ${old?.[field]} to ${facts[field]}`);
  });
  if (issues.length === 0) return;
  throw new MkvenvdebError('E_OPTION', 'Clients would refuse the suite until they are told to accept it', {
    issues,
    hint: 'Give --allow-info-change, and run apt-get update --allow-releaseinfo-change on every client',
  });
}

function changedFacts(facts: SuiteFacts, change: SettingsChange): SuiteFacts {
  const {origin = facts.origin, label = facts.label, canary = facts.notAutomatic} = change;
  const {contents = facts.contents, validDays} = change;
  const {validFor: before, contents: _contents, ...rest} = facts;
  const given = validDays === 'forever' ? undefined : validDays && secondsOf(validDays);
  const validFor = validDays === undefined ? before : given;
  return {
    ...rest,
    ...{origin, label},
    architectures: changedNames(facts.architectures, change.addArchitectures, change.removeArchitectures),
    components: changedNames(facts.components, change.addComponents, change.removeComponents),
    ...{notAutomatic: canary, butAutomaticUpgrades: canary},
    ...(validFor === undefined ? {} : {validFor}),
    ...(contents ? {contents} : {}),
  };
}

const changedNames = (
  names: readonly string[],
  more: readonly string[] = [],
  fewer: readonly string[] = [],
): readonly string[] => [...names.filter((name) => !fewer.includes(name)), ...more];

/** Names that are there already are there twice then; those that are not cannot go. */
function problemsOf(facts: SuiteFacts, change: SettingsChange): readonly string[] {
  const {validDays} = change;
  const days = validDays === 'forever' ? undefined : validDays;
  const left = [
    ...both('architecture', change.addArchitectures, change.removeArchitectures),
    ...both('component', change.addComponents, change.removeComponents),
  ];
  return [...factProblems({...facts, suites: [facts.suite], validDays: days}), ...left];
}

const both = (what: string, more: readonly string[] = [], fewer: readonly string[] = []): readonly string[] =>
  more.filter((name) => fewer.includes(name)).map((name) => `The ${what} comes and goes: ${name}`);

const present = (what: string, names: readonly string[], there: readonly string[]): readonly string[] =>
  names.filter((name) => there.includes(name)).map((name) => `There is such a ${what} already: ${name}`);

const absent = (what: string, names: readonly string[], there: readonly string[]): readonly string[] =>
  names.filter((name) => !there.includes(name)).map((name) => `No such ${what}: ${name}`);

/** @throws E_OPTION for names of what a suite does not have */
export function assertThere(suites: readonly SuiteFacts[], change: SettingsChange): void {
  const selected = suites.filter(({suite}) => change.suite === undefined || suite === change.suite);
  const [architectures, components] = [
    selected.flatMap((facts) => facts.architectures),
    selected.flatMap((facts) => facts.components),
  ];
  assertFacts(WHAT, [
    ...absent('architecture', change.removeArchitectures ?? [], architectures),
    ...absent('component', change.removeComponents ?? [], components),
  ]);
}
