import {type CodeMeaning, issuesBy} from '../archive/check-codes.js';

const [ERROR, WARNING, INFO] = [['error'], ['warning'], ['info']] as const;
const REPAIR = 'Run mkvenvdeb repo check --repair';
const RESIGN = 'Run mkvenvdeb repo resign';
const COLLECT = 'Nothing; mkvenvdeb repo gc removes it in time';
const PUT_BACK =
  'Put the very same file back, or take the package out: mkvenvdeb repo check --repair --drop-missing';

/** What `checkApt` finds, in the order of the documentation (the table in docs/apt-repository.md is made of it). */
export const APT_CODES = {
  'no-release': {
    severities: ERROR,
    meaning: 'A suite has no InRelease: apt finds nothing there',
    cure: REPAIR,
  },
  'unreadable-release': {
    severities: ERROR,
    meaning: 'InRelease is damaged, or none',
    cure: REPAIR,
  },
  'bad-signature': {
    severities: ERROR,
    meaning: 'The signature of InRelease is damaged, or by none of the keys',
    cure: REPAIR,
  },
  'missing-signature': {
    severities: WARNING,
    meaning: 'A key of the repository has not signed: clients that know only that one refuse the suite',
    cure: RESIGN,
  },
  'other-release': {
    severities: WARNING,
    meaning: 'Release with Release.gpg does not say what InRelease says; apt reads InRelease',
    cure: REPAIR,
  },
  unfinished: {
    severities: WARNING,
    meaning: 'A publication was broken off before it took effect; apt does not notice, by way of by-hash',
    cure: 'Publish again, or run mkvenvdeb repo check --repair',
  },
  'future-date': {
    severities: ERROR,
    meaning: 'The date of a suite has not come yet: apt refuses it',
    cure: 'Set the clock, then run mkvenvdeb repo check --repair',
  },
  expired: {
    severities: ERROR,
    meaning: 'The time for which clients believe a suite is over: apt refuses it',
    cure: RESIGN,
  },
  'expires-soon': {
    severities: WARNING,
    meaning: 'Of the time for which clients believe a suite less than a quarter is left',
    cure: `${RESIGN}, better from cron or a timer`,
  },
  'other-settings': {
    severities: WARNING,
    meaning: 'A suite is published with other facts than those in the settings',
    cure: RESIGN,
  },
  'missing-index': {
    severities: ERROR,
    meaning: 'An index is gone, by name or by digest, or Release does not list it',
    cure: REPAIR,
  },
  'damaged-index': {
    severities: ERROR,
    meaning: 'An index is not as Release says, by name or by digest, or a copy not as its own name says',
    cure: REPAIR,
  },
  'other-content': {
    severities: ERROR,
    meaning: 'A compressed index does not hold what the plain one does',
    cure: REPAIR,
  },
  'unreadable-index': {
    severities: ERROR,
    meaning: 'An index is as Release says, and still names no packages that apt could take',
    cure: REPAIR,
  },
  'duplicate-version': {
    severities: ERROR,
    meaning: 'An index has a package twice in versions that dpkg holds equal: which one apt takes is chance',
    cure: 'Run mkvenvdeb repo remove PACKAGE=VERSION, and publish the right one under a newer version',
  },
  'missing-package': {
    severities: ERROR,
    meaning: 'A file of the pool that an index names is gone',
    cure: PUT_BACK,
  },
  'damaged-package': {
    severities: ERROR,
    meaning: 'A file of the pool is not as the index says',
    cure: PUT_BACK,
  },
  'other-fields': {
    severities: ERROR,
    meaning: 'An index says of a package what its own control file does not',
    cure: REPAIR,
  },
  'other-files': {
    severities: ERROR,
    meaning: 'A Contents index does not list what the packages hold: apt-file finds what is not there',
    cure: REPAIR,
  },
  'lost-generation': {
    severities: WARNING,
    meaning: 'An earlier publication cannot be gone back to: it is damaged, or what it needs is gone',
    cure: `${REPAIR}: it forgets it`,
  },
  'unused-package': {
    severities: INFO,
    meaning: 'A file of the pool that no publication names: it is on its way, or nobody needs it any more',
    cure: COLLECT,
  },
  'unused-index': {
    severities: INFO,
    meaning: 'A copy by digest that no publication names',
    cure: COLLECT,
  },
  'unknown-file': {
    severities: INFO,
    meaning: 'A file that mkvenvdeb did not put there',
    cure: 'Remove it, unless you know what it is for',
  },
  litter: {
    severities: INFO,
    meaning: 'What a run that was killed left behind',
    cure: 'Nothing; the next run that writes removes it',
  },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type AptCode = keyof typeof APT_CODES;

/** An issue of `checkApt`. */
export const aptIssue = issuesBy<AptCode>(APT_CODES);
