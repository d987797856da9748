import {lstat, lutimes, mkdir, readdir, readlink, utimes, writeFile} from 'node:fs/promises';
import {dirname, isAbsolute, join, resolve, sep} from 'node:path';
import fse from 'fs-extra';
import {MkvenvdebError} from '../errors.js';
import {gitEnvironment} from '../formats/git.js';
import {run} from '../run.js';
import type {Workspace} from './workspace.js';

/** What copying needs of a workspace; SOURCE_DATE_EPOCH in the environment is the time of every copied file. */
export type CopyContext = Pick<Workspace, 'env' | 'signal'>;

/** Folders that a build or a test run leaves in a project; without git nothing else tells them from sources. */
const LEFT_BEHIND = new Set([
  'build',
  'dist',
  'deb_dist',
  '__pycache__',
  '.tox',
  '.nox',
  '.git',
  '.hg',
  'node_modules',
]);

/**
 * Copy a project into a folder of the build, so that nothing is ever written into the user's tree: what git tracks and
 * what it does not ignore, or, without git, all but virtualenvs and build output. A project at the top of its
 * repository gets a `.git` file that points to it, for build back ends that take the version from there.
 *
 * @throws E_PAYLOAD for a symlink that leads out of the project, because it would not mean the same in the copy
 */
export async function copyProject(workspace: CopyContext, project: string, target: string): Promise<void> {
  const git = await gitFiles(workspace, project);
  const files = git?.files ?? (await walk(project, ''));
  await mkdir(target, {recursive: true});
  for (const file of files) await copyFile(project, file, target);
  if (git?.folder) await writeFile(join(target, '.git'), `gitdir: ${git.folder}\n`);
  await setTimes(target, Number(workspace.env.SOURCE_DATE_EPOCH));
}

async function copyFile(project: string, file: string, target: string): Promise<void> {
  const from = join(project, file);
  const information = await lstat(from).catch(() => undefined);
  if (!information || information.isDirectory()) return; // deleted but still in git's index, or a submodule
  if (information.isSymbolicLink()) {
    const link = await readlink(from);
    const end = resolve(dirname(from), link);
    if (isAbsolute(link) || (end !== project && !end.startsWith(project + sep))) {
      throw new MkvenvdebError('E_PAYLOAD', `Symlink leads out of the project: ${file} -> ${link}`, {
        hint: 'Replace it by a copy of what it points to, or have git ignore it',
      });
    }
  } else if (!information.isFile()) {
    throw new MkvenvdebError('E_PAYLOAD', `Neither file nor folder nor link: ${from}`, {
      hint: 'Remove it, or have git ignore it',
    });
  }
  await fse.copy(from, join(target, file), {dereference: false});
}

interface GitFiles {
  readonly files: readonly string[];
  /** The repository, when the project is its top folder. */
  readonly folder?: string;
}

/** Git's own view of the project; undefined where there is no git or no repository. */
async function gitFiles({signal, env}: CopyContext, project: string): Promise<GitFiles | undefined> {
  const git = async (...args: string[]) => {
    const options = {cwd: project, env: gitEnvironment(env), signal, label: 'git', tolerant: true};
    return run('git', args, options).catch((error) => {
      if (signal?.aborted) throw error;
      return undefined; // there is no git on this machine
    });
  };
  const listed = await git('ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate');
  if (listed?.exitCode !== 0) return undefined;
  const files = listed.stdout.split('\0').filter(Boolean);
  // A folder that its repository ignores as a whole (a checkout inside a build tree) has no file by git's view.
  if (files.length === 0) return undefined;
  const [top, folder] = ((await git('rev-parse', '--show-prefix', '--absolute-git-dir'))?.stdout ?? '').split(
    '\n',
  );
  return {files, ...(top === '' && folder ? {folder} : {})};
}

async function walk(project: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(join(project, folder), {withFileTypes: true});
  if (entries.some((entry) => entry.name === 'pyvenv.cfg')) return found;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) found.push(path);
    else if (!LEFT_BEHIND.has(entry.name) && !entry.name.endsWith('.egg-info'))
      found.push(...(await walk(project, path)));
  }
  return found;
}

/** Some back ends write the time of a file into the wheel. */
async function setTimes(folder: string, epoch: number): Promise<void> {
  for (const entry of await readdir(folder, {withFileTypes: true, recursive: true})) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isSymbolicLink()) await lutimes(path, epoch, epoch);
    else await utimes(path, epoch, epoch);
  }
}
