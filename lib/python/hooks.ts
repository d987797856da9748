import {delimiter, join} from 'node:path';
import type {StagedVenv} from '../model.js';
import {run} from '../run.js';
import type {Workspace} from './workspace.js';

/**
 * Run the user's commands in the staged virtualenv: working folder and head of PATH are its own, and
 * MKVENVDEB_STAGED_PREFIX and MKVENVDEB_PREFIX say where it lies and where it will live.
 *
 * @throws CommandError of the first that fails
 */
export async function runHooks(
  workspace: Workspace,
  venv: StagedVenv,
  hooks: readonly (readonly string[])[],
): Promise<void> {
  const {signal, report, secrets} = workspace;
  const env = {
    ...workspace.env,
    PATH: [join(venv.stagedPrefix, 'bin'), workspace.env.PATH].join(delimiter),
    VIRTUAL_ENV: venv.stagedPrefix,
    MKVENVDEB_STAGED_PREFIX: venv.stagedPrefix,
    MKVENVDEB_PREFIX: venv.prefix,
  };
  for (const [command = '', ...args] of hooks) {
    const options = {env, signal, report, secrets, label: `hook ${command}`, keepOutput: false};
    await run(command, args, {cwd: venv.stagedPrefix, ...options});
  }
}
