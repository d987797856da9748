import {createHash} from 'node:crypto';
import {readdir, readFile, readlink} from 'node:fs/promises';
import {hostname} from 'node:os';
import {join} from 'node:path';

/**
 * When a process started, in clock ticks since boot (proc(5), stat, field 22): together with its number it names a
 * process that was, where numbers are used again. undefined where there is no such process, or no /proc, or where it
 * has ended and only waits for its parent to ask how.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command's name in parentheses, which may hold blanks and parentheses itself.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  return /[ZX]/.test(fields[0] ?? '') ? undefined : fields[19];
}

/** Whether the process that had this number and start is still there. */
export async function isRunning(pid: number, start: string): Promise<boolean> {
  const now = await processStart(pid);
  if (now !== undefined) return now === start;
  if ((await processStart(process.pid)) !== undefined) return false;
  try {
    process.kill(pid, 0); // no /proc here: the number has to do
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What a process tag looks like, as part of a regular expression. */
export const PROCESS_TAG = '[0-9a-f]{8}-[0-9a-f]{8}-\\d+-\\d+';

/**
 * A text that names this process, `PLACE-BOOT-PID-START`, for the names of temporary folders: whoever finds one can
 * tell whether it is litter. The place is the machine and its process number space: in another container, the same
 * number is another process. No process survives the next boot.
 */
export async function processTag(): Promise<string> {
  const space = await readlink('/proc/self/ns/pid').catch(() => '');
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const start = (await processStart(process.pid)) ?? '0';
  return [short(`${hostname()} ${space}`), short(boot), process.pid, start].join('-');
}

/** Whether a process with this tag ended here: false for one that runs, and for one of another machine or container. */
export async function hasEnded(tag: string): Promise<boolean> {
  const [place, boot] = (await processTag()).split('-');
  const [itsPlace, itsBoot, pid = '', start = ''] = tag.split('-');
  if (itsPlace !== place) return false;
  return itsBoot !== boot || !(await isRunning(Number(pid), start));
}

/**
 * What processes that have ended left in a folder: the paths whose name carries the tag of one.
 *
 * @param pattern of a name; its first group is the tag
 */
export async function litterIn(folder: string, pattern: RegExp): Promise<readonly string[]> {
  const litter: string[] = [];
  for (const name of await readdir(folder)) {
    const tag = pattern.exec(name)?.[1];
    if (tag && (await hasEnded(tag))) litter.push(join(folder, name));
  }
  return litter;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
