import {access, mkdir, readdir, readlink, realpath, symlink, unlink} from 'node:fs/promises';
import {isAbsolute, join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import type {Interpreter, StagedVenv} from '../model.js';
import {run} from '../run.js';
import {which} from './interpreter.js';
import {inside, type Workspace} from './workspace.js';

export interface VenvOptions {
  readonly tool: 'builtin' | 'virtualenv';
  readonly prefix: string;
  /** Shown by the activate scripts. */
  readonly promptName: string;
  readonly systemSitePackages: boolean;
}

/**
 * Create an empty virtualenv in the stage, without pip in it and with the interpreter as a link: `--copies` would make
 * Debian's PyPy copy all of /usr/lib.
 *
 * @throws E_PYTHON when the tool is not there; CommandError when it fails
 */
export async function createVenv(workspace: Workspace, options: VenvOptions): Promise<StagedVenv> {
  const {folders, interpreter} = workspace;
  const stagedPrefix = join(folders.stage, options.prefix);
  await mkdir(join(stagedPrefix, '..'), {recursive: true});
  const [command, ...args] =
    options.tool === 'builtin'
      ? [interpreter.executable, '-m', 'venv', '--without-pip', '--symlinks', '--prompt', options.promptName]
      : await virtualenv(workspace, options.promptName);
  if (options.systemSitePackages) args.push('--system-site-packages');
  await runTool(workspace, command as string, [...args, stagedPrefix]);
  await access(join(stagedPrefix, interpreter.sitePackages));
  await pinInterpreterLinks(stagedPrefix, interpreter);
  return {stage: folders.stage, stagedPrefix, prefix: options.prefix, interpreter, distributions: []};
}

/** A venv that packages are built in: always by the standard library, as plain as it can be. */
export async function createBuildVenv(workspace: Workspace, folder: string): Promise<string> {
  const args = ['-m', 'venv', '--without-pip', '--symlinks', folder];
  await runTool(workspace, workspace.interpreter.executable, args);
  return join(folder, 'bin', 'python');
}

async function runTool(workspace: Workspace, command: string, args: string[]): Promise<void> {
  const {folders, report} = workspace;
  await run(command, args, {...inside(workspace), cwd: folders.root, report, label: 'venv'});
}

async function virtualenv({env, interpreter}: Workspace, promptName: string): Promise<string[]> {
  const program = await which('virtualenv', env.PATH ?? '');
  if (!program) {
    throw new MkvenvdebError('E_PYTHON', 'Command not found: virtualenv', {
      hint: 'Install it (Debian: apt install virtualenv) or use "venv: builtin"',
    });
  }
  const bare = ['--no-pip', '--no-setuptools', '--no-wheel', '--no-vcs-ignore'];
  const offline = ['--no-download', '--no-periodic-update'];
  return [program, '--python', interpreter.executable, ...offline, ...bare, '--prompt', promptName];
}

/** Links that lead to the interpreter name its versioned executable, whatever name the tool chose. */
async function pinInterpreterLinks(stagedPrefix: string, interpreter: Interpreter): Promise<void> {
  const real = await realpath(interpreter.executable);
  const bin = join(stagedPrefix, 'bin');
  for (const name of await readdir(bin)) {
    const target = await readlink(join(bin, name)).catch(() => undefined);
    if (!target || !isAbsolute(target) || target === interpreter.executable) continue;
    if ((await realpath(target).catch(() => undefined)) !== real) continue;
    await unlink(join(bin, name));
    await symlink(interpreter.executable, join(bin, name));
  }
}
