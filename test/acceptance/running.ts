import {chmod, copyFile, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {fixture, root} from '../helpers/suite.js';
import type {InterpreterCase} from './interpreters.js';
import {
  COMMAND,
  CONFIG,
  everything,
  type Life,
  PREFIX,
  PYTHON,
  type Scenario,
  WAREHOUSE,
  whileServing,
  writeConfig,
} from './server.js';

/** What the installed package does, for users that own none of it. */
export function runningTests(scenario: Scenario, what: InterpreterCase, life: Life): void {
  scenario('an ordinary user runs it from /', async ({chroot}) => {
    assert.match(await chroot.ok([COMMAND, '--help'], WAREHOUSE), 'usage: warehouse');
    assert.match(
      await chroot.ok(['/usr/bin/warehouse', '--version'], {user: 'nobody'}),
      /^warehouse 26\.11\.0 \(b388c51\)/,
    );
    assert.match(
      await chroot.ok([`${PREFIX}/bin/fxwsgi-routes`, 'warehouse.wsgi:application'], WAREHOUSE),
      '/health/ health',
    );
    assert.is(
      await chroot.ok(['/bin/sh', '-c', `. ${PREFIX}/bin/activate && command -v warehouse`], WAREHOUSE),
      COMMAND,
    );
  });

  scenario('running it leaves nothing behind', async ({chroot}) => {
    await chroot.ok([COMMAND, 'migrate', 'history']);
    const owned = new Set((await chroot.ok(['dpkg', '--listfiles', 'warehouse'])).split('\n'));
    const present = (await everything(chroot)).filter((path) => path.startsWith(`${PREFIX}/lib`));
    assert.equal(
      present.filter((path) => !owned.has(path)),
      [],
    );
  });

  scenario('importlib.metadata finds what was installed, and every RECORD is true', async ({chroot}) => {
    await copyFile(join(root, 'test/acceptance/installed.py'), chroot.path('/tmp/installed.py'));
    await chmod(chroot.path('/tmp/installed.py'), 0o644);
    const {distributions, untrue, unlisted} = JSON.parse(
      await chroot.ok([PYTHON, '/tmp/installed.py'], WAREHOUSE),
    );
    assert.equal(distributions, what.distributions);
    assert.equal(untrue, []);
    const venv = /^\/opt\/warehouse\/bin\/[Aa]ctivate(\.\w+)?$/;
    assert.equal(
      unlisted.filter((path: string) => !venv.test(path) && !what.made.test(path)),
      [],
    );
  });

  scenario('a traceback names the installed file and shows its line', async ({chroot}) => {
    const code = 'from warehouse import config; config.load(["/nowhere"])';
    const {stderr} = await chroot.run([PYTHON, '-c', code], WAREHOUSE);
    assert.match(
      stderr,
      /File "\/opt\/warehouse\/lib\/(pypy|python)3\.\d+\/site-packages\/warehouse\/config\.py", line \d+, in load\n {4}with open/,
    );
  });

  scenario('C code runs: what was compiled from source, and what the hook compiled', async ({chroot}) => {
    const code =
      'import fxpq; from warehouse.checksum import fletcher32; print(fxpq.threadsafe(), "%x" % fletcher32(b"abcde"))';
    assert.is(await chroot.ok([PYTHON, '-c', code], {user: 'nobody'}), 'True 5c301ef');
  });

  scenario('the database is migrated by hand, as the account that owns it', async ({chroot}) => {
    life.written = await writeConfig(chroot);
    const upgraded = await chroot.ok([COMMAND, '-c', CONFIG, 'migrate', 'upgrade', 'head'], WAREHOUSE);
    assert.match(upgraded, 'upgraded to 0002');
    assert.is(await chroot.ok([COMMAND, '-c', CONFIG, 'migrate', 'current'], WAREHOUSE), '0002');
    await chroot.ok(
      ['sh', '-c', `${PREFIX}/lib/py*/site-packages/warehouse/data/nightly.sh ${CONFIG}`],
      WAREHOUSE,
    );
  });

  scenario('it serves its pages and its static files', async ({chroot}) => {
    await whileServing(chroot, async (url) => {
      const front = await fetch(url);
      const page = await front.text();
      assert.is(front.headers.get('x-powered-by'), 'Warehouse 26.11.0 (b388c51)');
      assert.match(page, 'Python Package Index (Preview)');
      const statics = fixture('warehouse', 'warehouse', 'static');
      for (const name of Object.values<string>(
        JSON.parse(await readFile(join(statics, '.manifest.json'), 'utf8')),
      )) {
        assert.match(page, `/static/${name}`);
        const response = await fetch(new URL(`static/${name}`, url));
        assert.is(await response.text(), await readFile(join(statics, name), 'utf8'), name);
      }
      assert.equal(await (await fetch(new URL('search/?q=compares', url))).json(), ['Fx_Dash.Dot']);
    });
  });

  scenario('the WSGI application reads the file that WAREHOUSE_CONF names', async ({chroot}) => {
    const code = 'from warehouse.wsgi import application as a; print(a._settings["site"]["name"])';
    const site = await chroot.ok([PYTHON, '-c', code], {...WAREHOUSE, env: {WAREHOUSE_CONF: CONFIG}});
    assert.is(site, 'Python Package Index (Preview)');
  });
}
