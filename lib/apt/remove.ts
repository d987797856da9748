import {MkvenvdebError} from '../errors.js';
import {compareDebianVersions} from '../policy/version.js';
import type {Context} from '../report.js';
import {type Edit, editSuite} from './edit.js';
import type {IndexedPackage} from './packages-index.js';
import {type RepositoryOptions, suiteOf, withRepository, writing} from './repository.js';

export interface UnpublishAptOptions extends RepositoryOptions, Context {
  /** `warehouse` for every version of it, `warehouse=26.11.0` for one. */
  readonly packages: readonly string[];
  /** @default the only one */
  readonly suite?: string | undefined;
}

/** What a removal changed. */
export interface UnpublishedApt {
  readonly suite: string;
  /** `package version architecture` of what the suite no longer offers. */
  readonly removed: readonly string[];
  /** Of the index, in seconds since 1970. */
  readonly date?: number;
}

/**
 * Take packages out of the indexes of a suite. Their files stay in the pool, for whoever has an older index, until
 * garbage is collected; installed machines keep what they have.
 *
 * @throws E_OPTION for what is not there; E_IO; the signal's reason
 */
export async function unpublishApt(options: UnpublishAptOptions): Promise<UnpublishedApt> {
  return withRepository(options, async (repository, caller) => {
    const facts = suiteOf(repository.settings, options.suite);
    const wanted = options.packages.map(parseWanted);
    await repository.signer(); // what is wrong with the keys is told before anything is written
    const {changed, date} = await writing(repository, options, caller, () =>
      editSuite(repository, facts, removing(wanted, facts.suite), caller),
    );
    return {suite: facts.suite, removed: changed, ...(date === undefined ? {} : {date})};
  });
}

interface Wanted {
  /** As it was given. */
  readonly text: string;
  readonly name: string;
  /** Every version, where there is none. */
  readonly version: string | undefined;
}

function parseWanted(text: string): Wanted {
  const [name = '', version, ...more] = text.split('=');
  if (name !== '' && version !== '' && more.length === 0) return {text, name, version};
  throw new MkvenvdebError('E_OPTION', `Not a package: ${JSON.stringify(text)}`, {
    hint: 'Give PACKAGE or PACKAGE=VERSION',
  });
}

function removing(wanted: readonly Wanted[], suite: string): Edit {
  const found = new Set<Wanted>();
  const fits = (one: IndexedPackage) => {
    const fitting = wanted.filter(
      ({name, version}) =>
        name === one.package && (version === undefined || compareDebianVersions(version, one.version) === 0),
    );
    for (const want of fitting) found.add(want);
    return fitting.length > 0;
  };
  return {
    index(_place, packages) {
      const changed = packages.filter(fits);
      const rest = packages.filter((one) => !changed.includes(one));
      return changed.length === 0 ? undefined : {packages: rest, changed};
    },
    complete() {
      const missing = wanted.filter((want) => !found.has(want)).map(({text}) => text);
      if (missing.length === 0) return;
      throw new MkvenvdebError('E_OPTION', `Suite ${suite} does not have ${missing.join(', ')}`, {
        hint: 'mkvenvdeb repo list shows what it has',
      });
    },
  };
}
