import {access, constants, readFile} from 'node:fs/promises';
import {hostname} from 'node:os';
import {CommandError} from '../errors.js';
import {run} from '../run.js';
import type {Facts, Turn} from './turn.js';

const HOSTS = ['another-host', 'yet-another-host'] as const;
const NAMED = 'hostname "$1" && shift && exec "$@"';
/** A new file system at $2 that lists $1 backwards; it ends with the shell, which therefore has to wait. */
const MIRRORED = `disorderfs -q --multi-user=yes --sort-dirents=yes --reverse-dirents=yes "$1" "$2" >/dev/null || exit 98
cd "$2" && shift 2 || exit 97
"$@"
exit $?`;

/** Another name of the machine: that of a namespace (uts_namespaces(7)), no other program sees it. */
export async function otherHostname({caller}: Facts): Promise<Turn> {
  const name = HOSTS.find((one) => one !== hostname()) ?? HOSTS[0];
  const isRoot = process.getuid?.() === 0;
  // Who is not root may do so in a user namespace, where there are such.
  const rights = isRoot ? [] : ['--user', '--map-current-user', '--keep-caps'];
  const launcher = ['unshare', ...rights, '--uts', 'sh', '-c', NAMED, 'sh', name];
  const failure = await failing([...launcher, 'true'], caller);
  if (failure === undefined) return {launcher, value: name};
  const isDenied = !isRoot && failure.startsWith('unshare: ');
  return {why: isDenied ? `this user may not make a user namespace (${failure})` : failure};
}

/** One processor, as far as the scheduler is asked: what counts those of the machine counts all (os.cpu_count()). */
export async function fewerCpus({caller}: Facts): Promise<Turn> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status) ?? [];
  const [first] = /^\d+/.exec(list) ?? [];
  if (first === undefined) return {why: 'there is no /proc/self/status that tells them'};
  if (list === first) return {why: 'there is one only'};
  const launcher = ['taskset', '--cpu-list', first];
  const why = await failing([...launcher, 'true'], caller);
  // Python 3.13 and newer ask this variable where older ones ask the machine.
  const injected = {PYTHON_CPU_COUNT: '1'};
  return why === undefined ? {launcher, injected, value: `1 (number ${first}) in place of ${list}`} : {why};
}

/** Folders are listed backwards: for every program through disorderfs, where there is none in our own walk only. */
export async function foldersBackwards({caller}: Facts): Promise<Turn> {
  const own = (why: string): Turn => ({reverse: true, value: `reversed in our own walk only: ${why}`});
  if (process.getuid?.() !== 0) return own('only root can mount disorderfs');
  const device = await access('/dev/fuse', constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!device) return own('there is no device for FUSE');
  const why =
    (await failing(['disorderfs', '--version'], caller)) ?? (await failing([...MOUNTING, 'true'], caller));
  return why === undefined ? {reverse: true, mirrored: true, value: 'reversed by disorderfs'} : own(why);
}

const MOUNTING = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Words before a command that has to see the folder `disk` at `place`, backwards. */
export const mirror = (disk: string, place: string): readonly string[] => [
  ...MOUNTING,
  ...['sh', '-c', MIRRORED, 'sh', disk, place],
];

/** Why a command does not work here; undefined when it does. */
async function failing(
  [command = '', ...args]: readonly string[],
  {environment, signal}: Facts['caller'],
): Promise<string | undefined> {
  const env = {PATH: environment.PATH ?? '/usr/bin:/bin'};
  try {
    await run(command, args, {cwd: '/', env, signal, label: command});
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    if (error.exitCode === undefined) return `${command} is not installed`;
    return error.output.split('\n').at(-1) || `${command} fails`;
  }
}
