import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {NoChroot} from '../helpers/chroot.js';
import {skip} from '../helpers/suite.js';
import {cannotBuild, pypy} from './interpreters.js';
import {Loop, type Push} from './loop.js';
import {COMMAND, CONFIG, configState, WAREHOUSE, whileServing} from './server.js';

const loops = suite('from a push to the servers');

let loop: Loop | string = 'nothing was begun';

loops.before(async () => {
  const missing = await cannotBuild(pypy);
  loop = missing ?? (await Loop.open(pypy.needs).catch(noChroot));
});

loops.after(async () => {
  if (typeof loop !== 'string') await loop.close();
});

function noChroot(error: unknown): string {
  if (error instanceof NoChroot) return error.message;
  throw error;
}

function scenario(title: string, body: (loop: Loop) => Promise<void>): void {
  loops(title, async () => (typeof loop === 'string' ? skip(title, loop) : body(loop)));
}

/** The version of a release that must have been made. */
function released({exitCode, result, log}: Push): string {
  assert.is(exitCode, 0, log);
  assert.ok(result?.released, result?.reason);
  return result?.version ?? '';
}

const nothing = async (_tree: string): Promise<void> => {};
const VERSION = /^\d\d\.\d{1,2}\.(\d+)$/;
let first = '';

scenario('the first push is tested, built and published: sdist, wheel, package, tag', async (it) => {
  first = released(await it.push('Begin', nothing));
  assert.is(VERSION.exec(first)?.[1], '0');
  const {index, apt, tags} = await it.publicState();
  assert.equal(names(index), [`warehouse-${first}-py3-none-any.whl`, `warehouse-${first}.tar.gz`]);
  assert.equal(names(apt), [`${first}-1`]);
  const head = await it.git('rev-parse', 'HEAD');
  assert.match(tags.join('\n'), `${head}\trefs/tags/v${first}^{}`);
});

scenario('the push of the tag leads to no release', async (it) => {
  assert.equal(await it.refs(), ['refs/heads/main', `refs/tags/v${first}`]);
  const again = await it.push('Nothing new, and nobody wants it [skip ci]', nothing);
  assert.is(again.exitCode, 0);
  assert.is(again.result?.released, false);
  assert.equal(names((await it.publicState()).apt), [`${first}-1`]);
});

scenario('the poll installs it, and asks neither database nor search server', async (it) => {
  assert.is(await it.poll(), `${first}-1`);
  await it.machine.has(`${first}-1`);
  assert.equal(it.search.asked, []);
});

scenario('configured by configuration management, it migrates PostgreSQL and serves', async (it) => {
  const {chroot} = it.machine;
  await it.configure();
  const run = (...command: string[]) => chroot.ok([COMMAND, '-c', CONFIG, ...command], WAREHOUSE);
  assert.match(await run('migrate', 'upgrade', 'head'), 'upgraded to 0002');
  assert.match(await run('search', 'reindex'), 'indexed 9 words');
  assert.equal(it.search.asked, ['POST /warehouse/_refresh']);
  await whileServing(chroot, async (url) => {
    assert.match(await serves(url), `Warehouse ${first} (`);
    assert.match(
      await (await fetch(new URL('project/fx-dash-dot/', url))).text(),
      'as an index compares them',
    );
  });
});

let second = '';

scenario('a second push: the poll upgrades, and the configuration is untouched', async (it) => {
  const {chroot} = it.machine;
  const config = await configState(chroot);
  second = released(await it.push('Welcome people', welcome));
  assert.is(VERSION.exec(second)?.[1], '1');
  assert.is(await it.poll(), `${second}-1`);
  await whileServing(chroot, async (url) => {
    assert.match(await serves(url), `Warehouse ${second} (`);
    assert.match(await (await fetch(url)).text(), 'Welcome');
  });
  assert.equal(await configState(chroot), config);
  assert.is(await chroot.ok([COMMAND, '-c', CONFIG, 'migrate', 'current'], WAREHOUSE), '0002');
});

scenario('a push whose test fails publishes nothing', async (it) => {
  const before = await it.publicState();
  const test = (tree: string) => join(tree, 'tests', 'test_broken.py');
  const broken = await it.push('Break it', (tree) => writeFile(test(tree), FAILING));
  assert.is(broken.exitCode, 1, broken.log);
  assert.equal(await it.publicState(), before);
  await rm(test(it.tree));
});

scenario('a push whose release is killed while it publishes: resumed, it is everywhere', async (it) => {
  const before = await it.publicState();
  await it.killAt('"name":"publish"');
  const third = released(await it.push('Mend it', nothing));
  assert.is(VERSION.exec(third)?.[1], '2');
  const {index, apt, tags} = await it.publicState();
  assert.equal([index.length, apt.length], [before.index.length + 2, before.apt.length + 1]);
  assert.match(tags.join('\n'), `refs/tags/v${third}^{}`);
  assert.is(await it.poll(), `${third}-1`);
});

loops.run();

const FAILING =
  'import unittest\n\n\nclass Broken(unittest.TestCase):\n    def test(self):\n        self.fail("broken")\n';

/** What the front page says that runs. */
async function serves(url: string): Promise<string> {
  const {headers} = await fetch(url);
  return headers.get('x-powered-by') ?? '';
}

const names = (lines: readonly string[]): readonly string[] => lines.map((line) => line.split(' ')[0] ?? '');

async function welcome(tree: string): Promise<void> {
  const page = join(tree, 'warehouse', 'templates', 'front.html');
  await writeFile(page, (await readFile(page, 'utf8')).replace('</body>', '<p>Welcome</p>\n</body>'));
}
