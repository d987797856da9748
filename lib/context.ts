import {homedir, tmpdir} from 'node:os';
import {isAbsolute, join, resolve} from 'node:path';
import {MkvenvdebError} from './errors.js';
import type {Context, Report, ReportEvent, Warning} from './report.js';
import {mask} from './run.js';

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
  /** Have these texts hidden from now on, in whatever is reported or thrown. */
  readonly hide: (secrets: readonly string[]) => void;
  /** An error without what is hidden. */
  readonly conceal: (error: unknown) => unknown;
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
  let hidden: readonly string[] = [];
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
    report: (told) => {
      const event = concealEvent(told, hidden);
      if (event.type === 'warning') warnings.push(event);
      report?.(event);
    },
    warnings,
    hide: (secrets) => {
      hidden = [...new Set([...hidden, ...secrets])];
    },
    conceal: (error) => concealError(error, hidden),
  };
}

/** The variables that are set, as a process takes them. */
export const definedOnly = (environment: Caller['environment']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );

const concealEvent = (event: ReportEvent, secrets: readonly string[]): ReportEvent =>
  Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      name,
      typeof value === 'string' ? mask(value, secrets) : value,
    ]),
  ) as ReportEvent;

/** Errors of ours, and what caused them; of others nothing is known. */
function concealError(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof MkvenvdebError)) return error;
  const hide = (text: string) => mask(text, secrets);
  const fields = error as unknown as Record<string, unknown>;
  for (const name of Object.getOwnPropertyNames(error)) {
    const value = fields[name];
    if (typeof value === 'string' && name !== 'code') fields[name] = hide(value);
    else if (Array.isArray(value))
      fields[name] = value.map((one) => (typeof one === 'string' ? hide(one) : one));
    else if (name === 'cause') fields[name] = concealError(value, secrets);
  }
  return error;
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
