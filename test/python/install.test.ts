import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {CommandError} from '../../lib/errors.js';
import {normalizeName} from '../../lib/formats/names.js';
import {parseRecord} from '../../lib/formats/record.js';
import type {StagedVenv} from '../../lib/model.js';
import {readDistributions, recordedFiles} from '../../lib/python/distributions.js';
import {installWheels, unmetRequirements} from '../../lib/python/install.js';
import {createVenv} from '../../lib/python/venv.js';
import {readWheelFile} from '../../lib/python/wheel-file.js';
import type {Wheel} from '../../lib/python/wheels.js';
import type {Workspace} from '../../lib/python/workspace.js';
import {CPYTHON, PYPY, testWorkspace, writeWheels} from '../helpers/python.js';
import {rejects} from '../helpers/suite.js';

const test = suite('python/install');

const shared = mkdtempSync(join(tmpdir(), 'mkvenvdeb-test-'));
const stamp = Date.UTC(2020, 1, 2, 2, 2, 2) / 1000;

/** Every wheel of a folder, as it would have been collected. */
async function wheelsOf(folder: string): Promise<Wheel[]> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.whl'))
    .sort();
  return Promise.all(
    files.map(async (name) => {
      const facts = await readWheelFile(join(folder, name));
      return {
        ...facts,
        file: join(folder, name),
        built: false,
        normalizedName: normalizeName(facts.metadata.name),
      };
    }),
  );
}

async function venvIn(workspace: Workspace, prefix = '/opt/app'): Promise<StagedVenv> {
  return createVenv(workspace, {tool: 'builtin', prefix, promptName: 'app', systemSitePackages: false});
}

const good = join(shared, 'good');
writeWheels(good, [
  {
    name: 'Fx.App',
    version: '1.0',
    metadata: ['Summary: An application'],
    entryPoints: '[console_scripts]\nfx-app = fx_app:main\n',
    files: {
      'fx_app.py': 'def main():\n    print("it runs")\n',
      'Fx_App-1.0.data/data/share/python-wheels/kept.txt': 'kept',
      'Fx_App-1.0.data/scripts/fx-tool': '#!python\nprint("tool")\n',
      'fxapp/größe, "quoted".txt': 'x',
    },
  },
  {name: 'fx-b', version: '2'},
]);

for (const python of [CPYTHON, PYPY]) {
  const name = python.slice(9);
  const workspace = await testWorkspace(join(shared, name), python);
  const venv = await installWheels(workspace, await venvIn(workspace), await wheelsOf(good));
  const {sitePackages} = workspace.interpreter;
  const at = (...parts: string[]) => join(venv.stagedPrefix, ...parts);

  test(`installs wheels that work, by ${name}`, () => {
    const run = (command: string) => execFileSync(at('bin', command), {encoding: 'utf8'}).trim();
    assert.is(run('fx-app'), 'it runs');
    assert.is(run('fx-tool'), 'tool');
    assert.is(readFileSync(at('share', 'python-wheels', 'kept.txt'), 'utf8'), 'kept');
  });

  test(`tells what is installed, by ${name}`, () => {
    assert.equal(venv.distributions, [
      {
        name: 'Fx.App',
        normalizedName: 'fx-app',
        version: '1.0',
        distInfo: `${sitePackages}/Fx_App-1.0.dist-info`,
        summary: 'An application',
        newestMember: stamp,
      },
      {
        name: 'fx-b',
        normalizedName: 'fx-b',
        version: '2',
        distInfo: `${sitePackages}/fx_b-2.dist-info`,
        newestMember: stamp,
      },
    ]);
  });

  test(`every row of RECORD is true, and nothing is compiled yet, by ${name}`, () => {
    let rows = 0;
    for (const {distInfo} of venv.distributions) {
      for (const {path, hash, size} of parseRecord(readFileSync(at(distInfo, 'RECORD'), 'utf8'), distInfo)) {
        rows += 1;
        if (path.endsWith('/RECORD')) continue;
        const bytes = readFileSync(at(sitePackages, path));
        assert.is(hash, `sha256=${createHash('sha256').update(bytes).digest('base64url')}`, path);
        assert.is(size, String(bytes.length), path);
      }
    }
    assert.ok(rows > 10);
    const files = readdirSync(venv.stagedPrefix, {recursive: true, encoding: 'utf8'});
    assert.equal(
      files.filter((file) => file.endsWith('.pyc')),
      [],
    );
  });

  test(`knows whose each file is, by ${name}`, async () => {
    const recorded = await recordedFiles(venv);
    for (const [path, distribution] of [
      ['bin/fx-app', 'fx-app'],
      ['bin/fx-tool', 'fx-app'],
      ['share/python-wheels/kept.txt', 'fx-app'],
      [`${sitePackages}/fxapp/größe, "quoted".txt`, 'fx-app'],
      [`${sitePackages}/fx_b.py`, 'fx-b'],
      [`${sitePackages}/fx_b-2.dist-info/RECORD`, 'fx-b'],
    ] as const) {
      assert.is(recorded.get(path)?.distribution, distribution, path);
      assert.ok(existsSync(at(path)), path);
    }
    assert.is(recorded.get('bin/python'), undefined);
    assert.match(recorded.get('bin/fx-app')?.hash ?? '', /^sha256=/);
  });
}

const cpython = await testWorkspace(join(shared, 'c'), CPYTHON);
const pypy = await testWorkspace(join(shared, 'p'), PYPY);

