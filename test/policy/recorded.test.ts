import {existsSync} from 'node:fs';
import {mkdir, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ScriptName} from '../../lib/policy/scripts.js';
import type {Side} from '../../lib/policy/side.js';
import type {Unit} from '../../lib/policy/snippets/systemd.js';
import {runScript, type World} from '../helpers/recorded-scripts.js';
import {NO_SIDE} from '../helpers/sides.js';
import {inFolder} from '../helpers/suite.js';

const recorded = suite('policy/recorded');

const UNIT: Unit = {name: 'a.service', installable: true, enable: true, start: true, restart: true};
const units = (...changes: readonly Partial<Unit>[]): Side => ({
  ...NO_SIDE,
  units: changes.map((change) => ({...UNIT, ...change})),
});
const USER: Side = {
  ...NO_SIDE,
  user: {
    name: 'app',
    group: 'web',
    home: '/srv',
    shell: '/bin/sh',
    gecos: "Jo's app",
    groups: ['adm'],
    purge: 'delete',
  },
};
const GECOS = "[Jo's app]";
const NEITHER = {'getent passwd': 2, 'getent group': 2};
const ALTERNATIVE: Side = {
  ...NO_SIDE,
  alternatives: [
    {
      name: 'w',
      link: '/usr/bin/w',
      path: '/opt/w w',
      priority: 30,
      dependents: [{name: 'w.1', link: '/man/w.1', path: '/opt/w.1'}],
    },
  ],
};
const REGISTER =
  'update-alternatives --quiet --install /usr/bin/w w [/opt/w w] 30 --slave /man/w.1 w.1 /opt/w.1';
const SYSUSERS: Side = {...NO_SIDE, sysusers: [{source: '/x'}, {source: '/y', name: 'b c.conf'}]};
const TMPFILES: Side = {...NO_SIDE, tmpfiles: [{source: '/x'}]};
const DEBCONF: Side = {...NO_SIDE, debconf: {config: '#!/bin/sh\n'}};
const MOVED: Side = {...NO_SIDE, maintscript: ['rm_conffile  /etc/old 1.0~ app', 'symlink_to_dir /a b 2~']};
const moved = (args: string) => [
  `dpkg-maintscript-helper rm_conffile /etc/old 1.0~ app -- ${args}`,
  `dpkg-maintscript-helper symlink_to_dir /a b 2~ -- ${args}`,
];

const helper = (unit: string, actions: readonly string[]) =>
  actions.map((action) => `deb-systemd-helper ${action} ${unit}`);
const ASKED = ['unmask', '--quiet was-enabled'];
const ENABLE = helper('a.service', ASKED);
const enabling = (...names: readonly string[]) => names.flatMap((name) => helper(name, [...ASKED, 'enable']));
const RELOAD = 'systemctl --system daemon-reload';
const OFF = units({enable: false, start: false, restart: false});
const SEVERAL = units(
  {},
  {name: 'b.timer', restart: 'stop'},
  {name: 'c.service', installable: false},
  {name: 'd.socket', restart: false},
  {name: 'e.service', start: false},
  {name: 'f.service', start: false, restart: 'stop'},
  {name: 'g@.service'},
);
const RUNS: World = {systemd: true};
const HELPER_FAILS = {'deb-systemd-helper': 1, 'deb-systemd-invoke': 1, systemctl: 1};

/** Title, what is asked for, the script with its arguments, what it finds, what it calls. */
type Case = readonly [string, Side, readonly [ScriptName, ...string[]], World, readonly string[], number?];

