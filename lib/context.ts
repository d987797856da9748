import {homedir, tmpdir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import {MkvenvdebError} from './errors.js';
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
  /** The clock, in whole seconds since 1970: for what is published, never for what is built. */
  readonly now: () => number;
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

/**
 * Fill in what the caller left out. JavaScript lets anything through: what is wrong is told before it is used.
 *
 * @throws E_OPTION
 */
export function openCaller(context: Context): Caller {
  assertContext(context);
  const {cwd, signal, report} = context;
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
    now: () => Math.floor(Date.now() / 1000),
    temporary: [...new Set([resolve(tmpdir()), '/var/tmp', '/tmp'])],
    signal,
    report: (event) => {
      if (event.type === 'warning') warnings.push(event);
      report?.(event);
    },
    warnings,
  };
}

function assertContext(context: Context): void {
  if (typeof context !== 'object' || context === null) {
    throw new MkvenvdebError('E_OPTION', `Options are not an object: ${String(context)}`, {
      hint: "Give one, such as {source: 'path/to/project'}",
    });
  }
  const {cwd, signal, report} = context;
  refuse([
    ...(cwd === undefined || typeof cwd === 'string' ? [] : [isNo('cwd', 'a text', cwd)]),
    ...(signal === undefined || signal instanceof AbortSignal
      ? []
      : [isNo('signal', 'an AbortSignal', signal)]),
    ...(report === undefined || typeof report === 'function' ? [] : [isNo('report', 'a function', report)]),
  ]);
}

/**
 * What is used before any schema sees it.
 *
 * @throws E_OPTION that names every value which is no text
 */
export function assertTexts(values: Readonly<Record<string, unknown>>): void {
  refuse(
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [isNo(name, 'a text', value)],
    ),
  );
}

const isNo = (name: string, what: string, value: unknown): string =>
  value === undefined ? `Option "${name}" is missing` : `Option "${name}" is not ${what}: ${String(value)}`;

function refuse(problems: readonly string[]): void {
  const [first, ...more] = problems;
  if (first === undefined) return;
  if (more.length === 0) throw new MkvenvdebError('E_OPTION', first);
  throw new MkvenvdebError('E_OPTION', `Options are not valid: ${problems.length} problems`, {
    issues: problems,
  });
}
