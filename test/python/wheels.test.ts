import {createHash} from 'node:crypto';
import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {CommandError} from '../../lib/errors.js';
import {lockFile} from '../../lib/python/lock.js';
import {type CollectedWheels, collectWheels, type WheelRequest} from '../../lib/python/wheels.js';
import {CPYTHON, EPOCH, PYPY, requirementsOf, testWorkspace, writeWheels} from '../helpers/python.js';
import {writeArchive} from '../helpers/sdist.js';
import {fixture, inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/wheels');

const shared = mkdtempSync(join(tmpdir(), 'mkvenvdeb-test-'));
/** An index on the disk, as find_links. */
const links = join(shared, 'links');
writeWheels(links, [
  {name: 'fx-plain', version: '1.0'},
  {name: 'fx-plain', version: '2.0'},
  {
    name: 'Fx.Needs',
    version: '1.0',
    requires: ['fx-plain', 'fx-extra; extra == "more"'],
    metadata: ['Provides-Extra: more'],
  },
  {name: 'fx-extra', version: '1.0'},
  {name: 'fx-old', version: '1.0', requires: ['fx-plain<2']},
  {name: 'fx-new', version: '1.0', requires: ['fx-plain>=2']},
  {name: 'fx-cffi', version: '1.0', requires: ['cffi>=1.0']},
]);
writeArchive(join(links, 'fx-source-1.0.tar.gz'), [
  {
    name: 'fx-source-1.0/setup.py',
    text: 'from setuptools import setup\nsetup(name="fx-source", version="1.0")\n',
    mtime: 1_650_000_001,
  },
  {name: 'fx-source-1.0/PKG-INFO', text: 'Metadata-Version: 2.1\nName: fx-source\nVersion: 1.0\n'},
]);
const sha256 = (name: string) =>
  createHash('sha256')
    .update(readFileSync(join(links, name)))
    .digest('hex');

/** A request for this, with nothing else in it. */
const asking = (changes: Partial<WheelRequest> | string): WheelRequest => ({
  extras: [],
  further: [],
  isolation: true,
  requires: [],
  epoch: EPOCH,
  requirements: requirementsOf(typeof changes === 'string' ? changes : ''),
  ...(typeof changes === 'string' ? {} : changes),
});

/** Collect in a folder that is removed afterwards; a path with blanks and letters costs nothing and shows much. */
async function collect<T>(
  changes: Partial<WheelRequest> | string,
  use: (collected: CollectedWheels) => T,
  {python = CPYTHON, findLinks = [links]} = {},
): Promise<T> {
  return inFolder(async (folder) => {
    const workspace = await testWorkspace(join(folder, 'wörk place'), python, {index: {findLinks}});
    return use(await collectWheels(workspace, asking(changes)));
  });
}

/** Collect it, expecting a failure of pip; gives its words. */
async function failing(
  changes: Partial<WheelRequest> | string,
  options: {python?: string} = {},
): Promise<string> {
  const error = await rejects(
    collect(changes, () => {}, options),
    'E_COMMAND',
    /^Command failed: pip download/,
  );
  return (error as CommandError).output;
}

const shown = ({wheels}: CollectedWheels) =>
  wheels.map(({normalizedName, metadata}) => `${normalizedName} ${metadata.version}`);

const ownBackend = {kind: 'folder', path: fixture('apps', 'own-backend')} as const;

/** What is asked for, what comes. */
for (const [title, request, wanted] of [
  ['nothing', '', []],
  ['the newest version of what is named, and what it needs', 'fx.needs', ['fx-needs 1.0', 'fx-plain 2.0']],
  ['a version that is named', 'fx-needs\nfx-plain==1.0', ['fx-needs 1.0', 'fx-plain 1.0']],
  ['extras of a requirement', 'fx-needs[more]', ['fx-extra 1.0', 'fx-needs 1.0', 'fx-plain 2.0']],
  ['what the requirements say together', 'fx-plain\nfx-old', ['fx-old 1.0', 'fx-plain 1.0']],
  ['an sdist, built', 'fx-source', ['fx-source 1.0']],
  ['nothing for a marker that does not hold', 'fx-plain; python_version < "3"', []],
  ['pip, setuptools and wheel, when they are to be kept', {further: ['pip', 'wheel']}, ['pip', 'wheel']],
  ['a project', {project: ownBackend}, ['odd-name-app 1.0']],
  ['a project with extras', {project: ownBackend, extras: ['more']}, ['fx-extra 1.0', 'odd-name-app 1.0']],
  [
    'a project and requirements',
    {project: ownBackend, requirements: requirementsOf('fx-plain<2')},
    ['fx-plain 1.0', 'odd-name-app 1.0'],
  ],
  [
    'a project that is a wheel',
    {project: {kind: 'wheel', path: join(links, 'Fx_Needs-1.0-py3-none-any.whl')}},
    ['fx-needs 1.0', 'fx-plain 2.0'],
  ],
  [
    'a project that is an sdist',
    {project: {kind: 'sdist', path: join(links, 'fx-source-1.0.tar.gz')}},
    ['fx-source 1.0'],
  ],
  [
    'a project from an index',
    {project: {kind: 'requirement', requirement: 'fx-needs==1.0'}},
    ['fx-needs 1.0', 'fx-plain 2.0'],
  ],
  [
    'a project from an index with extras',
    {project: {kind: 'requirement', requirement: 'Fx_Needs == 1.0'}, extras: ['more']},
    ['fx-extra 1.0', 'fx-needs 1.0', 'fx-plain 2.0'],
  ],
  [
    'what is to be installed first',
    {requirements: requirementsOf('', {preinstall: ['fx-plain<2']})},
    ['fx-plain 1.0'],
  ],
] as const satisfies readonly (readonly [string, Partial<WheelRequest> | string, readonly string[]])[]) {
  test(`collects ${title}`, async () => {
    await collect(request, (collected) => {
      // What came with Python has versions of its own.
      const found = shown(collected).map((one) => one.replace(/^(pip|wheel) .*/, '$1'));
      assert.equal(found, wanted);
    });
  });
}

test('tells which of them is the project', async () => {
  for (const [project, name] of [
    [ownBackend, 'odd-name-app'],
    [{kind: 'wheel', path: join(links, 'Fx_Needs-1.0-py3-none-any.whl')}, 'fx-needs'],
    [{kind: 'requirement', requirement: 'Fx_Needs == 1.0'}, 'fx-needs'],
    [undefined, undefined],
  ] as const) {
    await collect({project, requirements: requirementsOf(fixture('apps', 'legacy'))}, (collected) => {
      assert.is(collected.project?.normalizedName, name);
    });
  }
});

test('tells what was built, what was downloaded and how old it is', () =>
  collect(
    {project: ownBackend, requirements: requirementsOf('fx-source\nfx-plain')},
    ({wheels, downloads}) => {
      assert.equal(
        wheels.map(({normalizedName, built}) => [normalizedName, built]),
        [
          ['fx-plain', false],
          ['fx-source', true],
          ['odd-name-app', true],
        ],
      );
      const stamp = Date.UTC(2020, 1, 2, 2, 2, 2) / 1000;
      // Of an sdist the newest member tells; zip archives count in steps of two seconds.
      assert.equal(
        wheels.map(({newestMember}) => newestMember),
        [stamp, 1_650_000_000, stamp],
      );
      assert.equal(
        downloads.map(({file, wheel}) => [basename(file), wheel.normalizedName]),
        [
          ['fx-source-1.0.tar.gz', 'fx-source'],
          ['fx_plain-2.0-py3-none-any.whl', 'fx-plain'],
        ],
      );
      assert.equal(readdirSync(join(wheels[0]?.file ?? '', '..')).length, 3);
    },
  ));

test('local folders are built here, by marker, with extras, each in a folder of its own', () =>
  inFolder(async (folder) => {
    const [one, two] = ['one', 'two'].map((name) => join(folder, name, 'same name'));
    cpSync(fixture('apps', 'own-backend'), one ?? '', {recursive: true});
    cpSync(fixture('apps', 'legacy'), two ?? '', {recursive: true});
    const lines = `${one}[more]\n${two} ; python_version > "3"\n/no/such/folder ; python_version < "3"\n${fixture('apps', 'src-layout')} ; python_version < "3"`;
    await collect(lines.replace('/no/such/folder ; python_version < "3"\n', ''), (collected) => {
      assert.equal(shown(collected), ['fx-extra 1.0', 'legacy-app 0.3', 'odd-name-app 1.0']);
      const built = collected.wheels.find(({normalizedName}) => normalizedName === 'odd-name-app');
      assert.ok(readFileSync(built?.file ?? '', 'latin1').includes(`${EPOCH} same_name\n`));
    });
  }));

test('constraints hold', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'a constraint.txt');
    writeFileSync(file, 'fx-plain<2\nfx-absent==1\n');
    const requirements = {...requirementsOf('fx-needs'), constraints: [file]};
    await collect({requirements}, (collected) =>
      assert.equal(shown(collected), ['fx-needs 1.0', 'fx-plain 1.0']),
    );
  }));

