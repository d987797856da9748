import {access, constants} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {IndexedPackage} from '../apt/package-view.js';
import {type PublishAptOptions, publishApt, stageApt} from '../apt/publish.js';
import type {SuiteFacts} from '../apt/release-file.js';
import {suiteOf} from '../apt/repository.js';
import {STATE_FOLDER} from '../apt/settings.js';
import type {Caller} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {compareDebianVersions, toDebianVersion} from '../policy/version.js';
import {
  type AptTargetOptions,
  debsOf,
  type Given,
  isSame,
  type Place,
  packagesOf,
  readPackages,
  suiteFor,
  upstreamOf,
  within,
} from './apt-place.js';
import {verifyApt} from './apt-verify.js';
import {assertBuilt} from './built-files.js';
import {concealing} from './concealing.js';
import type {PlannedRelease, Release, Target} from './target.js';

/**
 * One of our apt repositories as a place that a release goes to: its packages lie in the pool before anything is
 * public, and every suite gets its own in one step.
 */
export function openAptTarget(options: AptTargetOptions, caller: Caller): Target {
  const repository = resolve(caller.cwd, options.repository);
  const place: Place = {options: {...options, repository}, caller};
  return concealing(
    {
      name: 'apt repository',
      place: options.suite === undefined ? repository : `${repository} ${options.suite}`,
      irreversible: false,
      preflight: (release) => preflight(release, place),
      async stage(release) {
        for (const one of await publications(release, place)) await stageApt(one);
      },
      async publish(release) {
        let added = 0;
        for (const one of await publications(release, place)) added += (await publishApt(one)).added.length;
        return added > 0 ? 'published' : 'there';
      },
      verify: (release) => verifyApt(release, place),
    },
    caller,
  );
}

/** One for each suite; proven to be the files that were built. */
async function publications(
  release: Release,
  {options, caller}: Place,
): Promise<readonly PublishAptOptions[]> {
  const debs = debsOf(release);
  if (debs.length === 0)
    throw new MkvenvdebError('E_PUBLISH', `Release has no package for repository: ${options.repository}`);
  await assertBuilt(debs);
  const {repository, component, patience} = options;
  return [...new Set(debs.map((deb) => suiteFor(deb, options)))].map((suite) => ({
    ...{repository, component, patience, suite},
    files: debs.filter((deb) => suiteFor(deb, options) === suite).map(({file}) => file),
    ...{signal: caller.signal, report: caller.report, cwd: caller.cwd},
  }));
}

async function preflight(
  release: PlannedRelease & Partial<Pick<Release, 'artifacts'>>,
  place: Place,
): Promise<void> {
  const {suite, cellSuites = new Map(), component} = place.options;
  const debs = release.artifacts && (await readPackages(release as Release, place.caller));
  await within(place, async (repository) => {
    const {root, settings, signer} = repository;
    // Of cells that have all a suite of their own, the other one may not be needed.
    const wanted = new Set([
      ...cellSuites.values(),
      ...(suite === undefined && cellSuites.size > 0 ? [] : [suite]),
    ]);
    const suites = [...wanted].map((one) => suiteOf(settings, one));
    for (const facts of suites)
      if (component !== undefined && !facts.components.includes(component))
        throw new MkvenvdebError('E_PUBLISH', `Suite ${facts.suite} has no component ${component}`);
    for (const folder of ['', STATE_FOLDER, 'pool', 'dists', ...suites.map((one) => `dists/${one.suite}`)])
      await assertWritable(join(root, folder));
    await (await signer()).clearSign('Whether the key can sign\n');
    for (const facts of suites) assertNewer({release, facts, debs}, await packagesOf(repository, facts));
  });
}

async function assertWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    // Made when something is published.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioError(error, `trying to write ${folder}`);
  }
}

interface Wanted {
  readonly release: PlannedRelease;
  readonly facts: SuiteFacts;
  readonly debs: readonly Given[] | undefined;
}

/** Nothing of the release is there, or it is the same: and all else is older, or nobody would upgrade to it. */
function assertNewer({release, facts, debs}: Wanted, packages: readonly IndexedPackage[]): void {
  const ours = upstreamOf(toDebianVersion(release.version));
  const own = packages.filter((one) => one.package === release.package);
  const order = (one: IndexedPackage) => compareDebianVersions(upstreamOf(one.version), ours);
  const newer = [...new Set(own.filter((one) => order(one) > 0).map(({version}) => version))];
  const equal = own.filter((one) => order(one) === 0);
  const others = equal.filter((found) => debs === undefined || differs(found, debs));
  if (newer.length === 0 && others.length === 0) return;
  const what = newer.length > 0 ? 'a newer version' : debs ? 'other bytes of this version' : 'this version';
  throw new MkvenvdebError(
    'E_PUBLISH',
    `Suite ${facts.suite} has ${what}: ${release.package} ${release.version}`,
    {
      issues:
        newer.length > 0
          ? newer
          : others.map(({version, architecture, sha256}) => `${version} (${architecture}): sha256 ${sha256}`),
      hint: debs
        ? 'Release a newer version'
        : 'Resume the release that published it, or release a newer version',
    },
  );
}

const differs = (found: IndexedPackage, debs: readonly Given[]): boolean =>
  debs.some((given) => isSame(given, found) && given.artifact.sha256 !== found.sha256);
