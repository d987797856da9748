import {cp, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cpython, type InterpreterCase, pypy} from '../acceptance/interpreters.js';
import {assertAsBefore, everything} from '../acceptance/server.js';
import {type Chroot, NoChroot, withChroot} from '../helpers/chroot.js';
import {runCli} from '../helpers/cli.js';
import {fieldsOf, runInstalled, treeOf} from '../helpers/deb.js';
import {packageIndex} from '../helpers/package-index.js';
import {fixture, skip} from '../helpers/suite.js';
import {ownTemporaryFolder} from '../helpers/traces.js';

/**
 * A real application of a package index: the comment server isso behind gunicorn, with everything locked by hash. It
 * renders Markdown by a C library that is built from an sdist: by cffi of the index, or by that which PyPy brings.
 */
const pypi = suite('integration/pypi');
const own = await ownTemporaryFolder();
const project = join(own, 'isso');
let index: Awaited<ReturnType<typeof packageIndex>> = 'it was not asked';

interface Locked {
  readonly what: InterpreterCase;
  readonly lock: string;
  /** `cache_tag` of the interpreter that the lock is for: its wheels fit no other. */
  readonly tag: string;
}

const CASES: readonly Locked[] = [
  {what: cpython, lock: 'requirements.cpython.txt', tag: 'cpython-311'},
  {what: pypy, lock: 'requirements.pypy.txt', tag: 'pypy39'},
];

pypi.before(async () => {
  await cp(fixture('apps/isso'), project, {recursive: true});
  await mkdir(join(own, 'index'));
  index = await packageIndex(join(own, 'index'), 'webencodings==0.5.1');
});

/** Why the lock is of no use here; undefined where it is. */
async function useless({what, tag}: Locked): Promise<string | undefined> {
  if (typeof index === 'string') return index;
  if (process.arch !== 'x64') return 'the lock is for amd64';
  const plan = await runCli(['plan', '--json', '--no-index', '--python', what.python], {cwd: project});
  const {interpreter} = JSON.parse(plan.stdout) as {interpreter: {cacheTag: string}};
  return interpreter.cacheTag === tag
    ? undefined
    : `the lock is for ${tag}, and there is ${interpreter.cacheTag}`;
}

/** Build with the command line; gives the document that `--json` prints. */
async function build({what, lock}: Locked, out: string, env: Readonly<Record<string, string>> = {}) {
  const asked = typeof index === 'string' || !index.indexUrl ? [] : ['--index-url', index.indexUrl];
  const options = ['--requirements', lock, '--python', what.python, '--compression', 'gzip', ...asked];
  const built = await runCli(['build', ...options, '--out', out, '--json'], {cwd: project, env});
  assert.is(built.exitCode, 0, built.stderr);
  return JSON.parse(built.stdout) as {
    packages: {file: string; sha256: string; distributions: {name: string; version: string}[]}[];
    warnings: {code: string; message: string}[];
  };
}

/** `name==version` of every line of the lock. */
const lockedIn = async (lock: string) =>
  [...(await readFile(join(project, lock), 'utf8')).matchAll(/^([\w-]+)==(\S+) /gm)].map(
    ([, name, version]) => `${name} ${version}`,
  );

/** Post a comment, and see it rendered. */
async function comment(url: string): Promise<void> {
  const response = await fetch(new URL('new?uri=/page', url), {
    method: 'POST',
    headers: {'Content-Type': 'application/json', Origin: 'http://localhost'},
    body: JSON.stringify({text: 'a **bold** word', author: 'Jo', title: 'Page'}),
  });
  assert.is(response.status, 201, await response.clone().text());
  const {text} = (await response.json()) as {text: string};
  assert.is(text, '<p>a <strong>bold</strong> word</p>');
  const listed = (await (await fetch(new URL('?uri=/page', url))).json()) as {replies: {text: string}[]};
  assert.equal(
    listed.replies.map((reply) => reply.text),
    [text],
  );
}

