import {listApt} from '../apt/list.js';
import {type Caller, definedOnly} from '../context.js';
import {gitEnvironment} from '../formats/git.js';
import {run} from '../run.js';
import type {KnownVersion} from './check-version.js';
import {openFetch} from './fetch.js';
import {assertRemote} from './git.js';
import {readIndexFiles, versionInName} from './package-index.js';

/** A package in an apt repository. */
export interface AptVersions {
  /** Its folder. */
  readonly repository: string;
  /** @default all of them */
  readonly suite?: string | undefined;
  readonly package: string;
}

/** Where versions of a project may exist. */
export interface VersionPlaces {
  /** Folder of the project; its git repository has the tags. */
  readonly project: string;
  /** What stands before the version in a tag. */
  readonly tagPrefix: string;
  /** Names or URLs of repositories whose tags count as well as the local ones. */
  readonly remotes: readonly string[];
  /** Apt repositories that have the package. @default none */
  readonly apt?: readonly AptVersions[];
  /** A package index that has the distribution. */
  readonly index?: {readonly indexUrl: string; readonly name: string};
}

/**
 * Every version that exists, wherever it does: of two places that differ, one was published in part only.
 *
 * @throws E_COMMAND when git fails; E_OPTION, E_FORMAT for the apt repository; E_PUBLISH when an index does not answer
 */
export async function knownVersions(places: VersionPlaces, caller: Caller): Promise<readonly KnownVersion[]> {
  const {apt = [], index, remotes} = places;
  const found = [await localTags(places, caller)];
  for (const remote of remotes) found.push(await remoteTags(places, remote, caller));
  for (const one of apt) found.push(await inApt(one, caller));
  if (index) found.push(await inIndex(index, caller));
  return found.flat();
}

const git = async (args: readonly string[], {project}: VersionPlaces, caller: Caller): Promise<string> => {
  const env = {...gitEnvironment(definedOnly(caller.environment)), GIT_TERMINAL_PROMPT: '0'};
  return (await run('git', args, {cwd: project, env, signal: caller.signal})).stdout;
};

async function localTags(places: VersionPlaces, caller: Caller): Promise<readonly KnownVersion[]> {
  const tags = (await git(['tag', '--list'], places, caller)).split('\n');
  return tags.flatMap((tag) => tagged(tag, places, 'tag'));
}

/** Peeled tags are told a second time, with `^{}`. */
async function remoteTags(
  places: VersionPlaces,
  remote: string,
  caller: Caller,
): Promise<readonly KnownVersion[]> {
  assertRemote(remote);
  const lines = (await git(['ls-remote', '--tags', '--refs', remote], places, caller)).split('\n');
  return lines.flatMap((line) => tagged(line.replace(/^.*\trefs\/tags\//, ''), places, `tag of ${remote}`));
}

function tagged(tag: string, {tagPrefix}: VersionPlaces, where: string): readonly KnownVersion[] {
  if (tag === '' || !tag.startsWith(tagPrefix)) return [];
  const version = tag.slice(tagPrefix.length);
  return /^\d/.test(version) ? [{version, kind: 'python', where}] : [];
}

async function inApt(
  {package: name, ...where}: AptVersions,
  {cwd, signal}: Caller,
): Promise<readonly KnownVersion[]> {
  const packages = await listApt({...where, cwd, signal});
  return packages
    .filter((one) => one.package === name)
    .map(({version, suite}) => ({version, kind: 'debian', where: `suite ${suite}`}));
}

async function inIndex(
  {indexUrl, name}: NonNullable<VersionPlaces['index']>,
  {environment, signal}: Caller,
): Promise<readonly KnownVersion[]> {
  const files = await readIndexFiles({indexUrl, name, fetch: openFetch(environment), signal});
  const versions = files.flatMap(({filename}) => versionInName(filename, name) ?? []);
  return [...new Set(versions)].map((version) => ({version, kind: 'python', where: 'package index'}));
}
