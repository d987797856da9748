import {stat} from 'node:fs/promises';
import {type Caller, definedOnly} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {gitEnvironment} from '../formats/git.js';
import {type RunResult, run} from '../run.js';

/** Where git works, and for whom. */
export interface GitPlace {
  /** Absolute folder. */
  readonly folder: string;
  readonly caller: Caller;
}

interface GitOptions {
  /** Variables beside the caller's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Gives back the exit code in place of throwing. @default false */
  readonly tolerant?: boolean;
}

/** Git asks nobody. */
const UNATTENDED = {GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C.UTF-8'};

/** Run git with the user's own configuration, so that credential helpers work. */
export function runGit(
  {folder, caller}: GitPlace,
  args: readonly string[],
  {env = {}, ...options}: GitOptions = {},
): Promise<RunResult> {
  const all = {...gitEnvironment(definedOnly(caller.environment)), ...UNATTENDED, ...env};
  return run('git', args, {cwd: folder, env: all, signal: caller.signal, ...options});
}

/** What git prints. @throws E_COMMAND */
export const git = async (place: GitPlace, ...args: readonly string[]): Promise<string> =>
  (await runGit(place, args)).stdout;

/** The repository that a project lies in. */
export interface GitRepository {
  /** Absolute folder of the work tree. */
  readonly top: string;
  /** Where the project lies in it: `packages/app/`, empty for its top. */
  readonly prefix: string;
  /** Absolute folder of the objects that all work trees share. */
  readonly common: string;
}

/** @throws E_OPTION where the folder is in none */
export async function findWorkTree(place: GitPlace): Promise<GitRepository> {
  const asked = [
    'rev-parse',
    '--path-format=absolute',
    '--show-toplevel',
    '--git-common-dir',
    '--show-prefix',
  ];
  const {stdout, exitCode} = await runGit(place, asked, {tolerant: true}).catch(async (cause) => {
    place.caller.signal?.throwIfAborted();
    if (!(await isFolder(place.folder)))
      throw new MkvenvdebError('E_OPTION', `Project is not a folder: ${place.folder}`, {
        hint: 'Name the folder of a project in a checkout of git',
        cause,
      });
    throw new MkvenvdebError('E_OPTION', 'Git cannot be run', {hint: 'Install git', cause});
  });
  const [top, common, prefix = ''] = stdout.split('\n');
  if (exitCode === 0 && top && common) return {top, common, prefix};
  throw new MkvenvdebError('E_OPTION', `Project is not in a work tree of git: ${place.folder}`, {
    hint: 'Releases are made of commits: run git init and git commit, or name the folder of a checkout',
  });
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** A commit, as far as a release needs to know it. */
export interface CommitFacts {
  /** Full hash. */
  readonly commit: string;
  /** Hash of its files. */
  readonly tree: string;
  /** When it was made, in seconds since 1970. */
  readonly time: number;
  readonly message: string;
}

/** @throws E_OPTION where the name is that of no commit */
export async function findCommit(place: GitPlace, name: string): Promise<CommitFacts> {
  // biome-ignore lint/style/useTemplate: it is git's syntax
  const wanted = name + '^{commit}';
  const asked = ['rev-parse', '--quiet', '--verify', '--end-of-options', wanted];
  const {stdout: commit, exitCode} = await runGit(place, asked, {tolerant: true});
  if (exitCode !== 0 || !/^[0-9a-f]{40,64}$/.test(commit))
    throw new MkvenvdebError('E_OPTION', `No such commit: ${JSON.stringify(name)}`, {
      hint:
        name === 'HEAD'
          ? 'Nothing is committed yet: git add and git commit come first'
          : 'A shallow clone has the newest commits only: git fetch --unshallow gets the others',
    });
  const shown = await git(place, 'log', '-1', '--no-show-signature', '--format=%T%n%ct%n%B', commit);
  const [tree = '', time = '0', ...message] = shown.split('\n');
  return {commit, tree, time: Math.max(0, Number(time)), message: message.join('\n')};
}