async function live(chroot: Chroot, deb: string): Promise<void> {
  const before = await everything(chroot);
  const installed = await chroot.install(deb);
  assert.is(installed.exitCode, 0, installed.stderr);
  assert.is((await chroot.dpkg('--verify', 'isso')).stdout, '');
  assert.is(await chroot.ok(['/opt/isso/bin/isso', '--version'], {user: 'nobody'}), 'isso 0.13.0');
  for (const name of ['isso.cfg', 'gunicorn.conf.py'])
    await writeFile(chroot.path(`/tmp/${name}`), await readFile(join(project, name)), {mode: 0o644});
  const gunicorn = ['/opt/isso/bin/gunicorn', '--config', '/tmp/gunicorn.conf.py', 'isso.run'];
  await chroot.whileRunning(gunicorn, {user: 'nobody'}, (line) => comment(line.trim()));
  assert.is((await chroot.dpkg('--purge', 'isso')).exitCode, 0);
  await assertAsBefore(chroot, before);
}

for (const locked of CASES) {
  const {what, lock} = locked;
  let deb: string | undefined;

  pypi(`everything that ${lock} names is installed, twice with the same bytes`, async () => {
    const why = await useless(locked);
    if (why !== undefined) return skip(lock, why);
    const first = await build(locked, join(own, lock));
    const wanted = await lockedIn(lock);
    assert.ok(wanted.length >= 11, `only ${wanted.length} distributions`);
    assert.equal(
      first.packages[0]?.distributions.map(({name, version}) => `${name.toLowerCase()} ${version}`),
      wanted,
    );
    const codes = first.warnings.map(({code}) => code);
    assert.not.ok(
      codes.includes('unlocked-dependencies') || codes.includes('unmet-requirement'),
      codes.join(),
    );
    const env = {TZ: 'Pacific/Kiritimati', LC_ALL: 'ja_JP.UTF-8', HOME: own, PYTHONHASHSEED: '7'};
    const second = await build(locked, join(own, `${lock}, built once more`), env);
    assert.is(second.packages[0]?.sha256, first.packages[0]?.sha256);
    deb = first.packages[0]?.file;
  });

  pypi(`the package of ${lock} holds native code, and serves`, async () => {
    const why = await useless(locked);
    if (why !== undefined || deb === undefined)
      return skip(`a server with ${lock}`, why ?? 'it was not built');
    assert.is((await fieldsOf(deb)).Architecture, 'amd64');
    const native = [...(await treeOf(deb)).keys()].filter((path) => path.endsWith('.so'));
    assert.ok(
      native.some((path) => /\/misaka\/_hoedown\..*so$/.test(path)),
      native.join(),
    );
    try {
      await withChroot(what.needs, (chroot) => live(chroot, deb as string));
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      const ran = await runInstalled(deb, ['/opt/isso/bin/isso', '--version'], own);
      assert.is(ran?.output ?? 'isso 0.13.0', 'isso 0.13.0');
      skip(`a server with ${lock}`, error.message);
    }
  });
}

pypi('a lock whose hash is another ends the build with the words of pip', async () => {
  const [locked] = CASES;
  const why = locked && (await useless(locked));
  if (!locked || why !== undefined) return skip('a wrong hash', why ?? '');
  const text = await readFile(join(project, locked.lock), 'utf8');
  await writeFile(join(project, 'wrong.txt'), text.replace(/(werkzeug.*\n.*sha256:).{8}/, '$100000000'));
  const out = join(own, 'wrong');
  const options = ['--requirements', 'wrong.txt', '--python', locked.what.python, '--out', out];
  const failed = await runCli(['build', ...options], {cwd: project});
  assert.is(failed.exitCode, 1);
  assert.match(failed.stderr, 'DO NOT MATCH THE HASHES');
  assert.is(failed.stdout, '');
});

pypi.after(() => rm(own, {recursive: true, force: true}));
pypi.run();
