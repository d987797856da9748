import {type Command, Option} from 'commander';
import {exitCodeFor, type Report} from '../lib/index.js';
import {choosePaint, type Paint} from './present.js';
import type {Output} from './streams.js';
import {createTerminal, json, type Mode, type Screen, type Terminal} from './terminal.js';

/** What the process gives to the commands: nothing below here touches it otherwise. */
export interface Shell {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  readonly stdout: Output;
  readonly stderr: Screen;
  /** What the process will exit with. */
  exitCode: number;
}

/** What the action of a command works with. */
export interface Session extends Pick<Shell, 'cwd' | 'environment' | 'signal'> {
  readonly report: Report;
  readonly terminal: Terminal;
  readonly verbose: boolean;
  /** Colours for what `result` writes. */
  readonly paint: Paint;
  /** Write the result to standard output: the document with --json, else the text. */
  readonly result: (document: unknown, text: string) => void;
}

interface Completion<Arguments extends readonly unknown[]> {
  /** Command lines without the name of the program, shown by --help. */
  readonly examples: readonly string[];
  /** What a failure exits with where 1 has a meaning of its own. @default by the error's code */
  readonly failureCode?: 2;
  /** Gives back the exit code. */
  readonly action: (session: Session, ...args: Arguments) => Promise<number>;
}

const GROUP = 'Output of the command:';

/** Give a command the flags that all of them have, its examples and its action. */
export function complete<Arguments extends readonly unknown[]>(
  command: Command,
  shell: Shell,
  {examples, action, failureCode}: Completion<Arguments>,
): Command {
  const flags = [
    new Option('--json', 'One document on stdout, events as JSON lines on stderr'),
    new Option('--quiet', 'Show warnings and errors only').conflicts('json'),
    new Option('--verbose', 'Show what every program that is run prints').conflicts(['quiet', 'json']),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup(GROUP));
  command.helpOption('--help', 'Show this help');
  command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ mkvenvdeb ${line}`).join('\n')}`);
  return command.action(async (...given: unknown[]) => {
    // Commander adds the options and the command to the arguments.
    const args = given.slice(0, -2) as unknown as Arguments;
    const session = openSession(command, shell);
    try {
      shell.exitCode = await action(session, ...args);
    } catch (error) {
      // Whatever broke off while things were being stopped is no news.
      session.terminal.error(shell.signal.aborted ? shell.signal.reason : error);
      shell.exitCode = failureCode ?? exitCodeFor(error);
    }
  });
}

function openSession(command: Command, shell: Shell): Session {
  const {json: asJson, quiet, verbose} = command.opts<{json?: true; quiet?: true; verbose?: true}>();
  const mode: Mode = asJson ? 'json' : quiet ? 'quiet' : verbose ? 'verbose' : 'normal';
  const terminal = createTerminal(shell.stderr, mode);
  const {cwd, environment, signal, stdout} = shell;
  return {
    cwd,
    environment,
    signal,
    terminal,
    verbose: verbose === true,
    paint: choosePaint(stdout.isTTY, environment),
    report: terminal.report,
    result: (document, text) => {
      const output = asJson ? json(document) : text;
      if (output !== '') stdout.write(`${output}\n`);
    },
  };
}
