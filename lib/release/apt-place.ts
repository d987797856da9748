import type {IndexedPackage} from '../apt/package-view.js';
import type {SuiteFacts} from '../apt/release-file.js';
import {type Repository, withRepository} from '../apt/repository.js';
import {indexName, readIndex, readSuite} from '../apt/suite.js';
import {readDebControl} from '../archive/read.js';
import type {Caller} from '../context.js';
import {parseDebianVersion} from '../policy/version.js';
import type {Artifact, Release} from './target.js';

export interface AptTargetOptions {
  /** Folder of a repository that `initApt` made. */
  readonly repository: string;
  /** @default the only one of the repository */
  readonly suite?: string | undefined;
  /** The suites of cells that have one of their own. @default none */
  readonly cellSuites?: ReadonlyMap<string, string> | undefined;
  /** @default the suite's first */
  readonly component?: string | undefined;
  /** How long to wait for another writer, in seconds. @default 600 */
  readonly patience?: number | undefined;
}

/** A repository, and who publishes there. */
export interface Place {
  readonly options: AptTargetOptions;
  readonly caller: Caller;
}

/** The packages of a release. */
export const debsOf = ({artifacts}: Pick<Release, 'artifacts'>): readonly Artifact[] =>
  artifacts.filter(({kind}) => kind === 'deb');

/** The suite that a package goes to; undefined where the repository has only one. */
export const suiteFor = ({cell}: Artifact, {suite, cellSuites}: AptTargetOptions): string | undefined =>
  (cell === undefined ? undefined : cellSuites?.get(cell)) ?? suite;

/** Open the repository; nobody else is kept from writing. */
export const within = <T>(
  {options, caller}: Place,
  use: (repository: Repository) => Promise<T>,
): Promise<T> =>
  withRepository({repository: options.repository, cwd: caller.cwd, signal: caller.signal}, use);

/** Every package of a suite; reading proves the indexes by their digests. */
export async function packagesOf(
  {storage}: Repository,
  facts: SuiteFacts,
): Promise<readonly IndexedPackage[]> {
  const published = await readSuite(storage, facts.suite);
  if (published === undefined) return [];
  const found: IndexedPackage[] = [];
  for (const component of facts.components)
    for (const architecture of facts.architectures)
      found.push(...(await readIndex(storage, published, indexName(component, architecture))).packages);
  return found;
}

/** A built package, as an index would list it. */
export interface Given {
  readonly artifact: Artifact;
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
}

/** Its packages, as an index would list them. @throws E_FORMAT for what is none */
export const readPackages = (
  release: Pick<Release, 'artifacts'>,
  {signal}: Pick<Caller, 'signal'>,
): Promise<readonly Given[]> => Promise.all(debsOf(release).map((artifact) => readGiven(artifact, signal)));

async function readGiven(artifact: Artifact, signal: AbortSignal | undefined): Promise<Given> {
  const control = await readDebControl(artifact.file, {signal});
  const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((field) =>
    control.get(field),
  );
  return {artifact, package: name, version, architecture};
}

/** A Debian version without its revision, which differs between the cells of one release. */
export const upstreamOf = (version: string): string => {
  const {epoch, upstream} = parseDebianVersion(version);
  return `${epoch}:${upstream}`;
};

/** Of one name, version and architecture. */
export const isSame = (given: Given, found: IndexedPackage): boolean =>
  found.package === given.package &&
  found.version === given.version &&
  found.architecture === given.architecture;
