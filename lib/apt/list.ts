import type {Context} from '../report.js';
import type {IndexedPackage} from './packages-index.js';
import {type RepositoryOptions, suiteOf, withRepository} from './repository.js';
import {indexName, readIndex, readSuite} from './suite.js';

export interface ListAptOptions extends RepositoryOptions, Context {
  /** @default all of them */
  readonly suite?: string | undefined;
}

/** A package that a suite offers. */
export interface ListedPackage extends Omit<IndexedPackage, 'bytes'> {
  readonly suite: string;
  readonly component: string;
}

/**
 * What the suites of a repository offer, in the order of their indexes; a package for all architectures is there once.
 *
 * @throws E_OPTION where there is no such repository or suite; E_FORMAT for a damaged index; E_IO
 */
export async function listApt(options: ListAptOptions): Promise<readonly ListedPackage[]> {
  return withRepository(options, async ({storage, settings}) => {
    const suites = options.suite === undefined ? settings.suites : [suiteOf(settings, options.suite)];
    const found = new Map<string, ListedPackage>();
    for (const {suite, components, architectures} of suites) {
      const published = await readSuite(storage, suite);
      if (published === undefined) continue;
      for (const component of components)
        for (const architecture of architectures) {
          const {packages} = await readIndex(storage, published, indexName(component, architecture));
          for (const {bytes: _bytes, ...one} of packages)
            found.set(`${suite} ${one.filename}`, {suite, component, ...one});
        }
    }
    return [...found.values()];
  });
}
