import {listApt} from '../apt/list.js';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {KnownVersion} from './check-version.js';
import {openFetch} from './fetch.js';
import {assertRemote, remoteRefs, tryGit} from './git-remote.js';
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
 * @throws E_OPTION for a folder that git does not know; E_OPTION, E_FORMAT for the apt repository; E_PUBLISH when a
 *   remote or an index does not answer
 */
export async function knownVersions(places: VersionPlaces, caller: Caller): Promise<readonly KnownVersion[]> {
  const {apt = [], index, remotes} = places;
  const found = [await localTags(places, caller)];
  for (const remote of remotes) found.push(await remoteTags(places, remote, caller));
  for (const one of apt) found.push(await inApt(one, caller));
  if (index) found.push(await inIndex(index, caller));
  return found.flat();
}

async function localTags(places: VersionPlaces, caller: Caller): Promise<readonly KnownVersion[]> {
  const {project} = places;
  const listed = await tryGit(['tag', '--list'], {project, remote: '', caller});
  if ('refused' in listed)
    throw new MkvenvdebError('E_OPTION', `Tags of git cannot be listed: ${project}`, {
      issues: listed.refused,
      hint: 'Name the folder of a project in a git repository by --project',
    });
  const tags = listed.stdout.split('\n');
  return tags.flatMap((tag) => tagged(tag, places, 'tag'));
}

/** Annotated tags are told a second time, with `^{}`. */
async function remoteTags(
  places: VersionPlaces,
  remote: string,
  caller: Caller,
): Promise<readonly KnownVersion[]> {
  assertRemote(remote);
  const refs = await remoteRefs(['refs/tags/*'], {project: places.project, remote, caller});
  const tags = [...refs.keys()].filter((ref) => !ref.endsWith('^{}'));
  return tags.flatMap((ref) => tagged(ref.replace(/^refs\/tags\//, ''), places, `tag of ${remote}`));
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
