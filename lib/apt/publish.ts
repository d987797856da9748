import {resolve} from 'node:path';
import {usualWorkers} from '../archive/compress.js';
import {type Caller, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Context} from '../report.js';
import {mergePackages} from './packages-index.js';
import {type GivenPackage, readPackage} from './read-package.js';
import type {SuiteFacts} from './release-file.js';
import {openRepository, type Repository, type RepositoryOptions, suiteOf, writing} from './repository.js';
import {indexName, makeIndex, type NewFile, publishSuite, readIndex, readSuite} from './suite.js';

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
  const caller = openCaller(options);
  const repository = await openRepository(options, caller);
  try {
    const facts = suiteOf(repository.settings, options.suite);
    const component = componentOf(facts, options.component);
    const given = await readAll(options.files, component, facts, caller);
    for (const one of given) await repository.storage.create(one.filename, {file: one.file});
    return await writing(repository, options, caller, () =>
      addToSuite(repository, facts, {component, given}, caller),
    );
  } finally {
    await repository.storage.close();
  }
}

function componentOf({components, suite}: SuiteFacts, wanted = components[0]): string {
  if (wanted !== undefined && components.includes(wanted)) return wanted;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} has no component ${wanted}`, {
    hint: `Choose one of: ${components.join(', ')}`,
  });
}

async function readAll(
  files: readonly string[],
  component: string,
  {architectures, suite}: SuiteFacts,
  {cwd}: Caller,
): Promise<readonly GivenPackage[]> {
  const given = await Promise.all(files.map((file) => readPackage(resolve(cwd, file), component)));
  const strange = given.filter(
    ({architecture}) => architecture !== 'all' && !architectures.includes(architecture),
  );
  if (strange.length === 0) return given;
  throw new MkvenvdebError('E_OPTION', `Suite ${suite} does not have the architecture of every package`, {
    issues: strange.map(({file, architecture}) => `${file}: ${architecture}`),
    hint: `It has ${architectures.join(', ')}`,
  });
}

interface Addition {
  readonly component: string;
  readonly given: readonly GivenPackage[];
}

async function addToSuite(
  {storage, signer}: Repository,
  facts: SuiteFacts,
  {component, given}: Addition,
  {signal, now}: Caller,
): Promise<PublishedApt> {
  const before = await readSuite(storage, facts.suite);
  const added = new Map<string, string>();
  const files: NewFile[] = [];
  for (const architecture of facts.architectures) {
    const name = indexName(component, architecture);
    const index = before === undefined ? {packages: []} : await readIndex(storage, before, name);
    const wanted = given.filter((one) => one.architecture === architecture || one.architecture === 'all');
    const merged = mergePackages(index.packages, wanted);
    for (const one of merged.added)
      added.set(one.filename, `${one.package} ${one.version} ${one.architecture}`);
    if (merged.added.length === 0 && before?.release.files.some(({path}) => path === `${name}/Packages`))
      continue;
    files.push(
      ...(await makeIndex(name, {...index, packages: merged.packages}, {workers: usualWorkers(), signal})),
    );
  }
  if (added.size === 0) return {suite: facts.suite, added: []};
  const fresh = new Set(files.map(({listed}) => listed.path));
  const kept = before?.release.files.filter(({path}) => !fresh.has(path)) ?? [];
  const {date} = await publishSuite(storage, signer, {facts, now: now(), before, files, kept});
  return {suite: facts.suite, added: [...added.values()], date};
}
