import {createHash, randomBytes} from 'node:crypto';
import {chmod, chown, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Outcome, runAsNobody, runIn, unable} from '../helpers/places.js';
import {makeProject} from '../helpers/projects.js';
import {skip} from '../helpers/suite.js';
import {listing, ownTemporaryFolder} from '../helpers/traces.js';
import {makeWheel, writeTree} from '../helpers/wheels.js';

/**
 * Builds where something is not as it should be. What may not matter must give the same bytes as in the plainest
 * place; what has to fail must say why and leave nothing behind.
 */
const faults = suite('integration/faults');
const own = await ownTemporaryFolder();
const CONFIG = 'python = "/usr/bin/python3"\nno_index = true\nsource_date_epoch = 1700000000\n';
const NAME = 'tiny_1.0-1_all.deb';
let wanted = '';
let count = 0;

/** The project that every place builds, with the wheel that it needs beside it. */
async function project(folder: string): Promise<string> {
  await makeWheel(join(folder, 'wheels'), {name: 'fxa'});
  const config = `${CONFIG}find_links = ["wheels"]\n`;
  return makeProject(folder, {requires: ['fxa'], files: {'tiny/größe.txt': 'x\n'}, config});
}

/** A fresh folder with `project`, `tmp`, `home` and, for the package, `out`. */
async function place(name = 'place'): Promise<Record<'folder' | 'project' | 'tmp' | 'home' | 'out', string>> {
  count += 1;
  const folder = join(own, String(count), name);
  const paths = {project: join(folder, 'project'), tmp: join(folder, 'tmp'), home: join(folder, 'home')};
  for (const path of [paths.tmp, paths.home]) await mkdir(path, {recursive: true});
  await project(paths.project);
  return {folder, ...paths, out: join(folder, 'out')};
}

const sha256 = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function built({exitCode, stdout, stderr}: Outcome, out: string): Promise<void> {
  assert.is(exitCode, 0, stderr);
  assert.is(stdout, join(out, NAME));
  assert.equal(await readdir(out), [NAME]);
  assert.is(await sha256(join(out, NAME)), wanted, 'the bytes are others than in the plainest place');
}

faults.before(async () => {
  await chmod(own, 0o755);
  const {project: source, tmp, home, out, folder} = await place();
  const result = await runIn(['build', source, '--out', out], {cwd: folder, env: {TMPDIR: tmp, HOME: home}});
  assert.is(result.exitCode, 0, result.stderr);
  wanted = await sha256(join(out, NAME));
});

interface Place {
  readonly name?: string;
  readonly env?: (
    at: Awaited<ReturnType<typeof place>>,
  ) => Record<string, string> | Promise<Record<string, string>>;
  readonly args?: (at: Awaited<ReturnType<typeof place>>) => readonly string[];
  readonly under?: readonly string[];
}

function works(title: string, {name, env, args, under}: Place): void {
  faults(`a build gives the same bytes ${title}`, async () => {
    const at = await place(name);
    const variables = {TMPDIR: at.tmp, HOME: at.home, ...(await env?.(at))};
    const before = await listing(at.project);
    const all = ['build', at.project, '--out', at.out, ...(args?.(at) ?? [])];
    await built(await runIn(all, {cwd: at.folder, env: variables, ...(under ? {under} : {})}), at.out);
    assert.equal(await listing(at.project), before, 'the project was touched');
    assert.equal(await readdir(at.tmp), [], 'something is left in TMPDIR');
  });
}

const LONG = 'a-path-that-is-far-too-long-for-the-first-line-of-a-script-or-a-socket'.repeat(2);

