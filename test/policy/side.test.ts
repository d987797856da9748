import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {SCRIPT_NAMES, type ScriptName} from '../../lib/policy/scripts.js';
import {assembleSide, readSide, type Side} from '../../lib/policy/side.js';
import type {Unit} from '../../lib/policy/snippets/systemd.js';
import {NO_SIDE} from '../helpers/sides.js';
import {inFolder, rejects, skip, throws} from '../helpers/suite.js';

const side = suite('policy/side');

const UNIT: Unit = {name: 'app.service', installable: true, enable: true, start: true, restart: true};
const INIT = {source: '/x', name: undefined, enable: true, start: true, restart: true} as const;
const NAMES = {package: 'app', prefix: '/opt/app'};
const USER = {name: 'app', shell: '/usr/sbin/nologin', gecos: '', groups: [], purge: 'keep'} as const;

/** Everything at once, with names that a careless script would stumble over. */
const EVERYTHING: Side = {
  ...NO_SIDE,
  user: {...USER, gecos: "Jo's $(touch /tmp/x) account", groups: ['adm', 'ssl-cert'], purge: 'delete'},
  directories: [
    {path: "/srv/it's here", owner: 'app', group: 'app', mode: 0o2750, purge: 'delete'},
    {path: '/opt/app/etc', owner: 'root', group: 'app', mode: 0o750, purge: 'keep'},
  ],
  units: [
    UNIT,
    {...UNIT, name: 'app@.service'},
    {...UNIT, name: 'app.timer', restart: 'stop'},
    {...UNIT, name: 'app-job.service', installable: false},
    {...UNIT, name: 'app.socket', enable: false, start: false},
    {...UNIT, name: 'app-quiet.service', restart: false},
  ],
  userUnits: [
    {name: 'app-tray.service', installable: true, enable: true},
    {name: 'app-sync.timer', installable: true, enable: false},
    {name: 'app-tray@.service', installable: true, enable: true},
  ],
  init: [
    INIT,
    {...INIT, name: 'app-stop', restart: 'stop'},
    {...INIT, name: 'app-quiet', enable: false, start: false, restart: false},
  ],
  ucf: {"/etc/app/it's.conf": '/usr/share/app/$HOME.conf'},
  sysusers: [{source: '/x', name: undefined}],
  tmpfiles: [{source: '/x', name: 'other.conf'}],
  purge: 'delete',
  alternatives: [
    {
      name: 'httpd',
      link: '/usr/bin/httpd',
      path: '/opt/app/bin/app',
      priority: 30,
      dependents: [{name: 'httpd.1', link: '/usr/share/man/man1/httpd.1', path: '/opt/app/app.1'}],
    },
  ],
  triggers: ['interest-noawait /usr/share/app', 'activate ldconfig'],
  debconf: {config: '#!/bin/sh\nset -e\n', templates: 'Template: app/x\n'},
  maintscript: ['rm_conffile /etc/app/old.conf 1.0~', 'dir_to_symlink /usr/share/app ../app 2~ app'],
};

/** A loop over one unit is meant, and so is a dollar between single quotes; debconf's own file is not looked into. */
const EXCEPTIONS = '--exclude=SC1091,SC2016,SC2043';

for (const shell of ['sh', 'dash', 'bash', 'busybox sh', 'shellcheck']) {
  side(`every generated script is one that ${shell} takes`, () =>
    inFolder(async (folder) => {
      const [command = '', ...args] = shell.split(' ');
      if ((await execa(command, ['--help'], {reject: false})).exitCode === undefined)
        return skip(`scripts for ${shell}`, `${command} is not installed`);
      const {scripts} = assembleSide(EVERYTHING, {}, NAMES);
      assert.equal(Object.keys(scripts), [...SCRIPT_NAMES]);
      for (const [name, text] of Object.entries(scripts)) {
        const file = join(folder, name);
        await writeFile(file, text);
        const checks = shell === 'shellcheck' ? [EXCEPTIONS, '--severity=style', file] : ['-n', file];
        const {all, exitCode} = await execa(command, [...args, ...checks], {all: true, reject: false});
        assert.is(all, '', text);
        assert.is(exitCode, 0);
      }
    }),
  );
}

side('nothing asked for is nothing added', () =>
  assert.equal(assembleSide(NO_SIDE, {}, {package: 'app'}), {
    scripts: {},
    homeless: [],
    members: {},
    depends: [],
  }),
);

