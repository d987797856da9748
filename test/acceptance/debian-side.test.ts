import {existsSync} from 'node:fs';
import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DebFile} from '../../lib/index.js';
import {type Chroot, NoChroot, openChroot, SERVER} from '../helpers/chroot.js';
import {treeOf} from '../helpers/deb.js';
import {skip} from '../helpers/suite.js';
import {pretendSystemd, stopPretending, systemdCalls} from '../helpers/systemd.js';
import {packApp} from './debian-side.js';
import {assertAsBefore, everything} from './server.js';

for (const release of ['bookworm', 'trixie']) {
  const it = suite(`acceptance/debian-side on ${release}`);
  let folder: string;
  let chroot: Chroot | undefined;
  let why = '';
  let first: DebFile;
  let next: DebFile;
  let last: DebFile;
  let before: readonly string[] = [];

  it.before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-side-'));
    first = await packApp(folder);
    next = await packApp(folder, {version: '2.0'});
    last = await packApp(folder, {version: '3.0'});
    try {
      chroot = await openChroot(SERVER, release);
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      why = error.message;
    }
  });
  it.after(async () => {
    await chroot?.close();
    await rm(folder, {recursive: true, force: true});
  });

  /** One step in the life of the package: each goes on where the one before it left. */
  const step = (title: string, body: (server: Chroot) => Promise<void>) =>
    it(title, async () => {
      if (chroot === undefined) return skip(title, why);
      await body(chroot);
    });
  const quietly = async (server: Chroot, deb: DebFile) => {
    const {exitCode, stderr} = await server.install(deb.file);
    assert.is(exitCode, 0, stderr);
    assert.is(stderr, '');
  };
  /** `owner:group mode` as the server sees it. */
  const statOf = (server: Chroot, path: string) => server.ok(['stat', '-c', '%U:%G %a', path]);
  const link = (name: string, target = 'multi-user.target') => `/etc/systemd/system/${target}.wants/${name}`;
  const hasLink = (server: Chroot, name: string, target?: string) =>
    server.run(['test', '-L', link(name, target)]).then(({exitCode}) => exitCode === 0);

  it('every file is in its place, owned by root', async () => {
    const tree = await treeOf(first.file);
    const modes = Object.fromEntries([...tree].map(([path, {mode, owner}]) => [path, `${mode} ${owner}`]));
    for (const [path, mode] of [
      ['/opt/app/etc', 'drwxr-x---'],
      ['/var/lib/app', 'drwxr-s---'],
      ['/usr/lib/systemd/system/app@.service', '-rw-r--r--'],
      ['/usr/lib/tmpfiles.d/app.conf', '-rw-r--r--'],
      ['/etc/default/app', '-rw-r--r--'],
      ['/etc/cron.daily/app', '-rwxr-xr-x'],
      ['/etc/cron.d/app-table', '-rw-r--r--'],
      ['/etc/logrotate.d/app', '-rw-r--r--'],
      ['/usr/share/man/man1/app.1.gz', '-rw-r--r--'],
      ['/usr/share/man/de/man1/app.1.gz', '-rw-r--r--'],
      ['/usr/share/doc/app/README.md.gz', '-rw-r--r--'],
      ['/usr/share/doc/app/NEWS.Debian.gz', '-rw-r--r--'],
      ['/usr/share/lintian/overrides/app', '-rw-r--r--'],
    ])
      assert.is(modes[path ?? ''], `${mode} root/root`, path);
  });

  step('it installs where systemd does not run, and says nothing', async (server) => {
    before = await everything(server);
    await quietly(server, first);
    assert.match(
      await server.ok(['getent', 'passwd', 'app']),
      /^app:x:\d{3}:\d{3}:app,*:\/var\/lib\/app:\/usr\/sbin\/nologin$/,
    );
    assert.match(await server.ok(['id', '-nG', 'app']), /^app adm$/);
    assert.is(await statOf(server, '/var/lib/app'), 'app:app 2750');
    assert.is(await statOf(server, '/opt/app/etc'), 'root:app 750');
    assert.is(await statOf(server, '/opt/app/var'), 'app:app 755');
    assert.is(await server.ok(['readlink', '-f', '/usr/bin/thing']), '/opt/app/bin/app');
    assert.is(await server.ok(['sh', '-c', 'dpkg --verify app; dpkg --audit']), '');
    assert.match(await server.ok(['dpkg', '--status', 'app']), 'Status: install ok installed');
  });

  step('units are enabled for the next start of the system, but those that shall not', async (server) => {
    assert.ok(await hasLink(server, 'app.service'));
    assert.ok(await hasLink(server, 'app-job.timer', 'timers.target'));
    assert.ok(await hasLink(server, 'app.socket', 'sockets.target'));
    assert.not.ok(await hasLink(server, 'app-quiet.service'));
    assert.not.ok(await hasLink(server, 'app@.service'));
    const states = '/var/lib/systemd/deb-systemd-helper-enabled';
    assert.ok(existsSync(server.path(`${states}/app.service.dsh-also`)));
    assert.ok(existsSync(server.path(`${states}/app-quiet.service.dsh-also`)));
  });

  step('an upgrade keeps what the administrator decided', async (server) => {
    await rm(server.path(link('app.service'))); // what systemctl disable does
    await writeFile(server.path('/opt/app/etc/config.yml'), 'secret');
    await server.ok(['chown', 'daemon:adm', '/opt/app/etc/config.yml']);
    await server.ok(['chmod', '0604', '/opt/app/etc/config.yml']);
    await server.ok(['dpkg-statoverride', '--update', '--add', 'daemon', 'daemon', '0711', '/opt/app/var']);
    await server.ok(['chown', 'daemon:daemon', '/var/lib/app']);
    await server.ok(['usermod', '--home', '/srv', 'app']);
    await quietly(server, next);
    assert.not.ok(await hasLink(server, 'app.service'));
    assert.is(await statOf(server, '/opt/app/etc/config.yml'), 'daemon:adm 604');
    assert.is(await statOf(server, '/opt/app/var'), 'daemon:daemon 711');
    assert.is(await statOf(server, '/var/lib/app'), 'app:app 2750');
    assert.match(await server.ok(['getent', 'passwd', 'app']), ':/srv:');
    await server.ok(['dpkg-statoverride', '--remove', '/opt/app/var']);
    await symlink('/usr/lib/systemd/system/app.service', server.path(link('app.service')));
  });

  step('a folder that was replaced by a link gets no other owner', async (server) => {
    await server.ok(['mv', '/opt/app/var', '/srv/var']);
    await symlink('/etc', server.path('/opt/app/var'));
    await quietly(server, next);
    assert.is(await statOf(server, '/etc'), 'root:root 755');
    await rm(server.path('/opt/app/var'));
    await server.ok(['mv', '/srv/var', '/opt/app/var']);
  });

  step('an activated trigger is nothing to stumble over', async (server) => {
    const {exitCode, stderr} = await server.run([
      'dpkg-trigger',
      '--by-package=dpkg',
      '/usr/share/app-plugins',
    ]);
    assert.is(exitCode, 0, stderr);
    assert.is((await server.dpkg('--triggers-only', 'app')).exitCode, 0);
  });

  step('where systemd runs, an upgrade does with each unit what its option says', async (server) => {
    await pretendSystemd(server);
    await quietly(server, last);
    assert.equal(await systemdCalls(server), [
      'deb-systemd-invoke stop app-job.timer',
      'systemd-tmpfiles --create app.conf',
      'deb-systemd-invoke restart app.service',
      'deb-systemd-invoke start app-job.timer',
      'deb-systemd-invoke try-restart app-job.service',
    ]);
  });

  step('a removal stops all of them, instances of templates too', async (server) => {
    const {exitCode, stderr} = await server.dpkg('--remove', 'app');
    assert.is(exitCode, 0, stderr);
    assert.equal(await systemdCalls(server), [
      'deb-systemd-invoke stop app.service app-quiet.service app@*.service app-job.service app-job.timer app.socket',
    ]);
    assert.not.ok(existsSync(server.path('/usr/bin/thing')));
    assert.ok(await hasLink(server, 'app.service'), 'the administrator may install it again');
    await server.ok(['getent', 'passwd', 'app']);
    assert.is(await statOf(server, '/opt/app/etc/config.yml'), 'daemon:adm 604');
  });

  step('the first installation starts what is enabled', async (server) => {
    await server.dpkg('--purge', 'app');
    await systemdCalls(server);
    // adduser of trixie believes that systemd runs, and misses its journal.
    assert.is((await server.install(first.file)).exitCode, 0);
    assert.equal(await systemdCalls(server), [
      'systemd-tmpfiles --create app.conf',
      'deb-systemd-invoke start app.service app-job.timer app.socket',
    ]);
    await stopPretending(server);
  });

  step('a purge leaves nothing but what nobody asked to delete', async (server) => {
    await writeFile(server.path('/var/lib/app/data'), 'x');
    await writeFile(server.path('/opt/app/etc/config.yml'), 'x');
    const {exitCode, stderr} = await server.dpkg('--purge', 'app');
    assert.is(exitCode, 0, stderr);
    assert.ok(existsSync(server.path('/opt/app/etc/config.yml')));
    await rm(server.path('/opt'), {recursive: true});
    await assertAsBefore(server, before);
    for (const file of ['/etc/passwd', '/etc/group', '/etc/gshadow'])
      assert.not.match(await readFile(server.path(file), 'utf8'), /^app:|[:,]app$/m);
  });

  step('where the account is there already, it stays as it is', async (server) => {
    await server.ok(['groupadd', '--gid', '4711', 'app']);
    await server.ok([
      'useradd',
      '--uid',
      '4712',
      '--gid',
      'app',
      '--home-dir',
      '/srv',
      '--shell',
      '/bin/sh',
      'app',
    ]);
    const account = await server.ok(['getent', 'passwd', 'app']);
    await quietly(server, first);
    assert.is(await server.ok(['getent', 'passwd', 'app']), account);
    assert.is((await server.dpkg('--purge', 'app')).exitCode, 0);
  });

  step('without adduser the package is not configured', async (server) => {
    await server.ok(['dpkg', '--force-all', '--remove', 'adduser']);
    const {exitCode, stderr} = await server.install(first.file);
    assert.is(exitCode, 1);
    assert.match(stderr, 'app depends on adduser');
  });

  it.run();
}
