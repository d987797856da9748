import {lstat, lutimes, mkdir, readdir, readlink, utimes} from 'node:fs/promises';
import {basename, dirname, isAbsolute, join, resolve, sep} from 'node:path';
import fse from 'fs-extra';
import {MkvenvdebError} from '../errors.js';
import {copyRepository, findRepository, type GitContext, git} from './repository.js';

/** What copying needs of a workspace; SOURCE_DATE_EPOCH in the environment is the time of every copied file. */
export interface CopyContext extends GitContext {
  /** A project that is a copy already, made by `copyProject`: everything in it is taken. */
  readonly selected?: string | undefined;
}

/** What a build or a test run leaves in a project. Names that a package may have as well count at the top only. */
const LEFT_BEHIND =
  /^(?:build|dist|deb_dist|\.tox|\.nox)\/|(?:^|\/)(?:__pycache__|node_modules|[^/]+\.egg-info)\/|(?:^|\/)\.(?:git|hg)(?:\/|$)/;

/**
 * Copy a project into a folder of the build, so that nothing is ever written into the user's tree: what git tracks,
 * also in submodules, and what it does not ignore, or, without git, everything; but neither virtualenvs nor build
 * output, unless they are tracked. The copy gets a `.git` of its own, for build back ends that take the version from
 * there, at its top or above it: a project in `packages/app` of its repository is copied to there below the target.
 *
 * @returns the folder of the copied project
 * @throws E_PAYLOAD for a symlink that leads out of the project, because it would not mean the same in the copy
 */
export async function copyProject(context: CopyContext, project: string, target: string): Promise<string> {
  const isSelected = project === context.selected;
  const files = isSelected ? await walk(project, '', /^\.git\//) : await projectFiles(context, project);
  const repository = await findRepository(context, project);
  const copy = join(target, repository?.prefix ?? '.').replace(/\/$/, '');
  await mkdir(copy, {recursive: true});
  for (const file of files) await copyFile(project, file, copy);
  if (repository) await copyRepository(context, repository, target);
  await setTimes(target, Number(context.env.SOURCE_DATE_EPOCH));
  return copy;
}

async function copyFile(project: string, file: string, target: string): Promise<void> {
  const from = join(project, file);
  const information = await lstat(from).catch(() => undefined);
  if (!information && file.includes('\ufffd')) {
    throw new MkvenvdebError('E_PAYLOAD', `File name is not UTF-8: ${from}`, {hint: 'Rename it'});
  }
  if (!information) return; // deleted, but still in git's index
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

/** Paths of everything to be copied, relative to the project. */
async function projectFiles(context: CopyContext, project: string): Promise<string[]> {
  const found: string[] = [];
  for (const file of (await gitFiles(context, project)) ??
    withoutVirtualenvs(await walk(project, '', LEFT_BEHIND))) {
    const information = await lstat(join(project, file)).catch(() => undefined);
    if (!information?.isDirectory()) {
      found.push(file);
      continue;
    }
    // To git, a submodule is one thing.
    for (const inner of await projectFiles(context, join(project, file))) found.push(join(file, inner));
  }
  return found;
}

/** Git's own view of the project; undefined where there is no git or no repository. */
async function gitFiles(context: CopyContext, project: string): Promise<string[] | undefined> {
  const list = async (...args: string[]) => {
    const listed = await git(context, project, ['ls-files', '-z', ...args]);
    // A submodule that is not there calls itself `./`.
    return listed?.split('\0').filter((file) => file !== '' && file !== './');
  };
  const tracked = await list('--cached');
  const others = await list('--others', '--exclude-standard');
  if (!tracked || !others) return undefined;
  const files = new Set([
    ...tracked,
    ...withoutVirtualenvs(others.filter((file) => !LEFT_BEHIND.test(file))),
  ]);
  // A folder that its repository ignores as a whole (a checkout inside a build tree) has no file by git's view.
  return files.size > 0 ? [...files] : undefined;
}

async function walk(project: string, folder: string, without: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(project, folder), {withFileTypes: true})) {
    const path = join(folder, entry.name);
    if (without.test(entry.isDirectory() ? `${path}/` : path)) continue;
    if (entry.isDirectory()) found.push(...(await walk(project, path, without)));
    else found.push(path);
  }
  return found;
}

function withoutVirtualenvs(files: readonly string[]): readonly string[] {
  const marks = files.filter((file) => basename(file) === 'pyvenv.cfg' && file.includes('/'));
  return files.filter((file) => !marks.some((mark) => file.startsWith(`${dirname(mark)}/`)));
}

/** Some back ends write the time of a file into the wheel. */
async function setTimes(folder: string, epoch: number): Promise<void> {
  for (const entry of await readdir(folder, {withFileTypes: true, recursive: true})) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isSymbolicLink()) await lutimes(path, epoch, epoch);
    else await utimes(path, epoch, epoch);
  }
}
