import {resolve} from 'node:path';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {type Edit, editSuite} from './edit.js';
import {mergePackages} from './packages-index.js';
import {type GivenPackage, readPackage} from './read-package.js';
import type {SuiteFacts} from './release-file.js';
import {type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';

export interface PublishAptOptions extends RepositoryOptions, Context {
  /** Paths of .deb files. */
  readonly files: readonly string[];
  /** @default the only one */
  readonly suite?: string | undefined;
  /** @default the suite's first */
  readonly component?: string | undefined;
}

/** What a publication changed. */
export interface PublishedApt {
  readonly suite: string;
  /** `package version architecture` of what is new in the suite; nothing when all of it was there. */
  readonly added: readonly string[];
  /** Of the index, in seconds since 1970; undefined when nothing was to be done. */
  readonly date?: number;
}

/**
 * Publish packages in a suite: all of them in one step, or none. Every file is read and checked first and put into
 * the pool while others may still write; only the indexes are made under the lock.
 *
 * @throws E_OPTION for what cannot be published there; E_FORMAT for what is no package; E_PUBLISH for a version that
 *   is there with other bytes; E_IO; the signal's reason
 */
export async function publishApt(options: PublishAptOptions): Promise<PublishedApt> {
  return withRepository(options, async (repository, caller) => {
    const facts = suiteOf(repository.settings, options.suite);
    const component = componentOf(facts, options.component);
    await repository.signer(); // what is wrong with the keys is told before anything is written
    const given = await readAll(options.files, component, facts, caller);
    const fillPool = async () => {
      for (const one of given) await repository.storage.create(one.filename, {file: one.file});
    };
    await fillPool();
    const {changed, date} = await writing(repository, options, caller, async () => {
      await fillPool(); // garbage may have been collected until now, of what lay there and belonged to nobody
      return editSuite(repository, facts, adding(component, given), caller);
    });
    return {suite: facts.suite, added: changed, ...(date === undefined ? {} : {date})};
  });
}

function componentOf({components, suite}: SuiteFacts, wanted = components[0]): string {
  if (wanted !== undefined && components.includes(wanted)) return wanted;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} has no component ${wanted}`, {
    hint: `Choose one of: ${components.join(', ')}`,
  });
}

const AT_ONCE = 32;

async function readAll(
  files: readonly string[],
  component: string,
  {architectures, suite}: SuiteFacts,
  {cwd}: Caller,
): Promise<readonly GivenPackage[]> {
  const given: GivenPackage[] = [];
  // So many at once: each is an open file, of which a process may have a thousand.
  for (let next = 0; next < files.length; next += AT_ONCE) {
    const some = files.slice(next, next + AT_ONCE);
    given.push(...(await Promise.all(some.map((file) => readPackage(resolve(cwd, file), component)))));
  }
  const strange = given.filter(
    ({architecture}) => architecture !== 'all' && !architectures.includes(architecture),
  );
  if (strange.length === 0) return given;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} does not have the architecture of every package`, {
    issues: strange.map(({file, architecture}) => `${file}: ${architecture}`),
    hint: `It has ${architectures.join(', ')}`,
  });
}

/** Into the index of each architecture that wants them. */
const adding = (component: string, given: readonly GivenPackage[]): Edit => ({
  index(place, packages) {
    if (place.component !== component) return undefined;
    const wanted = given.filter(({architecture}) => ['all', place.architecture].includes(architecture));
    const merged = mergePackages(packages, wanted);
    return merged.added.length === 0 ? undefined : {packages: merged.packages, changed: merged.added};
  },
});
