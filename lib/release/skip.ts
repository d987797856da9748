import type {Caller} from '../context.js';
import {tagPrefix} from '../formats/release-names.js';
import {remoteRefs} from './git-remote.js';
import type {ReleaseSource} from './plan-release.js';

/** What CI systems set: `CI` nearly all of them, Jenkins this. */
const onCi = ({CI, JENKINS_URL}: Caller['environment']): boolean =>
  !['', '0', 'false'].includes((CI ?? '').toLowerCase()) || (JENKINS_URL ?? '') !== '';

/**
 * Why a commit is not to be released: a release made it, or was made of it. A push that a release makes must not lead
 * to another one.
 *
 * @returns undefined where it is to be
 */
export async function reasonToSkip(
  {project, facts, config}: ReleaseSource,
  {version}: {readonly version?: string | undefined},
  caller: Caller,
): Promise<string | undefined> {
  const {commit, message} = facts;
  const asked = /\[(?:skip ci|ci skip)\]/i.exec(message)?.[0];
  if (asked !== undefined && onCi(caller.environment)) return `commit ${commit} says ${asked}`;
  if (version !== undefined) return undefined;
  const prefix = tagPrefix(config.release.tag);
  const isOurs = (tag: string) => tag.startsWith(prefix) && /^\d/.test(tag.slice(prefix.length));
  const tags = await tagsOf({project, commit, remote: config.release.remote}, caller);
  const tag = tags.find(isOurs);
  return tag === undefined ? undefined : `commit ${commit} was released already: tag ${tag}`;
}

interface Tagged {
  readonly project: string;
  readonly commit: string;
  readonly remote: string;
}

/** Tags of the remote on a commit: one that only we have was not pushed, and that release not finished. */
async function tagsOf({project, commit, remote}: Tagged, caller: Caller): Promise<readonly string[]> {
  const refs = await remoteRefs(['refs/tags/*'], {project, remote, caller});
  return [...refs].flatMap(([ref, hash]) =>
    hash === commit ? [ref.replace(/^refs\/tags\//, '').replace(/\^\{\}$/, '')] : [],
  );
}
