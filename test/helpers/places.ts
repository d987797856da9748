import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {cli, root} from './suite.js';

export interface Outcome {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PlaceOptions {
  /** The whole environment. @default a bare one */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Command line that runs the rest of its arguments. @default none */
  readonly under?: readonly string[];
}

const BARE = {PATH: '/usr/bin:/bin'};

/** Run the compiled command line in a bare environment; by `under`, as another user or in another namespace. */
export async function runIn(
  args: readonly string[],
  {env = {}, cwd, under = []}: PlaceOptions,
): Promise<Outcome> {
  const [command = '', ...rest] = [...under, process.execPath, cli, ...args];
  const {NODE_V8_COVERAGE: coverage} = process.env;
  const variables = {...BARE, ...(coverage ? {NODE_V8_COVERAGE: coverage} : {}), ...env};
  const options = {cwd, env: variables, extendEnv: false, reject: false, stdin: 'ignore'} as const;
  const {exitCode, stdout, stderr} = await execa(command, rest, options);
  return {exitCode, stdout, stderr};
}

/** Why this machine cannot do what only root may do in namespaces of its own; undefined where it can. */
export async function unable(...namespaces: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'only root may do that';
  const {exitCode, stderr} = await execa('unshare', [...namespaces, 'true'], {reject: false});
  return exitCode === 0 ? undefined : `unshare ${namespaces.join(' ')} fails: ${stderr}`;
}

const BIND = 'mount --bind "$0" "$1" && cd "$2" && shift 2 && exec "$@"';

/**
 * Run the command line as an account without rights and groups, 65534 unless another is given. The checkout is put to
 * `below`/app for it, a place that everybody may look into.
 */
export async function runAsNobody(
  args: readonly string[],
  {
    env = {},
    cwd,
    below,
    uid = 65534,
    under = [],
  }: PlaceOptions & {readonly below: string; readonly uid?: number},
): Promise<Outcome> {
  const app = join(below, 'app');
  await mkdir(app, {recursive: true});
  const user = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const program = join(app, cli.slice(root.length));
  const inside = ['sh', '-c', BIND, root, app, cwd, ...user, ...under, process.execPath, program, ...args];
  const options = {env: {...BARE, ...env}, extendEnv: false, reject: false, stdin: 'ignore'} as const;
  const {exitCode, stdout, stderr} = await execa('unshare', ['--mount', ...inside], options);
  return {exitCode, stdout, stderr};
}
