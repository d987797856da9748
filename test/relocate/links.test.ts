import {mkdir, readlink, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Interpreter} from '../../lib/model.js';
import {relocate} from '../../lib/relocate/index.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {interpreter, stagedVenv} from './fixtures.js';

const test = suite('links');

/** Link, target (S is the stage, P the staged prefix), what it becomes. */
const good: readonly (readonly [string, string, string])[] = [
  ['bin/python', '/usr/bin/pypy3', '/usr/bin/pypy3.9'],
  ['bin/python', '../../../../../../../../../../../usr/bin/pypy3', '/usr/bin/pypy3.9'],
  ['lib/deep/link', 'P/file', '../../file'],
  ['lib/deep/link', 'S/opt/other/file', '../../../other/file'],
  ['link', 'S/etc/app.conf', '/etc/app.conf'],
  ['link', '/etc/app.conf', '/etc/app.conf'],
  ['link', '../../etc/app.conf', '../../etc/app.conf'],
  ['link', '/opt/app/file', '/opt/app/file'],
];

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['bin/git', '/usr/bin/git', /leads out of the package: bin\/git -> \/usr\/bin\/git/],
  ['data', '/srv', /leads out of the package: data -> \/srv/],
  ['data', '../../../outside', /leads out of the package: data -> \.\.\/\.\.\/\.\.\/outside/],
  ['data', '/opt/app/missing', /leads out of the package: data -> \/opt\/app\/missing/],
  ['data', 'missing', /does not exist: data -> missing/],
  ['data', 'P/missing', /does not exist: data -> .*\/opt\/app\/missing/],
  ['data', 'S-other/file', /leads out of the package: data -> /],
];

async function stageWith(folder: string, path: string, target: string) {
  const venv = stagedVenv(join(folder, 'stage'));
  for (const file of [
    'opt/app/file',
    'opt/other/file',
    'etc/app.conf',
    '../outside',
    '../stage-other/file',
  ]) {
    await mkdir(dirname(join(venv.stage, file)), {recursive: true});
    await writeFile(join(venv.stage, file), '');
  }
  const link = join(venv.stagedPrefix, path);
  await mkdir(dirname(link), {recursive: true});
  await symlink(target.replace(/^P/, venv.stagedPrefix).replace(/^S/, venv.stage), link);
  return {venv, link};
}

for (const [path, target, wanted] of good) {
  test(`${path} -> ${target} becomes ${wanted}`, () =>
    inFolder(async (folder) => {
      const {venv, link} = await stageWith(folder, path, target);
      await relocate(venv, {promptName: 'app'});
      assert.is(await readlink(link), wanted);
    }));
}

for (const [path, target, message] of bad) {
  test(`${path} -> ${target} is refused`, () =>
    inFolder(async (folder) => {
      const {venv} = await stageWith(folder, path, target);
      await rejects(relocate(venv, {promptName: 'app'}), 'E_PAYLOAD', message);
    }));
}

test('the interpreter may be called otherwise on the server, and need not exist here', () =>
  inFolder(async (folder) => {
    const {venv, link} = await stageWith(folder, 'bin/pypy3', '/usr/bin/pypy3');
    await symlink('pypy3', join(venv.stagedPrefix, 'bin/python'));
    const elsewhere: Interpreter = {...interpreter, target: '/opt/pypy3.9/bin/pypy3'};
    const again = () => relocate({...venv, interpreter: elsewhere}, {promptName: 'app'});
    assert.equal((await again()).rewritten, ['bin/pypy3']);
    assert.equal((await again()).rewritten, []);
    assert.is(await readlink(link), '/opt/pypy3.9/bin/pypy3');
    assert.is(await readlink(join(venv.stagedPrefix, 'bin/python')), 'pypy3');
  }));

test('an interpreter that lies in the virtualenv gets a relative link', () =>
  inFolder(async (folder) => {
    const {venv, link} = await stageWith(folder, 'bin/python', 'P/_python/bin/python3.11');
    const executable = join(venv.stagedPrefix, '_python/bin/python3.11');
    await mkdir(dirname(executable), {recursive: true});
    await writeFile(executable, '', {mode: 0o755});
    const bundled: Interpreter = {...interpreter, executable, target: '/opt/app/_python/bin/python3.11'};
    await relocate({...venv, interpreter: bundled}, {promptName: 'app'});
    assert.is(await readlink(link), '../_python/bin/python3.11');
  }));

test.run();
