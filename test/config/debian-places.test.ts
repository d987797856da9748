import {existsSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../lib/config/load.js';
import {placeDrops} from '../../lib/payload/drops.js';
import {collectFiles} from '../../lib/payload/files.js';
import {writeDebian} from '../helpers/debian-folders.js';
import {inFolder, skip} from '../helpers/suite.js';
import type {Files} from '../helpers/wheels.js';

const places = suite('config/debian-places');

/** What puts files of debian/ into places, and what changes their modes and compresses them afterwards. */
const PROGRAMS =
  'dh_install dh_installdocs dh_installman dh_bash-completion dh_installifupdown dh_installinfo dh_installinit'
    .concat(' dh_installtmpfiles dh_installsystemd dh_systemd_enable dh_installsystemduser dh_installmenu')
    .concat(' dh_installmime dh_installmodules dh_installlogcheck dh_installlogrotate dh_installpam')
    .concat(' dh_installppp dh_installudev dh_installgsettings dh_installinitramfs dh_installalternatives')
    .concat(' dh_bugfiles dh_ucf dh_lintian dh_installwm dh_compress dh_fixperms')
    .split(' ');

interface Outcome {
  /** Path and mode. */
  readonly files: readonly string[];
  readonly triggers: readonly string[];
  readonly depends: readonly string[];
}

/** What debhelper makes of a folder: every step that dh would run, and that is one of those programs. */
async function byDebhelper(project: string, addons: string): Promise<Outcome> {
  const options = {cwd: project, env: {LC_ALL: 'C.UTF-8'}};
  const {stdout} = await execa('dh', ['binary', '--no-act', '--with', addons], options);
  for (const step of stdout.split('\n').map((line) => line.trim())) {
    const [, override] = /^debian\/rules (override_dh_\S+)$/.exec(step) ?? [];
    const program = override?.replace('override_', '') ?? step;
    if (!PROGRAMS.includes(program)) continue;
    if (override === undefined) await execa(program, [], options);
    else await execa('make', ['-f', 'debian/rules', override], options);
  }
  const listed = await execa('find', ['debian/app', '-type', 'f', '-printf', '/%P %m\n'], {
    cwd: project,
    reject: false,
  });
  const lines = async (file: string) =>
    existsSync(join(project, file)) ? (await readFile(join(project, file), 'utf8')).split('\n') : [];
  const triggers = await lines('debian/.debhelper/generated/app/triggers');
  const variables = await lines('debian/app.substvars');
  const [, depends = ''] = /^misc:Depends=(.*)$/m.exec(variables.join('\n')) ?? [];
  return {
    files: listed.stdout.split('\n').filter(Boolean).map(merged).sort(),
    triggers: triggers.filter((line) => /^\w/.test(line)),
    // It is there on every system (docs/debian-side.md).
    depends: depends.split(', ').filter((one) => one !== '' && !one.startsWith('init-system-helpers')),
  };
}

const merged = (path: string): string => path.replace(/^\/lib\/systemd/, '/usr/lib/systemd');

async function byUs(project: string): Promise<Outcome> {
  const config = await loadConfig({cwd: project, automatic: true, environment: {}});
  const time = {mtime: 0};
  const entries = [
    ...(await collectFiles(config.files, time)),
    ...(await placeDrops(config, {package: 'app', ...time})),
  ];
  return {
    files: entries
      .filter(({type}) => type === 'file')
      .map(({path, mode}) => `/${path} ${mode.toString(8)}`)
      .sort(),
    triggers: config.triggers,
    depends: config.depends,
  };
}

const UNIT = '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=default.target\n';
const SCRIPT = '#!/bin/sh\nexit 0\n';
const DOCUMENT = (id: string) => `Document: ${id}\nTitle: T\nSection: Programming\n`;

/** A file for every name that only says where something goes. */
const DROPS: Files = {
  'debian/app.bug-script': SCRIPT,
  'debian/app.bug-control': 'report-with: other\n',
  'debian/app.bug-presubj': 'Think.\n',
  'debian/app.logcheck.ignore.server': 'a\n',
  'debian/app.logcheck.ignore.workstation': 'a\n',
  'debian/app.logcheck.ignore.paranoid': 'a\n',
  'debian/app.logcheck.cracking': 'a\n',
  'debian/app.logcheck.violations': 'a\n',
  'debian/app.logcheck.violations.ignore': 'a\n',
  'debian/app.ppp.ip-up': SCRIPT,
  'debian/ppp.ip-down': SCRIPT,
  'debian/app.if-up': SCRIPT,
  'debian/app.if-down': SCRIPT,
  'debian/app.if-pre-up': SCRIPT,
  'debian/app.if-post-down': SCRIPT,
  'debian/app.modprobe': 'options a b=1\n',
  'debian/app.mime': 'text/x-app; app %s\n',
  'debian/app.sharedmimeinfo': '<mime-info/>\n',
  'debian/app.menu': '?package(app):needs="text" section="Apps" title="app" command="app"\n',
  'debian/app.gsettings-override': '[a.b]\nc=1\n',
  'debian/app.initramfs-hook': SCRIPT,
  'debian/app.doc-base': DOCUMENT('app-book'),
  'debian/app.doc-base.two': DOCUMENT('app.second'),
  'debian/app.doc-base.three.EX': DOCUMENT('never'),
  'debian/app.info': 'docs/*.info docs/app.png\n',
  'docs/app.info': 'one\n',
  'docs/picture.info': 'two\n',
  'docs/app.png': 'png\n',
  'debian/app.user.service': UNIT,
  'debian/app.user.timer': UNIT,
  'debian/app@.user.service': UNIT,
  'debian/app.init': SCRIPT,
  'debian/app.service': UNIT,
};

const CONTROL = `Source: app
Section: python
Priority: optional
Maintainer: Jo Doe <jo@example.org>
Build-Depends: debhelper-compat (= LEVEL)

Package: app
Architecture: any
Description: an application
`;
const rulesWith = (addons: string, more = '') => `%:\n\tdh $@ --with ${addons}\n${more}`;
const override = (name: string, args: string) => `override_${name}:\n\t${name} ${args}\n`;

const NAMED = ['init', 'mime', 'modprobe', 'if-up', 'ppp.ip-up', 'logcheck.ignore.server', 'user.service'];
const NAMING = 'dh_installinit dh_installmime dh_installmodules dh_installifupdown dh_installppp'
  .concat(' dh_installlogcheck dh_installsystemduser')
  .split(' ');

interface Case {
  readonly title: string;
  readonly files: Files;
  readonly addons?: string;
  readonly rules?: string;
  readonly levels?: readonly number[];
  /** Paths that must be among them, so that two empty lists are not taken for agreement. */
  readonly among: readonly string[];
}

const CASES: readonly Case[] = [
  {title: 'every plain file', files: DROPS, among: ['/usr/share/bug/app/script 755', '/etc/init.d/app 755']},
  {
    title: 'a lone script for bugs and a name with dots',
    files: {'debian/bug-script': SCRIPT, 'debian/app.a.b.logcheck.ignore.server': 'a\n'},
    rules: override('dh_installlogcheck', '--name=a.b'),
    levels: [13],
    among: ['/usr/share/bug/app 755', '/etc/logcheck/ignore.d.server/a_b 644'],
  },
  {
    title: 'files under a name of their own',
    files: Object.fromEntries(NAMED.map((name) => [`debian/app.other.${name}`, SCRIPT])),
    rules: NAMING.map((name) => override(name, '--name=other')).join(''),
    levels: [13],
    among: ['/etc/init.d/other 755', '/usr/lib/mime/packages/app 644'],
  },
  {
    title: 'what empty overrides leave out',
    files: {'debian/app.mime': 'a\n', 'debian/app.init': SCRIPT, 'debian/app.modprobe': 'a\n'},
    rules: 'override_dh_installmime override_dh_installinit:\n',
    levels: [13],
    among: ['/etc/modprobe.d/app.conf 644'],
  },
  {
    title: 'a script that completes',
    files: {'debian/app.bash-completion': 'complete -F _app app\n'},
    addons: 'python-virtualenv,bash-completion',
    levels: [13],
    among: ['/usr/share/bash-completion/completions/app 644'],
  },
  {
    title: 'a list of such scripts',
    files: {'debian/app.bash-completion': 'c/one\nc/two other\n', 'c/one': 'x\n', 'c/two': 'x\n'},
    addons: 'python-virtualenv,bash-completion',
    levels: [13],
    among: [
      '/usr/share/bash-completion/completions/one 644',
      '/usr/share/bash-completion/completions/other 644',
    ],
  },
  {
    title: 'a hook for the initramfs with its addon, a unit of users that a list brings',
    files: {
      'debian/app.initramfs-hook': SCRIPT,
      'debian/app.install': 'u/x.service usr/lib/systemd/user\n',
      'u/x.service': UNIT,
    },
    addons: 'python-virtualenv,installinitramfs',
    levels: [9, 11],
    among: ['/usr/share/initramfs-tools/hooks/app 755', '/usr/lib/systemd/user/x.service 644'],
  },
  {
    title: 'jobs of upstart, long ago',
    files: {'debian/app.upstart': 'exec app\n'},
    levels: [11],
    among: ['/etc/init/app.conf 644'],
  },
];

for (const {title, files, addons = 'python-virtualenv', rules = '', levels = [9, 13], among} of CASES) {
  for (const level of levels) {
    places(`${title}: where debhelper puts it, at compat level ${level}`, () =>
      inFolder(async (folder) => {
        if (!existsSync('/usr/bin/dh_bash-completion') || !existsSync('/usr/bin/dh_virtualenv'))
          return skip(title, 'dh_bash-completion or dh-virtualenv is not installed');
        const all = {
          'debian/control': CONTROL.replace(' (= LEVEL)', level === 9 ? ' (>= 9)' : ` (= ${level})`),
          ...(level === 9 ? {'debian/compat': '9\n'} : {}),
          'debian/rules': `#!/usr/bin/make -f\n${rulesWith(addons, rules)}`,
          'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n',
          ...files,
        };
        const control = all['debian/control'];
        if (level === 9)
          all['debian/control'] = control.replace('debhelper-compat (>= 9)', 'debhelper (>= 9)');
        await writeDebian(join(folder, 'ours'), all);
        await writeDebian(join(folder, 'theirs'), all);
        const [ours, theirs] = [
          await byUs(join(folder, 'ours')),
          await byDebhelper(join(folder, 'theirs'), addons),
        ];
        assert.equal(ours, theirs);
        for (const path of among) assert.ok(ours.files.includes(path), path);
      }),
    );
  }
}

places.run();