side('relations are those that the lines need', () => {
  const {depends, members} = assembleSide(EVERYTHING, {}, NAMES);
  assert.equal(depends, [
    'debconf (>= 0.5) | debconf-2.0',
    'adduser',
    'systemd | systemd-standalone-sysusers | systemd-sysusers',
    'ucf',
  ]);
  assert.is(members.triggers, 'interest-noawait /usr/share/app\nactivate ldconfig\n');
  assert.equal(Object.keys(members), ['triggers', 'config', 'templates']);
});

/** Where the first line that fits stands in a script. */
const lineOf = (script: string | undefined, pattern: RegExp): number => {
  const found = (script ?? '').split('\n').findIndex((line) => pattern.test(line));
  assert.ok(found >= 0, `${pattern} is not in:\n${script}`);
  return found;
};

for (const [name, order] of [
  [
    'postinst',
    [
      /dpkg-maintscript-helper/,
      /addgroup/,
      /adduser .*--system/,
      /systemd-sysusers/,
      /chown/,
      /ucf .*it/,
      /systemd-tmpfiles/,
      /update-alternatives/,
      /update-rc\.d/,
      /invoke-rc\.d/,
      /deb-systemd-helper/,
      /daemon-reload/,
      /deb-systemd-invoke/,
      /deb-systemd-helper --user/,
    ],
  ],
  [
    'prerm',
    [
      /deb-systemd-invoke stop/,
      /invoke-rc\.d/,
      /update-alternatives/,
      /find \/opt\/app\/lib/,
      /dpkg-maintscript-helper/,
    ],
  ],
  [
    'postrm',
    [
      /deb-systemd-helper --user purge/,
      /daemon-reload/,
      /deb-systemd-helper purge/,
      /chmod -x/,
      /ucf --purge/,
      /rm -rf .* \/opt\/app /,
      /rm -rf .*here/,
      /userdel/,
      /groupdel/,
      /dpkg-maintscript-helper/,
      /db_purge/,
    ],
  ],
] as const) {
  side(`${name} does first what the rest needs`, () => {
    const script = assembleSide(EVERYTHING, {}, NAMES).scripts[name];
    const places = order.map((pattern) => lineOf(script, pattern));
    assert.equal(
      places,
      [...places].sort((a, b) => a - b),
      script,
    );
  });
}

const OWN = '#!/bin/sh\nset -e\necho before\n#DEBHELPER#\necho after\n';

side('lines go where a script has the token, also when it is indented', () => {
  for (const script of [OWN, OWN.replace('#DEB', '  #DEB')]) {
    const {scripts} = assembleSide({...NO_SIDE, user: USER}, {postinst: script}, NAMES);
    assert.ok(lineOf(scripts.postinst, /^echo before/) < lineOf(scripts.postinst, /adduser/));
    assert.ok(lineOf(scripts.postinst, /adduser/) < lineOf(scripts.postinst, /^echo after/));
    assert.not.match(scripts.postinst ?? '', 'DEBHELPER');
  }
});

for (const [what, script, message] of [
  [
    'without the token',
    '#!/bin/sh\nexit 0\n',
    /Script postinst has no line #DEBHELPER#, where the lines for user /,
  ],
  ['in another language', '#!/usr/bin/python3\n#DEBHELPER#\n', /Script postinst is no shell script/],
] as const) {
  side(`a script ${what} cannot take lines that the package needs`, () => {
    throws(() => assembleSide({...NO_SIDE, user: USER}, {postinst: script}, NAMES), 'E_PAYLOAD', message);
  });
}

