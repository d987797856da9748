import {type Caller, definedOnly} from '../context.js';
import {CommandError, MkvenvdebError} from '../errors.js';
import {unboundEnvironment} from '../formats/git.js';
import {run} from '../run.js';

/** A repository on this machine, and one that it pushes to. */
export interface RemotePlace {
  /** Folder of the repository. */
  readonly project: string;
  /** Name or URL of the other one. */
  readonly remote: string;
  readonly caller: Caller;
}

interface More {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Run git as the caller would, accounts and all, but without asking anybody, and without the hooks of this clone: what
 * they refuse would be refused at the last step, when all else is public.
 *
 * @throws CommandError when it fails
 */
export async function git(args: readonly string[], place: RemotePlace, more: More = {}): Promise<string> {
  const {project, caller} = place;
  const env = {
    ...unboundEnvironment(definedOnly(caller.environment)),
    ...{GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C.UTF-8', ...more.env},
  };
  const {input} = more;
  const config = ['-c', 'core.hooksPath=/dev/null', '-c', 'safe.directory=*'];
  const {stdout} = await run('git', [...config, ...args], {
    ...{cwd: project, env, signal: caller.signal},
    ...(input === undefined ? {} : {input}),
  });
  return stdout;
}

/** As `git`, where it may fail: what it said then. */
export async function tryGit(
  args: readonly string[],
  place: RemotePlace,
  more: More = {},
): Promise<{readonly stdout: string} | {readonly refused: readonly string[]}> {
  try {
    return {stdout: await git(args, place, more)};
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode === undefined) throw error;
    const lines = error.output.split('\n').map((line) => line.replaceAll('\t', ' ').trim());
    return {refused: lines.filter(Boolean)};
  }
}

/**
 * @throws E_OPTION for what git would take for an option, or for the name of a program
 */
export function assertRemote(remote: string): void {
  if (remote === '' || remote.startsWith('-') || /^\w+::/.test(remote) || /\p{Cc}/u.test(remote))
    throw new MkvenvdebError('E_OPTION', `Not a git remote: ${JSON.stringify(remote)}`);
}

/**
 * Refs of the other repository, each with the object that it names, and with `^{}` behind it the one that a tag stands
 * for.
 *
 * @throws E_PUBLISH when it cannot be asked
 */
export async function remoteRefs(
  patterns: readonly string[],
  place: RemotePlace,
): Promise<ReadonlyMap<string, string>> {
  const asked = await tryGit(['ls-remote', '--', place.remote, ...patterns], place);
  if ('refused' in asked)
    throw new MkvenvdebError('E_PUBLISH', `Git remote cannot be asked: ${place.remote}`, {
      issues: asked.refused,
      hint: 'Check its name, the account and the network: nobody is asked for a password here',
    });
  const lines = asked.stdout.split('\n').filter((line) => line.includes('\t'));
  return new Map(lines.map((line) => line.split('\t').reverse() as [string, string]));
}

/** Who makes objects, where git does not know: in a container there may be neither configuration nor account. */
export async function identity(place: RemotePlace): Promise<Readonly<Record<string, string>>> {
  if ('stdout' in (await tryGit(['var', 'GIT_COMMITTER_IDENT'], place))) return {};
  return {GIT_COMMITTER_NAME: 'mkvenvdeb', GIT_COMMITTER_EMAIL: 'mkvenvdeb@localhost'};
}
