import {execFileSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {StagedVenv} from '../../lib/model.js';
import {compileBytecode} from '../../lib/python/bytecode.js';
import type {Workspace} from '../../lib/python/workspace.js';
import {CPYTHON, PYPY, testWorkspace} from '../helpers/python.js';
import {inFolder} from '../helpers/suite.js';

const test = suite('python/bytecode');

const shared = mkdtempSync(join(tmpdir(), 'mkvenvdeb-test-'));
const workspaces = {
  pypy: await testWorkspace(join(shared, 'pypy'), PYPY),
  cpython: await testWorkspace(join(shared, 'cpython'), CPYTHON),
};
/** Real code with many strings, constants and closures: what marshal writes of it depends on what else is alive. */
const STDLIB = dirname(
  execFileSync(PYPY, ['-c', 'import json; print(json.__file__)'], {encoding: 'utf8'}).trim(),
);
const SAMPLES = ['json', 'email', 'importlib', 'unittest', 'concurrent'];
const UNLIKE =
  'VALUES = frozenset({"one", "two", "three", b"four", 5, None})\nassert 1 in {1, 2, "x", "y", "z"}\n';

/** A staged virtualenv at `stage` whose modules are these; text by path below site-packages. */
function venvOf(
  workspace: Workspace,
  stage: string,
  files: Readonly<Record<string, string | Buffer>>,
): StagedVenv {
  const {interpreter} = workspace;
  const stagedPrefix = join(stage, 'opt/app');
  for (const [path, text] of Object.entries(files)) {
    const file = join(stagedPrefix, interpreter.sitePackages, path);
    mkdirSync(dirname(file), {recursive: true});
    writeFileSync(file, text);
  }
  mkdirSync(join(stagedPrefix, interpreter.sitePackages), {recursive: true});
  return {stage, stagedPrefix, prefix: '/opt/app', interpreter, distributions: []};
}

const site = (venv: StagedVenv, ...parts: string[]) =>
  join(venv.stagedPrefix, venv.interpreter.sitePackages, ...parts);
const listed = (folder: string) => readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();

/** All bytecode below a folder, by its path. */
const bytecodeOf = (venv: StagedVenv) =>
  Object.fromEntries(
    listed(site(venv))
      .filter((path) => path.endsWith('.pyc'))
      .map((path) => [path, readFileSync(site(venv, path)).toString('hex')]),
  );

/** Machine and environment of a build, as far as they once showed in the bytes. */
const circumstances: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a small cache of the processor', {PYPY_GC_NURSERY: '200k'}],
  ['a large cache of the processor', {PYPY_GC_NURSERY: '32M'}],
  ['a large environment', {FILLER: 'x'.repeat(100_000)}],
  ['another hash seed', {PYTHONHASHSEED: '12345'}],
  ['a random hash seed', {PYTHONHASHSEED: 'random'}],
  ['development mode', {PYTHONDEVMODE: '1'}],
];