works('where paths hold spaces and other alphabets', {name: 'Größe – 大きさ "it\'s" $HOME'});
works('where the work folder holds them as well', {
  name: "wörk it's here",
  args: ({tmp}) => ['--work-dir', tmp],
});
works('from a project path over 127 characters', {name: LONG});
works('in a work folder whose path is over 127 characters', {
  name: LONG,
  args: ({tmp}) => ['--work-dir', tmp],
});
works('with umask 077', {under: ['sh', '-c', 'umask 077; exec "$0" "$@"']});
works('with standard input closed', {under: ['sh', '-c', 'exec "$0" "$@" <&-']});
works('where PATH has neither git nor anything else', {env: () => ({PATH: '/nonexistent'})});
works('in a locale that does not exist', {env: () => ({LANG: 'xx_YY.UTF-99', LC_ALL: 'xx_YY'})});
works('in the locale C', {env: () => ({LANG: 'C', LC_ALL: 'C'})});
works('where the cache cannot be written', {
  env: async ({folder}) => {
    await writeFile(join(folder, 'file'), '');
    return {XDG_CACHE_HOME: join(folder, 'file')};
  },
});
works('in an environment full of traps', {
  env: async ({folder, home}) => {
    const trap = 'raise SystemExit("a trap was imported")\n';
    await writeTree(folder, {
      'traps/sitecustomize.py': trap,
      'traps/pip.py': trap,
      'traps/zipfile.py': trap,
      'home/.config/pip/pip.conf': '[global]\nindex-url = http://127.0.0.1:9/\n',
      'home/.pydistutils.cfg': '[install]\nprefix = /nonexistent\n',
      'home/.netrc': 'machine x login y password z\n',
    });
    return {
      HOME: home,
      PIP_INDEX_URL: 'http://127.0.0.1:9/',
      PIP_REQUIRE_VIRTUALENV: '1',
      PIP_USER: '1',
      PIP_TARGET: '/nonexistent',
      PIP_CONFIG_FILE: join(home, '.config/pip/pip.conf'),
      PIP_NO_BINARY: ':all:',
      PYTHONPATH: join(folder, 'traps'),
      PYTHONHOME: '/nonexistent',
      PYTHONOPTIMIZE: '2',
      PYTHONHASHSEED: '77',
      PYTHONWARNINGS: 'error',
      PYTHONSTARTUP: join(folder, 'traps/pip.py'),
      PYTHONNODEBUGRANGES: '1',
      VIRTUAL_ENV: '/nonexistent',
      CFLAGS: '-broken',
      LD_LIBRARY_PATH: '/nonexistent',
      SETUPTOOLS_USE_DISTUTILS: 'broken',
      GIT_DIR: '/nonexistent',
      GIT_WORK_TREE: '/nonexistent',
      TZ: 'Pacific/Kiritimati',
      XZ_OPT: '-9e',
      GZIP: '-1',
      DEBEMAIL: 'someone@else.example',
      LESS: 'x',
    };
  },
});

async function nobody(title: string, use: (at: Awaited<ReturnType<typeof place>>) => Promise<void>) {
  const why = await unable('--mount');
  if (why !== undefined) return skip(title, why);
  const at = await place();
  await execa('chmod', ['-R', 'a+rX,a-w', at.project]);
  await mkdir(at.out);
  for (const path of [at.tmp, at.home, at.out]) await chown(path, 65534, 65534);
  await use(at);
}

faults('an ordinary user builds the same bytes from a tree that it cannot write to', () =>
  nobody('a build by an ordinary user', async ({project: source, tmp, home, out, folder}) => {
    const options = {cwd: folder, below: own, env: {TMPDIR: tmp, HOME: home}};
    await built(await runAsNobody(['build', source, '--out', out], options), out);
    assert.equal(await readdir(tmp), []);
    assert.ok((await readdir(join(home, '.cache/mkvenvdeb'))).length > 0);
  }),
);

faults('a user without account and home builds the same bytes', () =>
  nobody('a build without account and home', async ({project: source, tmp, out, folder}) => {
    for (const path of [tmp, out]) await chown(path, 54321, 54321);
    const options = {cwd: folder, below: own, env: {TMPDIR: tmp}, uid: 54321};
    await built(await runAsNobody(['build', source, '--out', out], options), out);
    assert.equal(await readdir(tmp), []);
  }),
);

faults('an output folder that the user cannot write to is told at once', () =>
  nobody('an output folder of somebody else', async ({project: source, tmp, home, out, folder}) => {
    await chown(out, 0, 0);
    const options = {cwd: folder, below: own, env: {TMPDIR: tmp, HOME: home}};
    for (const path of [out, join(out, 'deeper/still')]) {
      const {exitCode, stderr} = await runAsNobody(['build', source, '--out', path], options);
      assert.is(exitCode, 1);
      assert.match(stderr, /Permission denied while making the output folder .*\/out/);
      assert.not.match(stderr, /wheels/);
    }
    assert.equal([...(await readdir(out)), ...(await readdir(tmp))], []);
  }),
);

