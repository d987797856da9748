import {link, lstat, mkdir, readFile, readlink, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocate, rewriteRecords} from '../../lib/relocate/index.js';
import type {ReportEvent} from '../../lib/report.js';
import {fixture, inFolder, rejects, update} from '../helpers/suite.js';
import {describeTree, filesBelow, stagedVenv, stageFixture, stageNames, updateFixture} from './fixtures.js';

const test = suite('relocate');

const cases = [
  'activate',
  'direct-url',
  'links',
  'pth',
  'pyvenv-venv',
  'pyvenv-virtualenv',
  'records',
  'shebangs',
  'sysconfig',
];

for (const name of cases) {
  for (const [kind, stageName] of Object.entries(stageNames)) {
    test(`turns fixture ${name} into what lives in /opt/app, staged in a folder ${kind}`, () =>
      inFolder(async (folder) => {
        const venv = stagedVenv(join(folder, stageName));
        await stageFixture(fixture('relocate', name, 'input'), venv.stagedPrefix);
        const relocated = await relocate(venv, {promptName: 'app-prompt'});
        if (name === 'records') await rewriteRecords(venv, {requested: new Set(['asked-for'])});
        const expected = fixture('relocate', name, 'expected');
        if (update && stageName === 'plain') await updateFixture(venv.stagedPrefix, expected);
        const result = await describeTree(venv.stagedPrefix);
        assert.fixture(result, await describeTree(expected));

        const again = await relocate(venv, {promptName: 'app-prompt'});
        assert.equal(again.rewritten, [], 'a second run changes something');
        assert.is(await describeTree(venv.stagedPrefix), result);
        if (name !== 'records') assert.ok(relocated.rewritten.length > 0);
      }));
  }
}

test('never writes into a file that somebody else has a link to', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    for (const name of ['activate', 'shebangs']) {
      await stageFixture(fixture('relocate', name, 'input'), venv.stagedPrefix);
    }
    await mkdir(join(folder, 'cache'));
    const before = new Map<string, {content: string; mode: number}>();
    for (const name of ['plain', 'read-only', 'uv-long', 'activate']) {
      const staged = join(venv.stagedPrefix, 'bin', name);
      await link(staged, join(folder, 'cache', name));
      before.set(name, {content: await readFile(staged, 'latin1'), mode: (await lstat(staged)).mode});
    }
    await relocate(venv, {promptName: 'app'});
    for (const [name, {content, mode}] of before) {
      const staged = join(venv.stagedPrefix, 'bin', name);
      const peer = join(folder, 'cache', name);
      assert.is(await readFile(peer, 'latin1'), content, `${name}: the peer changed`);
      assert.is.not(await readFile(staged, 'latin1'), content, name);
      assert.is((await lstat(peer)).nlink, 1, name);
      assert.is((await lstat(staged)).mode, mode, `${name}: mode`);
      assert.is((await lstat(peer)).mode, mode, `${name}: mode of the peer`);
    }
  }));

test('leaves no temporary file, whatever the umask', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    await stageFixture(fixture('relocate', 'shebangs', 'input'), venv.stagedPrefix);
    const modes = async () => {
      const files = await filesBelow(venv.stagedPrefix);
      return Promise.all(
        files.map(async (file) => [file, (await lstat(join(venv.stagedPrefix, file))).mode]),
      );
    };
    const before = await modes();
    const mask = process.umask(0o077);
    try {
      await relocate(venv, {promptName: 'app'});
    } finally {
      process.umask(mask);
    }
    assert.equal(await modes(), before);
  }));

test('goes on where a killed run left its temporary file', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    for (const below of ['bin', 'lib', 'share']) {
      await mkdir(join(venv.stagedPrefix, below), {recursive: true});
      await writeFile(join(venv.stagedPrefix, below, '.mkvenvdeb-new'), 'half a fi', {mode: 0o400});
    }
    await writeFile(join(venv.stagedPrefix, 'bin/tool'), `#!${venv.stagedPrefix}/bin/python\n`);
    await symlink(venv.stagedPrefix, join(venv.stagedPrefix, 'lib/link'));
    const {rewritten} = await relocate(venv, {promptName: 'app'});
    assert.equal(rewritten, ['bin/tool', 'lib/link']);
    assert.equal(await filesBelow(venv.stagedPrefix), ['bin/tool', 'lib/link']);
  }));

test('tells how far it is', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    await mkdir(venv.stagedPrefix, {recursive: true});
    const events: ReportEvent[] = [];
    await relocate(venv, {promptName: 'app', report: (event) => events.push(event)});
    assert.equal(events.at(-1), {
      type: 'progress',
      name: 'relocate',
      done: events.length,
      total: events.length,
    });
    await rejects(
      relocate(stagedVenv(join(folder, 'none')), {promptName: 'app'}),
      'E_IO',
      /relocating .*none/,
    );
  }));

test('touches nothing behind the first line of a long script', () =>
  inFolder(async (folder) => {
    const venv = stagedVenv(join(folder, 'stage'));
    await mkdir(join(venv.stagedPrefix, 'bin'), {recursive: true});
    const rest = Buffer.alloc(100_000, `\n#!${venv.stagedPrefix}/bin/python\xff`, 'latin1');
    const script = join(venv.stagedPrefix, 'bin/long');
    await writeFile(script, Buffer.concat([Buffer.from(`#!${venv.stagedPrefix}/bin/python`), rest]));
    await relocate(venv, {promptName: 'app'});
    const wanted = Buffer.concat([Buffer.from('#!/opt/app/bin/python'), rest]);
    assert.ok((await readFile(script)).equals(wanted));
  }));

test('finds the staged path also in its real spelling', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    const venv = stagedVenv(join(folder, 'link'));
    await mkdir(join(venv.stagedPrefix, 'bin'), {recursive: true});
    for (const spelling of ['real', 'link']) {
      const script = join(venv.stagedPrefix, 'bin', spelling);
      await writeFile(script, `#!${folder}/${spelling}/opt/app/bin/python3\n`, {mode: 0o755});
    }
    await symlink(join(folder, 'real/opt/app/bin/link'), join(venv.stagedPrefix, 'bin/other'));
    const {rewritten} = await relocate(venv, {promptName: 'app'});
    assert.equal(rewritten, ['bin/link', 'bin/other', 'bin/real']);
    assert.is(await readFile(join(venv.stagedPrefix, 'bin/real'), 'utf8'), '#!/opt/app/bin/python\n');
    assert.is(await readlink(join(venv.stagedPrefix, 'bin/other')), 'link');
  }));

test('has little to do when the stage is the final place', () =>
  inFolder(async (folder) => {
    const prefix = join(folder, 'opt/app');
    const venv = stagedVenv('/', {stagedPrefix: prefix, prefix});
    await mkdir(join(prefix, 'bin'), {recursive: true});
    await writeFile(join(prefix, 'bin/tool'), `#!${prefix}/bin/python3\n`, {mode: 0o755});
    await symlink('/usr/bin/pypy3', join(prefix, 'bin/python'));
    assert.equal((await relocate(venv, {promptName: 'app'})).rewritten, ['bin/python']);
    assert.is(await readlink(join(prefix, 'bin/python')), '/usr/bin/pypy3.9');
  }));

test.run();
