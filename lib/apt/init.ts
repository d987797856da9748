import {join, resolve} from 'node:path';
import {assertTexts, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import type {SuiteFacts} from './release-file.js';
import {openRepository, type RepositoryOptions, syncFileSystem, writing} from './repository.js';
import {type RepositorySettings, SETTINGS_FILE} from './settings.js';
import {openFolder} from './storage.js';
import {indexName, makeIndex, publishSuite} from './suite.js';

export interface InitAptOptions extends RepositoryOptions, Context {
  /** Who publishes: apt refuses a repository that changes it. */
  readonly origin: string;
  /** @default the origin */
  readonly label?: string | undefined;
  /** Names of the suites, which are their codenames as well. @default ['stable'] */
  readonly suites?: readonly string[] | undefined;
  /** @default ['main'] */
  readonly components?: readonly string[] | undefined;
  /** Debian's names; packages for `all` go into each. */
  readonly architectures: readonly string[];
  /** Fingerprints of keys of gpg that sign. */
  readonly gpgKeys: readonly string[];
}

/** Make a repository and publish its suites, empty and signed. */
export async function initApt(options: InitAptOptions): Promise<RepositorySettings> {
  const caller = openCaller(options);
  const {repository, origin, label = origin, suites = ['stable'], components = ['main']} = options;
  assertTexts({repository, origin, label});
  const root = resolve(caller.cwd, repository);
  const facts = suites.map(
    (suite): SuiteFacts => ({
      origin,
      label,
      suite,
      codename: suite,
      architectures: options.architectures,
      components,
      notAutomatic: false,
      butAutomaticUpgrades: false,
    }),
  );
  const settings: RepositorySettings = {version: 1, suites: facts, keys: {gpg: options.gpgKeys, files: []}};
  const storage = await openFolder(root, (folder) => syncFileSystem(folder, caller));
  if ((await storage.read(SETTINGS_FILE)) !== undefined) {
    await storage.close();
    throw new MkvenvdebError('E_OPTION', `There is a repository already: ${join(root)}`);
  }
  await storage.create(SETTINGS_FILE, Buffer.from(`${JSON.stringify(settings, null, 2)}\n`));
  await storage.close();
  const opened = await openRepository(options, caller);
  await writing(opened, options, caller, async () => {
    for (const suite of facts) {
      const names = suite.components.flatMap((component) =>
        suite.architectures.map((architecture) => indexName(component, architecture)),
      );
      const made = await Promise.all(names.map((name) => makeIndex(name, {packages: []}, {workers: 1})));
      const now = caller.now();
      await publishSuite(opened.storage, opened.signer, {
        facts: suite,
        now,
        before: undefined,
        files: made.flat(),
        kept: [],
      });
    }
  });
  await opened.storage.close();
  return settings;
}
