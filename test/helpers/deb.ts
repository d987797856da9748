import {access, mkdir, mkdtemp} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';

/** A member of a package, as `dpkg-deb -c` prints it. */
export interface Listed {
  /** `-rwxr-xr-x` */
  readonly mode: string;
  /** `root/root` */
  readonly owner: string;
  readonly size: number;
  /** `2020-01-01 00:00`, in UTC */
  readonly time: string;
  readonly target?: string;
}

/** Fields of the control file. */
export async function fieldsOf(deb: string): Promise<Readonly<Record<string, string>>> {
  const {stdout} = await execa('dpkg-deb', ['-f', deb]);
  const fields = stdout.matchAll(/^([\w-]+): (.*(?:\n .*)*)$/gm);
  return Object.fromEntries([...fields].map(([, name, value]) => [name, value]));
}

/** Everything in a package by its absolute path. */
export async function treeOf(deb: string): Promise<ReadonlyMap<string, Listed>> {
  const {stdout} = await execa('dpkg-deb', ['-c', deb], {env: {TZ: 'UTC', LC_ALL: 'C.UTF-8'}});
  const tree = new Map<string, Listed>();
  for (const line of stdout.split('\n')) {
    const [, mode = '', owner = '', size, time = '', path = '', target] =
      /^(\S+) (\S+) +(\d+) (\S+ \S+) \.(\/.*?)(?: -> (.*))?$/.exec(line) ?? [];
    const listed = {mode, owner, size: Number(size), time, ...(target === undefined ? {} : {target})};
    tree.set(path.replace(/(?<=.)\/$/, ''), listed);
  }
  return tree;
}

/** Unpack a package into a new folder below this one; gives the folder. */
export async function unpack(deb: string, below: string): Promise<string> {
  const folder = await mkdtemp(join(below, 'unpacked-'));
  await execa('dpkg-deb', ['-x', deb, folder]);
  return folder;
}

/** A file of the control archive, such as `postinst`; undefined when there is none. */
export async function controlFile(deb: string, name: string): Promise<string | undefined> {
  const {stdout, exitCode} = await execa('dpkg-deb', ['-I', deb, name], {
    reject: false,
    stripFinalNewline: false,
  });
  return exitCode === 0 ? stdout : undefined;
}

export interface Ran {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/**
 * Run a command with the package's `/opt` in place of this machine's, in a mount namespace of its own, with a bare
 * environment. undefined where this machine does not let us.
 */
export async function runInstalled(
  deb: string,
  command: readonly string[],
  below: string,
): Promise<Ran | undefined> {
  const folder = await unpack(deb, below);
  await access(join(folder, 'opt'));
  await mkdir('/opt', {recursive: true}).catch(() => {});
  const namespace = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  const able = await execa('unshare', [...namespace, 'mount', '-t', 'tmpfs', 'tmpfs', '/opt'], {
    reject: false,
  });
  if (able.exitCode !== 0) return undefined;
  const script = 'mount --bind "$0/opt" /opt && cd / && exec "$@"';
  const bare = ['env', '-i', 'PATH=/usr/bin:/bin', 'LC_ALL=C.UTF-8', 'HOME=/nonexistent'];
  const args = [...namespace, 'sh', '-c', script, folder, ...bare, ...command];
  const {exitCode, all} = await execa('unshare', args, {reject: false, all: true, stdin: 'ignore'});
  return {exitCode, output: all};
}