for (const [title, text, message] of [
  ['what is nowhere', 'fx-absent', /No matching distribution found for fx-absent/],
  ['a version that is nowhere', 'fx-plain==3', /No matching distribution found for fx-plain==3/],
  [
    'versions that exclude each other',
    'fx-old\nfx-new',
    /Cannot install .*because these package versions have conflicting dependencies/,
  ],
  ['a line that is none', 'fx-plain = 1', /Invalid requirement/],
  ['a file that is not there', './fx-gone-1.0.tar.gz', /fx-gone-1\.0\.tar\.gz/],
  [
    'a wheel for another machine',
    './fx_other-1.0-cp27-cp27m-win32.whl',
    /not a supported wheel on this platform/,
  ],
  [
    'a hash that does not fit',
    `fx-plain==1.0 --hash=sha256:${'0'.repeat(64)}`,
    /DO NOT MATCH THE HASHES.*fx-plain/s,
  ],
  [
    'a requirement without a hash among others',
    `fx-plain==1.0 --hash=sha256:${sha256('fx_plain-1.0-py3-none-any.whl')}\nfx-extra==1.0`,
    /Hashes are required.*fx-extra==1\.0/s,
  ],
  [
    'a dependency without a hash',
    `fx-needs==1.0 --hash=sha256:${sha256('Fx_Needs-1.0-py3-none-any.whl')}`,
    /versions pinned with ==.*fx-plain/s,
  ],
] as const) {
  test(`${title} is told in the words of pip`, async () => {
    writeWheels(shared, [{name: 'fx-other', version: '1.0', tag: 'cp27-cp27m-win32'}]);
    const requirements = requirementsOf(text, {file: join(shared, 'requirements.txt')});
    assert.match(await failing({requirements}), message);
  });
}

