import {resolve} from 'node:path';
import {assertTexts, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {assertFacts, factProblems, secondsOf} from './facts.js';
import type {SuiteFacts} from './release-file.js';
import {type Repository, type RepositoryOptions, repositoryAt, writing} from './repository.js';
import {
  type GivenKeys,
  type RepositorySettings,
  SETTINGS_FILE,
  settingsBytes,
  signingKeys,
} from './settings.js';
import {assertSigns} from './sign.js';
import {publishSuite, readSuite} from './suite.js';
import {suiteFiles} from './suite-files.js';

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
  /** Publish indexes of files, for apt-file. @default false */
  readonly contents?: boolean | undefined;
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
  await assertSigns(await repository.signer());
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

/** Publish a suite that offers nothing yet. */
async function publishEmpty(repository: Repository, facts: SuiteFacts): Promise<void> {
  const {storage, signer} = repository;
  const {files} = await suiteFiles(repository, undefined, facts);
  // Of an attempt that failed: clients may have seen it.
  const before = await readSuite(storage, facts.suite);
  await publishSuite(storage, await signer(), {facts, before, files, kept: []});
}

function settingsOf(options: InitAptOptions, cwd: string): RepositorySettings {
  const {
    repository,
    origin,
    label = origin,
    suites = ['stable'],
    canaries = [],
    components = ['main'],
  } = options;
  const {architectures, validDays, contents} = options;
  assertTexts({repository, origin, label});
  assertFacts('Repository cannot be made so', [
    ...factProblems({origin, label, suites, components, architectures, validDays}),
    ...canaries
      .filter((name) => !suites.includes(name))
      .map((name) => `Canary is none of the suites: ${name}`),
  ]);
  const facts = suites.map(
    (suite): SuiteFacts => ({
      ...{origin, label, suite, codename: suite, architectures, components},
      notAutomatic: canaries.includes(suite),
      butAutomaticUpgrades: canaries.includes(suite),
      ...(validDays === undefined ? {} : {validFor: secondsOf(validDays)}),
      ...(contents ? {contents} : {}),
    }),
  );
  return {version: 1, suites: facts, keys: signingKeys(resolve(cwd, repository), cwd, options)};
}