for (const [name, workspace] of Object.entries(workspaces)) {
  const stage = join(shared, `${name}-stage`);
  const venv = venvOf(workspace, stage, {'unlike.py': UNLIKE});
  for (const sample of SAMPLES) {
    const filter = (path: string) => !path.endsWith('__pycache__');
    cpSync(join(STDLIB, '..', sample), site(venv, sample), {recursive: true, filter, dereference: true});
  }
  const {compiled} = await compileBytecode(workspace, venv, true);
  const reference = bytecodeOf(venv);

  for (const [title, env] of circumstances) {
    test(`${name} writes the same bytes with ${title}`, async () => {
      await compileBytecode({...workspace, env: {...workspace.env, ...env}}, venv, true);
      assert.ok(compiled > 40, `${compiled} modules`);
      const now = bytecodeOf(venv);
      assert.equal(Object.keys(now), Object.keys(reference));
      assert.equal(
        Object.keys(now).filter((path) => now[path] !== reference[path]),
        [],
      );
    });
  }

  test(`${name} writes the same bytes in another place, and no trace of it`, () =>
    inFolder(async (folder) => {
      const moved = {
        ...venv,
        stage: join(folder, 'a longer', 'place'),
        stagedPrefix: join(folder, 'a longer', 'place', 'opt/app'),
      };
      cpSync(venv.stagedPrefix, moved.stagedPrefix, {recursive: true});
      await compileBytecode(workspace, moved, true);
      const now = bytecodeOf(moved);
      assert.equal(
        Object.keys(now).filter((path) => now[path] !== reference[path]),
        [],
      );
      const places = [stage, folder].map((place) => Buffer.from(place).toString('hex'));
      for (const bytes of Object.values(now)) assert.not.ok(places.some((place) => bytes.includes(place)));
    }));

  test(`${name} takes the bytecode as it is, checks it, and shows final paths`, () =>
    inFolder(async (folder) => {
      const own = venvOf(workspace, folder, {
        'mod/__init__.py': 'import sys\ndef where():\n    return sys._getframe().f_code.co_filename\n',
      });
      await compileBytecode(workspace, own, true);
      const [path = ''] = listed(site(own, 'mod', '__pycache__'));
      assert.is(path, `__init__.${workspace.interpreter.cacheTag}.pyc`);
      const bytes = readFileSync(site(own, 'mod', '__pycache__', path));
      // PEP 552: the lowest bit says hash instead of time, the next that the hash is to be checked.
      assert.is(bytes.readUInt32LE(4), 0b11);
      const code = `import marshal; print(marshal.loads(open(${JSON.stringify(site(own, 'mod', '__pycache__', path))}, "rb").read()[16:]).co_filename)`;
      const shown = execFileSync(workspace.interpreter.executable, ['-c', code], {encoding: 'utf8'});
      assert.is(shown.trim(), `/opt/app/${workspace.interpreter.sitePackages}/mod/__init__.py`);
      const env = {PYTHONPATH: site(own), PYTHONDONTWRITEBYTECODE: '1'};
      const python = (...args: string[]) =>
        execFileSync(workspace.interpreter.executable, ['-v', ...args], {
          env,
          encoding: 'utf8',
          stdio: 'pipe',
        });
      const verbose = execFileSync(
        'sh',
        ['-c', '"$0" -v -c "import mod" 2>&1', workspace.interpreter.executable],
        {env: {...env, PATH: '/usr/bin:/bin'}, encoding: 'utf8'},
      );
      assert.match(verbose, /matches .*\/mod\/__init__\.py/);
      assert.ok(python('-c', 'import mod; print(mod.where())').includes('/mod/__init__.py'));
      // An operator's patch takes effect, even with the times and the size of the old file.
      writeFileSync(
        site(own, 'mod', '__init__.py'),
        'import sys\ndef where():\n    return "patched"                              \n',
      );
      assert.is(python('-c', 'import mod; print(mod.where())').trim(), 'patched');
    }));

  test(`${name} passes over what is not for it`, () =>
    inFolder(async (folder) => {
      const deep = `x = ${'('.repeat(5000)}1${')'.repeat(5000)}\n`;
      const own = venvOf(workspace, folder, {
        'good.py': 'x = 1\n',
        'template.tmpl.py': 'version = {version!r:}\nclass {name}:\n',
        'two.py': 'print "two"\n',
        'latin.py': Buffer.from('x = "caf\xe9"\n', 'latin1'),
        'coding.py': Buffer.from('# -*- coding: latin-1 -*-\nx = "caf\xe9"\n', 'latin1'),
        'odd.py': '# -*- coding: no-such-encoding -*-\n',
        'null.py': 'x = 1\0\n',
        'deep.py': deep,
        'data.txt': 'x ==',
        'größe.py': 'x = 1\n',
      });
      const {compiled, skipped} = await compileBytecode(workspace, own, true);
      const wanted = ['deep', 'latin', 'null', 'odd', 'template.tmpl', 'two'].map(
        (one) => `${own.interpreter.sitePackages.replace(/^lib\//, '')}/${one}.py`,
      );
      assert.equal(skipped, wanted);
      assert.is(compiled, 3);
      const {cacheTag} = workspace.interpreter;
      assert.equal(listed(site(own, '__pycache__')), [
        `coding.${cacheTag}.pyc`,
        `good.${cacheTag}.pyc`,
        `größe.${cacheTag}.pyc`,
      ]);
    }));
}