const lock = (...names: string[]) =>
  names
    .map((name) => `${name.replace(/^(\w+)-([^-]+)-.*$/, '$1==$2')} --hash=sha256:${sha256(name)}`)
    .join('\n');

test('with hashes only what has one is taken, and the project as it is', () =>
  collect(
    {
      project: ownBackend,
      extras: ['more'],
      requirements: requirementsOf(lock('fx_plain-1.0-py3-none-any.whl')),
    },
    (collected) => assert.equal(shown(collected), ['fx-plain 1.0', 'odd-name-app 1.0']),
  ));

test('with hashes a project from an index comes without what the lock does not name', async () => {
  const project = {kind: 'requirement', requirement: 'fx-needs==1.0'} as const;
  await collect(
    {project, requirements: requirementsOf(lock('fx_plain-1.0-py3-none-any.whl'))},
    (collected) => {
      assert.equal(shown(collected), ['fx-needs 1.0', 'fx-plain 1.0']);
      assert.is(collected.project?.normalizedName, 'fx-needs');
    },
  );
  const whole = lock('fx_plain-1.0-py3-none-any.whl', 'Fx_Needs-1.0-py3-none-any.whl');
  await collect({project, requirements: requirementsOf(whole)}, (collected) => {
    assert.equal(shown(collected), ['fx-needs 1.0', 'fx-plain 1.0']);
  });
});

