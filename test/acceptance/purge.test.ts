import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {assembleSide, type Side} from '../../lib/policy/side.js';
import {type Chroot, NoChroot, openChroot, SERVER} from '../helpers/chroot.js';
import {NO_SIDE} from '../helpers/sides.js';
import {inFolder, skip} from '../helpers/suite.js';

const purge = suite('acceptance/purge');

const PREFIX = '/opt/app';
const SIDE: Side = {...NO_SIDE, purge: 'delete'};

let chroot: Chroot | undefined;
let why = '';
purge.before(async () => {
  try {
    chroot = await openChroot(SERVER);
  } catch (error) {
    if (!(error instanceof NoChroot)) throw error;
    why = error.message;
  }
});
purge.after(async () => chroot?.close());

/** A package with our scripts, made by dpkg-deb: one file below the prefix, and what is given. */
async function makePackage(folder: string, name: string, side: Side | undefined): Promise<string> {
  const scripts = side === undefined ? {} : assembleSide(side, {}, {package: name, prefix: PREFIX}).scripts;
  const tree = join(folder, name);
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: Jo <jo@example.org>\nDescription: x\n`;
  const files = {'DEBIAN/control': control, [`opt/app/lib/${name}.py`]: ''};
  for (const [path, text] of Object.entries({...files, ...inControl(scripts)})) {
    await mkdir(dirname(join(tree, path)), {recursive: true});
    await writeFile(join(tree, path), text);
    if (text.startsWith('#!')) await chmod(join(tree, path), 0o755);
  }
  await execa('dpkg-deb', ['--root-owner-group', '--build', tree, `${tree}.deb`]);
  return `${tree}.deb`;
}

const inControl = (scripts: Readonly<Partial<Record<string, string>>>) =>
  Object.fromEntries(Object.entries(scripts).map(([name, text = '']) => [`DEBIAN/${name}`, text]));

/** Install `app`, do something to the server, purge it, and look at what is left. */
function scenario(title: string, side: Side, body: (server: Chroot, folder: string) => Promise<void>): void {
  purge(title, () =>
    inFolder(async (folder) => {
      if (chroot === undefined) return skip(title, why);
      await chroot.ok(['rm', '-rf', PREFIX]);
      assert.is((await chroot.install(await makePackage(folder, 'app', side))).exitCode, 0);
      await body(chroot, folder);
    }),
  );
}

const has = async (server: Chroot, path: string) => (await server.run(['test', '-e', path])).exitCode === 0;
const purged = async (server: Chroot) => {
  const {exitCode, stderr} = await server.dpkg('--purge', 'app');
  assert.is(exitCode, 0, stderr);
};

scenario('takes everything below the prefix', SIDE, async (server) => {
  await server.ok(['sh', '-c', `mkdir -p ${PREFIX}/etc/.hidden && echo x >"${PREFIX}/etc/a b"`]);
  await purged(server);
  assert.not.ok(await has(server, PREFIX));
});

scenario('keeps it when it shall, bytecode aside', {...SIDE, purge: 'keep'}, async (server) => {
  const cache = `${PREFIX}/lib/__pycache__`;
  await server.ok(['sh', '-c', `mkdir -p ${PREFIX}/etc ${cache}; touch ${PREFIX}/etc/a ${cache}/app.pyc`]);
  await purged(server);
  assert.ok(await has(server, `${PREFIX}/etc/a`));
  assert.not.ok(await has(server, `${PREFIX}/lib`));
});

scenario('a removal keeps data and takes bytecode', SIDE, async (server) => {
  const cache = `${PREFIX}/lib/__pycache__`;
  await server.ok(['sh', '-c', `mkdir -p ${PREFIX}/etc ${cache}; touch ${PREFIX}/etc/a ${cache}/app.pyc`]);
  assert.is((await server.dpkg('--remove', 'app')).exitCode, 0);
  assert.ok(await has(server, `${PREFIX}/etc/a`));
  assert.not.ok(await has(server, `${PREFIX}/lib`));
  await purged(server);
});

scenario('leaves a prefix alone that another package has taken over', SIDE, async (server, folder) => {
  assert.is((await server.dpkg('--remove', 'app')).exitCode, 0);
  assert.is((await server.install(await makePackage(folder, 'app-next', undefined))).exitCode, 0);
  await server.ok(['mkdir', '-p', `${PREFIX}/etc`]);
  await purged(server);
  assert.ok(await has(server, `${PREFIX}/lib/app-next.py`));
  assert.ok(await has(server, `${PREFIX}/etc`));
  assert.is((await server.dpkg('--purge', 'app-next')).exitCode, 0);
});

scenario('leaves what a link in place of the prefix points to', SIDE, async (server) => {
  await server.ok([
    'sh',
    '-c',
    `mkdir /srv/app && mv ${PREFIX}/lib /srv/app && rmdir ${PREFIX} && touch /srv/app/data`,
  ]);
  await server.ok(['ln', '-s', '/srv/app', PREFIX]);
  await purged(server);
  assert.ok(await has(server, '/srv/app/data'));
  await server.ok(['rm', '-rf', '/srv/app', PREFIX]);
});

scenario('leaves a file system alone that is mounted below it', SIDE, async (server) => {
  const script = [
    `mkdir -p ${PREFIX}/data ${PREFIX}/etc && touch ${PREFIX}/etc/a`,
    `mount -t tmpfs none ${PREFIX}/data && touch ${PREFIX}/data/precious`,
    'dpkg --purge app <&- 2>&1',
    `test -e ${PREFIX}/data/precious && ! test -e ${PREFIX}/etc`,
  ];
  await server.ok(['sh', '-c', script.join(' && ')]);
});

scenario(
  'takes a folder outside the prefix only when it shall',
  {
    ...SIDE,
    directories: ['keep', 'delete'].map((what) => ({
      path: `/var/lib/${what} it`,
      owner: 'root',
      group: 'root',
      mode: 0o755,
      purge: what as 'keep' | 'delete',
    })),
  },
  async (server) => {
    await server.ok(['mkdir', '-p', '/var/lib/keep it/x', '/var/lib/delete it/x']);
    await purged(server);
    assert.ok(await has(server, '/var/lib/keep it/x'));
    assert.not.ok(await has(server, '/var/lib/delete it'));
    await server.ok(['rm', '-r', '/var/lib/keep it']);
  },
);

purge.run();
