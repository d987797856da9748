import {hostname} from 'node:os';
import {now} from '../apt/clock.js';
import {processTag} from '../processes.js';
import {git, type RemotePlace} from './git-remote.js';

/** Who holds a lock, as its object says it. */
export interface Owner {
  readonly tag: string;
  readonly pid: number;
  readonly host: string;
  readonly purpose: string;
  /** The last sign of life, in seconds since 1970. */
  readonly time: number;
  /** No two signs of life are the same object. */
  readonly count: number;
}

let count = 0;

/** @returns undefined for what was not written by `writeOwner` */
export function parseOwner(commit: string): Owner | undefined {
  try {
    const found = JSON.parse(commit.slice(commit.indexOf('\n\n') + 2)) as Partial<
      Record<keyof Owner, unknown>
    >;
    const {tag, pid, host, purpose, time} = found;
    if (typeof tag !== 'string' || typeof pid !== 'number' || typeof time !== 'number') return undefined;
    return {tag, pid, time, host: String(host), purpose: String(purpose), count: Number(found.count)};
  } catch {
    return undefined;
  }
}

/**
 * An object that says who we are: a commit without files, as every server takes one. It is in no branch, and git removes
 * it here in its own time.
 *
 * @returns its hash, another one each time
 */
export async function writeOwner(purpose: string, place: RemotePlace): Promise<string> {
  const {pid} = process;
  count += 1;
  // Another one of this process may count on while this one waits.
  const own = count;
  const owner: Owner = {tag: await processTag(), pid, host: hostname(), purpose, time: now(), count: own};
  const tree = await git(['mktree'], place, {input: ''});
  const who = {NAME: 'mkvenvdeb', EMAIL: 'mkvenvdeb@localhost', DATE: `${owner.time} +0000`};
  const env = Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((role) =>
      Object.entries(who).map(([key, value]) => [`GIT_${role}_${key}`, value]),
    ),
  );
  return git(['commit-tree', '--no-gpg-sign', tree], place, {input: `${JSON.stringify(owner)}\n`, env});
}
