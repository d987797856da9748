import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Interpreter} from '../../lib/model.js';
import {processTag} from '../../lib/processes.js';
import {probeInterpreter} from '../../lib/python/interpreter.js';
import {findPip, type PipOptions} from '../../lib/python/pip.js';
import {CALLER, CPYTHON, PYPY, type Sample, testCache, writeWheels} from '../helpers/python.js';
import {inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/pip');

const {interpreter: cpython} = await probeInterpreter({
  python: CPYTHON,
  caller: CALLER,
  ownerOf: () => undefined,
});
/** What Debian's python3-pip-whl brings. */
const DEBIAN = '/usr/share/python-wheels';
const debianVersion = /^pip-(.*)-py3/m.exec(readdirSync(DEBIAN).join('\n'))?.[1] ?? '';

/** A pip that does nothing; `from` tells where it came from. */
const fake = (version: string, from = '', metadata: string[] = []): Sample => ({
  name: 'pip',
  version,
  metadata,
  files: {'pip/__init__.py': '', 'pip/from.txt': from, 'pip/__main__.py': 'print("fake")\n'},
});

interface Place {
  readonly bundled?: readonly Sample[];
  readonly links?: readonly Sample[];
}

/** Options with these wheels beside the interpreter and in find_links. */
function options(folder: string, place: Place, changes: Partial<PipOptions> = {}): PipOptions {
  const bundled = join(folder, 'bundled');
  const links = join(folder, 'links');
  writeWheels(bundled, place.bundled ?? []);
  writeWheels(links, place.links ?? []);
  mkdirSync(join(folder, 'tmp'), {recursive: true});
  return {
    interpreter: cpython,
    wheelFolders: [bundled],
    findLinks: [links],
    indexArgs: ['--no-index'],
    online: false,
    cache: join(folder, 'cache'),
    tmp: join(folder, 'tmp'),
    env: CALLER,
    fetchEnv: {},
    secrets: [],
    under: [],
    ...changes,
  };
}

const from = (pip: {folder: string}) => readFileSync(join(pip.folder, 'pip', 'from.txt'), 'utf8');

/** Where there is a pip of which version, what is asked for, what is taken. */
for (const [title, place, wanted, version, source] of [
  [
    'the newest wins, wherever it lies',
    {bundled: [fake('99.1', 'bundled')], links: [fake('99.2', 'links')]},
    undefined,
    '99.2',
    'links',
  ],
  [
    'versions are compared as such',
    {bundled: [fake('99.9', 'bundled')], links: [fake('99.10', 'links')]},
    undefined,
    '99.10',
    'links',
  ],
  [
    'among equal ones that of the interpreter',
    {bundled: [fake('99.1', 'bundled')], links: [fake('99.1', 'links')]},
    undefined,
    '99.1',
    'bundled',
  ],
  [
    `the interpreter's comes before Debian's`,
    {bundled: [fake(debianVersion, 'bundled')]},
    undefined,
    debianVersion,
    'bundled',
  ],
  [
    'one for another Python is passed over',
    {bundled: [fake('99.1', 'bundled')], links: [fake('99.2', 'links', ['Requires-Python: >=3.99'])]},
    undefined,
    '99.1',
    'bundled',
  ],
  [
    'one that names this Python is taken',
    {links: [fake('99.2', 'links', ['Requires-Python: >=3.8, !=3.9.0, <4'])]},
    undefined,
    '99.2',
    'links',
  ],
  [
    'one for Python 2 as well is taken',
    {links: [{...fake('99.2', 'links'), tag: 'py2.py3-none-any'}]},
    undefined,
    '99.2',
    'links',
  ],
  [
    'one for Python 2 only is passed over',
    {bundled: [fake('99.1', 'bundled')], links: [{...fake('99.2'), tag: 'py2-none-any'}]},
    undefined,
    '99.1',
    'bundled',
  ],
  [
    'the version that is asked for is taken, older or not',
    {bundled: [fake('99.1', 'bundled')], links: [fake('9.0.1', 'links')]},
    '9.0.1',
    '9.0.1',
    'links',
  ],
  ['another spelling of a version is the same one', {links: [fake('99.0', 'links')]}, '99', '99.0', 'links'],
] as const satisfies readonly (readonly [string, Place, string | undefined, string, string])[]) {
  test(title, () =>
    inFolder(async (folder) => {
      const pip = await findPip(options(folder, place, {pipVersion: wanted}));
      assert.is(pip.version, version);
      assert.is(from(pip), source);
    }),
  );
}

test("Debian's comes before an equal one of find_links, and runs", () =>
  inFolder(async (folder) => {
    const place = {links: [fake(debianVersion, 'links')]};
    const pip = await findPip(options(folder, place, {cache: testCache, wheelFolders: []}));
    assert.is(pip.version, debianVersion);
    const said = execFileSync(CPYTHON, ['-s', join(pip.folder, 'pip'), '--version'], {encoding: 'utf8'});
    assert.ok(said.startsWith(`pip ${debianVersion} from ${pip.folder}/pip `), said);
  }));

test('folders of wheels are named once, those that do not exist not at all', () =>
  inFolder(async (folder) => {
    const own = join(folder, 'bundled');
    const wheelFolders = [own, `${own}/`, '/no/such', `${DEBIAN}/`];
    const pip = await findPip(
      options(
        folder,
        {links: [fake('99')]},
        {wheelFolders, findLinks: [join(folder, 'links'), '/no/such/either']},
      ),
    );
    assert.equal(pip.seedFolders, [own, DEBIAN]);
  }));

test('a wheel that is none is named', () =>
  inFolder(async (folder) => {
    const given = options(folder, {});
    writeFileSync(join(folder, 'links', 'pip-99-py3-none-any.whl'), 'nonsense');
    await rejects(
      findPip(given),
      'E_FORMAT',
      /^Wheel is not readable: .*\/links\/pip-99-py3-none-any\.whl\n.*zip/s,
    );
  }));

test('names that are no wheel of pip are passed over', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('98', 'links')]});
    for (const name of [
      'pip-99.tar.gz',
      'pip_tools-99-py3-none-any.whl',
      'pip-garbage-py3-none-any.whl',
      'pip-99-py3-none-win32.whl',
    ]) {
      writeFileSync(join(folder, 'links', name), 'nonsense');
    }
    assert.is((await findPip(given)).version, '98');
  }));

