import {setTimeout as sleep} from 'node:timers/promises';
import {compare, parse} from '@renovatebot/pep440';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {concealing} from './concealing.js';
import {type Fetch, openFetch} from './fetch.js';
import {findIndexAccount, type IndexAccount, type IndexOptions} from './index-account.js';
import {isThere, withLogin} from './index-state.js';
import {tryIndexAccount} from './index-trial.js';
import {readIndexFiles, versionInName} from './package-index.js';
import {type BuiltDistribution, readDistribution} from './read-distribution.js';
import type {PlannedRelease, Release, Target} from './target.js';
import {type UploadTarget, uploadDistribution} from './upload.js';

export interface IndexTargetOptions extends IndexOptions {
  /** Pauses between tries, in milliseconds. @default 1 s, twice as long each time, five times */
  readonly pauses?: readonly number[] | undefined;
}

interface Index {
  readonly account: IndexAccount;
  readonly fetch: Fetch;
  readonly pauses: readonly number[] | undefined;
  readonly caller: Caller;
  /** Where to send and where to read, found out once. */
  readonly upload: () => Promise<UploadTarget>;
}

/** A mirror in front of an index may tell an old answer for some time. */
const VERIFY_PAUSES = [500, 2000, 5000, 10_000, 20_000];

/**
 * A package index as a place that a release goes to: its sdist first, which an index refuses most readily, so that
 * nothing is public then, and the wheels after it. Nothing is sent while the index has other bytes under one of the
 * names.
 *
 * @throws E_OPTION, E_IO as `findIndexAccount`
 */
export async function openIndexTarget(options: IndexTargetOptions, caller: Caller): Promise<Target> {
  const account = await findIndexAccount(options, caller);
  const fetch = openFetch(caller.environment);
  let trial: ReturnType<typeof tryIndexAccount> | undefined;
  const upload = async () => {
    trial ??= tryIndexAccount(account, fetch, caller.signal);
    const {indexUrl} = account.indexUrl === undefined ? await trial : {indexUrl: account.indexUrl};
    return {...account, indexUrl, fetch, pauses: options.pauses};
  };
  const index: Index = {account, fetch, caller, upload, pauses: options.pauses};
  return concealing(
    {
      name: 'package index',
      place: account.uploadUrl,
      irreversible: true,
      async preflight(release) {
        const tried = await tryIndexAccount(account, fetch, caller.signal);
        trial = Promise.resolve(tried);
        await assertFree(release, index);
      },
      publish: (release) => publish(release, index),
      verify: (release) => verify(release, index),
    },
    caller,
  );
}

/** What exists of the version: of a release whose files are built, the very same; else nothing. */
async function assertFree(
  release: PlannedRelease & Partial<Pick<Release, 'artifacts'>>,
  index: Index,
): Promise<void> {
  const {distribution: name, version, artifacts} = release;
  if (name === undefined) throw nothingToSend(index);
  if (!/^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i.test(name))
    throw new MkvenvdebError('E_PUBLISH', `Not a name that a package index takes: ${name}`);
  if (version.includes('+'))
    index.caller.report({
      type: 'warning',
      code: 'local-version',
      message: `Version ${version} has a local part, which public package indexes refuse`,
    });
  const target = await index.upload();
  if (artifacts !== undefined) {
    for (const one of await distributionsOf({...release, artifacts}, index))
      await isThere(one, target, index.caller.signal);
    return;
  }
  const {fetch, caller} = index;
  const question = {indexUrl: withLogin(target), name, ownOnly: true, fetch, signal: caller.signal};
  const taken = (await readIndexFiles(question))
    .map(({filename}) => filename)
    .filter((filename) => isVersion(versionInName(filename, name), version));
  if (taken.length === 0) return;
  throw new MkvenvdebError('E_PUBLISH', `Package index has files of this version: ${name} ${version}`, {
    issues: taken,
    hint: 'Resume the release that published them, or release a newer version',
  });
}

const isVersion = (found: string | undefined, version: string): boolean =>
  found !== undefined && parse(found) !== null && compare(found, version) === 0;

const nothingToSend = ({account}: Index): MkvenvdebError =>
  new MkvenvdebError(
    'E_PUBLISH',
    `Release has neither sdist nor wheel for package index: ${account.uploadUrl}`,
    {
      hint: 'Have one built, or leave the index out',
    },
  );

/** In the order in which they are sent; proven to be the files that were built. */
async function distributionsOf(release: Release, index: Index): Promise<readonly BuiltDistribution[]> {
  const files = ['sdist', 'wheel'].flatMap((kind) => release.artifacts.filter((one) => one.kind === kind));
  if (files.length === 0) throw nothingToSend(index);
  const read: BuiltDistribution[] = [];
  for (const artifact of files) {
    const one = await readDistribution(artifact.file);
    const isOf = normalizeName(one.name) === normalizeName(release.distribution ?? one.name);
    if (!isOf || !isVersion(one.version, release.version))
      throw new MkvenvdebError('E_PUBLISH', `File is not of this release: ${artifact.file}`, {
        issues: [`it holds ${one.name} ${one.version}`],
      });
    if (one.sha256 !== artifact.sha256)
      throw new MkvenvdebError('E_PUBLISH', `File is not what was built: ${artifact.file}`, {
        issues: [`built: sha256 ${artifact.sha256}`, `found: sha256 ${one.sha256}`],
      });
    read.push(one);
  }
  return read;
}

async function publish(release: Release, index: Index): Promise<'published' | 'there'> {
  const {caller} = index;
  const distributions = await distributionsOf(release, index);
  const target = await index.upload();
  const left: BuiltDistribution[] = [];
  for (const one of distributions) if (!(await isThere(one, target, caller.signal))) left.push(one);
  for (const one of left) await uploadDistribution(one, target, caller);
  return left.length > 0 ? 'published' : 'there';
}

async function verify(release: Release, index: Index): Promise<void> {
  const {pauses = VERIFY_PAUSES, caller} = index;
  const target = await index.upload();
  let missing = await distributionsOf(release, index);
  for (let turn = 0; ; turn += 1) {
    const still: BuiltDistribution[] = [];
    for (const one of missing) if (!(await isThere(one, target, caller.signal))) still.push(one);
    if (still.length === 0) return;
    missing = still;
    const pause = pauses[turn];
    if (pause === undefined) break;
    await sleep(pause, undefined, {signal: caller.signal}).catch(() => caller.signal?.throwIfAborted());
  }
  throw new MkvenvdebError(
    'E_PUBLISH',
    `Package index does not show what was published: ${target.indexUrl}`,
    {
      issues: missing.map(({filename, sha256}) => `${filename}: sha256 ${sha256}`),
      hint: 'Name the URL where it is read, if it is another one; a mirror may need some time',
    },
  );
}
