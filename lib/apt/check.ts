import type {Caller} from '../context.js';
import type {Issue} from '../model.js';
import type {Context} from '../report.js';
import {checkContents} from './check-contents.js';
import {checkIndexes, type FoundIndex} from './check-indexes.js';
import {checkPackages} from './check-packages.js';
import {checkRelease, findRelease} from './check-release.js';
import {checkUnused} from './check-unused.js';
import {type Repository, type RepositoryOptions, withRepository} from './repository.js';
import {openVerifier, type Verifier} from './verify.js';

export interface CheckAptOptions extends RepositoryOptions, Context {
  /** File with the public keys that clients have, armoured or not. @default the keys that the repository signs with */
  readonly keyring?: string | undefined;
  /** Look only whether packages are there, in their size, and read none. @default false */
  readonly quick?: boolean | undefined;
}

/**
 * Check a repository: signatures, dates, every index in each of its forms and places, every package that they name,
 * and what nothing names. docs/apt-repository.md lists all codes.
 *
 * @returns all findings, none of them thrown
 * @throws E_OPTION where there is no repository or no key; E_IO; the signal's reason
 */
export async function checkApt(options: CheckAptOptions): Promise<readonly Issue[]> {
  return withRepository(options, async (repository, caller) => {
    const verifier = await openVerifier(repository, options.keyring, caller);
    return examine(repository, verifier, options, caller);
  });
}

/** Publications at the same time are waited for so many times. */
const TRIES = 5;

/** All findings; where something was published meanwhile, it is looked at again. */
export async function examine(
  repository: Repository,
  verifier: Verifier,
  {quick = false}: Pick<CheckAptOptions, 'quick'>,
  {signal}: Pick<Caller, 'signal'>,
): Promise<readonly Issue[]> {
  const {storage, settings} = repository;
  const state = async () => {
    const all = settings.suites.map(({suite}) => storage.read(`dists/${suite}/InRelease`));
    return (await Promise.all(all)).join('\n');
  };
  for (let tries = 1; ; tries += 1) {
    const before = await state();
    const issues: Issue[] = [];
    const indexes: FoundIndex[] = [];
    for (const facts of settings.suites) {
      const found = await findRelease(storage, verifier, facts.suite);
      issues.push(...(await checkRelease(found, facts, verifier)));
      if (found.release === undefined) continue;
      const checked = await checkIndexes(storage, found.release, facts);
      issues.push(...checked.issues);
      indexes.push(...checked.indexes);
      if (facts.contents)
        issues.push(
          ...(await checkContents(repository, found.release, facts, {indexes: checked.indexes, quick})),
        );
    }
    issues.push(...(await checkPackages(repository, indexes, {quick, signal})));
    const suites = settings.suites.map(({suite}) => suite);
    issues.push(...(await checkUnused(repository, suites)));
    if (tries === TRIES || (await state()) === before) return issues;
  }
}