const {cpython} = workspaces;

test('what was compiled before goes, what else is there stays', () =>
  inFolder(async (folder) => {
    const kept = [
      'a/__pycache__/_cffi__x1.so',
      'a/__pycache__/notes.txt',
      'sourceless.pyc',
      'a/legacy.pyo',
      'a/x.pyc.py',
    ];
    const gone = [
      'a/__pycache__/mod.cpython-27.pyc',
      'a/__pycache__/mod.cpython-311.opt-1.pyc',
      'a/__pycache__/old.pyo',
      'b/__pycache__/x.pyc',
    ];
    const own = venvOf(
      cpython,
      folder,
      Object.fromEntries([...kept, ...gone, 'a/mod.py', 'b/data'].map((path) => [path, ''])),
    );
    await compileBytecode(cpython, own, true);
    for (const path of kept) assert.ok(existsSync(site(own, path)), path);
    for (const path of gone) assert.not.ok(existsSync(site(own, path)), path);
    assert.ok(existsSync(site(own, 'a', '__pycache__', `mod.${cpython.interpreter.cacheTag}.pyc`)));
    assert.not.ok(existsSync(site(own, 'b', '__pycache__')), 'an empty folder was left');
  }));

test('without bytecode nothing is compiled, and nothing compiled is left', () =>
  inFolder(async (folder) => {
    const own = venvOf(cpython, folder, {
      'mod.py': '',
      '__pycache__/mod.cpython-311.pyc': '',
      'c/__pycache__/x.so': '',
    });
    assert.equal(await compileBytecode(cpython, own, false), {compiled: 0, skipped: []});
    assert.equal(listed(site(own)), ['c', 'c/__pycache__', 'c/__pycache__/x.so', 'mod.py']);
  }));

test('linked modules are compiled beside the link, linked folders are not entered', () =>
  inFolder(async (folder) => {
    const own = venvOf(cpython, folder, {'real/mod.py': 'x = 1\n'});
    symlinkSync('real/mod.py', site(own, 'alias.py'));
    symlinkSync('real', site(own, 'again'));
    symlinkSync('/no/such', site(own, 'dangling.py'));
    symlinkSync('lib', join(own.stagedPrefix, 'lib64'));
    const {compiled, skipped} = await compileBytecode(cpython, own, true);
    assert.equal([compiled, skipped], [2, []]);
  }));

test('an interpreter that says something else is told', () =>
  inFolder(async (folder) => {
    const executable = join(folder, 'python');
    writeFileSync(executable, '#!/bin/sh\necho nonsense\n', {mode: 0o755});
    const own = venvOf({...cpython, interpreter: {...cpython.interpreter, executable}}, folder, {
      'mod.py': '',
    });
    const error = await compileBytecode(cpython, own, true).catch((caught) => caught);
    assert.is(error.code, 'E_COMMAND');
    assert.match(error.message, /compile_bytecode\.py/);
  }));

test('the interpreter runs with the hash seed that is pinned, whatever is configured', () =>
  inFolder(async (folder) => {
    const workspace = workspaces.cpython;
    const fake = join(folder, 'python');
    writeFileSync(fake, '#!/bin/sh\nprintf \'{"compiled": 0, "skipped": ["%s"]}\' "$PYTHONHASHSEED"\n', {
      mode: 0o755,
    });
    const venv = venvOf(workspace, join(folder, 'stage'), {});
    const interpreter = {...venv.interpreter, executable: fake};
    const configured = {...workspace, env: {...workspace.env, PYTHONHASHSEED: '12345'}};
    const {skipped} = await compileBytecode(configured, {...venv, interpreter}, true);
    assert.equal(skipped, ['0']);
  }));

test.after(() => rmSync(shared, {recursive: true, force: true}));
test.run();