const ancient: Interpreter = {...cpython, pythonVersion: '3.6.0'};

test('without any, the package to install is named', () =>
  inFolder(async (folder) => {
    const message = /^No pip to be found for \/usr\/bin\/python3\.\d+\n.*python3-pip-whl.*find_links/s;
    await rejects(
      findPip(options(folder, {links: [fake('99', '', ['Requires-Python: >=3.8'])]}, {interpreter: ancient})),
      'E_PYTHON',
      message,
    );
  }));

test('without the one that is asked for, its version is named', () =>
  inFolder((folder) =>
    rejects(
      findPip(options(folder, {bundled: [fake('99')]}, {pipVersion: '98.7'})),
      'E_PYTHON',
      /^No pip 98\.7 to be found/,
    ).then(() => {}),
  ));

/** An index on the disk that has pip in these versions. */
function index(folder: string, samples: readonly Sample[]): string[] {
  const place = join(folder, 'simple', 'pip');
  writeWheels(place, samples);
  const links = readdirSync(place).map((name) => `<a href="${name}">${name}</a>`);
  writeFileSync(join(place, 'index.html'), `<!DOCTYPE html><html><body>${links.join('\n')}</body></html>`);
  return ['--index-url', `file://${join(folder, 'simple')}`];
}

test('a version that is not at hand is fetched from the index by the pip that is', () =>
  inFolder(async (folder) => {
    const indexArgs = index(folder, [fake('98.7', 'index'), fake('99.9', 'index')]);
    const online = {indexArgs, online: true, pipVersion: '98.7', cache: testCache, wheelFolders: []};
    const pip = await findPip(options(folder, {}, online));
    assert.is(pip.version, '98.7');
    assert.is(from(pip), 'index');
    assert.match(pip.folder, /\/pip-98\.7-cpython-/);
  }));

test('a version that the index does not have is told in the words of pip', () =>
  inFolder((folder) => {
    const indexArgs = index(folder, [fake('99.9')]);
    const online = {indexArgs, online: true, pipVersion: '98.7', cache: testCache, wheelFolders: []};
    return rejects(findPip(options(folder, {}, online)), 'E_COMMAND', /Command failed: pip download/).then(
      (error) => {
        assert.match(
          (error as {output?: string}).output ?? '',
          /No matching distribution found for pip==98\.7/,
        );
      },
    );
  }));

test('an index that cannot be reached is named as the reason, once', () =>
  inFolder(async (folder) => {
    const indexArgs = ['--index-url', 'http://127.0.0.1:9/simple', '--retries', '2'];
    const online = {indexArgs, online: true, pipVersion: '98.7', cache: testCache, wheelFolders: []};
    const error = await rejects(findPip(options(folder, {}, online)), 'E_COMMAND', /pip download/);
    assert.match(error.hint ?? '', /^The index could not be reached/);
    assert.match((error as {output?: string}).output ?? '', /and 1 times more/);
  }));

/** An interpreter whose own pip, if it has one, puts a wheel where it is told to and notes how it was called. */
function interpreterWithPip(folder: string, has: boolean): Interpreter {
  writeWheels(join(folder, 'fetched'), [fake('97', 'fetched')]);
  const executable = join(folder, 'python');
  const script = `#!/bin/sh
case "$*" in
*" -m pip --version") exit ${has ? 0 : 1} ;;
*" -m pip download "*)
  echo "$*" > ${folder}/called
  while [ "$1" != -d ]; do shift; done
  mkdir "$2" && cp ${folder}/fetched/* "$2" ;;
*) exec ${CPYTHON} "$@" ;;
esac
`;
  writeFileSync(executable, script, {mode: 0o755});
  return {...ancient, executable};
}