side('scripts for dh-virtualenv find its variables set, before all other lines', () =>
  inFolder(async (folder) => {
    const script = `#!/bin/sh\nset -eu\n#DEBHELPER#\necho "$dh_venv_package in $dh_venv_install_dir"\n`;
    const given = Object.fromEntries(SCRIPT_NAMES.map((name) => [name, script]));
    const names = {package: 'app', prefix: "/opt/it's app"};
    const {scripts} = assembleSide({...EVERYTHING, debconf: {}}, given, names);
    for (const [name, text] of Object.entries(scripts)) {
      assert.is(lineOf(text, /^dh_venv_package=/), lineOf(text, /^# Added by mkvenvdeb/) + 1, name);
    }
    const {scripts: alone} = assembleSide(NO_SIDE, given, names);
    const file = join(folder, 'postinst');
    await writeFile(file, alone.postinst ?? '');
    assert.is((await execa('sh', [file, 'configure'])).stdout, "app in /opt/it's app");
    assert.is(
      assembleSide(NO_SIDE, given, {package: 'app'}).scripts.postinst?.includes('dh_venv_package='),
      false,
    );
    const without = assembleSide(NO_SIDE, {postinst: OWN}, names).scripts.postinst;
    assert.is(without, OWN);
  }),
);

side('a script without the token only loses what the package can do without, and says so', () => {
  const postrm = '#!/bin/sh\nexit 0\n';
  const {scripts, homeless} = assembleSide({...NO_SIDE, purge: 'delete'}, {postrm}, NAMES);
  assert.is(scripts.postrm, postrm);
  assert.match(scripts.prerm ?? '', 'find /opt/app/lib');
  assert.equal(homeless, ['Script postrm has no line #DEBHELPER#, where the lines for purge would go']);
});

side('reading refuses a config script that cannot run, and scripts without a place', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'config');
    await writeFile(file, 'no script\n');
    const {units: _, userUnits: _user, ...none} = NO_SIDE;
    const options = {...none, systemd: [], systemdUser: []};
    await rejects(
      readSide({...options, debconf: {config: file}}, {}),
      'E_PAYLOAD',
      /Script config does not begin/,
    );
    await rejects(
      readSide({...options, debconf: {templates: file}}, {}),
      'E_PAYLOAD',
      /Template 1 has no name/,
    );
    await rejects(
      readSide({...options, user: USER}, {postinst: '#!/bin/sh\n'}),
      'E_PAYLOAD',
      /Script postinst has no line/,
    );
  }),
);

side('reading gives the texts of debconf, and every script without a place', () =>
  inFolder(async (folder) => {
    const [config, templates] = ['config', 'templates'].map((name) => join(folder, name));
    await writeFile(config ?? '', '#!/bin/sh\nexit 0');
    await writeFile(templates ?? '', 'Template: app/x\nType: string\nDescription: x\n');
    const {units: _, userUnits: _user, ...none} = NO_SIDE;
    const options = {...none, systemd: [], systemdUser: []};
    const read = await readSide({...options, debconf: {config, templates}}, {});
    assert.equal(Object.keys(read.debconf), ['config', 'templates']);
    assert.is(read.debconf.config, '#!/bin/sh\nexit 0\n');
    const bare = '#!/bin/sh\n';
    const user = {...USER, purge: 'delete'} as const;
    const one = throws(
      () => assembleSide({...NO_SIDE, user}, {postinst: bare}, NAMES),
      'E_PAYLOAD',
      /postinst/,
    );
    assert.equal(one.issues, []);
    const both = {postinst: bare, postrm: bare};
    const two = throws(() => assembleSide({...NO_SIDE, user}, both, NAMES), 'E_PAYLOAD', /postinst/);
    assert.is(two.issues.length, 2);
    await rejects(
      readSide({...options, debconf: {config: join(folder, 'none')}}, {}),
      'E_PAYLOAD',
      /config does not exist/,
    );
    // What nobody asks for leaves no mark in scripts.
    assert.is(assembleSide({...NO_SIDE, user: USER}, {}, {package: 'app'}).scripts.prerm, undefined);
    assert.not.match(
      assembleSide({...NO_SIDE, user: USER}, {}, NAMES).scripts.postinst ?? '',
      /"(?!user")\w+"\n/,
    );
  }),
);

for (const [text, installable] of [
  ['[Unit]\n[Install]\nWantedBy=multi-user.target\n', true],
  ['[Unit]\n  [Install]  \nAlias=x.service\n', true],
  ['[Unit]\n#[Install]\n', false],
  ['[Service]\nExecStart=/bin/true [Install]\n', false],
] as const) {
  side(`${JSON.stringify(text)} can ${installable ? '' : 'not '}be enabled`, () =>
    inFolder(async (folder) => {
      const source = join(folder, 'a.service');
      await writeFile(source, text);
      const {units: _, userUnits: _user, ...none} = NO_SIDE;
      const read = await readSide(
        {...none, systemdUser: [], systemd: [{...UNIT, name: undefined, source}]},
        {},
      );
      assert.equal(read.units[0]?.installable, installable);
      assert.is(read.units[0]?.name, 'a.service');
    }),
  );
}

