import {execFileSync} from 'node:child_process';
import {link, mkdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocate, rewriteRecords} from '../../lib/relocate/index.js';
import {fixture, inFolder, rejects} from '../helpers/suite.js';
import {interpreter, stagedVenv, stageFixture} from './fixtures.js';
import {cleanEnv, createVenv, installDemo, interpreterOf} from './real.js';

const test = suite('records');

/** Another reader's opinion: every row true, sorted, every file of the distribution there. */
const audit = `
import base64, csv, hashlib, importlib.metadata, os, sys
site = sys.argv[1]
for distribution in importlib.metadata.distributions(path=[site]):
    record = distribution.read_text('RECORD')
    if record is None: continue
    name = distribution.metadata['Name']
    rows = list(csv.reader(record.splitlines()))
    paths = [row[0] for row in rows]
    if paths != sorted(set(paths)): print(name, 'order', paths)
    for path, hash, size in rows:
        file = os.path.join(site, path)
        if not os.path.isfile(file): print(name, 'missing', path); continue
        if path.endswith('.dist-info/RECORD'):
            if hash or size: print(name, 'RECORD has a hash')
            continue
        data = open(file, 'rb').read()
        wanted = 'sha256=' + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')
        if (hash, size) != (wanted, str(len(data))): print(name, 'untrue', path)
    for folder in {p.split('/')[0] for p in paths if not p.startswith('..') and '/' in p}:
        for base, _, files in os.walk(os.path.join(site, folder)):
            for file in files:
                path = os.path.relpath(os.path.join(base, file), site)
                if path not in paths: print(name, 'unlisted', path)
`;

for (const python of ['/usr/bin/python3', '/usr/bin/pypy3']) {
  test(`what pip by ${python} installed is recorded truly, bytecode included`, () =>
    inFolder(async (folder) => {
      const venv = stagedVenv(folder, {
        stagedPrefix: join(folder, 'opt/app'),
        interpreter: interpreterOf(python),
      });
      await createVenv(python, 'venv', venv.stagedPrefix);
      installDemo(venv.stagedPrefix, folder);
      const site = join(venv.stagedPrefix, venv.interpreter.sitePackages);
      const findings = () =>
        execFileSync('/usr/bin/python3', ['-c', audit, site], {env: cleanEnv(folder), encoding: 'utf8'});
      await relocate(venv, {promptName: 'app'});
      assert.match(findings(), /untrue/, 'the audit finds nothing');
      execFileSync(python, ['-m', 'compileall', '-q', site], {env: cleanEnv(folder)});
      const {unchanged} = await rewriteRecords(venv, {requested: new Set(['demo'])});
      assert.is(findings(), '');

      const record = await readFile(join(site, 'demo-1.0.dist-info/RECORD'), 'utf8');
      assert.match(
        record,
        new RegExp(
          `\\n__pycache__/demo\\.${python.includes('pypy') ? 'pypy39' : 'cpython-\\d+'}\\.pyc,sha256=`,
        ),
      );
      assert.match(record, /\/REQUESTED,/);
      assert.not.match(record, /direct_url/);
      const inSite = (name: string) => `opt/app/${venv.interpreter.sitePackages}/${name}`;
      // Rows without a hash in the wheel's own RECORD prove nothing, so demo.py is not among them.
      assert.ok(unchanged.has(inSite('demo-1.0.dist-info/INSTALLER')));
      assert.not.ok(unchanged.has('opt/app/bin/demo'));
      assert.not.ok(unchanged.has(inSite('demo.py')));

      await writeFile(join(site, 'demo.py'), 'changed\n');
      const again = await rewriteRecords(venv, {requested: new Set()});
      assert.is(findings(), '');
      assert.not.ok(again.unchanged.has(inSite('demo.py')));
      assert.ok(again.unchanged.has('opt/app/bin/demo'));
      assert.not.match(await readFile(join(site, 'demo-1.0.dist-info/RECORD'), 'utf8'), /REQUESTED/);
    }));
}

const site = interpreter.sitePackages;

test('REQUESTED depends on what was asked for, never on how it was installed', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(folder);
    await stageFixture(fixture('relocate', 'records', 'input'), venv.stagedPrefix);
    const read = () => readFile(join(venv.stagedPrefix, site, 'Asked.For-2.0.dist-info/RECORD'), 'utf8');
    await rewriteRecords(venv, {requested: new Set(['asked-for'])});
    const asked = await read();
    assert.match(asked, /Asked\.For-2\.0\.dist-info\/REQUESTED,sha256=47DEQ/);
    await rewriteRecords(venv, {requested: new Set()});
    assert.not.match(await read(), /REQUESTED/);
    await rewriteRecords(venv, {requested: new Set(['asked-for'])});
    assert.is(await read(), asked);
  }));

test('large files are hashed as well, symlinks are listed bare, and what others link to is left alone', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    const distInfo = join(venv.stagedPrefix, site, 'x-1.dist-info');
    await mkdir(distInfo, {recursive: true});
    await writeFile(join(venv.stagedPrefix, site, 'large.bin'), Buffer.alloc(9 * 1024 * 1024, 'x'));
    await symlink('large.bin', join(venv.stagedPrefix, site, 'link.bin'));
    await writeFile(join(folder, 'peer'), 'large.bin,,\nlink.bin,sha256=00,1\n.,,\n');
    await link(join(folder, 'peer'), join(distInfo, 'RECORD'));
    await rewriteRecords(venv, {requested: new Set()});
    const hash = execFileSync(
      '/usr/bin/python3',
      [
        '-c',
        'import base64, hashlib; print(base64.urlsafe_b64encode(hashlib.sha256(b"x" * 9437184).digest()).decode().rstrip("="))',
      ],
      {encoding: 'utf8'},
    ).trim();
    const rows = [
      'large.bin',
      `sha256=${hash}`,
      '9437184\r\nlink.bin',
      '',
      '\r\nx-1.dist-info/RECORD',
      '',
      '\r\n',
    ];
    assert.is(await readFile(join(distInfo, 'RECORD'), 'utf8'), rows.join(','));
    assert.is(await readFile(join(folder, 'peer'), 'utf8'), 'large.bin,,\nlink.bin,sha256=00,1\n.,,\n');
  }));

test('a RECORD that is not readable is an error that names it', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(folder);
    const distInfo = join(venv.stagedPrefix, site, 'x-1.dist-info');
    await mkdir(distInfo, {recursive: true});
    await writeFile(join(distInfo, 'RECORD'), '"x');
    await rejects(
      rewriteRecords(venv, {requested: new Set()}),
      'E_FORMAT',
      /opt\/app\/.*x-1\.dist-info\/RECORD: line 1/,
    );
    await rm(venv.stagedPrefix, {recursive: true});
    await rejects(rewriteRecords(venv, {requested: new Set()}), 'E_IO', /rewriting RECORD/);
  }));

test.run();