test('two folders with one distribution are refused before anything is downloaded', () =>
  inFolder(async (folder) => {
    cpSync(fixture('apps', 'own-backend'), join(folder, 'copy'), {recursive: true});
    const text = `${fixture('apps', 'own-backend')}\n${join(folder, 'copy')}\nfx-absent`;
    await rejects(
      collect(text, () => {}),
      'E_OPTION',
      /^Distribution is asked for twice: Odd_Name\.\.App \(1\.0 and 1\.0\)\n.*Name it once/s,
    );
  }));

test('a lock that brings the project in another version is refused', () =>
  inFolder(async (folder) => {
    writeWheels(folder, [{name: 'fx-plain', version: '9'}]);
    const project = {kind: 'wheel', path: join(folder, 'fx_plain-9-py3-none-any.whl')} as const;
    const requirements = requirementsOf(lock('fx_plain-1.0-py3-none-any.whl'));
    await rejects(
      collect({project, requirements}, () => {}),
      'E_OPTION',
      /asked for twice: fx-plain \(9 and 1\.0\)/,
    );
  }));

test('a wheel that is none is named', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'x-1-py3-none-any.whl');
    writeFileSync(path, 'nonsense');
    const project = {kind: 'wheel', path} as const;
    await rejects(
      collect({project}, () => {}),
      'E_FORMAT',
      /x-1-py3-none-any\.whl/,
    );
  }));

for (const python of [CPYTHON, PYPY]) {
  test(`a lock that was written is installed again with its hashes, by ${python}`, async () => {
    const text = `fx-needs[more]\nfx-source\n${python === PYPY ? 'fx-cffi\n' : ''}`;
    const names = ['fx-extra 1.0', 'fx-needs 1.0', 'fx-plain 2.0', 'fx-source 1.0'];
    if (python === PYPY) names.unshift('fx-cffi 1.0');
    const written = await collect(
      {project: ownBackend, requirements: requirementsOf(text)},
      async (collected) => {
        assert.equal(shown(collected), [...names, 'odd-name-app 1.0'].sort());
        return lockFile({file: '/project/lock.txt', downloads: collected.downloads, folders: []});
      },
      {python},
    );
    assert.match(written, /^# Written by mkvenvdeb .*\nfx-\w+==\d\.0 \\\n {4}--hash=sha256:[0-9a-f]{64}\n/);
    assert.is(written.match(/--hash/g)?.length, names.length);
    const requirements = {...requirementsOf(written), demandHashes: true};
    assert.ok(requirements.hashed);
    await collect({requirements}, (collected) => assert.equal(shown(collected), names.sort()), {python});
  });
}

test('what PyPy brings satisfies a requirement, and is not installed', () =>
  collect('fx-cffi', (collected) => assert.equal(shown(collected), ['fx-cffi 1.0']), {python: PYPY}));

test('what PyPy brings is left to pip once the user names it', () =>
  inFolder(async (folder) => {
    assert.match(
      await failing('fx-cffi\nCFFI>=1.0', {python: PYPY}),
      /No matching distribution found for CFFI>=1\.0/i,
    );
    writeWheels(folder, [{name: 'cffi', version: '99'}]);
    const findLinks = [links, folder];
    await collect(
      'fx-cffi\ncffi',
      (collected) => assert.equal(shown(collected), ['cffi 99', 'fx-cffi 1.0']),
      {python: PYPY, findLinks},
    );
  }));

test('CPython brings nothing', async () => {
  assert.match(await failing('fx-cffi'), /No matching distribution found for cffi>=1\.0/);
});

test('without isolation a build finds what was asked for', () =>
  collect(
    {
      project: {kind: 'folder', path: fixture('apps', 'dynamic')},
      isolation: false,
      requires: ['fx-static', 'fx-helper', 'fx-toml'],
    },
    (collected) => {
      assert.equal(shown(collected), ['fxdynamic 1.0']);
    },
    {findLinks: [links, join(shared, 'requires')]},
  ));

mkdirSync(join(shared, 'requires'));
writeWheels(
  join(shared, 'requires'),
  ['fx-static', 'fx-helper', 'fx-toml'].map((name) => ({name, version: '2.0'})),
);

test.after(() => rmSync(shared, {recursive: true, force: true}));
test.run();
