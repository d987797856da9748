import {readdirSync, readFileSync} from 'node:fs';
import {access, constants, readFile, statfs} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Caller} from '../context.js';
import type {DpkgDatabase} from '../formats/dpkg-database.js';
import {which} from '../python/interpreter.js';
import {findIsolation} from '../python/offline.js';
import {run} from '../run.js';
import {ok, type Raw} from './finding.js';

/** Programs that some builds need, by what they print with --version. */
const PROGRAMS = [
  {
    subject: 'compiler',
    names: ['cc', 'gcc'],
    meaning: 'sdists with C code cannot be built',
    packages: ['build-essential'],
  },
  {
    subject: 'git',
    names: ['git'],
    meaning: 'no version from git, no requirement from git, all files are packed',
    packages: ['git'],
  },
] as const;

/** Look for programs that some builds need. */
export const examinePrograms = (caller: Caller): Promise<readonly Raw[]> =>
  Promise.all(
    PROGRAMS.map(async ({subject, names, meaning, packages}) => {
      for (const name of names) {
        const said = await versionOf(name, caller);
        if (said !== undefined) return ok(subject, said);
      }
      return {subject, state: 'warning', found: 'not found', meaning, packages} as const;
    }),
  );

async function versionOf(name: string, {environment, signal}: Caller): Promise<string | undefined> {
  const path = environment.PATH ?? '/usr/bin:/bin';
  const program = await which(name, path);
  if (program === undefined) return undefined;
  const env = {PATH: path, LC_ALL: 'C.UTF-8', HOME: '/nonexistent'};
  const {stdout, exitCode} = await run(program, ['--version'], {cwd: '/', env, signal, tolerant: true});
  return exitCode === 0 ? stdout.split('\n')[0] : undefined;
}

/** Whether this Node is one of those that we run on. */
export function examineNode(): Raw {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const {engines} = JSON.parse(manifest) as {engines: {node: string}};
  const numbers = (text: string) => [...text.matchAll(/\d+/g)].map(Number);
  const [major = 0, minor = 0] = numbers(process.versions.node);
  const [least = 0, leastMinor = 0] = numbers(engines.node);
  if (major > least || (major === least && minor >= leastMinor))
    return ok('node', `${process.versions.node} (${engines.node})`);
  return {
    subject: 'node',
    state: 'error',
    found: `${process.versions.node} (${engines.node} is needed)`,
    hint: 'Install a newer Node',
  };
}

/** Whether dpkg's files tell what is installed. */
export function examineDpkg(database: DpkgDatabase): Raw {
  if (!database.isEmpty) return ok('dpkg database', 'can be read');
  return {
    subject: 'dpkg database',
    state: 'warning',
    found: 'no package is installed',
    meaning: 'relations to the interpreter and to shared libraries cannot be computed',
    hint: 'Build on Debian or Ubuntu, or set interpreter_depends, target_python and depends',
  };
}

/** Whether apt has lists of the packages that it can install, as `apt-get update` fetches them. */
export function hasAptLists(): boolean {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => /_Packages(?:\.\w+)?$/.test(name));
  } catch {
    return false;
  }
}

/** Whether `offline` is kept by the kernel. */
export async function examineNetwork({environment, signal}: Caller): Promise<Raw> {
  const path = environment.PATH ?? '/usr/bin:/bin';
  const {by, under} = await findIsolation(path, {signal});
  if (by === 'namespace') return ok('network namespace', under.join(' '));
  const hasUnshare = (await which('unshare', path)) !== undefined;
  return {
    subject: 'network namespace',
    state: 'warning',
    found: hasUnshare ? 'not allowed here' : 'unshare is not found',
    meaning: '"offline" is kept by settings only',
    ...(hasUnshare ? {hint: 'Build as root, or allow user namespaces'} : {packages: ['util-linux']}),
  };
}

/** Whether `verify` can turn the clock. */
export function examineVerify(): Raw {
  const libraries = '/usr/lib';
  const found = readdirSync(libraries).flatMap((name) => {
    const file = join(libraries, name, 'faketime/libfaketime.so.1');
    return isFile(file) ? [file] : [];
  });
  if (found[0] !== undefined) return ok('faketime', found[0]);
  const meaning = '"verify" builds both times on the same day';
  return {subject: 'faketime', state: 'warning', found: 'not found', meaning, packages: ['faketime']};
}

function isFile(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

/** Least that a small build takes, in bytes. */
const LEAST_SPACE = 500e6;

/** Whether a folder, or the one that it will be made in, can be written to, and how much there is room for. */
export async function examineFolder(subject: string, path: string): Promise<Raw> {
  let folder = path;
  for (;;) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder) {
        folder = dirname(folder);
        continue;
      }
      const hint =
        subject === 'out' ? 'Name another folder with --out' : 'Name another folder with --work-dir';
      return {subject, state: 'error', found: `${folder} cannot be written to`, hint};
    }
  }
  const {bavail, bsize} = await statfs(folder);
  const free = bavail * bsize;
  const found = `${path}: ${(free / 1e9).toFixed(1)} GB free`;
  if (free >= LEAST_SPACE) return ok(subject, found);
  return {
    subject,
    state: 'warning',
    found,
    meaning: 'a build may not fit',
    hint: 'Make room, or name another folder',
  };
}

/** What others depend on and we do not. */
export async function examineSurroundings({environment}: Caller): Promise<Raw> {
  const umask = /^Umask:\s*(\d+)/m.exec(await readFile('/proc/self/status', 'utf8').catch(() => ''))?.[1];
  const {LC_ALL, LANG} = environment;
  const found = `locale ${LC_ALL ?? LANG ?? 'C'}, umask ${umask ?? 'not known'}`;
  return ok('surroundings', found, 'neither reaches the package');
}
