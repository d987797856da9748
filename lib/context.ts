import {homedir, tmpdir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import type {Context, Report, Warning} from './report.js';

/** Who called, and from where: the only place that reads the process's state, and it only reads. */
export interface Caller {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Our cache folder (XDG Base Directory Specification). */
  readonly cache: string;
  /** What Node was built for, in its own words: `x64`. */
  readonly machine: string;
  /** Folders for temporary files, best first. */
  readonly temporary: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly report: Report;
  /** What was warned of so far. */
  readonly warnings: readonly Warning[];
}

/** A container may run us under a number that belongs to no account, and without HOME: that is no reason to stop. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/nonexistent';
  }
}

/** Fill in what the caller left out. */
export function openCaller({cwd, signal, report}: Context): Caller {
  const {env} = process;
  const warnings: Warning[] = [];
  const {XDG_CACHE_HOME: xdg} = env;
  const home = homeFolder();
  return {
    cwd: resolve(cwd ?? process.cwd()),
    environment: env,
    home,
    cache: join(xdg && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'mkvenvdeb'),
    machine: process.arch,
    temporary: [...new Set([resolve(tmpdir()), '/var/tmp', '/tmp'])],
    signal,
    report: (event) => {
      if (event.type === 'warning') warnings.push(event);
      report?.(event);
    },
    warnings,
  };
}
