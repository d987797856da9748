import {link, mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {ioError, MkvenvdebError} from '../errors.js';
import {hasEnded, litterIn, PROCESS_TAG, processTag} from '../processes.js';
import {now} from './clock.js';

export interface LockOptions {
  /** How long to wait for another writer, in milliseconds. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
  /** Told once, when there is something to wait for. */
  readonly waiting?: (owner: string) => void;
  /**
   * After how many seconds without a sign of life an owner on another machine, of whom nobody here can tell whether it
   * has ended, is taken for dead. Whoever holds the lock gives one ten times as often. @default never
   */
  readonly takeOver?: number | undefined;
  /** What is said of another owner who does not end. @default 'Repository is being written' */
  readonly what?: string | undefined;
}

/** Who holds a lock, as its file says it. */
interface Owner {
  readonly tag: string;
  readonly pid: number;
  readonly host: string;
  /** False once it was given back. */
  readonly held: boolean;
}

const DRAFT = new RegExp(`^\\.lock-(${PROCESS_TAG})-\\d+$`);
/** What writers that were killed left. */
export const lockLitter = (folder: string): Promise<readonly string[]> => litterIn(folder, DRAFT);

const NAME = /^lock\.(\d{1,15})$/;
const POLL = 100;

/**
 * Be the only writer of a folder. A lock is a file with a number, made in one step by whoever takes it; the highest
 * number counts, so that of two who take over from a dead owner only one can succeed.
 *
 * @returns gives it back
 * @throws E_PUBLISH when another one still writes after all patience; the signal's reason
 */
export async function lockFolder(folder: string, options: LockOptions): Promise<() => Promise<void>> {
  const {patience, signal, waiting} = options;
  const mine: Owner = {tag: await processTag(), pid: process.pid, host: hostname(), held: true};
  const draft = join(folder, `.lock-${mine.tag}-${draftNumber()}`);
  try {
    await mkdir(folder, {recursive: true});
    await writeFile(draft, JSON.stringify(mine));
    for (let waited = 0; ; waited += POLL) {
      signal?.throwIfAborted();
      const last = await lastLock(folder);
      const free = last === undefined || !last.owner?.held || (await isDead(last, options));
      const taken = free ? await take(folder, draft, (last?.number ?? 0) + 1) : undefined;
      if (taken !== undefined) return living(taken, await readyToGiveBack(taken, draft, mine), options);
      if (free) continue;
      if (waited === 0) waiting?.(describe(last.owner));
      if (waited >= patience) throw await tooLong(last, options);
      await wait(POLL, undefined, {signal}).catch(() => signal?.throwIfAborted());
    }
  } catch (error) {
    await rm(draft, {force: true}).catch(() => {});
    throw ioError(error, `locking ${folder}`);
  }
}

async function isDead({owner, file}: Lock, {takeOver}: LockOptions): Promise<boolean> {
  if (owner === undefined || (await hasEnded(owner.tag))) return true;
  const [place] = (await processTag()).split('-');
  // Of one that runs here, there is no doubt.
  if (takeOver === undefined || owner.tag.startsWith(`${place}-`)) return false;
  const seen = await stat(file).catch(() => undefined);
  return seen !== undefined && now() - seen.mtimeMs / 1000 > takeOver;
}

/** Show that the owner lives, until the lock is given back. */
function living(file: string, giveBack: () => Promise<void>, {takeOver}: LockOptions): () => Promise<void> {
  if (takeOver === undefined) return giveBack;
  const touch = () => void utimes(file, now(), now()).catch(() => {});
  const timer = setInterval(touch, (takeOver * 1000) / 10).unref();
  return () => {
    clearInterval(timer);
    return giveBack();
  };
}

let drafts = 0;
const draftNumber = (): number => {
  drafts += 1;
  return drafts;
};

interface Lock {
  readonly number: number;
  readonly file: string;
  /** undefined where its file is gone or is no lock of ours: nobody holds that. */
  readonly owner: Owner | undefined;
}

async function lastLock(folder: string): Promise<Lock | undefined> {
  const numbers = await lockNumbers(folder);
  if (numbers.length === 0) return undefined;
  const number = Math.max(...numbers);
  const file = join(folder, `lock.${number}`);
  return {number, file, owner: await readOwner(file)};
}

async function lockNumbers(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => {
    const number = NAME.exec(name)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** @returns the file, when nobody was quicker */
async function take(folder: string, draft: string, number: number): Promise<string | undefined> {
  const file = join(folder, `lock.${number}`);
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw error;
  }
  const others = (await lockNumbers(folder)).filter((other) => other !== number);
  // Someone took and gave back while we looked: what we made is older than what counts.
  if (others.some((other) => other > number)) {
    await rm(file, {force: true});
    return undefined;
  }
  for (const other of others) await rm(join(folder, `lock.${other}`), {force: true});
  for (const litter of await lockLitter(folder)) await rm(litter, {force: true});
  return file;
}

/** Written while there is nothing to lose: giving it back then needs no room on the disk. */
async function readyToGiveBack(file: string, draft: string, mine: Owner): Promise<() => Promise<void>> {
  try {
    await rm(draft, {force: true});
    await writeFile(draft, JSON.stringify({...mine, held: false} satisfies Owner));
  } catch (error) {
    await rm(file, {force: true});
    throw error;
  }
  return () => rename(draft, file);
}

const describe = (owner: Owner | undefined): string =>
  owner === undefined ? 'another writer' : `process ${owner.pid} on ${owner.host}`;

async function tooLong(
  {file, owner}: Lock,
  {what = 'Repository is being written'}: LockOptions,
): Promise<MkvenvdebError> {
  const since = await stat(file).catch(() => undefined);
  return new MkvenvdebError('E_PUBLISH', `${what} by ${describe(owner)}`, {
    hint: `Try again, or remove ${file} when you are sure that it has ended`,
    ...(since ? {issues: [`since ${since.mtime.toISOString()}`]} : {}),
  });
}
