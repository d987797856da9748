import {copyFile, mkdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Chroot, NoChroot, withChroot} from '../helpers/chroot.js';
import {inFolder, skip} from '../helpers/suite.js';
import {buildWarehouse} from '../helpers/warehouse.js';
import {makeWheel} from '../helpers/wheels.js';
import {cannotBuild, type InterpreterCase, pypy} from './interpreters.js';
import {assertAsBefore, everything, PREFIX} from './server.js';

const keepPip = suite('acceptance/keep-pip');

/** What the administrator does with pip, and what is left of it after an upgrade and a purge. */
async function live(chroot: Chroot, debs: {first: string; next: string; wheel: string}): Promise<void> {
  const before = await everything(chroot);
  await mkdir(chroot.path('/srv/wheels'), {recursive: true});
  await copyFile(debs.wheel, chroot.path(`/srv/wheels/${basename(debs.wheel)}`));
  const install = async (deb: string) => {
    const {exitCode, stderr} = await chroot.install(deb);
    assert.is(exitCode, 0, stderr);
    assert.is(stderr, '');
  };
  await install(debs.first);
  const pip = [`${PREFIX}/bin/pip`, 'install', '--no-index', '--find-links', '/srv/wheels', 'fxgun'];
  assert.match(await chroot.ok(pip), 'Successfully installed fxgun-1.0');
  assert.is(await chroot.ok([`${PREFIX}/bin/fxgun`], {user: 'warehouse'}), 'fxgun 1.0');
  await install(debs.next);
  assert.is(await chroot.ok([`${PREFIX}/bin/fxgun`], {user: 'warehouse'}), 'fxgun 1.0');
  assert.match(
    await chroot.ok([`${PREFIX}/bin/pip`, 'list', '--disable-pip-version-check']),
    /^fxgun +1\.0$/m,
  );
  assert.is((await chroot.dpkg('--verify', 'warehouse')).stdout, '');
  assert.is((await chroot.dpkg('--purge', 'warehouse')).exitCode, 0);
  await chroot.ok(['rm', '-r', '/srv/wheels']);
  await assertAsBefore(chroot, before);
}

async function check(what: InterpreterCase): Promise<void> {
  const title = `pip on the server under ${what.python}`;
  const missing = await cannotBuild(what);
  if (missing !== undefined) return skip(title, missing);
  await inFolder(async (folder) => {
    const {python} = what;
    const build = (name: string, version: string) =>
      buildWarehouse({folder: join(folder, name), python, version, keepPip: true});
    const wheel = await makeWheel(folder, {name: 'fxgun', commands: {fxgun: 'fxgun:main'}});
    const first = (await build('a', '26.11.0')).file;
    const next = (await build('b', '26.11.1')).file;
    try {
      await withChroot(what.needs, (chroot) => live(chroot, {first, next, wheel}));
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      skip(title, error.message);
    }
  });
}

keepPip('what root installs with the pip of the server survives an upgrade, and not a purge', () =>
  check(pypy),
);

keepPip.run();
