import {constants} from 'node:os';
import {execa} from 'execa';
import {CommandError, MkvenvdebError} from './errors.js';
import type {Context} from './report.js';

/** How long a command gets to end by itself after SIGTERM, in milliseconds. */
const GRACE = 2000;
/** How many lines of output an error carries. */
const LAST_LINES = 40;
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
  /** Runs it as this user and group. @default the caller's */
  readonly uid?: number;
  readonly gid?: number;
  /** Gives back the output also when the command fails, instead of throwing. @default false */
  readonly tolerant?: boolean;
}

export interface RunResult {
  /** Standard output, whole, final newline removed. */
  readonly stdout: string;
  readonly exitCode: number;
}

/** Hide every secret in a text, and the password of every URL. */
export function mask(text: string, secrets: readonly string[] = []): string {
  let masked = text.replace(/(\w[\w+.-]*:\/\/)[^\s/@]+@/g, `$1${MASK}@`);
  for (const secret of secrets) if (secret !== '') masked = masked.replaceAll(secret, MASK);
  return masked;
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
  const {cwd, env, signal, report, secrets = [], input, uid, gid, tolerant = false} = options;
  signal?.throwIfAborted();
  const label = options.label ?? command.split('/').at(-1) ?? command;
  const last: string[] = [];
  const stdout: string[] = [];
  const subprocess = execa(command, args, {
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
    stripFinalNewline: true,
  });
  const stop = endGroupOnAbort(subprocess.pid, signal);
  const follow = async (stream: 'stdout' | 'stderr') => {
    for await (const raw of subprocess.iterable({from: stream})) {
      const line = mask(String(raw), secrets);
      if (stream === 'stdout') stdout.push(line);
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      report?.({type: 'output', source: label, line});
    }
  };
  try {
    await Promise.allSettled([follow('stdout'), follow('stderr')]);
    const result = await subprocess;
    signal?.throwIfAborted();
    const exitCode = result.exitCode ?? (result.signal ? 128 + signalNumber(result.signal) : 127);
    if (result.failed && !(tolerant && result.exitCode !== undefined)) {
      throw new CommandError(
        result.exitCode === undefined && !result.signal
          ? `Command could not be started: ${command}`
          : `Command failed: ${label} (${result.signal ?? `exit code ${result.exitCode}`})`,
        {
          command: mask(commandLine(command, args), secrets),
          cwd,
          exitCode: result.exitCode,
          signal: result.signal,
          output: last.join('\n'),
          cause: result.exitCode === undefined && !result.signal ? result.cause : undefined,
        },
      );
    }
    return {stdout: stdout.join('\n'), exitCode};
  } finally {
    stop();
  }
}

const signalNumber = (name: string): number => constants.signals[name as NodeJS.Signals] ?? 0;

/** SIGTERM to the whole group when aborted, SIGKILL after the grace; the returned function stops listening. */
function endGroupOnAbort(pid: number | undefined, signal: AbortSignal | undefined): () => void {
  if (pid === undefined || signal === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const abort = () => {
    kill('SIGTERM');
    timer = setTimeout(() => kill('SIGKILL'), GRACE);
  };
  signal.addEventListener('abort', abort, {once: true});
  return () => {
    signal.removeEventListener('abort', abort);
    // What outlived its parent (a compiler, a build back end) must not write into a folder that is being removed.
    if (signal.aborted) kill('SIGKILL');
    clearTimeout(timer);
  };
}

/** Wrap a command that wrote something we cannot read. */
export const unreadableOutput = (command: string, cause: unknown): MkvenvdebError =>
  new MkvenvdebError('E_COMMAND', `Output of ${command} is not what was asked for`, {cause});
