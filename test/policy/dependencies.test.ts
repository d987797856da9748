import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openDpkgDatabase} from '../../lib/formats/dpkg-database.js';
import type {Interpreter} from '../../lib/model.js';
import {interpreterDepends} from '../../lib/policy/dependencies.js';
import {throws} from '../helpers/suite.js';

const dependencies = suite('policy/dependencies');

const pypy = (python: string, version: string, owner = 'pypy3'): Interpreter => ({
  implementation: 'pypy',
  executable: '/usr/bin/pypy3',
  pythonVersion: `${python}.16`,
  implementationVersion: version,
  cacheTag: `pypy${python.replace('.', '')}`,
  sitePackages: `lib/pypy${python}/site-packages`,
  target: `/usr/bin/pypy${python}`,
  owner: {package: owner, version: `${version}+dfsg-2`},
  builtinDistributions: [],
});
const cpython = (python: string, owner: string): Interpreter => ({
  ...pypy(python, `${python}.2`, owner),
  implementation: 'cpython',
  executable: `/usr/bin/python${python}`,
  target: `/usr/bin/python${python}`,
});

for (const [python, version, end] of [
  ['3.8', '7.3.9', '7.3.10~'],
  ['3.9', '7.3.10', '7.3.17~'],
  ['3.9', '7.3.11', '7.3.17~'],
  ['3.9', '7.3.16', '7.3.17~'],
  ['3.10', '7.3.17', '7.3.18~'],
  ['3.11', '7.3.18', '7.4~'],
  ['3.11', '7.3.20', '7.4~'],
  ['3.12', '7.4.1', '7.5~'],
  ['3.9', '7.3.17', '7.4~'],
  ['3.13', '8.0.0', '8.1~'],
] as const) {
  dependencies(`PyPy ${version} for Python ${python} ends before ${end}`, () =>
    assert.equal(interpreterDepends(pypy(python, version), {installed: () => undefined}), [
      `pypy3 (>= ${version})`,
      `pypy3 (<< ${end})`,
    ]),
  );
}

dependencies('PyPy from a package of another name', () =>
  assert.equal(interpreterDepends(pypy('3.10', '7.3.17', 'pypy3.10'), {installed: () => undefined}), [
    'pypy3.10 (>= 7.3.17)',
    'pypy3.10 (<< 7.3.18~)',
  ]),
);

for (const [title, python, owner, python3, wanted] of [
  [
    'the default Python',
    '3.11',
    'python3.11-minimal',
    '3.11.2-1+b1',
    ['python3 (>= 3.11~)', 'python3 (<< 3.12)'],
  ],
  ['the full package', '3.9', 'python3.9', '3.9.2-3', ['python3 (>= 3.9~)', 'python3 (<< 3.10)']],
  ['the package python3', '3.13', 'python3', '3.13.5-1', ['python3 (>= 3.13~)', 'python3 (<< 3.14)']],
  ['another Python than the default', '3.13', 'python3.13-minimal', '3.11.2-1', ['python3.13']],
  ['no default Python', '3.12', 'python3.12-minimal', undefined, ['python3.12']],
  ['a variant', '3.13', 'python3.13-nogil', '3.13.5-1', ['python3.13-nogil']],
] as const) {
  dependencies(`CPython: ${title}`, () => {
    const installed = (name: string) => (name === 'python3' ? python3 : undefined);
    assert.equal(interpreterDepends(cpython(python, owner), {installed}), wanted);
  });
}

const homeMade = {...cpython('3.11', 'x'), executable: '/home/jo/.pyenv/bin/python3.11', owner: undefined};

dependencies('an interpreter that no package owns is refused with the keys that cure it', () => {
  const error = throws(
    () => interpreterDepends(homeMade, {installed: () => undefined}),
    'E_PYTHON',
    /python3\.11/,
  );
  assert.is(error.message, 'Interpreter belongs to no Debian package: /home/jo/.pyenv/bin/python3.11');
  assert.match(error.hint ?? '', /"target_python".*"interpreter_depends"/);
  assert.not.match(error.hint ?? '', '/usr/bin');
});

dependencies('… and with the interpreter that it could be', () => {
  const ownerOf = (path: string) => (path === '/usr/bin/python3.11' ? 'python3.11-minimal' : undefined);
  const error = throws(
    () => interpreterDepends(homeMade, {installed: () => undefined, ownerOf}),
    'E_PYTHON',
    /no Deb/,
  );
  assert.match(error.hint ?? '', 'use /usr/bin/python3.11, which the package python3.11-minimal owns');
});

dependencies('dpkg takes the bounds for this machine: they hold for what is installed', async () => {
  const {installed, ownerOf} = openDpkgDatabase();
  const lookups = {installed: (name: string) => installed(name)?.version};
  for (const interpreter of [
    {...pypy('3.9', '7.3.11'), owner: ownerOf('/usr/bin/pypy3.9')},
    {...cpython('3.11', ''), owner: ownerOf('/usr/bin/python3.11')},
  ]) {
    for (const relation of interpreterDepends(interpreter, lookups)) {
      const [, name = '', operator = '', version = ''] = /^(\S+) \((\S+) (\S+)\)$/.exec(relation) ?? [];
      await execa('dpkg', ['--compare-versions', installed(name)?.version ?? '', operator, version]);
    }
  }
});

dependencies.run();