const CASES: readonly Case[] = [
  [
    'user and group are made where neither is there',
    USER,
    ['postinst', 'configure', ''],
    {answers: {...NEITHER, id: 'web'}},
    [
      'getent group web',
      'addgroup --quiet --system web',
      'getent passwd app',
      `adduser --quiet --system --ingroup web --home /srv --no-create-home --shell /bin/sh --gecos ${GECOS} app`,
      'id -nG app',
      'adduser --quiet app adm',
    ],
  ],
  [
    'what is there already stays as it is',
    USER,
    ['postinst', 'configure', '1.0'],
    {answers: {id: 'web x adm'}},
    ['getent group web', 'getent passwd app', 'id -nG app'],
  ],
  [
    'a group whose name only begins like one of the user is another',
    USER,
    ['postinst', 'configure'],
    {answers: {id: 'web administrators'}},
    ['getent group web', 'getent passwd app', 'id -nG app', 'adduser --quiet app adm'],
  ],
  [
    'a user without description is called by its name',
    {
      ...NO_SIDE,
      user: {name: 'app', group: 'app', home: '/srv', shell: '/bin/sh', gecos: '', groups: [], purge: 'keep'},
    },
    ['postinst', 'configure'],
    {answers: {'getent passwd': 2}},
    [
      'getent group app',
      'getent passwd app',
      'adduser --quiet --system --ingroup app --home /srv --no-create-home --shell /bin/sh --gecos app app',
    ],
  ],
  ['a trigger makes no user', USER, ['postinst', 'triggered', '/x'], {}, []],
  [
    'a user that cannot be made is a failure',
    USER,
    ['postinst', 'configure'],
    {answers: {...NEITHER, adduser: 1}},
    [
      'getent group web',
      'addgroup --quiet --system web',
      'getent passwd app',
      `adduser --quiet --system --ingroup web --home /srv --no-create-home --shell /bin/sh --gecos ${GECOS} app`,
    ],
    1,
  ],
  ['a removal keeps the user', USER, ['postrm', 'remove'], {}, []],
  [
    'a purge removes user and group, even where it cannot',
    USER,
    ['postrm', 'purge'],
    {answers: {'getent group': 'web:x:100:', userdel: 1, groupdel: 1}},
    ['getent passwd app', 'userdel app', 'getent group web', 'groupdel web'],
  ],
  [
    'a purge leaves the groups of the base system alone',
    USER,
    ['postrm', 'purge'],
    {answers: {'getent group': 'web:x:99:'}},
    ['getent passwd app', 'userdel app', 'getent group web'],
  ],
  [
    'a purge finds neither user nor group',
    USER,
    ['postrm', 'purge'],
    {answers: NEITHER},
    ['getent passwd app', 'getent group web'],
  ],
  ...['configure', 'reconfigure', 'abort-upgrade', 'abort-remove', 'abort-deconfigure'].flatMap(
    (action): Case[] => [
      [
        `${action} makes sysusers`,
        SYSUSERS,
        ['postinst', action],
        {},
        ['systemd-sysusers app.conf [b c.conf]'],
      ],
      [
        `${action} makes tmpfiles`,
        TMPFILES,
        ['postinst', action],
        {},
        ['systemd-tmpfiles --create app.conf'],
      ],
      [`${action} registers alternatives`, ALTERNATIVE, ['postinst', action], {}, [REGISTER]],
    ],
  ),
  ['a trigger makes no sysusers', SYSUSERS, ['postinst', 'triggered', 'x'], {}, []],
  ['a trigger makes no tmpfiles', TMPFILES, ['postinst', 'triggered', 'x'], {}, []],
  ['a trigger registers nothing', ALTERNATIVE, ['postinst', 'triggered', 'x'], {}, []],
  [
    'accounts are made below another root',
    SYSUSERS,
    ['postinst', 'configure'],
    {env: {DPKG_ROOT: '/a b'}},
    ['systemd-sysusers [--root=/a b] app.conf [b c.conf]'],
  ],
  [
    'accounts that cannot be made are a failure',
    SYSUSERS,
    ['postinst', 'configure'],
    {answers: {'systemd-sysusers': 3}},
    ['systemd-sysusers app.conf [b c.conf]'],
    3,
  ],
  [
    'temporary files are made below another root, and may fail',
    TMPFILES,
    ['postinst', 'configure'],
    {env: {DPKG_ROOT: '/a b'}, answers: {'systemd-tmpfiles': 1}},
    ['systemd-tmpfiles [--root=/a b] --create app.conf'],
  ],
  ['nobody makes temporary files', TMPFILES, ['postinst', 'configure'], {missing: ['systemd-tmpfiles']}, []],
  [
    'a removal takes alternatives back',
    ALTERNATIVE,
    ['prerm', 'remove'],
    {},
    ['update-alternatives --quiet --remove w [/opt/w w]'],
  ],
  ['an upgrade keeps alternatives', ALTERNATIVE, ['prerm', 'upgrade', '2'], {}, []],
  [
    'an alternative that fails is a failure',
    ALTERNATIVE,
    ['postinst', 'configure'],
    {answers: {'update-alternatives': 2}},
    [REGISTER],
    2,
  ],
  ...(['preinst', 'postinst', 'prerm', 'postrm'] as const).map(
    (name): Case => [
      `${name} passes its arguments on`,
      MOVED,
      [name, 'upgrade', '1 0'],
      {},
      moved('upgrade [1 0]'),
    ],
  ),
  ['a purge forgets answers', DEBCONF, ['postrm', 'purge'], {}, ['db_purge']],
  ['a purge does without debconf', DEBCONF, ['postrm', 'purge'], {confmodule: false}, []],
  ['a removal keeps answers', DEBCONF, ['postrm', 'remove'], {}, []],
  [
    'the first installation enables and starts',
    units({}),
    ['postinst', 'configure', ''],
    RUNS,
    [...enabling('a.service'), RELOAD, 'deb-systemd-invoke start a.service'],
  ],
  [
    'the first installation enables where systemd does not run',
    units({}),
    ['postinst', 'configure'],
    {},
    [...enabling('a.service')],
  ],
  [
    'nothing is started below another root',
    units({}),
    ['postinst', 'configure'],
    {...RUNS, env: {DPKG_ROOT: '/x'}},
    [...enabling('a.service')],
  ],
  [
    'an upgrade leaves disabled what was disabled, and restarts',
    units({}),
    ['postinst', 'configure', '1.0'],
    {...RUNS, answers: {'deb-systemd-helper --quiet was-enabled': 1}},
    [...ENABLE, 'deb-systemd-helper update-state a.service', RELOAD, 'deb-systemd-invoke restart a.service'],
  ],
  [
    'what was stopped for a removal that failed is started',
    units({}),
    ['postinst', 'abort-remove'],
    RUNS,
    [...enabling('a.service'), RELOAD, 'deb-systemd-invoke start a.service'],
  ],
  ['a trigger leaves units alone', units({}), ['postinst', 'triggered', 'x'], RUNS, []],
  [
    'helpers that fail leave the package configured',
    units({}),
    ['postinst', 'configure', '1.0'],
    {...RUNS, answers: HELPER_FAILS},
    [...ENABLE, 'deb-systemd-helper update-state a.service', RELOAD, 'deb-systemd-invoke restart a.service'],
  ],
  [
    'a unit that shall not be enabled is only written down',
    OFF,
    ['postinst', 'configure'],
    {...RUNS, answers: {'deb-systemd-helper debian-installed': 1, 'deb-systemd-helper update-state': 1}},
    ['deb-systemd-helper debian-installed a.service', 'deb-systemd-helper update-state a.service', RELOAD],
  ],
  [
    'a unit that the administrator enabled gets its new links',
    OFF,
    ['postinst', 'configure', '1.0'],
    {answers: {'deb-systemd-helper unmask': 1, 'deb-systemd-helper enable': 1}},
    [
      'deb-systemd-helper debian-installed a.service',
      ...ENABLE,
      'deb-systemd-helper enable a.service',
      'deb-systemd-helper update-state a.service',
    ],
  ],
  [
    'a unit that is installed and disabled gets none',
    OFF,
    ['postinst', 'configure', '1.0'],
    {answers: {'deb-systemd-helper --quiet was-enabled': 1}},
    ['deb-systemd-helper debian-installed a.service', ...ENABLE, 'deb-systemd-helper update-state a.service'],
  ],
  [
    'an upgrade does with each unit what it shall',
    SEVERAL,
    ['postinst', 'configure', '1.0'],
    RUNS,
    [
      ...enabling('a.service', 'b.timer', 'd.socket', 'e.service', 'f.service'),
      RELOAD,
      'deb-systemd-invoke restart a.service',
      'deb-systemd-invoke start b.timer',
      'deb-systemd-invoke try-restart c.service e.service',
    ],
  ],
  [
    'the first installation starts each unit that shall start',
    SEVERAL,
    ['postinst', 'configure'],
    RUNS,
    [
      ...enabling('a.service', 'b.timer', 'd.socket', 'e.service', 'f.service'),
      RELOAD,
      'deb-systemd-invoke start a.service b.timer d.socket',
    ],
  ],
  [
    'what stops for an upgrade stops before it',
    SEVERAL,
    ['preinst', 'upgrade', '1.0'],
    RUNS,
    ['deb-systemd-invoke stop b.timer'],
  ],
  ['a first installation stops nothing', SEVERAL, ['preinst', 'install'], RUNS, []],
  ['where systemd does not run nothing stops for an upgrade', SEVERAL, ['preinst', 'upgrade'], {}, []],
  ['an upgrade stops nothing else', SEVERAL, ['prerm', 'upgrade', '2.0'], RUNS, []],
  [
    'a removal stops all, also what will not stop',
    SEVERAL,
    ['prerm', 'remove'],
    {...RUNS, answers: HELPER_FAILS},
    ['deb-systemd-invoke stop a.service b.timer c.service d.socket e.service f.service g@*.service'],
  ],
  ['where systemd does not run a removal stops nothing', SEVERAL, ['prerm', 'remove'], {}, []],
  [
    'below another root a removal stops nothing',
    SEVERAL,
    ['prerm', 'remove'],
    {...RUNS, env: {DPKG_ROOT: '/x'}},
    [],
  ],
  [
    'systemd forgets what was removed, if it can',
    SEVERAL,
    ['postrm', 'remove'],
    {...RUNS, answers: HELPER_FAILS},
    [RELOAD],
  ],
  ['where systemd does not run it has nothing to forget', SEVERAL, ['postrm', 'remove'], {}, []],
  [
    'a purge forgets the links of all that has some, if it can',
    SEVERAL,
    ['postrm', 'purge'],
    {...RUNS, answers: HELPER_FAILS},
    ['deb-systemd-helper purge a.service b.timer d.socket e.service f.service'],
  ],
  ['a purge does without the helper', SEVERAL, ['postrm', 'purge'], {missing: ['deb-systemd-helper']}, []],
  [
    'units that leave an upgrade alone start with the first installation',
    units({restart: false}),
    ['postinst', 'configure', '1.0'],
    RUNS,
    [...enabling('a.service'), RELOAD],
  ],
  [
    'they do start then',
    units({restart: false}),
    ['postinst', 'configure', ''],
    RUNS,
    [...enabling('a.service'), RELOAD, 'deb-systemd-invoke start a.service'],
  ],
  [
    'they do start after a removal that failed',
    units({restart: false}),
    ['postinst', 'abort-remove', '1.0'],
    RUNS,
    [...enabling('a.service'), RELOAD, 'deb-systemd-invoke start a.service'],
  ],
  [
    'a unit that others start is not started by an installation',
    units({installable: false}),
    ['postinst', 'configure', ''],
    RUNS,
    [RELOAD],
  ],
  [
    'a unit that others start is restarted where it runs',
    units({installable: false}),
    ['postinst', 'configure', '1.0'],
    RUNS,
    [RELOAD, 'deb-systemd-invoke try-restart a.service'],
  ],
];

