import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {DISTRIBUTION_WHEELS} from '../../lib/formats/wheel-folder.js';
import {type ProbeOptions, probeInterpreter, which} from '../../lib/python/interpreter.js';
import type {ReportEvent} from '../../lib/report.js';
import {CALLER, CPYTHON, PYPY} from '../helpers/python.js';
import {inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/interpreter');

const probe = (python: string, changes: Partial<ProbeOptions> = {}) =>
  probeInterpreter({python, caller: CALLER, ownerOf: () => undefined, ...changes});

/** What an interpreter says when it is asked by its own means. */
const ask = (python: string, code: string) => execFileSync(python, ['-c', code], {encoding: 'utf8'}).trim();

function script(file: string, text: string): string {
  writeFileSync(file, text, {mode: 0o755});
  return file;
}

for (const [python, implementation, folder] of [
  [PYPY, 'pypy', 'pypy'],
  [CPYTHON, 'cpython', 'python'],
] as const) {
  test(`knows what ${python} is`, async () => {
    const {interpreter, wheelFolders} = await probe(python);
    const version = ask(python, 'import sys; print("%d.%d.%d" % sys.version_info[:3])');
    const minor = version.split('.').slice(0, 2).join('.');
    assert.is(interpreter.implementation, implementation);
    assert.is(interpreter.pythonVersion, version);
    assert.is(interpreter.executable, `/usr/bin/${folder}${minor}`);
    assert.is(interpreter.target, interpreter.executable);
    assert.is(interpreter.sitePackages, `lib/${folder}${minor}/site-packages`);
    assert.is(interpreter.cacheTag, ask(python, 'import sys; print(sys.implementation.cache_tag)'));
    assert.is(interpreter.owner, undefined);
    assert.ok(wheelFolders.every((one) => one.startsWith('/')));
  });
}

test('a virtualenv would have its modules where the interpreter says', () =>
  inFolder(async (folder) => {
    for (const python of [PYPY, CPYTHON]) {
      const venv = join(folder, python.slice(9));
      execFileSync(python, ['-m', 'venv', '--without-pip', venv]);
      const purelib = ask(
        join(venv, 'bin', 'python'),
        'import sysconfig; print(sysconfig.get_path("purelib"))',
      );
      assert.is(join(venv, (await probe(python)).interpreter.sitePackages), purelib);
    }
  }));

test('PyPy has a version of its own and brings distributions, CPython has neither', async () => {
  const {interpreter: pypy} = await probe(PYPY);
  assert.is(
    pypy.implementationVersion,
    ask(PYPY, 'import sys; print("%d.%d.%d" % sys.pypy_version_info[:3])'),
  );
  const names = pypy.builtinDistributions.map(({name}) => name);
  assert.equal(names, [...names].sort());
  const cffi = pypy.builtinDistributions.find(({name}) => name === 'cffi');
  assert.is(cffi?.version, ask(PYPY, 'import cffi; print(cffi.__version__)'));
  const {interpreter: cpython} = await probe(CPYTHON);
  assert.is(cpython.implementationVersion, cpython.pythonVersion);
  assert.equal(cpython.builtinDistributions, []);
});

/** How it is named in a folder with a link `own` to it, and a folder `bin` with that name as a folder. */
for (const [title, python] of [
  ['by name', 'own'],
  ['by a relative path', './tools/own'],
  ['by another relative path', 'tools/own'],
  ['by an absolute path', CPYTHON],
] as const) {
  test(`is found ${title}`, () =>
    inFolder(async (cwd) => {
      mkdirSync(join(cwd, 'tools'));
      symlinkSync(CPYTHON, join(cwd, 'tools', 'own'));
      const caller = {PATH: `${join(cwd, 'tools')}:/usr/bin`};
      const {interpreter} = await probe(python, {cwd, caller});
      assert.match(interpreter.executable, /^\/usr\/bin\/python3\.\d+$/);
    }));
}

test('folders, files that are not executable and relative places on PATH are passed over', () =>
  inFolder(async (folder) => {
    const places = ['folder', 'file', 'dangling', 'good'].map((name) => join(folder, name));
    for (const place of places) mkdirSync(place);
    const [one = '', two = '', three = '', four = ''] = places.map((place) => join(place, 'python'));
    mkdirSync(one);
    writeFileSync(two, '', {mode: 0o644});
    symlinkSync('/no/such', three);
    script(join(folder, 'python'), 'exit 1');
    symlinkSync(CPYTHON, four);
    const caller = {PATH: `.:${places.join(':')}`};
    assert.is(await which('python', caller.PATH), four);
    assert.match((await probe('python', {caller, cwd: folder})).interpreter.executable, /python3\.\d+$/);
  }));

const virtualenv = '/usr/bin/virtualenv -q --no-seed --copies -p';
for (const [title, python, command] of [
  ['a virtualenv of PyPy', PYPY, `${PYPY} -m venv --without-pip`],
  ['a virtualenv of CPython', CPYTHON, `${CPYTHON} -m venv --without-pip`],
  ['a virtualenv that holds a copy of CPython', CPYTHON, `${virtualenv} ${CPYTHON}`],
] as const) {
  test(`the python of ${title} leads to the interpreter that it was made from`, () =>
    inFolder(async (folder) => {
      const [program = '', ...args] = command.split(' ');
      execFileSync(program, [...args, join(folder, 'venv')], {env: {...CALLER, HOME: folder}, stdio: 'pipe'});
      const {interpreter} = await probe('venv/bin/python', {cwd: folder});
      assert.equal(interpreter, (await probe(python)).interpreter);
    }));
}

test('the target on the server and the owner by dpkg are taken as they are given', async () => {
  const asked: string[] = [];
  const ownerOf = (path: string) => {
    asked.push(path);
    return {package: 'python3.11-minimal', version: '3.11.2-6', more: 'than is wanted'};
  };
  const {interpreter} = await probe(CPYTHON, {targetPython: '/usr/bin/python3', ownerOf});
  assert.is(interpreter.target, '/usr/bin/python3');
  assert.equal(interpreter.owner, {package: 'python3.11-minimal', version: '3.11.2-6'});
  assert.equal(asked, [interpreter.executable]);
});

/** What is at the path on this machine, its name, the kind that it is found to be: undefined where it fits. */
for (const [here, name, kind] of [
  [undefined, 'python3.11', undefined],
  [undefined, 'python3', undefined],
  [undefined, 'our-interpreter', undefined],
  [undefined, 'python3.9', 'cpython 3\\.9'],
  [undefined, 'python3.1', 'cpython 3\\.1'],
  [undefined, 'pypy3.9', 'pypy 3\\.9'],
  [undefined, 'pypy3', 'pypy'],
  [CPYTHON, 'pypy3', undefined],
  [PYPY, 'python3.11', 'pypy 3\\.9'],
  [PYPY, 'our-interpreter', 'pypy 3\\.9'],
] as const) {
  const what = here === undefined ? 'not on this machine' : `here ${here}`;
  test(`a target called ${name}, ${what}, is ${kind === undefined ? 'taken' : 'refused'} for CPython 3.11`, () =>
    inFolder(async (folder) => {
      const targetPython = join(folder, name);
      if (here) script(targetPython, `#!/bin/sh\nexec ${here} "$@"\n`);
      const probed = probe('/usr/bin/python3.11', {targetPython});
      if (kind === undefined) assert.is((await probed).interpreter.target, targetPython);
      else await rejects(probed, 'E_PYTHON', new RegExp(`${name} is ${kind}, not cpython 3\\.11\n`));
    }));
}

/** Stands for a Python that is not Debian's. */
const FOREIGN = `import sysconfig
own = sysconfig.get_scheme_names
sysconfig.get_scheme_names = lambda: tuple(name for name in own() if name != "deb_system")
sysconfig.get_config_vars().pop("WHEEL_PKG_DIR", None)
`;

for (const python of [PYPY, CPYTHON]) {
  test(`Debian's wheels are for ${python}, and for none without what Debian adds to its Pythons`, () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'sitecustomize.py'), FOREIGN);
      const foreign = join(folder, 'foreign');
      script(foreign, `#!/bin/sh\nPYTHONPATH='${folder}' exec ${python} "$@"\n`);
      const includes = async (name: string) => (await probe(name)).wheelFolders.includes(DISTRIBUTION_WHEELS);
      assert.equal([await includes(python), await includes(foreign)], [true, false]);
    }));
}

