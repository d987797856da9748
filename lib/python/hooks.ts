import {delimiter, join} from 'node:path';
import type {StagedVenv} from '../model.js';
import {run} from '../run.js';
import type {Workspace} from './workspace.js';

/** The user's commands, and what they may work on. */
export interface Hooks {
  readonly commands: readonly (readonly string[])[];
  /** Copy of the project; undefined where what is packed is no folder. */
  readonly source: string | undefined;
}

/**
 * Run the user's commands in the staged virtualenv: working folder and head of PATH are its own;
 * MKVENVDEB_STAGED_PREFIX and MKVENVDEB_PREFIX say where it lies and where it will live, MKVENVDEB_SOURCE where a copy
 * of the project lies.
 *
 * @throws CommandError of the first that fails
 */
export async function runHooks(
  workspace: Workspace,
  venv: StagedVenv,
  {commands, source}: Hooks,
): Promise<void> {
  const {signal, report, secrets} = workspace;
  const env = {
    ...workspace.env,
    PATH: [join(venv.stagedPrefix, 'bin'), workspace.env.PATH].join(delimiter),
    VIRTUAL_ENV: venv.stagedPrefix,
    MKVENVDEB_STAGED_PREFIX: venv.stagedPrefix,
    MKVENVDEB_PREFIX: venv.prefix,
    ...(source === undefined ? {} : {MKVENVDEB_SOURCE: source}),
  };
  for (const [command = '', ...args] of commands) {
    const options = {env, signal, report, secrets, label: `hook ${command}`, keepOutput: false};
    await run(command, args, {cwd: venv.stagedPrefix, ...options});
  }
}
