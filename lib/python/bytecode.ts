import {readdir, rm, rmdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {StagedVenv} from '../model.js';
import {run, unreadableOutput} from '../run.js';
import {script} from './interpreter.js';
import {inside, type Workspace} from './workspace.js';

/** What compiling did. */
export interface BytecodeResult {
  readonly compiled: number;
  /** Modules that are not for this Python, relative to the prefix. */
  readonly skipped: readonly string[];
}

/**
 * Compile all modules of the virtualenv under its own interpreter, so that equal sources give equal bytes (see
 * compile_bytecode.py). What was compiled before is removed first; other files in `__pycache__`, such as the
 * extension modules that cffi puts there, stay.
 *
 * @throws CommandError when the interpreter fails
 */
export async function compileBytecode(
  workspace: Workspace,
  venv: StagedVenv,
  wanted: boolean,
): Promise<BytecodeResult> {
  const staged = join(venv.stagedPrefix, 'lib');
  await removeBytecode(staged);
  if (!wanted) return {compiled: 0, skipped: []};
  const {env, folders} = workspace;
  const args = ['-s', '-B', script('compile_bytecode.py'), staged, join(venv.prefix, 'lib')];
  // Sets of constants are written in the order of their hashes: pinned here, whatever the configuration sets.
  const options = {...inside(workspace), cwd: folders.root, env: {...env, PYTHONHASHSEED: '0'}};
  const {stdout} = await run(venv.interpreter.executable, args, {...options, label: 'compile_bytecode'});
  try {
    return JSON.parse(stdout) as BytecodeResult;
  } catch (cause) {
    throw unreadableOutput('compile_bytecode.py', cause);
  }
}

async function removeBytecode(folder: string): Promise<void> {
  const isCache = basename(folder) === '__pycache__';
  let left = 0;
  for (const entry of await readdir(folder, {withFileTypes: true})) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await removeBytecode(path);
    if (isCache && /\.py[co]$/.test(entry.name)) await rm(path);
    else left += 1;
  }
  if (isCache && left === 0) await rmdir(folder);
}