test('variables of the caller change no answer', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'json.py'), 'raise SystemExit("leaked")');
    const hostile = {
      PYTHONPATH: folder,
      PYTHONHOME: folder,
      PYTHONSTARTUP: folder,
      PYTHONOPTIMIZE: '2',
      LC_ALL: 'xx',
    };
    assert.equal(await probe(CPYTHON, {caller: {...CALLER, ...hostile}}), await probe(CPYTHON));
  }));

test('reports what was found', async () => {
  const events: ReportEvent[] = [];
  const {interpreter} = await probe(CPYTHON, {report: (event) => events.push(event)});
  const line = `${interpreter.executable}: cpython ${interpreter.pythonVersion}`;
  assert.equal(events, [{type: 'output', source: 'probe', line}]);
});

const facts = {
  implementation: 'cpython',
  executable: '/opt/python',
  pythonVersion: '3.8.0',
  implementationVersion: '3.8.0',
  cacheTag: 'cpython-38',
  sitePackages: 'lib/python3.8/site-packages',
  builtinDistributions: [],
  wheelFolders: [],
};
const printing = (changes: object) =>
  `#!/bin/sh\ncat <<'END'\n${JSON.stringify({...facts, ...changes})}\nEND\n`;

test('the oldest that is good enough is taken', () =>
  inFolder(async (folder) => {
    const python = script(join(folder, 'python'), printing({}));
    assert.is((await probe(python)).interpreter.pythonVersion, '3.8.0');
  }));

