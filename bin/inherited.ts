import {closeSync, readdirSync, readFileSync} from 'node:fs';

/** O_CLOEXEC of Linux, as /proc/PID/fdinfo has it (proc(5)). */
const CLOSED_ON_EXEC = 0o2000000;

/**
 * Close what whoever called has left open: Node keeps the first few from the programs that it starts, and no others.
 * Whatever Node opens itself is closed on exec.
 */
export function closeInherited(): void {
  for (const fd of numbersOf('/proc/self/fd')) {
    if (fd <= 2) continue;
    try {
      const [, flags = ''] =
        /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1')) ?? [];
      if (flags !== '' && (Number.parseInt(flags, 8) & CLOSED_ON_EXEC) === 0) closeSync(fd);
    } catch {} // the folder's own, which is closed by now
  }
}

function numbersOf(folder: string): readonly number[] {
  try {
    return readdirSync(folder).map(Number);
  } catch {
    return []; // no Linux, or no /proc
  }
}
