import type {Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import type {Options, Result} from 'execa';
import {CommandError, MkvenvdebError, maskUrls} from './errors.js';
import {secretForms} from './formats/secret-forms.js';
import type {Context} from './report.js';

/** How long a command gets to end by itself after SIGTERM, in milliseconds. */
const GRACE = 2000;
/** How many lines of output an error carries. */
const LAST_LINES = 40;
/** Characters of a line that are told; a program that prints no newline must not fill the memory. */
const LINE_LENGTH = 10_000;
const MASK = '****';

export interface RunOptions extends Pick<Context, 'signal' | 'report'> {
  /** Folder the command runs in. */
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Name under which its lines are reported, also used in the error. @default the command's base name */
  readonly label?: string;
  /** Texts that must not be seen: replaced by **** in lines, errors and the returned output. */
  readonly secrets?: readonly string[];
  /** Fed to its standard input. @default nothing */
  readonly input?: string;
  /** Command line that runs the rest of its arguments. @default none */
  readonly under?: readonly string[] | undefined;
  /** Runs it as this user and group. @default the caller's */
  readonly uid?: number;
  readonly gid?: number;
  /** Gives back the output also when the command fails, instead of throwing. @default false */
  readonly tolerant?: boolean;
  /** False: standard output is reported and not given back. For what may print without end. @default true */
  readonly keepOutput?: boolean;
}

export interface RunResult {
  /** Standard output, whole, final newline removed. */
  readonly stdout: string;
  readonly exitCode: number;
}

/** Hide every secret in a text in all its forms, and the name and password of every URL. */
export function mask(text: string, secrets: readonly string[] = []): string {
  let masked = maskUrls(text);
  for (const form of formsOf(secrets)) masked = masked.replaceAll(form, MASK);
  return masked;
}

const known = new WeakMap<readonly string[], readonly string[]>();

/** Computed once for a list: there are many lines to look at. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = known.get(secrets) ?? secretForms(secrets);
  known.set(secrets, forms);
  return forms;
}

/** A command line as one would type it, for messages only: nothing is ever run from it. */
export const commandLine = (command: string, args: readonly string[]): string =>
  [command, ...args]
    .map((word) => (/^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');

/**
 * Run a command: the one place that does. It gets a process group of its own, so that aborting ends its children
 * too; its lines are reported as they come and the last of them go into the error.
 *
 * @throws CommandError when it cannot be started, exits non-zero (unless `tolerant`) or is killed; `signal.reason`
 *   when aborted
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const {cwd, signal, report, secrets = [], under = [], tolerant, keepOutput = true} = options;
  // Only now: most commands run nothing, and would start later by what it takes to load.
  const {execa} = await import('execa');
  signal?.throwIfAborted();
  const label = options.label ?? command.split('/').at(-1) ?? command;
  const last: string[] = [];
  const stdout: string[] = [];
  const [program = command, ...words] = [...under, command, ...args];
  const subprocess = execa(program, words, startOptions(options));
  const tell = (raw: string) => {
    const line = mask(raw, secrets).slice(0, LINE_LENGTH);
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    report?.({type: 'output', source: label, line});
  };
  const keep = keepOutput ? (text: string) => stdout.push(text) : () => {};
  const {pid, stdout: out, stderr: err} = subprocess;
  const stop = endGroupOnAbort(pid, [out, err], signal);
  try {
    const followed = await Promise.allSettled([readLines(out, tell, keep), readLines(err, tell)]);
    const result = await subprocess;
    signal?.throwIfAborted();
    for (const one of followed) if (one.status === 'rejected') throw one.reason;
    if (result.failed && !(tolerant && result.exitCode !== undefined)) {
      throw failure(result, {label, command, args, cwd, secrets, last});
    }
    return {stdout: mask(stdout.join('').replace(/\r?\n$/, ''), secrets), exitCode: result.exitCode ?? 0};
  } finally {
    stop();
  }
}

const startOptions = ({cwd, env, input, uid, gid}: RunOptions) =>
  ({
    cwd,
    env: {...env},
    extendEnv: false,
    stdin: input === undefined ? 'ignore' : 'pipe',
    ...(input === undefined ? {} : {input}),
    ...(uid === undefined ? {} : {uid}),
    ...(gid === undefined ? {} : {gid}),
    buffer: false,
    reject: false,
    detached: true,
  }) satisfies Options;

/** Tell every line as it comes; a long one only as far as anybody wants to read it. */
async function readLines(stream: Readable, tell: (line: string) => void, keep?: (text: string) => void) {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string) => {
    keep?.(text);
    const lines = (rest + text).split('\n');
    // Cut at twice the length that is told: a secret at the end of that would not be recognised.
    rest = (lines.pop() ?? '').slice(0, 2 * LINE_LENGTH);
    for (const line of lines) tell(line.replace(/\r$/, ''));
  };
  for await (const chunk of stream) take(decoder.write(chunk));
  take(decoder.end());
  if (rest !== '') tell(rest);
}

interface Started {
  readonly label: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly secrets: readonly string[];
  readonly last: readonly string[];
}

function failure(result: Result, {label, command, args, cwd, secrets, last}: Started): CommandError {
  const {exitCode, signal} = result;
  const started = exitCode !== undefined || signal !== undefined;
  // The system's own error holds the arguments, secrets and all: its message has to do.
  const why = started ? last : [mask((result as {originalMessage?: string}).originalMessage ?? '', secrets)];
  return new CommandError(
    started
      ? `Command failed: ${label} (${signal ?? `exit code ${exitCode}`})`
      : `Command could not be started: ${command}`,
    {command: mask(commandLine(command, args), secrets), cwd, exitCode, signal, output: why.join('\n')},
  );
}

/**
 * SIGTERM to the whole group when aborted, SIGKILL after the grace, and SIGKILL when this process itself exits without
 * waiting; the returned function stops listening.
 */
function endGroupOnAbort(
  pid: number | undefined,
  streams: readonly Readable[],
  signal: AbortSignal | undefined,
): () => void {
  if (pid === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name);
    } catch (error) {
      // EPERM: what is left of the group belongs to another user (a hook that used sudo).
      if (!['ESRCH', 'EPERM'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
    }
  };
  const abort = () => {
    kill('SIGTERM');
    timer = setTimeout(() => {
      kill('SIGKILL');
      // A child that left the group may hold them open for ever.
      for (const stream of streams) stream.destroy();
    }, GRACE);
  };
  const exit = () => kill('SIGKILL');
  process.once('exit', exit);
  signal?.addEventListener('abort', abort, {once: true});
  return () => {
    process.removeListener('exit', exit);
    signal?.removeEventListener('abort', abort);
    // What outlived its parent (a compiler, a build back end) must not write into a folder that is being removed.
    if (signal?.aborted) kill('SIGKILL');
    clearTimeout(timer);
  };
}

/** Wrap a command that wrote something we cannot read. */
export const unreadableOutput = (command: string, cause: unknown): MkvenvdebError =>
  new MkvenvdebError('E_COMMAND', `Output of ${command} is not what was asked for`, {cause});
