import {Command} from 'commander';
import type {Shell} from '../shell.js';

type Load = () => Promise<(shell: Shell) => Command>;
/** Commands that have a word in common: `repo add`. */
interface Group {
  readonly description: string;
  readonly commands: Readonly<Record<string, Load>>;
}

/** Every command by its name, in the order in which help lists them. Most of their code is needed by one only. */
const LOADERS: Readonly<Record<string, Load | Group>> = {
  build: async () => (await import('./build.js')).buildCommand,
  plan: async () => (await import('./plan.js')).planCommand,
  stage: async () => (await import('./stage.js')).stageCommand,
  pack: async () => (await import('./pack.js')).packCommand,
  verify: async () => (await import('./verify.js')).verifyCommand,
  init: async () => (await import('./init.js')).initCommand,
  doctor: async () => (await import('./doctor.js')).doctorCommand,
  inspect: async () => (await import('./inspect.js')).inspectCommand,
  check: async () => (await import('./check.js')).checkCommand,
  diff: async () => (await import('./diff.js')).diffCommand,
  repo: {
    description: 'Make, fill and look at a repository that apt reads',
    commands: {
      init: async () => (await import('./repo/init.js')).initCommand,
      add: async () => (await import('./repo/add.js')).addCommand,
      remove: async () => (await import('./repo/remove.js')).removeCommand,
      list: async () => (await import('./repo/list.js')).listCommand,
      history: async () => (await import('./repo/history.js')).historyCommand,
      rollback: async () => (await import('./repo/rollback.js')).rollbackCommand,
      resign: async () => (await import('./repo/resign.js')).resignCommand,
      check: async () => (await import('./repo/check.js')).checkCommand,
      gc: async () => (await import('./repo/gc.js')).gcCommand,
      keyring: async () => (await import('./repo/keyring.js')).keyringCommand,
      serve: async () => (await import('./repo/serve.js')).serveCommand,
    },
  },
  release: async () => (await import('./release.js')).releaseCommand,
  cells: async () => (await import('./cells.js')).cellsCommand,
  version: {
    description: 'Tell the next version of a project, or whether one is newer than all that exist',
    commands: {
      next: async () => (await import('./version/next.js')).nextCommand,
      check: async () => (await import('./version/check.js')).checkCommand,
    },
  },
};

/**
 * The command that a command line names, or all of them where it names none: help lists them, and a wrong name has
 * neighbours.
 */
export async function loadCommands(args: readonly string[], shell: Shell): Promise<readonly Command[]> {
  const [wanted, ...rest] = args;
  return Promise.all(
    named(LOADERS, wanted).map(async ([name, loader]) =>
      typeof loader === 'function' ? (await loader())(shell) : loadGroup(name, loader, rest, shell),
    ),
  );
}

const named = <T>(all: Readonly<Record<string, T>>, name = ''): readonly (readonly [string, T])[] =>
  Object.hasOwn(all, name) ? [[name, all[name] as T]] : Object.entries(all);

async function loadGroup(
  name: string,
  {description, commands}: Group,
  [wanted]: readonly string[],
  shell: Shell,
): Promise<Command> {
  const group = new Command(name)
    .description(description)
    .helpOption('--help', `Show this help; mkvenvdeb ${name} COMMAND --help that of a command`)
    .helpCommand(false);
  for (const [, load] of named(commands, wanted)) group.addCommand((await load())(shell));
  return group;
}
