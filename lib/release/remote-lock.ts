import {setTimeout as sleep} from 'node:timers/promises';
import {now} from '../apt/clock.js';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {hasEnded} from '../processes.js';
import {assertRemote, type RemotePlace, remoteRefs, tryGit} from './git-remote.js';
import {type Owner, parseOwner, writeOwner} from './lock-owner.js';

export interface RemoteLockOptions {
  /** Folder of the git repository. */
  readonly project: string;
  /** Name or URL of the git repository that all who release have in common. @default 'origin' */
  readonly remote?: string | undefined;
  /** Name of the Debian package: releases of others do not wait for it. */
  readonly package: string;
  /** What is done meanwhile, for whoever waits: `release of warehouse 26.11.3`. */
  readonly purpose: string;
  /** How long to wait for another release, in seconds. @default 0 */
  readonly wait?: number | undefined;
  /** After how many seconds without a sign of life another release is taken for dead. @default 7200 */
  readonly takeOver?: number | undefined;
  /** Between two looks, in milliseconds. @default 5000 */
  readonly poll?: number | undefined;
}

export interface RemoteLock {
  /** In the remote repository. */
  readonly ref: string;
  /**
   * Give a sign of life, and make sure that nobody has taken over: before whatever cannot be taken back.
   *
   * @throws E_PUBLISH when somebody has
   */
  renew(): Promise<void>;
  /** Let others release. Nothing happens where somebody has taken over. */
  giveBack(): Promise<void>;
}

interface Held {
  readonly hash: string;
  /** undefined where it cannot be read: by another version of ours, or not by us at all. */
  readonly owner: Owner | undefined;
}

/**
 * Be the only one that releases a package, on whatever machine: a ref of the remote repository that only one can make.
 * Neither a branch nor a tag, it starts no pipeline and is in no clone.
 *
 * @throws E_PUBLISH when another release is under way after all waiting, or the remote does not take such a ref;
 *   E_OPTION for a remote that is none; the signal's reason
 */
export async function remoteLock(options: RemoteLockOptions, caller: Caller): Promise<RemoteLock> {
  const {project, remote = 'origin', wait = 0, poll = 5000} = options;
  assertRemote(remote);
  const place: RemotePlace = {project, remote, caller};
  // What git does not take in a ref are names with dots; no package has an underscore.
  const ref = `refs/mkvenvdeb/release/${options.package.replaceAll('.', '_')}`;
  for (let waited = 0, isTold = false; ; ) {
    caller.signal?.throwIfAborted();
    const held = await holder(ref, place);
    if (held === undefined || (await isDead(held, options))) {
      const mine = await take(ref, {before: held?.hash, options, place});
      if (mine !== undefined) return handle({ref, hash: mine, options, place});
      continue;
    }
    if (waited >= wait * 1000) throw underWay(held, ref, remote);
    if (!isTold)
      caller.report({type: 'warning', code: 'release-locked', message: `Waiting for ${describe(held)}`});
    isTold = true;
    await pause(poll, caller);
    waited += poll;
  }
}

const pause = (milliseconds: number, {signal}: Caller): Promise<unknown> =>
  sleep(milliseconds, undefined, {signal}).catch(() => signal?.throwIfAborted());

async function isDead({owner}: Held, {takeOver = 7200}: RemoteLockOptions): Promise<boolean> {
  if (owner === undefined) return false;
  return now() - owner.time > takeOver || (await hasEnded(owner.tag));
}

const describe = ({owner}: Held): string =>
  owner === undefined ? 'another release' : `the ${owner.purpose} by process ${owner.pid} on ${owner.host}`;

const underWay = (held: Held, ref: string, remote: string): MkvenvdebError =>
  new MkvenvdebError('E_PUBLISH', `Another release is under way: ${describe(held).replace(/^the /, '')}`, {
    issues: held.owner ? [`last sign of life: ${new Date(held.owner.time * 1000).toISOString()}`] : [],
    hint: `Wait for it; when you are sure that it has ended: git push ${remote} --delete ${ref}`,
  });

