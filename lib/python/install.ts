import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {StagedVenv} from '../model.js';
import {run} from '../run.js';
import {readDistributions} from './distributions.js';
import {script} from './interpreter.js';
import type {Wheel} from './wheels.js';
import {inside, pip, type Workspace} from './workspace.js';

/** What pip installs here is all of it: nothing is asked of an index, or of what the interpreter brings. */
const OPTIONS = [
  ...['--no-deps', '--no-index', '--ignore-installed'],
  ...['--no-compile', '--no-warn-script-location', '--quiet'],
];

/**
 * Install wheels into a staged virtualenv, exactly these: everything was resolved before.
 *
 * @throws CommandError when pip refuses one
 */
export async function installWheels(
  workspace: Workspace,
  venv: StagedVenv,
  wheels: readonly Wheel[],
): Promise<StagedVenv> {
  if (wheels.length > 0) {
    const files = wheels.map(({file}) => file);
    await pip(workspace, join(venv.stagedPrefix, 'bin', 'python'), ['install', ...OPTIONS, ...files]);
  }
  return {...venv, distributions: await readDistributions(venv, wheels)};
}

/** Sentences about requirements that are not met in the virtualenv, as `pip check` finds them. */
export async function unmetRequirements(workspace: Workspace, venv: StagedVenv): Promise<readonly string[]> {
  const {folders, pip: tool} = workspace;
  const result = join(folders.tmp, 'unmet-requirements.json');
  const args = ['-s', '-B', script('check_requirements.py'), tool.folder, result];
  const options = {...inside(workspace), cwd: folders.root, label: 'check_requirements', keepOutput: false};
  await run(join(venv.stagedPrefix, 'bin', 'python'), args, options);
  return JSON.parse(await readFile(result, 'utf8')) as string[];
}