for (const [title, side, script, world, calls, exitCode = 0] of CASES) {
  recorded(`${script[0]}: ${title}`, () =>
    inFolder(async (folder) => {
      const ran = await runScript(folder, side, script, world);
      assert.equal(ran.calls, calls);
      assert.is(ran.exitCode, exitCode, ran.all);
      assert.is(ran.all, '', 'says nothing');
    }),
  );
}

const owned = (folder: string, purge: 'keep' | 'delete', again = true): Side => ({
  ...NO_SIDE,
  directories: [{path: join(folder, "a d'"), owner: 'app', group: 'my web', mode: 0o750, purge, again}],
});
const NO_OVERRIDE = {answers: {'dpkg-statoverride': 1}};

for (const [title, prepare, world, calls, mode] of [
  [
    'gets its owner and mode',
    (path: string) => mkdir(path, {mode: 0o700}),
    NO_OVERRIDE,
    ["dpkg-statoverride --list [/a d']", "chown -h [app:my web] [/a d']"],
    0o750,
  ],
  [
    'keeps what the administrator set',
    (path: string) => mkdir(path, {mode: 0o700}),
    {},
    ["dpkg-statoverride --list [/a d']"],
    0o700,
  ],
  [
    'is left alone where it is a file',
    (path: string) => writeFile(path, '', {mode: 0o600}),
    NO_OVERRIDE,
    [],
    0o600,
  ],
  [
    'is left alone where it is a link',
    async (path: string) => {
      await mkdir(`${path} elsewhere`, {mode: 0o711});
      await symlink(`${path} elsewhere`, path);
    },
    NO_OVERRIDE,
    [],
    0o711,
  ],
] as const) {
  recorded(`postinst: a folder ${title}`, () =>
    inFolder(async (folder) => {
      const side = owned(folder, 'keep');
      const path = side.directories[0]?.path ?? '';
      await prepare(path);
      const ran = await runScript(folder, side, ['postinst', 'configure', ''], world);
      assert.equal([ran.calls, ran.exitCode, ran.all], [calls, 0, '']);
      assert.is((await stat(path)).mode & 0o7777, mode);
      assert.equal((await runScript(folder, side, ['postinst', 'triggered', 'x'], world)).calls, []);
      assert.equal(
        (await runScript(folder, owned(folder, 'keep', false), ['postinst', 'configure'], world)).calls,
        [],
      );
    }),
  );
}

