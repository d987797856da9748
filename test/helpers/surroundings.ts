import {createHash} from 'node:crypto';
import {chmod, cp, mkdir, readdir, readFile, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {unable} from './places.js';
import {root} from './suite.js';

/** A project that is built in two places which have as little in common as this machine allows. */
export interface TwoPlaces {
  readonly project: string;
  readonly python: string;
  /** New folder that everybody may enter. */
  readonly folder: string;
  /** The compiled program: a folder with `lib` and `bin`. @default dist of the checkout */
  readonly program?: string;
}

export interface Built {
  /** Hexadecimal; undefined when there is no package. */
  readonly sha256?: string;
  readonly exitCode: number | undefined;
  readonly stderr: string;
}

const FAKETIME = '/usr/lib/*/faketime/libfaketime.so.1';
const NOBODY = 65534;
const LONG = 'a-name-that-is-far-too-long-for-the-first-line-of-a-script'.repeat(3);

/** What a build must not take over from whoever starts it. */
const FOREIGN = {
  TZ: 'Pacific/Kiritimati',
  LC_ALL: 'ja_JP.UTF-8',
  LANG: 'et_EE.UTF-8',
  CFLAGS: '-O0 -g3',
  PYTHONPATH: '/nonexistent',
  PYTHONOPTIMIZE: '2',
  PIP_NO_BINARY: ':all:',
  PIP_INDEX_URL: 'http://index.invalid/',
  TRAITS_TOKEN: 'of the caller',
};

/**
 * The checkout is seen at $2, as other users may not enter the place where it lies, and the folder $3 at $4 with the
 * entries of its folders in the order that $5 says; the umask is $6. The shell waits: with it, the file system ends.
 */
const INSIDE = `mount --bind "$1" "$2" || exit 99
disorderfs -q --multi-user=yes --sort-dirents=yes --reverse-dirents="$5" "$3" "$4" || exit 98
cd "$4" && umask "$6" && shift 6 || exit 97
"$@"
exit $?`;
const SOMEBODY_ELSE = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];

/** Why the two places cannot be made here; undefined when they can. */
export async function cannotVary(): Promise<string | undefined> {
  const why = await unable('--mount', '--pid', '--fork');
  if (why !== undefined) return why;
  for (const [name, test] of [
    ['disorderfs', 'command -v disorderfs'],
    ['faketime', `ls ${FAKETIME}`],
    ['a device for FUSE', 'test -w /dev/fuse'],
  ] as const) {
    if ((await execa('sh', ['-c', test], {reject: false})).exitCode !== 0) return `there is no ${name}`;
  }
  return undefined;
}

interface Place extends TwoPlaces {
  readonly name: string;
  readonly umask: string;
  readonly backwards: boolean;
  /** Command line that runs the rest of its arguments. */
  readonly as: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly options: readonly string[];
}

async function buildIn(place: Place): Promise<Built> {
  const {folder, name, project, python, env, options, program = join(root, 'dist')} = place;
  const [disk, at, app] = [join(folder, `${name}.disk`), join(folder, name), join(folder, '..', 'app')];
  for (const path of [disk, at, app]) await mkdir(path, {recursive: true});
  for (const path of ['tmp', 'home', 'out', 'work']) await mkdir(join(disk, path));
  await writeFile(join(disk, 'home', `.of-${place.umask}`), '');
  await cp(project, join(disk, 'project'), {recursive: true, verbatimSymlinks: true});
  await execa('chmod', ['-R', 'a+rX', disk]);
  if (place.as.length > 0) await execa('chown', ['-R', `${NOBODY}:${NOBODY}`, disk]);
  const seen = program.startsWith(root) ? join(app, program.slice(root.length)) : program;
  const paths = ['--out', join(at, 'out'), '--work-dir', join(at, 'work'), '--python', python];
  const command = [process.execPath, join(seen, 'bin/mkvenvdeb.js'), 'build', join(at, 'project'), ...paths];
  const variables = {PATH: '/usr/bin:/bin', TMPDIR: join(at, 'tmp'), HOME: join(at, 'home'), ...env};
  const preset = Object.entries(variables).map(([key, value]) => `${key}=${value}`);
  const namespace = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const shell = ['sh', '-c', INSIDE, 'sh', root, app, disk, at, place.backwards ? 'yes' : 'no', place.umask];
  const all = [...namespace, ...shell, ...place.as, 'env', '-i', ...preset, ...command, ...options];
  const {exitCode, stderr} = await execa('unshare', all, {reject: false, stdin: 'ignore'});
  const [file] = (await readdir(join(disk, 'out'))).filter((one) => one.endsWith('.deb'));
  if (file === undefined) return {exitCode, stderr};
  const hash = createHash('sha256').update(await readFile(join(disk, 'out', file)));
  return {exitCode, stderr, sha256: hash.digest('hex')};
}

/** Unpacking pip takes seconds: all builds of a test share what does not reach the package. */
async function sharedCache(folder: string): Promise<string> {
  const cache = join(folder, '..', 'cache');
  for (const path of [cache, join(cache, 'mkvenvdeb'), join(cache, 'mkvenvdeb/unpacked')]) {
    await mkdir(path, {recursive: true});
    await chmod(path, 0o777);
  }
  return cache;
}

/** As root, umask 022, in a short path, today; folders list their entries in order. */
export async function buildPlainly(places: TwoPlaces): Promise<Built> {
  const env = {XDG_CACHE_HOME: await sharedCache(places.folder)};
  return buildIn({...places, name: 'a', umask: '022', backwards: false, as: [], env, options: []});
}

/**
 * As nobody, umask 077, from a path over 127 characters on a file system that lists folders backwards, 400 days
 * later, with another home, locale, time zone and environment; hash seed, nursery and 100 KB get in after scrubbing.
 */
export async function buildHostilely(places: TwoPlaces): Promise<Built> {
  const {stdout: library} = await execa('sh', ['-c', `ls ${FAKETIME}`]);
  const later = {LD_PRELOAD: library, FAKETIME: '+400d', FAKETIME_DONT_FAKE_MONOTONIC: '1'};
  const injected = {PYTHONHASHSEED: '77', PYPY_GC_NURSERY: '4M', PADDING: 'x'.repeat(100_000)};
  const options = [
    ...Object.keys(later).flatMap((key) => ['--pass-environment', key]),
    ...Object.entries(injected).flatMap(([key, value]) => ['--environment', `${key}=${value}`]),
  ];
  const env = {...FOREIGN, ...later, XDG_CACHE_HOME: await sharedCache(places.folder)};
  const somebody = {umask: '077', backwards: true, as: SOMEBODY_ELSE};
  return buildIn({...places, ...somebody, name: LONG, env, options});
}

/** One place of the compiled program, and what to put there. */
export interface Edit {
  /** Relative to dist. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Copy the compiled program into a folder and change it; gives what `TwoPlaces` wants as `program`. */
export async function mutate(folder: string, edits: readonly Edit[]): Promise<string> {
  const program = join(folder, 'dist');
  for (const part of ['lib', 'bin'])
    await cp(join(root, 'dist', part), join(program, part), {recursive: true});
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(folder, '..', 'app', 'node_modules'), join(folder, 'node_modules'));
  for (const {file, from, to} of edits) {
    const parts = (await readFile(join(program, file), 'utf8')).split(from);
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${from}`);
    await writeFile(join(program, file), parts.join(to));
  }
  return program;
}
