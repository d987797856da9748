import {readFile} from 'node:fs/promises';

/**
 * When a process started, in clock ticks since boot (proc(5), stat, field 22): together with its number it names a
 * process that was, where numbers are used again. undefined where there is no such process, or no /proc.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command's name in parentheses, which may hold blanks and parentheses itself.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
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