/** What dpkg says of who owns the folder, and whether a purge takes it. */
for (const [owners, taken] of [
  [1, true],
  ['app: /x', true],
  ['app:amd64: /x', true],
  ['app, other: /x', false],
  ['other:amd64, app: /x', false],
  ['app2: /x', false],
  ['xapp: /x', false],
] as const) {
  recorded(
    `postrm: a purge ${taken ? 'takes' : 'keeps'} folders of ${owners === 1 ? 'nobody' : owners}`,
    () =>
      inFolder(async (folder) => {
        const prefix = join(folder, "it's app");
        const side: Side = {...owned(folder, 'delete'), purge: 'delete'};
        const paths = [prefix, side.directories[0]?.path ?? ''];
        for (const path of paths) await mkdir(join(path, 'x'), {recursive: true});
        const world = {answers: {'dpkg-query --search': owners}};
        await runScript(folder, side, ['postrm', 'remove'], world);
        assert.ok(paths.every(existsSync), 'a removal keeps them');
        await runScript(folder, {...owned(folder, 'keep'), purge: 'keep'}, ['postrm', 'purge'], world);
        assert.ok(paths.every(existsSync), 'keep is keep');
        const ran = await runScript(folder, side, ['postrm', 'purge'], world);
        assert.equal([ran.exitCode, ran.all], [0, '']);
        assert.equal(paths.map(existsSync), [!taken, !taken]);
      }),
  );
}