/** @returns undefined where nobody holds it */
async function holder(ref: string, place: RemotePlace): Promise<Held | undefined> {
  const hash = (await remoteRefs([ref], place)).get(ref);
  if (hash === undefined) return undefined;
  const only = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
  await tryGit(['fetch', ...only, '--', place.remote, ref], place);
  const read = await tryGit(['cat-file', 'commit', hash], place);
  // Given back or renewed meanwhile: to be asked again.
  if ('refused' in read) return {hash, owner: undefined};
  return {hash, owner: parseOwner(read.stdout)};
}

interface Taking {
  /** What is replaced; undefined: nothing may be there. */
  readonly before: string | undefined;
  readonly options: RemoteLockOptions;
  readonly place: RemotePlace;
}

/** @returns the new object's hash, or undefined when somebody else was quicker */
async function take(ref: string, {before, options, place}: Taking): Promise<string | undefined> {
  const hash = await writeOwner(options.purpose, place);
  try {
    return (await swap(ref, {before, after: hash, place})) ? hash : undefined;
  } catch (error) {
    // Cancelled in the middle of the push, nobody knows whether it is there.
    if (place.caller.signal?.aborted) await drop(ref, hash, place).catch(() => {});
    throw error;
  }
}

/** How long a release that was cancelled tries to let others release, in milliseconds. */
const LAST_WORDS = 20_000;

/** Remove the ref where it is ours, also when this run has been cancelled: others would wait for hours. */
async function drop(ref: string, mine: string, place: RemotePlace): Promise<void> {
  const caller = {...place.caller, signal: AbortSignal.timeout(LAST_WORDS)};
  await swap(ref, {before: mine, after: undefined, place: {...place, caller}});
}

interface Swap {
  /** What is there, and what shall be; undefined: nothing. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly place: RemotePlace;
}

/** While another one pushes the same ref, git refuses without having looked: so many looks, and this far apart in ms. */
const TRIES = 6;
const APART = 150;

/** Change the ref in one step. @returns false when something else is there than the caller saw */
async function swap(ref: string, {before, after, place}: Swap): Promise<boolean> {
  const only = ['--porcelain', '--no-follow-tags', '--no-verify', '--no-recurse-submodules', '--no-signed'];
  const lease = `--force-with-lease=${ref}:${before ?? ''}`;
  for (let tries = 1; ; tries += 1) {
    const pushed = await tryGit(['push', ...only, lease, '--', place.remote, `${after ?? ''}:${ref}`], place);
    if (!('refused' in pushed)) return true;
    const found = (await remoteRefs([ref], place)).get(ref);
    if (found === after) return true;
    if (found !== before) return false;
    if (tries >= TRIES)
      throw new MkvenvdebError('E_PUBLISH', `Git remote does not take the lock ${ref}: ${place.remote}`, {
        issues: pushed.refused,
        hint: 'This account has to be allowed to push refs below refs/mkvenvdeb/',
      });
    await pause(APART * tries, place.caller);
  }
}

interface Handle {
  readonly ref: string;
  readonly hash: string;
  readonly options: RemoteLockOptions;
  readonly place: RemotePlace;
}

function handle({ref, hash, options, place}: Handle): RemoteLock {
  let mine = hash;
  return {
    ref,
    async renew() {
      const next = await take(ref, {before: mine, options, place});
      if (next === undefined)
        throw new MkvenvdebError('E_PUBLISH', `Another release has taken over: ${options.package}`, {
          hint: 'It found no sign of life of this one: see what it does before you resume',
        });
      mine = next;
    },
    async giveBack() {
      await drop(ref, mine, place);
    },
  };
}

/** It is no reason to call what is public a failure, and others take it over by and by. */
export const tellKept =
  ({ref}: RemoteLock, {report}: Caller) =>
  (error: unknown) =>
    report({
      type: 'warning',
      code: 'lock-kept',
      message: `Lock of the release could not be given back: ${ref}: ${(error as Error).message}`,
    });
