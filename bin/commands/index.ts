import type {Command} from 'commander';
import type {Shell} from '../shell.js';

/** Every command by its name, in the order in which help lists them. Most of their code is needed by one only. */
const LOADERS: Readonly<Record<string, () => Promise<(shell: Shell) => Command>>> = {
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
  repo: async () => (await import('./repo/index.js')).repoCommand,
  version: async () => (await import('./version/index.js')).versionCommand,
};

/** The command that is named, or all of them where none is: help lists them, and a wrong name has neighbours. */
export async function loadCommands(wanted: string | undefined, shell: Shell): Promise<readonly Command[]> {
  const one = Object.hasOwn(LOADERS, wanted ?? '') ? LOADERS[wanted ?? ''] : undefined;
  const loaded = await Promise.all((one ? [one] : Object.values(LOADERS)).map((load) => load()));
  return loaded.map((make) => make(shell));
}