/** Content of the script, what is said. */
for (const [title, text, message] of [
  ['is too old', printing({pythonVersion: '3.7.17'}), /too old: .*fake is Python 3\.7\.17\n.*>=3\.8/],
  [
    'is another implementation',
    printing({implementation: 'graalpy'}),
    /neither PyPy nor CPython: .*fake\n.*graalpy/,
  ],
  ['is no Python', '#!/bin/sh\necho Hello', /does not work: .*fake\n.*not what was asked for.*3\.8 or newer/],
  ['prints JSON that is something else', '#!/bin/sh\necho null', /does not work: .*fake\n/],
  ['says nothing', '#!/bin/sh\n', /does not work: .*fake\n/],
  [
    'fails',
    '#!/bin/sh\necho one >&2; echo "it broke" >&2; exit 1',
    /does not work: .*fake\n.*it broke.*3\.8 or newer/,
  ],
  ['has no interpreter itself', '#!/no/such/program\n', /does not work: .*fake\n.*ENOENT/],
  ['is no program', 'just a text', /does not work: .*fake\n/],
] as const) {
  test(`what ${title} is E_PYTHON`, () =>
    inFolder(async (folder) => {
      const python = script(join(folder, 'fake'), text);
      await rejects(probe(python), 'E_PYTHON', new RegExp(message, 's'));
    }));
}

for (const [python, message] of [
  ['pypy3.99', /^Interpreter not found: pypy3\.99\n.*apt install pypy3\.99/s],
  ['/no/such/python', /^Interpreter not found: \/no\/such\/python\n.*path/s],
  ['./python', /^Interpreter not found: \.\/python\n/],
  ['/usr', /^Interpreter not found: \/usr\n/],
] as const) {
  test(`${python} is not found`, () => rejects(probe(python), 'E_PYTHON', message).then(() => {}));
}

test('an abort is passed on as it is', async () => {
  const reason = new Error('stop');
  assert.is(await probe(CPYTHON, {signal: AbortSignal.abort(reason)}).catch((error) => error), reason);
});

test.run();
