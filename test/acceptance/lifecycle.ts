import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import type {Test} from 'uvu';
import * as assert from 'uvu/assert';
import {skip} from '../helpers/suite.js';
import type {InterpreterCase} from './interpreters.js';
import {runningTests} from './running.js';
import {
  assertAsBefore,
  assertVerified,
  COMMAND,
  CONFIG,
  configState,
  everything,
  type Life,
  litter,
  newcomers,
  PREFIX,
  type Scenario,
  type Server,
  WAREHOUSE,
} from './server.js';

/** The life of the package on a server, in its order: each test goes on where the one before it left. */
export function lifecycleTests(it: Test, what: InterpreterCase, server: () => Server | string): void {
  const scenario: Scenario = (title, body) =>
    it(title, async () => {
      const ready = server();
      await (typeof ready === 'string' ? skip(title, ready) : body(ready));
    });
  const life: Life = {before: []};
  installTests(scenario, life);
  runningTests(scenario, what, life);
  upgradeTests(scenario, life);
  removalTests(scenario, life);
}

function installTests(scenario: Scenario, life: Life): void {
  scenario('the server has no compiler, no pip and no headers', async ({chroot}) => {
    for (const tool of ['gcc', 'cc', 'pip', 'pip3', 'make']) {
      assert.is.not((await chroot.run(['sh', '-c', `command -v ${tool}`])).exitCode, 0, tool);
    }
    assert.not.match(await chroot.ok(['dpkg', '--get-selections']), /-dev(:\w+)?\s/);
    life.before = await everything(chroot);
  });

  scenario('a virtualenv that somebody made by hand is left alone', async ({chroot, first}) => {
    await mkdir(chroot.path(PREFIX), {recursive: true});
    await writeFile(chroot.path(`${PREFIX}/pyvenv.cfg`), 'mine');
    const {exitCode, stderr} = await chroot.install(first.file);
    assert.is(exitCode, 1);
    assert.match(stderr, 'holds a virtualenv that no package owns');
    await rm(chroot.path(PREFIX), {recursive: true});
    await assertAsBefore(chroot, life.before);
  });

  scenario(
    'it installs with standard input closed, and says nothing to complain',
    async ({chroot, first}) => {
      const {exitCode, stderr, stdout} = await chroot.install(first.file);
      assert.is(exitCode, 0, stderr);
      assert.is(stderr, '', stdout);
      await assertVerified(chroot);
    },
  );

  scenario('its folders have the owners and modes that the account needs', async ({chroot}) => {
    const owners = await chroot.ok([
      'stat',
      '-c',
      '%n %U:%G %a',
      ...FOLDERS.map((name) => `${PREFIX}/${name}`),
    ]);
    assert.equal(owners.split('\n'), [
      `${PREFIX}/etc root:warehouse 750`,
      `${PREFIX}/var warehouse:warehouse 755`,
      `${PREFIX}/var/run warehouse:warehouse 755`,
      `${PREFIX}/var/www root:warehouse 755`,
    ]);
  });

  scenario('its unit is there and not enabled', async ({chroot}) => {
    await chroot.ok(['test', '-f', '/usr/lib/systemd/system/warehouse.service']);
    const wants = '/etc/systemd/system/multi-user.target.wants/warehouse.service';
    assert.is.not((await chroot.run(['test', '-L', wants])).exitCode, 0);
  });
}

const FOLDERS = ['etc', 'var', 'var/run', 'var/www'];

function upgradeTests(scenario: Scenario, life: Life): void {
  scenario('an upgrade asks nothing and leaves the configuration as it was', async ({chroot, next}) => {
    const {exitCode, stderr} = await chroot.install(next.file);
    assert.is(exitCode, 0, stderr);
    assert.is(stderr, '');
    assert.equal(await configState(chroot), life.written);
    assert.match(await chroot.ok([COMMAND, '--version'], WAREHOUSE), /^warehouse 26\.11\.1 \(5e2c9d1\)/);
    assert.is(await chroot.ok([COMMAND, '-c', CONFIG, 'migrate', 'current'], WAREHOUSE), '0002');
    await assertVerified(chroot);
  });

  scenario('installing the same package once more changes nothing', async ({chroot, next}) => {
    const {exitCode, stderr} = await chroot.install(next.file);
    assert.is(exitCode, 0, stderr);
    assert.equal(await configState(chroot), life.written);
    await assertVerified(chroot);
  });
}

function removalTests(scenario: Scenario, life: Life): void {
  scenario('removing it keeps configuration and data, and nothing else', async ({chroot}) => {
    await writeFile(chroot.path(await litter(chroot)), 'bytecode of an older run');
    assert.is((await chroot.dpkg('--remove', 'warehouse')).exitCode, 0);
    assert.equal(await configState(chroot), life.written);
    const kept = await newcomers(chroot, life.before);
    assert.equal(kept, [
      PREFIX,
      ...['', '/config.yml'].map((rest) => `${PREFIX}/etc${rest}`),
      ...['', '/warehouse.db'].map((rest) => `${PREFIX}/var${rest}`),
      // What deb-systemd-helper knows of the unit, until a purge.
      '/var/lib/systemd/deb-systemd-helper-enabled/warehouse.service.dsh-also',
    ]);
  });

  scenario('it comes back to its configuration and data', async ({chroot, next}) => {
    const {exitCode, stderr} = await chroot.install(next.file);
    assert.is(exitCode, 0, stderr);
    assert.equal(await configState(chroot), life.written);
    assert.is(await chroot.ok([COMMAND, '-c', CONFIG, 'migrate', 'current'], WAREHOUSE), '0002');
  });

  scenario('a purge leaves nothing of it', async ({chroot}) => {
    const {exitCode, stderr} = await chroot.dpkg('--purge', 'warehouse');
    assert.is(exitCode, 0, stderr);
    await assertAsBefore(chroot, life.before);
    for (const file of ['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/gshadow']) {
      assert.not.match(await readFile(chroot.path(file), 'utf8'), 'warehouse');
    }
  });

  scenario('it can be installed anew after that', async ({chroot, first}) => {
    assert.is((await chroot.install(first.file)).exitCode, 0);
    assert.match(await chroot.ok([COMMAND, '--version'], WAREHOUSE), /^warehouse 26\.11\.0/);
  });
}
