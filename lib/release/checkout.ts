import {lstat, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join, relative, resolve, sep} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {makeFolder} from '../work.js';
import {findCommit, type GitPlace, type GitRepository, git, runGit} from './work-tree.js';

/** Which commit is checked out, and from where. */
export interface CheckoutRequest {
  readonly repository: GitRepository;
  readonly commit: string;
  /** Absolute folder; what lies there is removed first. */
  readonly target: string;
  /** Annotated tag that the checkout has on its commit: version control plugins read it. @default none */
  readonly tag?: string | undefined;
}

/**
 * Check a commit out into a folder of its own, apart from the user's work tree: its files and nothing else, hooks of
 * the repository do not run. The checkout is a repository, because build back ends ask git. Submodules come from the
 * user's checkout.
 *
 * @throws E_COMMAND; E_OPTION for a submodule that is not checked out
 */
export async function checkOut(request: CheckoutRequest, caller: GitPlace['caller']): Promise<void> {
  const {repository, commit, target, tag} = request;
  const place = {folder: target, caller};
  try {
    await rm(target, {recursive: true, force: true});
    await makeFolder(target);
    await git(place, 'init', '--quiet', '--template=', '--initial-branch=release');
    const objects = join(repository.common, 'objects');
    await mkdir(join(target, '.git', 'objects', 'info'), {recursive: true});
    await writeFile(join(target, '.git', 'objects', 'info', 'alternates'), `${objects}\n`);
  } catch (error) {
    throw ioError(error, `checking out ${commit}`);
  }
  // What a shallow clone has not, is not missing.
  await copyShallow(repository, target);
  await git(place, 'update-ref', '--no-deref', 'HEAD', commit);
  await git(place, '-c', 'core.hooksPath=/dev/null', 'read-tree', '--reset', '-u', commit);
  if (tag !== undefined) await tagIt(place, tag, commit);
  for (const {path, commit: inner} of await submodules(place, commit))
    await checkOutSubmodule(request, {path, commit: inner}, caller);
}

async function copyShallow({common}: GitRepository, target: string): Promise<void> {
  const shallow = await readFile(join(common, 'shallow')).catch(() => undefined);
  if (shallow !== undefined) await writeFile(join(target, '.git', 'shallow'), shallow);
}

/** The tag of this checkout alone: nobody else sees it. */
async function tagIt(place: GitPlace, tag: string, commit: string): Promise<void> {
  const {time} = await findCommit(place, commit);
  const env = {
    GIT_COMMITTER_NAME: 'mkvenvdeb',
    GIT_COMMITTER_EMAIL: 'mkvenvdeb@localhost',
    GIT_COMMITTER_DATE: `${time} +0000`,
  };
  const words = ['-c', 'tag.gpgSign=false', 'tag', '--annotate', '--force', '--message', tag];
  await runGit(place, [...words, '--end-of-options', tag, commit], {env});
}

interface Submodule {
  readonly path: string;
  readonly commit: string;
}

async function submodules(place: GitPlace, commit: string): Promise<readonly Submodule[]> {
  const lines = (await git(place, 'ls-tree', '-r', '-z', commit)).split('\0');
  return lines.flatMap((line) => {
    const [, inner, path] = /^160000 commit ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
    return inner === undefined || path === undefined ? [] : [{path, commit: inner}];
  });
}

async function checkOutSubmodule(
  {repository, target}: CheckoutRequest,
  {path, commit}: Submodule,
  caller: GitPlace['caller'],
): Promise<void> {
  const folder = join(repository.top, path);
  const missing = (cause?: unknown) =>
    new MkvenvdebError('E_OPTION', `Submodule is not checked out: ${path}`, {
      hint: 'Run git submodule update --init --recursive',
      cause,
    });
  const exists = await lstat(join(folder, '.git')).catch(() => undefined);
  if (exists === undefined) throw missing();
  const common = await git({folder, caller}, 'rev-parse', '--path-format=absolute', '--git-common-dir');
  const inner = {top: folder, prefix: '', common};
  await checkOut({repository: inner, commit, target: join(target, path)}, caller).catch((cause) => {
    caller.signal?.throwIfAborted();
    throw missing(cause);
  });
}

/**
 * The absolute path of a file of a checkout that is to be written or read.
 *
 * @param project folder in the checkout, which the path is relative to
 * @throws E_OPTION for one that leads out of it, by its name or by links
 */
export async function placeIn(checkout: string, project: string, path: string): Promise<string> {
  const place = resolve(project, path);
  const outside = () =>
    new MkvenvdebError('E_OPTION', `File leads out of the project: ${path}`, {
      hint: 'The version has to be kept in a file of the project',
    });
  if (!place.startsWith(checkout + sep)) throw outside();
  for (let part = place; part !== checkout; part = dirname(part)) {
    const found = await lstat(part).catch(() => undefined);
    if (found?.isSymbolicLink()) throw outside();
  }
  if (relative(checkout, place).split(sep)[0] === '.git') throw outside();
  return place;
}
