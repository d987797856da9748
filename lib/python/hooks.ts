import {access, constants} from 'node:fs/promises';
import {delimiter, join, resolve} from 'node:path';
import type {StagedVenv} from '../model.js';
import {run} from '../run.js';
import {which} from './interpreter.js';
import {inside, type Workspace} from './workspace.js';

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
  const {report, env: own} = workspace;
  const env = {
    ...own,
    PATH: [join(venv.stagedPrefix, 'bin'), own.PATH].join(delimiter),
    VIRTUAL_ENV: venv.stagedPrefix,
    MKVENVDEB_STAGED_PREFIX: venv.stagedPrefix,
    MKVENVDEB_PREFIX: venv.prefix,
    ...(source === undefined ? {} : {MKVENVDEB_SOURCE: source}),
  };
  for (const [command = '', ...args] of commands) {
    const options = {...inside(workspace), env, report, label: `hook ${command}`, keepOutput: false};
    const place = {cwd: venv.stagedPrefix, path: env.PATH};
    const under = (await isThere(command, place)) ? [...UMASK, ...options.under] : [];
    await run(command, args, {cwd: venv.stagedPrefix, ...options, under});
  }
}

/** Whatever the caller's is; a process of Node's cannot set that of its child. */
const UMASK = ['/bin/sh', '-c', 'umask 022; exec "$@"', 'sh'];

/** What is not there fails by itself, with the system's own words and not with those of what runs it. */
const isThere = async (
  command: string,
  {cwd, path}: {readonly cwd: string; readonly path: string},
): Promise<boolean> =>
  command.includes('/')
    ? access(resolve(cwd, command), constants.X_OK).then(
        () => true,
        () => false,
      )
    : (await which(command, path)) !== undefined;
