import {copyFile, mkdir, symlink} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import fse from 'fs-extra';
import {gitEnvironment} from '../formats/git.js';
import {run} from '../run.js';
import type {Workspace} from './workspace.js';

/** What git needs of a workspace. */
export type GitContext = Pick<Workspace, 'env' | 'signal'>;

/** Ask git; undefined where there is no git, or where it fails. */
export async function git(
  {env, signal}: GitContext,
  cwd: string,
  args: readonly string[],
): Promise<string | undefined> {
  const options = {cwd, env: gitEnvironment(env), signal, label: 'git', tolerant: true};
  const result = await run('git', args, options).catch((error) => {
    if (signal?.aborted) throw error;
    return undefined;
  });
  return result?.exitCode === 0 ? result.stdout : undefined;
}

/** Parts of a repository (gitrepository-layout(5)) that nothing changes which only looks at it. */
const SHARED = ['objects', 'refs', 'packed-refs', 'reftable', 'shallow', 'info'];

/**
 * Give the copy of a project a repository of its own that shares history and names with the user's: back ends ask git
 * for the version, and `git describe --dirty` writes into the index. Does nothing where the project is not the top of
 * a repository.
 */
export async function copyRepository(context: GitContext, project: string, target: string): Promise<void> {
  const answer = await git(context, project, ['rev-parse', '--show-prefix', '--git-dir', '--git-common-dir']);
  const [prefix, own, common] = answer?.split('\n') ?? [];
  if (prefix !== '' || !own || !common) return;
  await mkdir(target);
  for (const name of ['HEAD', 'index']) {
    const from = resolve(project, own, name);
    if (await fse.pathExists(from)) await copyFile(from, join(target, name));
  }
  const config = join(target, 'config');
  await copyFile(resolve(project, common, 'config'), config);
  // A submodule's names the folder of the user.
  await git(context, target, ['config', '--file', config, '--unset', 'core.worktree']);
  for (const name of SHARED) {
    const from = resolve(project, common, name);
    if (await fse.pathExists(from)) await symlink(from, join(target, name));
  }
}
