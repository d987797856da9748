import {constants} from 'node:os';
import {Command, CommanderError} from 'commander';
import {ioError, MkvenvdebError, ownVersion} from '../lib/index.js';
import {Cancelled} from './cancelled.js';
import {loadCommands} from './commands/index.js';
import type {Shell} from './shell.js';
import {createTerminal} from './terminal.js';

/** Run a command line; what comes back is the exit code: 0, 1, 2, or 129, 130 and 143 when it was cancelled. */
export async function main(args: readonly string[], given: Omit<Shell, 'exitCode'>): Promise<number> {
  const shell: Shell = {...given, exitCode: 0};
  const program = createProgram(shell, await loadCommands(args, shell));
  try {
    await program.parseAsync(args, {from: 'user'});
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    shell.exitCode = error.exitCode === 0 ? 0 : usageError(error, args, shell);
  }
  await shell.stdout.written().catch((error) => {
    terminalFor(args, shell).error(ioError(error, 'writing the result'));
    shell.exitCode = 1;
  });
  const {reason} = shell.signal;
  return reason instanceof Cancelled ? 128 + constants.signals[reason.signalName] : shell.exitCode;
}

function createProgram(shell: Shell, commands: readonly Command[]): Command {
  const program = new Command('mkvenvdeb')
    .description('Turn a Python project into a reproducible Debian package of its virtualenv')
    .version(ownVersion(), '--version', 'Show the version of mkvenvdeb')
    .helpOption('--help', 'Show this help; mkvenvdeb COMMAND --help that of a command')
    // "build --version 1.0" is the version of the package: what stands behind a command belongs to it.
    .enablePositionalOptions()
    .addHelpText('after', '\nExamples:\n  $ mkvenvdeb build\n  $ mkvenvdeb plan --python python3 ./project');
  for (const command of commands) program.addCommand(command);
  const output = {
    writeOut: (text: string) => shell.stdout.write(text),
    // What is wrong with the command line is said once, in our own form.
    writeErr: () => {},
  };
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  for (const command of all(program)) command.exitOverride().configureOutput(output);
  return program;
}

/** Advice for what is wrong with a command line; of the rest, the message says everything. */
const HINTS: Readonly<Record<string, string>> = {
  'commander.help': 'mkvenvdeb --help lists the commands',
  'commander.unknownCommand': 'mkvenvdeb --help lists the commands',
  'commander.unknownOption': 'mkvenvdeb COMMAND --help lists the options',
  'commander.excessArguments': 'mkvenvdeb COMMAND --help shows examples',
  'commander.missingArgument': 'mkvenvdeb COMMAND --help shows examples',
  'commander.missingMandatoryOptionValue': 'mkvenvdeb COMMAND --help shows examples',
};

/** Tell what is wrong with the command line as any other wrong input. */
function usageError(error: CommanderError, args: readonly string[], shell: Shell): 2 {
  const [message = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /\((Did you mean .*)\)/.exec(more.join(' '))?.[1];
  const isHelp = error.code === 'commander.help';
  const text = isHelp ? 'No command is given' : message.charAt(0).toUpperCase() + message.slice(1);
  const hint = suggestion ?? HINTS[error.code]?.replace('COMMAND', args[0] ?? '');
  terminalFor(args, shell).error(
    new MkvenvdebError('E_OPTION', text.replace(/\.$/, ''), hint === undefined ? {} : {hint}),
  );
  return 2;
}

const terminalFor = (args: readonly string[], shell: Shell) =>
  createTerminal(shell.stderr, args.includes('--json') ? 'json' : 'normal');
