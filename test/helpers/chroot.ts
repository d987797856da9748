import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import * as assert from 'uvu/assert';

/** What a server's shell has; nothing of the caller's environment gets in. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/nonexistent',
  LANG: 'C.UTF-8',
};

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Account inside the chroot. @default root */
  readonly user?: string;
  /** Added to the bare environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a server has that is about no interpreter. Each list of packages is a base system of its own to be made. */
export const SERVER = ['adduser', 'debconf', 'ucf'];

/** No chroot can be made here; the message says why, so that a test can skip itself with it. */
export class NoChroot extends Error {}

/**
 * A small Debian in a folder of its own. Every command runs from `/` in its own mount and process namespace: it sees
 * its own /proc (PyPy warns without one), and when the test ends in whatever way, nothing stays mounted or running.
 */
export class Chroot {
  constructor(readonly root: string) {}

  /** Where a path of the chroot lies on this machine. */
  path(inside: string): string {
    return join(this.root, inside);
  }

  /** Run a command; its exit code is for the caller to judge. */
  async run(command: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    const {exitCode = 128, stdout, stderr} = await this.#start(command, options);
    return {exitCode, stdout, stderr};
  }

  /** Run a command that must succeed; gives back what it printed. */
  async ok(command: readonly string[], options: CommandOptions = {}): Promise<string> {
    const {exitCode, stdout, stderr} = await this.run(command, options);
    assert.is(exitCode, 0, `${command.join(' ')}: exit code ${exitCode}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** Run a server and, as soon as it printed its first line, do something with that; the server is killed then. */
  async whileRunning(
    command: readonly string[],
    options: CommandOptions,
    use: (line: string) => Promise<void>,
  ): Promise<void> {
    const server = this.#start(command, options);
    try {
      const line = await new Promise<string>((resolve, reject) => {
        server.stdout.once('data', (data) => resolve(String(data)));
        server.then(({stderr}) => reject(new Error(`${command.join(' ')} ended by itself: ${stderr}`)));
      });
      await use(line);
    } finally {
      server.kill('SIGKILL');
      await server;
    }
  }

  #start(command: readonly string[], {user = 'root', env = {}}: CommandOptions) {
    const variables = Object.entries({...ENVIRONMENT, ...env}).map(([key, value]) => `${key}=${value}`);
    const namespace = ['--mount', '--pid', '--fork', '--kill-child', `--mount-proc=${this.path('proc')}`];
    // The shell stays root and is the namespace's first process: it dies with unshare, and all others with it. A
    // process that changed its user would live on (prctl(2), PR_SET_PDEATHSIG).
    const first = ['sh', '-c', '"$@"; exit $?', 'sh'];
    const inside = ['chroot', `--userspec=${user}:`, this.root, 'env', '-i', ...variables, ...command];
    return execa('unshare', [...namespace, ...first, ...inside], {stdin: 'ignore', reject: false});
  }

  /** Call dpkg with standard input closed, as an unattended upgrade may: a question could not be answered. */
  dpkg(...args: string[]): Promise<Outcome> {
    return this.run(['sh', '-c', 'exec dpkg "$@" <&-', 'sh', ...args]);
  }

  /** `dpkg -i` of a package that lies on this machine. */
  async install(deb: string): Promise<Outcome> {
    await writeFile(this.path('/tmp/package.deb'), await readFile(deb));
    try {
      return await this.dpkg('-i', '/tmp/package.deb');
    } finally {
      await rm(this.path('/tmp/package.deb'));
    }
  }

  async close(): Promise<void> {
    await rm(this.root, {recursive: true, force: true, maxRetries: 3});
  }
}

/**
 * A fresh chroot with these Debian packages in it, for the caller to close.
 *
 * @param release another one than this machine's, from the same mirrors
 * @throws NoChroot where the machine cannot have one
 */
export async function openChroot(packages: readonly string[], release?: string): Promise<Chroot> {
  const archive = await baseSystem([...packages].sort(), release);
  await removeLitter();
  const chroot = new Chroot(await mkdtemp(join(tmpdir(), `mkvenvdeb-chroot-${process.pid}-`)));
  await execa('tar', ['-xpf', archive, '--numeric-owner', '-C', chroot.root]);
  // mkdtemp makes the folder private, but it is the chroot's `/`, and accounts in there must get in.
  await execa('chmod', ['755', chroot.root]);
  return chroot;
}

/** Remove the chroots of test runs that were killed: each is as large as a small Debian. */
async function removeLitter(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = /^mkvenvdeb-chroot-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(join(tmpdir(), name), {recursive: true, force: true});
  }
}

/**
 * A folder with packages of a release unpacked into it and none configured: enough to run a program of theirs by
 * `chroot`, for the caller to close. It takes a tenth of what a system takes.
 *
 * @throws NoChroot where the machine cannot have one
 */
export async function openUnpacked(packages: readonly string[], release: string): Promise<Chroot> {
  const archive = await baseSystem([...packages].sort(), release, 'extract');
  await removeLitter();
  const chroot = new Chroot(await mkdtemp(join(tmpdir(), `mkvenvdeb-chroot-${process.pid}-`)));
  await execa('tar', ['-xpf', archive, '--numeric-owner', '-C', chroot.root]);
  return chroot;
}

/** Run with a fresh chroot that is removed afterwards, whatever happens. */
export async function withChroot<T>(
  packages: readonly string[],
  use: (chroot: Chroot) => Promise<T>,
): Promise<T> {
  const chroot = await openChroot(packages);
  try {
    return await use(chroot);
  } finally {
    await chroot.close();
  }
}

/** The unpacked system as a tar archive, made once per machine and list of packages. */
async function baseSystem(
  packages: readonly string[],
  release?: string,
  variant: 'minbase' | 'extract' = 'minbase',
): Promise<string> {
  await assertAble();
  const {codename, sources} = await aptSources(release);
  const key = createHash('sha256')
    .update(JSON.stringify([process.arch, sources, packages, ...(variant === 'minbase' ? [] : [variant])]))
    .digest('hex')
    .slice(0, 16);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mkvenvdeb-test');
  const archive = join(cache, `${codename}-${key}.tar`);
  if (existsSync(archive)) return archive;
  await mkdir(cache, {recursive: true});
  const settings = `${archive}.apt.conf`;
  await writeFile(settings, await aptTransport());
  // Test files run side by side: the lock lets one make what both want. Only a finished archive gets the name.
  const script = '[ -f "$0" ] || { mmdebstrap "$@" "$0.part" - && mv "$0.part" "$0"; }';
  // A mirror that stands still is good enough to take programs from.
  const old = variant === 'extract' ? ['--aptopt=Acquire::Check-Valid-Until "false"'] : [];
  const options = [
    '--quiet',
    '--mode=root',
    `--variant=${variant}`,
    '--format=tar',
    `--aptopt=${settings}`,
    ...old,
  ];
  const made = await execa(
    'flock',
    [
      `${archive}.lock`,
      ...['sh', '-c', script, archive],
      ...[...options, `--include=${packages.join(',')}`, codename],
    ],
    {input: sources.join('\n'), reject: false, all: true},
  );
  if (made.exitCode !== 0) throw new NoChroot(`mmdebstrap failed: ${made.all.trim().split('\n').at(-1)}`);
  return archive;
}

async function assertAble(): Promise<void> {
  if (process.getuid?.() !== 0) throw new NoChroot('only root can make a chroot');
  for (const tool of ['mmdebstrap', 'unshare', 'flock', 'apt-get']) {
    const {exitCode} = await execa('sh', ['-c', 'command -v "$0"', tool], {reject: false});
    if (exitCode !== 0) throw new NoChroot(`${tool} is not installed`);
  }
  const {exitCode} = await execa('unshare', ['--mount', '--pid', '--fork', 'true'], {reject: false});
  if (exitCode !== 0) throw new NoChroot('this machine does not let root make namespaces');
}

/** The distribution's own archives as this machine's apt knows them, as lines of sources.list(5). */
async function aptSources(release?: string): Promise<{codename: string; sources: readonly string[]}> {
  const system = existsSync('/etc/os-release') ? await readFile('/etc/os-release', 'utf8') : '';
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1] ?? '';
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const {stdout} = await execa('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const ours = new RegExp(`^\\S+ ${codename}(-updates|-security|/updates)? main$`);
  const lines = stdout.split('\n').filter((line) => ours.test(line));
  if (codename === '' || lines.length === 0) throw new NoChroot('apt knows no archive of this distribution');
  // Updates and security have other names in other releases; the release itself is on every mirror.
  const wanted = release === undefined || release === codename ? lines : ofRelease(lines, codename, release);
  return {codename: release ?? codename, sources: [...new Set(wanted)].sort().map((line) => `deb ${line}`)};
}

const ofRelease = (lines: readonly string[], codename: string, release: string): readonly string[] =>
  lines
    .filter((line) => line.split(' ')[1] === codename)
    .map((line) => line.replace(` ${codename} `, ` ${release} `));

/** How this machine's apt gets out: proxies and certificates. */
async function aptTransport(): Promise<string> {
  const {stdout} = await execa('apt-config', ['dump', 'Acquire::http', 'Acquire::https']);
  return `${stdout}\n`;
}
