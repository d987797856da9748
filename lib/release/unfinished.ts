import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {mayBePublic} from './journal.js';
import {forget, type KnownRelease, knownReleases, PARTS} from './state.js';

/** What to do with a release of the project that was not finished. */
export interface UnfinishedOptions {
  /** Go on with it. @default false */
  readonly resume?: boolean | undefined;
  /** Forget it, where nothing of it is public. @default false */
  readonly abandon?: boolean | undefined;
}

/**
 * The release that is to be gone on with. One that gave up by itself before anything was public is forgotten unless it
 * is wanted; one that was killed, or of which something may be public, is not.
 *
 * @returns undefined where a new one is to begin
 * @throws E_OPTION where there is none to go on with; E_PUBLISH for one that must not be forgotten
 */
export async function findUnfinished(
  folder: string,
  {resume = false, abandon = false}: UnfinishedOptions,
): Promise<KnownRelease | undefined> {
  if (resume && abandon)
    throw new MkvenvdebError('E_OPTION', 'A release cannot be resumed and abandoned', {
      hint: 'Leave one out',
    });
  const unfinished = (await knownReleases(folder)).filter(({state}) => !state.finished);
  const last = unfinished.at(-1);
  if (resume) {
    if (last) return last;
    throw new MkvenvdebError('E_OPTION', 'There is no unfinished release of this project', {
      hint: 'Begin one without --resume',
    });
  }
  const open = unfinished.find(({state}) => mayBePublic(state) || !(state.failed || abandon));
  if (open !== undefined) throw isOpen(open);
  return undefined;
}

function isOpen({state, folder}: KnownRelease): MkvenvdebError {
  const {release} = state;
  const isPublic = mayBePublic(state);
  const [what, hint] = isPublic
    ? ['and may be public in part', 'Go on with it: mkvenvdeb release --resume']
    : ['and nothing of it is public', 'Go on with it by --resume, or forget it by --abandon'];
  return new MkvenvdebError('E_PUBLISH', `Release ${release.version} was not finished, ${what}`, {
    issues: [`commit ${release.commit}`, `journal in ${folder}`],
    hint,
  });
}

/** Remove what nobody goes on with, and the files of releases that are finished: the journals of those stay. */
export async function tidy(folder: string): Promise<void> {
  for (const known of await knownReleases(folder)) {
    if (!known.state.finished) {
      if (!mayBePublic(known.state)) await forget(known);
      continue;
    }
    for (const part of Object.values(PARTS))
      await rm(join(known.folder, part), {recursive: true, force: true});
  }
}
