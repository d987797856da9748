import {resolve} from 'node:path';
import {assertTexts, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, repositoryAt, writing} from './repository.js';
import {
  type GivenKeys,
  type RepositorySettings,
  SETTINGS_FILE,
  settingsBytes,
  signingKeys,
} from './settings.js';
import {indexName, makeIndex, publishSuite, readSuite} from './suite.js';

export interface InitAptOptions extends RepositoryOptions, GivenKeys, Context {
  /** Who publishes: apt refuses a repository that changes it. */
  readonly origin: string;
  /** @default the origin */
  readonly label?: string | undefined;
  /** Names of the suites, which are their codenames as well. @default ['stable'] */
  readonly suites?: readonly string[] | undefined;
  /** Those of them that nothing is installed from unless apt is told to (NotAutomatic); what was, is upgraded. */
  readonly canaries?: readonly string[] | undefined;
  /** @default ['main'] */
  readonly components?: readonly string[] | undefined;
  /** Debian's names; packages for `all` go into each. */
  readonly architectures: readonly string[];
  /** For how many days clients believe an index (Valid-Until); it has to be signed again before. @default for ever */
  readonly validDays?: number | undefined;
}

/**
 * Make a repository and publish its suites, empty and signed.
 *
 * @throws E_OPTION for names that apt would not take, keys that cannot sign, or where there is a repository already;
 *   E_FORMAT where what is published cannot be read
 */
export async function initApt(options: InitAptOptions): Promise<RepositorySettings> {
  const caller = openCaller(options);
  const settings = settingsOf(options, caller.cwd);
  const repository = repositoryAt(resolve(caller.cwd, options.repository), settings, caller);
  const {storage} = repository;
  const assertNew = async () => {
    if ((await storage.read(SETTINGS_FILE)) !== undefined)
      throw new MkvenvdebError('E_OPTION', `There is a repository already: ${options.repository}`);
    for (const {suite} of settings.suites) await assertEmpty(repository, suite);
  };
  await assertNew();
  await repository.signer();
  try {
    await writing(repository, options, caller, async () => {
      await assertNew();
      for (const facts of settings.suites) await publishEmpty(repository, facts);
      // Last: what failed before is no repository, and can be tried again.
      await storage.create(SETTINGS_FILE, settingsBytes(settings));
    });
  } finally {
    await storage.close();
  }
  return settings;
}

/** An attempt that failed left an empty suite at most: packages are those of a repository that lost its settings. */
async function assertEmpty({storage}: Repository, suite: string): Promise<void> {
  const published = await readSuite(storage, suite);
  const filled = published?.release.files.some(({path, size}) => path.endsWith('/Packages') && size > 0);
  if (!filled) return;
  throw new MkvenvdebError('E_OPTION', `Packages are published here already: dists/${suite}`, {
    hint: `Put ${SETTINGS_FILE} back, or choose another folder`,
  });
}

async function publishEmpty({storage, signer}: Repository, facts: SuiteFacts): Promise<void> {
  const names = facts.components.flatMap((component) =>
    facts.architectures.map((architecture) => indexName(component, architecture)),
  );
  const made = await Promise.all(names.map((name) => makeIndex(name, {packages: []})));
  // Of an attempt that failed: clients may have seen it.
  const before = await readSuite(storage, facts.suite);
  const published = {facts, before, files: made.flat(), kept: []};
  await publishSuite(storage, await signer(), published);
}

const DAY = 24 * 3600;
/** Names of suites and components are parts of paths, and words of a sources.list(5) line. */
const WORD = /^[a-z0-9][a-z0-9.+_-]*$/;
const ARCHITECTURE = /^[a-z0-9][a-z0-9-]*$/;

function settingsOf(options: InitAptOptions, cwd: string): RepositorySettings {
  const {
    repository,
    origin,
    label = origin,
    suites = ['stable'],
    canaries = [],
    components = ['main'],
  } = options;
  const {architectures, validDays} = options;
  assertTexts({repository, origin, label});
  const problems = [
    ...[origin, label]
      .filter((text) => text.trim() === '' || /\p{Cc}/u.test(text))
      .map((text) => `No name: ${JSON.stringify(text)}`),
    ...wrong('suite', suites, WORD),
    ...wrong('component', components, WORD),
    ...wrong('architecture', architectures, ARCHITECTURE),
    ...architectures
      .filter((one) => ['all', 'any', 'source'].includes(one))
      .map((one) => `Architecture of no machine: ${one}`),
    ...canaries
      .filter((name) => !suites.includes(name))
      .map((name) => `Canary is none of the suites: ${name}`),
    ...(validDays === undefined || validDays > 0 ? [] : [`Not a number of days: ${validDays}`]),
  ];
  if (problems.length > 0)
    throw new MkvenvdebError('E_OPTION', 'Repository cannot be made so', {issues: problems});
  const facts = suites.map(
    (suite): SuiteFacts => ({
      ...{origin, label, suite, codename: suite, architectures, components},
      notAutomatic: canaries.includes(suite),
      butAutomaticUpgrades: canaries.includes(suite),
      ...(validDays === undefined ? {} : {validFor: Math.round(validDays * DAY)}),
    }),
  );
  return {version: 1, suites: facts, keys: signingKeys(resolve(cwd, repository), cwd, options)};
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