test('what a hook installs or removes counts as well', async () => {
  const installed = await installWheels(cpython, await venvIn(cpython, '/opt/hooked'), await wheelsOf(good));
  const site = join(installed.stagedPrefix, cpython.interpreter.sitePackages);
  rmSync(join(site, 'fx_b-2.dist-info'), {recursive: true});
  mkdirSync(join(site, 'late-3.dist-info'));
  writeFileSync(
    join(site, 'late-3.dist-info', 'METADATA'),
    'Metadata-Version: 2.1\nName: late\nVersion: 3\n',
  );
  mkdirSync(join(site, 'bare-1.dist-info'));
  writeFileSync(
    join(site, 'bare-1.dist-info', 'METADATA'),
    'Metadata-Version: 2.1\nName: bare\nVersion: 1\n',
  );
  writeFileSync(join(site, 'late-3.dist-info', 'RECORD'), 'late.py,,\n');
  const recorded = await recordedFiles(installed);
  assert.is(recorded.get(`${cpython.interpreter.sitePackages}/late.py`)?.distribution, 'late');
  assert.is(recorded.get(`${cpython.interpreter.sitePackages}/fx_b.py`), undefined);
  assert.equal(
    (await readDistributions(installed, [])).map(({name}) => name),
    ['bare', 'Fx.App', 'late'],
  );
});

test('what PyPy brings in the same version is installed all the same, once it was asked for', async () => {
  const folder = join(shared, 'builtin');
  const cffi = pypy.interpreter.builtinDistributions.find(({name}) => name === 'cffi');
  writeWheels(folder, [{name: 'cffi', version: cffi?.version ?? ''}]);
  const venv = await installWheels(pypy, await venvIn(pypy, '/opt/builtin'), await wheelsOf(folder));
  assert.equal(
    venv.distributions.map(({name}) => name),
    ['cffi'],
  );
});

test('nothing is run where there is nothing to install', async () => {
  const venv = {...(await venvIn(cpython, '/opt/empty')), sitePackages: ''};
  const without = {...cpython, pip: {...cpython.pip, folder: '/no/such'}};
  assert.equal((await installWheels(without, venv, [])).distributions, []);
});

test('a wheel that pip refuses is told in its words', async () => {
  const folder = join(shared, 'foreign');
  writeWheels(folder, [{name: 'fx-foreign', version: '1', tag: 'cp27-cp27m-win32'}]);
  const promise = installWheels(cpython, await venvIn(cpython, '/opt/foreign'), await wheelsOf(folder));
  const error = await rejects(promise, 'E_COMMAND', /^Command failed: pip install/);
  assert.match((error as CommandError).output, /not a supported wheel on this platform/);
});

for (const workspace of [cpython, pypy]) {
  const name = workspace.interpreter.implementation;
  test(`finds the unmet requirements that pip check finds, by ${name}`, async () => {
    const folder = join(shared, `unmet-${name}`);
    writeWheels(folder, [
      {
        name: 'Fx.One',
        version: '1.0',
        requires: ['fx-absent>=1', 'fx-two<2 ; python_version > "3"', 'FX_Two!=1.5', 'fx-three'],
      },
      {
        name: 'fx_two',
        version: '2.0',
        requires: ['fx-never; python_version < "3"', 'fx-extra; extra == "more"', 'Fx-One[all]>=1'],
      },
      {name: 'fx-three', version: '3.0b1', requires: ['fx-three>=3.0a1', 'cffi>=0.1', 'Fx.Absent']},
    ]);
    const venv = await installWheels(
      workspace,
      await venvIn(workspace, '/opt/unmet'),
      await wheelsOf(folder),
    );
    const own = await unmetRequirements(workspace, venv);
    const normal = (text: string) =>
      text
        .replace(/[-_.]+(?=\w)/g, '-')
        .replace(/\.$/, '')
        .toLowerCase();
    const program = ['-s', join(workspace.pip.folder, 'pip'), 'check'];
    const said = await new Promise<string>((resolve) => {
      try {
        resolve(
          execFileSync(join(venv.stagedPrefix, 'bin', 'python'), program, {
            encoding: 'utf8',
            stdio: 'pipe',
            env: {...workspace.env},
          }),
        );
      } catch (error) {
        resolve(String((error as {stdout: string}).stdout));
      }
    });
    const wanted = said.trim().split('\n').map(normal).sort();
    assert.equal(own.map(normal).sort(), wanted);
    const count = name === 'pypy' ? 3 : 4;
    assert.is(own.length, count, own.join('\n'));
    assert.ok(own.includes('Fx.One 1.0 requires fx-absent, which is not installed'), own.join('\n'));
    assert.ok(
      own.some((one) => /^Fx\.One 1\.0 has requirement fx-two<2; .*, but you have fx-two 2\.0$/.test(one)),
      own.join('\n'),
    );
  });

  test(`finds nothing where nothing is unmet, by ${name}`, async () => {
    const venv = await venvIn(workspace, '/opt/met');
    const site = join(venv.stagedPrefix, workspace.interpreter.sitePackages);
    writeFileSync(join(site, 'noise.pth'), 'import sys; print("noise at the start")\n');
    assert.equal(await unmetRequirements(workspace, venv), []);
    assert.ok(statSync(venv.stagedPrefix).isDirectory());
  });
}

test.after(() => rmSync(shared, {recursive: true, force: true}));
test.run();