/** What the scripts say of one unit: which calls are in which script. */
for (const [unit, wanted] of [
  [
    {},
    {
      postinst: [/ enable "/, /invoke restart app/, /invoke start app/],
      prerm: [/stop app/],
      postrm: [/purge app/],
    },
  ],
  [{enable: false}, {postinst: [/debian-installed "/, /invoke restart/], postrm: [/purge app/]}],
  [{start: false}, {postinst: [/try-restart app/], prerm: [/stop app/]}],
  [{restart: 'stop'}, {preinst: [/stop app/], postinst: [/invoke start app/]}],
  [{installable: false}, {postinst: [/try-restart app/], postrm: [/daemon-reload/]}],
  [{name: 'app@.service'}, {prerm: [/stop 'app@\*\.service'/], postrm: [/daemon-reload/]}],
] as const) {
  side(`a unit with ${JSON.stringify(unit)} gets its calls`, () => {
    const {scripts} = assembleSide({...NO_SIDE, units: [{...UNIT, ...unit}]}, {}, {package: 'app'});
    for (const [name, patterns] of Object.entries(wanted) as [ScriptName, readonly RegExp[]][])
      for (const pattern of patterns) assert.match(scripts[name] ?? '', pattern);
  });
}

for (const [unit, script, never] of [
  [{restart: false}, 'postinst', /restart/],
  [{start: false, restart: false}, 'postinst', /deb-systemd-invoke/],
  [{start: false}, 'postinst', /invoke start/],
  [{installable: false}, 'postinst', /deb-systemd-helper|invoke start/],
  [{name: 'app@.service'}, 'postinst', /deb-systemd-helper|deb-systemd-invoke/],
] as const) {
  side(`a unit with ${JSON.stringify(unit)} has no ${never} in ${script}`, () => {
    const {scripts} = assembleSide({...NO_SIDE, units: [{...UNIT, ...unit}]}, {}, {package: 'app'});
    assert.not.match(scripts[script] ?? '', never);
  });
}

/** What the scripts say of one script for init. */
for (const [script, name, wanted, never] of [
  [{}, 'preinst', [/= install \].*\n +chmod \+x/], /invoke-rc/],
  [{}, 'postinst', [/update-rc\.d app defaults >/, /native app restart/, /native app start/], /disabled/],
  [{}, 'prerm', [/= remove \] [\s\S]*native app stop/], /upgrade/],
  [{}, 'postrm', [/= remove \][\s\S]*chmod -x/, /= purge \][\s\S]*update-rc\.d app remove/], /invoke-rc/],
  [{enable: false}, 'postinst', [/update-rc\.d app defaults-disabled/], /defaults >/],
  [{start: false, restart: false}, 'postinst', [/update-rc\.d app defaults/], /invoke-rc/],
  [{restart: false}, 'postinst', [/"\$1" != configure[\s\S]*native app start/], /restart/],
  [{restart: 'stop'}, 'preinst', [/= upgrade \][\s\S]*native app stop/], /start/],
  [{restart: 'stop'}, 'postinst', [/native app start/], /restart|!= configure/],
  [{name: 'other'}, 'postinst', [/update-rc\.d other /], /app/],
] as const) {
  side(`a script for init with ${JSON.stringify(script)} gets its calls in ${name}`, () => {
    const {scripts} = assembleSide({...NO_SIDE, init: [{...INIT, ...script}]}, {}, {package: 'app'});
    const text = scripts[name] ?? '';
    for (const pattern of wanted) assert.match(text, pattern);
    assert.not.match(text, never);
  });
}

for (const [unit, wanted] of [
  [{}, {postinst: [/--user enable "/], postrm: [/--user purge app\.service/]}],
  [{enable: false}, {postinst: [/--user debian-installed "/], postrm: [/--user purge/]}],
  [{installable: false}, {}],
  [{name: 'app@.service'}, {}],
] as const) {
  side(`a unit of users with ${JSON.stringify(unit)} gets its calls, and no session is touched`, () => {
    const {name, installable, enable} = {...UNIT, ...unit};
    const {scripts} = assembleSide(
      {...NO_SIDE, userUnits: [{name, installable, enable}]},
      {},
      {package: 'app'},
    );
    assert.equal(Object.keys(scripts), Object.keys(wanted));
    for (const [script, patterns] of Object.entries(wanted) as [ScriptName, readonly RegExp[]][])
      for (const pattern of patterns) assert.match(scripts[script] ?? '', pattern);
    assert.not.match(Object.values(scripts).join(''), /deb-systemd-invoke|systemctl|helper (?!--user|>)/);
  });
}

side.run();