faults('a PEP 517 project is built without any network', async () => {
  const why = await unable('--net');
  if (why !== undefined) return skip('a build without network', why);
  const folder = join(own, 'no-network');
  await writeTree(folder, {
    'pyproject.toml': `[build-system]
requires = ["setuptools>=61", "wheel"]
build-backend = "setuptools.build_meta"

[project]
name = "modern"
version = "1.0"
maintainers = [{name = "Jo Doe", email = "jo@example.org"}]

[tool.setuptools]
py-modules = ["modern"]

[tool.mkvenvdeb]
${CONFIG}`,
    'modern.py': '',
  });
  const {exitCode, stdout, stderr} = await runIn(['build'], {cwd: folder, under: ['unshare', '--net']});
  assert.is(exitCode, 0, stderr);
  assert.is(stdout, join(folder, 'deb_dist/modern_1.0-1_all.deb'));
  await rm(folder, {recursive: true});
});

/** Runs the rest with a small disk at $1 of $0 KiB; prints then what is in the folders below $1. */
const SMALL_DISK = `mount -t tmpfs -o size="$0"k tmpfs "$1" && cd "$1" && shift || exit 99
[ -z "$OLD" ] || { mkdir out && cp "$OLD" out/; } || exit 98
"$@"
code=$?
find . -mindepth 1 -not -path ./out -printf 'left %P\\n' >&2
[ -z "$OLD" ] || sha256sum out/* >&2
exit $code`;

async function onSmallDisk(
  kilobytes: number,
  args: readonly string[],
  options: {at: string; env: Record<string, string>},
) {
  const under = ['unshare', '--mount', 'sh', '-c', SMALL_DISK, String(kilobytes), options.at];
  return runIn(args, {cwd: '/', under, env: options.env});
}

/** A megabyte that no compressor makes smaller. */
async function largeProject(folder: string): Promise<string> {
  await project(folder);
  await writeFile(join(folder, 'src/tiny/large'), randomBytes(1 << 20));
  return folder;
}

faults('a full disk under the output folder keeps the old package', async () => {
  const why = await unable('--mount');
  if (why !== undefined) return skip('a full disk under the output folder', why);
  const {tmp, home, folder} = await place();
  const source = await largeProject(join(folder, 'large'));
  const old = join(folder, NAME);
  await writeFile(old, 'the package of yesterday');
  await mkdir(join(folder, 'disk'));
  for (const size of [600, 1500]) {
    const {exitCode, stderr} = await onSmallDisk(size, ['build', source, '--out', 'out'], {
      at: join(folder, 'disk'),
      env: {TMPDIR: tmp, HOME: home, OLD: old},
    });
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, /^mkvenvdeb: No space left while writing .*\/out\/tiny_1\.0-1_all\.deb/m);
    assert.match(stderr, new RegExp(`^left out/${NAME}$`, 'm'));
    assert.is(stderr.match(/^left /gm)?.length, 1, stderr);
    assert.match(stderr, new RegExp(`^${await sha256(old)} `, 'm'));
    assert.equal(await readdir(tmp), []);
  }
});

for (const size of [600, 1600, 2700, 3800, 4900]) {
  faults(`a disk of ${size} KiB under the work folder is told, and nothing is left`, async () => {
    const why = await unable('--mount');
    if (why !== undefined) return skip('a full disk under the work folder', why);
    const {home, folder, out} = await place();
    const source = await largeProject(join(folder, 'large'));
    await mkdir(join(folder, 'disk'));
    const {exitCode, stderr} = await onSmallDisk(size, ['build', source, '--out', out, '--work-dir', '.'], {
      at: join(folder, 'disk'),
      env: {HOME: home},
    });
    assert.is(exitCode, 1, stderr);
    assert.match(stderr, /^mkvenvdeb: (Command failed: |No space left while )/m);
    assert.match(stderr, /No space left/i);
    assert.not.match(stderr, /^ +at .*\.js/m, 'this is no fault of ours');
    assert.not.match(stderr, /^left /m);
    assert.not.ok((await readdir(folder)).includes('out'));
  });
}

faults.after(async () => {
  await execa('chmod', ['-R', 'u+w', own]);
  await rm(own, {recursive: true, force: true});
});
faults.run();
