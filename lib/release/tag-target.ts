import type {Caller} from '../context.js';
import {MkvenvdebError, maskUrls} from '../errors.js';
import {concealing} from './concealing.js';
import {assertRemote, git, identity, type RemotePlace, remoteRefs, tryGit} from './git-remote.js';
import type {PlannedRelease, Target} from './target.js';

export interface TagTargetOptions {
  /** Name or URL of the git repository that the tag is pushed to. @default 'origin' */
  readonly remote?: string | undefined;
  /** Of the tag; `{package}` and `{version}` stand for those. @default '{package} {version}' */
  readonly message?: string | undefined;
  /** Told to the remote with the push (git push -o), such as `ci.skip` for GitLab. @default none */
  readonly pushOptions?: readonly string[] | undefined;
}

/**
 * An annotated tag on the commit, pushed and never moved: the last thing of a release, which says that all of it is
 * public. Signed where git is configured to sign tags.
 *
 * @throws E_OPTION for a remote that is none
 */
export function openTagTarget(options: TagTargetOptions, caller: Caller): Target {
  const {remote = 'origin', message = '{package} {version}', pushOptions = []} = options;
  assertRemote(remote);
  const told = pushOptions.flatMap((one) => ['-o', one]);
  const at = ({project}: PlannedRelease): RemotePlace => ({project, remote, caller});
  return concealing(
    {
      name: 'tag',
      place: maskUrls(remote),
      irreversible: false,
      async preflight(release) {
        const place = at(release);
        await assertTagName(release, place);
        if ((await whereIsTag(release, place)).remote === undefined)
          await push([`${release.commit}:${refOf(release)}`], {release, place, more: ['--dry-run', ...told]});
      },
      async publish(release) {
        const place = at(release);
        const {local, remote: there} = await whereIsTag(release, place);
        if (there !== undefined) return 'there';
        const isNew = local === undefined;
        if (isNew) await makeTag(filled(message, release), release, place);
        await publishTag({release, place, more: told}, isNew);
        return 'published';
      },
      async verify(release) {
        if ((await whereIsTag(release, at(release))).remote === undefined)
          throw new MkvenvdebError('E_PUBLISH', `Tag is not in ${remote}: ${release.tag}`);
      },
    },
    caller,
  );
}

const refOf = ({tag}: PlannedRelease): string => `refs/tags/${tag}`;

const filled = (message: string, release: PlannedRelease): string =>
  message.replace(/\{(package|version)\}/g, (_, name: 'package' | 'version') => release[name]);

/** git-check-ref-format(1) holds what would be a pattern or a range for impossible; a hyphen begins an option. */
async function assertTagName(release: PlannedRelease, place: RemotePlace): Promise<void> {
  const {tag, commit} = release;
  const isName = !tag.startsWith('-') && !/\p{Cc}/u.test(tag);
  if (!isName || 'refused' in (await tryGit(['check-ref-format', refOf(release)], place)))
    throw new MkvenvdebError('E_PUBLISH', `Not the name of a tag: ${JSON.stringify(tag)}`, {
      hint: 'git check-ref-format tells what a name may have',
    });
  const isCommit = /^[0-9a-f]{40,64}$/.test(commit);
  if (!isCommit || 'refused' in (await tryGit(['cat-file', '-e', `${commit}^{commit}`], place)))
    throw new MkvenvdebError('E_PUBLISH', `Commit is not in ${place.project}: ${JSON.stringify(commit)}`);
}

/**
 * The tag here and there.
 *
 * @returns undefined for a place that has none
 * @throws E_PUBLISH when it stands on another commit, or where a folder of tags has its name
 */
async function whereIsTag(
  release: PlannedRelease,
  place: RemotePlace,
): Promise<{readonly local: string | undefined; readonly remote: string | undefined}> {
  const ref = refOf(release);
  const found = await tryGit(['rev-parse', '--verify', '--quiet', `${ref}^{}`], place);
  const local = 'stdout' in found ? found.stdout : undefined;
  const refs = await remoteRefs(['refs/tags/*'], place);
  const remote = refs.get(`${ref}^{}`) ?? refs.get(ref);
  for (const [where, commit] of [
    ['here', local],
    [`in ${place.remote}`, remote],
  ] as const)
    if (commit !== undefined && commit !== release.commit) throw elsewhere(release, where, commit);
  const inTheWay = [...refs.keys()].find((one) => one.startsWith(`${ref}/`) || ref.startsWith(`${one}/`));
  if (inTheWay !== undefined)
    throw new MkvenvdebError('E_PUBLISH', `Tag ${release.tag} cannot stand beside another: ${inTheWay}`);
  return {local, remote};
}

const elsewhere = ({tag, commit}: PlannedRelease, where: string, found: string): MkvenvdebError =>
  new MkvenvdebError('E_PUBLISH', `Tag stands on another commit: ${tag} ${where}`, {
    issues: [`there: ${found}`, `released: ${commit}`],
    hint: 'A tag is never moved: release a newer version',
  });

async function makeTag(message: string, release: PlannedRelease, place: RemotePlace): Promise<void> {
  const made = await tryGit(
    ['tag', '-a', '-F', '-', '--cleanup=verbatim', '--', release.tag, release.commit],
    place,
    {
      input: `${message}\n`,
      env: await identity(place),
    },
  );
  if ('refused' in made)
    throw new MkvenvdebError('E_PUBLISH', `Tag cannot be made: ${release.tag}`, {issues: made.refused});
}

/** @param isNew whether it was made for this: what nobody gets does not stay */
async function publishTag(how: Push, isNew: boolean): Promise<void> {
  const {release, place} = how;
  const ref = refOf(release);
  try {
    await push([`${ref}:${ref}`], how);
  } catch (error) {
    // Perhaps only the answer was lost.
    if ((await whereIsTag(release, place)).remote !== undefined) return;
    if (isNew) await git(['update-ref', '-d', ref], place);
    throw error;
  }
}

interface Push {
  readonly release: PlannedRelease;
  readonly place: RemotePlace;
  readonly more: readonly string[];
}

async function push(refspecs: readonly string[], {release, place, more}: Push): Promise<void> {
  // Whatever is configured: this ref and no other.
  const only = ['--porcelain', '--no-follow-tags', '--no-verify', '--no-recurse-submodules'];
  const pushed = await tryGit(['push', ...only, ...more, '--', place.remote, ...refspecs], place);
  if (!('refused' in pushed)) return;
  throw new MkvenvdebError('E_PUBLISH', `Git remote does not take the tag ${release.tag}: ${place.remote}`, {
    issues: pushed.refused,
    hint: 'Check that this account may push tags there',
  });
}