test("where there is no wheel of pip, the interpreter's own fetches one", () =>
  inFolder(async (folder) => {
    const interpreter = interpreterWithPip(folder, true);
    const pip = await findPip(
      options(folder, {}, {interpreter, indexArgs: ['--index-url', 'https://example.org/'], online: true}),
    );
    assert.is(from(pip), 'fetched');
    const called = readFileSync(join(folder, 'called'), 'utf8');
    assert.match(
      called,
      /--no-deps --only-binary=:all: --python-version=3\.6 .*--index-url https:\/\/example\.org\/ pip\n$/,
    );
  }));

test('else the pip3 on PATH does', () =>
  inFolder(async (folder) => {
    const interpreter = interpreterWithPip(folder, false);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'pip3'), `#!/bin/sh\nexec ${interpreter.executable} -s -m pip "$@"\n`, {
      mode: 0o755,
    });
    const env = {PATH: `${bin}:/usr/bin:/bin`};
    assert.is(from(await findPip(options(folder, {}, {interpreter, online: true, env}))), 'fetched');
    const none = {interpreter, online: true, env: {PATH: '/nonexistent'}};
    await rejects(findPip(options(folder, {}, none)), 'E_PYTHON', /^No pip to be found/);
  }));

test('what is unpacked is compiled, and does not count as installed', () =>
  inFolder(async (folder) => {
    const {folder: unpacked} = await findPip(options(folder, {links: [fake('99')]}));
    assert.equal(readdirSync(unpacked).sort(), ['__pycache__', 'pip', 'pip.py']);
    assert.ok(existsSync(join(unpacked, 'pip', '__pycache__', `__main__.${cpython.cacheTag}.pyc`)));
    const code =
      'import importlib.metadata as m; print([d.metadata["Name"] for d in m.distributions(path=[%r])])';
    const found = execFileSync(CPYTHON, ['-c', code.replace('%r', `'${unpacked}'`)], {encoding: 'utf8'});
    assert.is(found.trim(), '[]');
  }));

test('it is unpacked once for each interpreter', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('99')]});
    const first = await findPip(given);
    const made = statSync(first.folder);
    const second = await findPip(options(join(folder, 'again'), {links: [fake('99')]}, {cache: given.cache}));
    assert.is(second.folder, first.folder);
    assert.is(statSync(second.folder).mtimeMs, made.mtimeMs);
    const {interpreter} = await probeInterpreter({python: PYPY, caller: CALLER, ownerOf: () => undefined});
    assert.is.not((await findPip({...given, interpreter})).folder, first.folder);
  }));

test('another content of the same name is unpacked beside it', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('99', 'one')]});
    const one = await findPip(given);
    const two = await findPip(options(folder, {links: [fake('99', 'two')]}));
    assert.is(from(one), 'one');
    assert.is(from(two), 'two');
  }));

test('builds at the same time make it once, and nothing else is left', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('99', 'links')]});
    const found = await Promise.all(Array.from({length: 6}, () => findPip(given)));
    assert.is(new Set(found.map((pip) => pip.folder)).size, 1);
    assert.is(readdirSync(join(given.cache, 'unpacked')).length, 1);
    assert.is(from(found[0] as (typeof found)[0]), 'links');
  }));

test('what an aborted build began is not left', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('99')]});
    const slow = join(folder, 'slow');
    writeFileSync(slow, `#!/bin/sh\ntouch ${folder}/begun\nsleep 60\n`, {mode: 0o755});
    const controller = new AbortController();
    const promise = findPip({
      ...given,
      interpreter: {...cpython, executable: slow},
      signal: controller.signal,
    });
    const outcome = promise.catch((error) => error);
    while (!existsSync(join(folder, 'begun'))) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.is(readdirSync(join(given.cache, 'unpacked')).length, 1);
    const reason = new Error('stop');
    controller.abort(reason);
    assert.is(await outcome, reason);
    assert.equal(readdirSync(join(given.cache, 'unpacked')), []);
  }));

test('what a killed build left is not used, and goes; what another one is making stays', () =>
  inFolder(async (folder) => {
    const given = options(folder, {links: [fake('99', 'links')]});
    const all = join(given.cache, 'unpacked');
    const {folder: whole} = await findPip(given);
    const own = `.partial-${await processTag()}-abc`;
    const gone = own.replace(/-\d+-\d+-abc$/, '-4999999-1-abc');
    for (const name of [own, gone]) mkdirSync(join(all, name, 'pip'), {recursive: true});
    const other = await findPip(
      options(join(folder, 'b'), {links: [fake('99.1', 'other')]}, {cache: given.cache}),
    );
    assert.is(from(other), 'other');
    assert.equal(
      readdirSync(all).sort(),
      [own, whole, other.folder].map((path) => path.split('/').at(-1)).sort(),
    );
  }));

test.run();
