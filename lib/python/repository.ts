import {copyFile, mkdir, symlink} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import fse from 'fs-extra';
import {gitEnvironment} from '../formats/git.js';
import {run} from '../run.js';
import type {Workspace} from './workspace.js';

/** What git needs of a workspace. */
export type GitContext = Pick<Workspace, 'env' | 'signal'> & Partial<Pick<Workspace, 'under'>>;

/** Ask git; undefined where there is no git, or where it fails. */
export async function git(
  {env, signal, under}: GitContext,
  cwd: string,
  args: readonly string[],
  input = '',
): Promise<string | undefined> {
  const options = {cwd, env: gitEnvironment(env), signal, under, input, label: 'git', tolerant: true};
  const result = await run('git', args, options).catch((error) => {
    if (signal?.aborted) throw error;
    return undefined;
  });
  return result?.exitCode === 0 ? result.stdout : undefined;
}

/** The repository of a project. */
export interface Repository {
  /** Where the project lies in it: `packages/app/`, empty for its top. */
  readonly prefix: string;
  /** Absolute paths of what git calls `$GIT_DIR` and `$GIT_COMMON_DIR`. */
  readonly own: string;
  readonly common: string;
}

/** A prefix becomes part of the path that is built in, and not every build tool copes with others. */
const PLAIN_PREFIX = /^[\w./+-]*$/;

/** Find the repository that a project belongs to; undefined where there is none that tracks anything of it. */
export async function findRepository(context: GitContext, project: string): Promise<Repository | undefined> {
  const answer = await git(context, project, ['rev-parse', '--show-prefix', '--git-dir', '--git-common-dir']);
  const [prefix, own, common] = answer?.split('\n') ?? [];
  if (prefix === undefined || !PLAIN_PREFIX.test(prefix) || !own || !common) return undefined;
  if (prefix !== '' && !(await git(context, project, ['ls-files', '-z', '--cached']))) return undefined;
  return {prefix, own: resolve(project, own), common: resolve(project, common)};
}

/** Parts of a repository (gitrepository-layout(5)) that nothing changes which only looks at it. */
const SHARED = ['objects', 'refs', 'packed-refs', 'reftable', 'shallow', 'info'];

/**
 * Give the copy of a project a repository of its own that shares history and names with the user's: back ends ask git
 * for the version, and `git describe --dirty` writes into the index. `top` is the folder of the copy that stands for
 * the top of the repository.
 */
export async function copyRepository(
  context: GitContext,
  {prefix, own, common}: Repository,
  top: string,
): Promise<void> {
  const target = join(top, '.git');
  await mkdir(target);
  for (const name of ['HEAD', 'index']) {
    const from = join(own, name);
    if (await fse.pathExists(from)) await copyFile(from, join(target, name));
  }
  const config = join(target, 'config');
  await copyFile(join(common, 'config'), config);
  // A submodule's names the folder of the user.
  await git(context, target, ['config', '--file', config, '--unset', 'core.worktree']);
  for (const name of SHARED) {
    const from = join(common, name);
    if (await fse.pathExists(from)) await symlink(from, join(target, name));
  }
  if (prefix !== '') await setAside(context, top, prefix);
}

/** What lies beside the project is not copied, and shall not count as deleted: `git describe` would call that dirty. */
async function setAside(context: GitContext, top: string, prefix: string): Promise<void> {
  const files = (await git(context, top, ['ls-files', '-z', '--cached']))?.split('\0') ?? [];
  const others = files.filter((file) => file !== '' && !file.startsWith(prefix));
  await git(context, top, ['update-index', '-z', '--skip-worktree', '--stdin'], others.join('\0'));
}