recorded('postrm: a purge leaves a link, and goes on when it cannot remove', () =>
  inFolder(async (folder) => {
    const prefix = join(folder, "it's app");
    await mkdir(join(folder, 'elsewhere/data'), {recursive: true});
    await symlink(join(folder, 'elsewhere'), prefix);
    const side: Side = {...owned(folder, 'delete'), purge: 'delete'};
    await mkdir(side.directories[0]?.path ?? '');
    const world = {answers: {'dpkg-query': 1, rm: 1}};
    const ran = await runScript(folder, side, ['postrm', 'purge'], world);
    assert.equal(
      ran.calls.filter((call) => call.startsWith('rm')),
      ["rm -rf --one-file-system [/a d']"],
    );
    assert.equal([ran.exitCode, ran.all], [0, '']);
    assert.ok(existsSync(prefix));
  }),
);

recorded('prerm: a removal takes bytecode and the folders that only it held', () =>
  inFolder(async (folder) => {
    const lib = join(folder, "it's app/lib");
    const files = ['a/__pycache__/x.pyc', 'b/__pycache__/x.pyc', 'b/__pycache__/x.txt', 'c/x.py', 'd.pyc'];
    for (const file of files) {
      await mkdir(join(lib, file, '..'), {recursive: true});
      await writeFile(join(lib, file), '');
    }
    await mkdir(join(lib, 'e/empty'), {recursive: true});
    await mkdir(join(lib, 'f.pyc'), {recursive: true});
    const left = () =>
      [...files, 'a/__pycache__', 'e/empty', 'f.pyc'].filter((file) => existsSync(join(lib, file)));
    const before = left();
    await runScript(folder, NO_SIDE, ['prerm', 'upgrade', '2.0']);
    assert.equal(left(), before);
    const ran = await runScript(folder, NO_SIDE, ['prerm', 'remove']);
    assert.equal([ran.calls, ran.exitCode, ran.all], [[], 0, '']);
    assert.equal(left(), ['b/__pycache__/x.txt', 'c/x.py', 'e/empty', 'f.pyc']);
  }),
);

recorded('prerm: a removal finds nothing to take', () =>
  inFolder(async (folder) => {
    const ran = await runScript(folder, NO_SIDE, ['prerm', 'remove']);
    assert.equal([ran.calls, ran.exitCode, ran.all], [[], 0, '']);
  }),
);

recorded.run();
