import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig, loadConfigs} from '../../lib/config/load.js';
import type {BuildOptions} from '../../lib/config/schema/index.js';
import type {Config} from '../../lib/config/types.js';
import {debianProject, RULES, writeDebian} from '../helpers/debian-folders.js';
import {inFolder, rejects} from '../helpers/suite.js';
import type {Files} from '../helpers/wheels.js';

const debian = suite('config/debian');

const PYPROJECT = {'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n'};

interface Loading {
  readonly options?: BuildOptions;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Load the smallest folder with these files; gives the configuration of the first package and what was warned of. */
function loading(files: Files, {options = {}, environment = {PATH: process.env.PATH ?? ''}}: Loading = {}) {
  return inFolder(async (folder) => {
    await writeDebian(folder, {...PYPROJECT, ...files});
    const warnings: string[] = [];
    const [config] = await loadConfigs({
      cwd: folder,
      options,
      environment,
      automatic: true,
      report: (event) => event.type === 'warning' && warnings.push(event.message),
    });
    return {config: JSON.parse(JSON.stringify(config).replaceAll(`${folder}/`, '')) as Config, warnings};
  });
}

/** Another compat level than 13. */
function compat(level: number): Files {
  if (level === 13) return {};
  const control =
    'Source: app\nMaintainer: Jo Doe <jo@example.org>\n\nPackage: app\nArchitecture: any\nDescription: an application\n';
  return {'debian/control': control, 'debian/compat': `${level}\n`};
}

debian('a release with several services', () =>
  inFolder(async (folder) => {
    await debianProject('release', folder);
    const config = await loadConfig({cwd: folder, automatic: true, environment: {}});
    const {prefix, python, preinstall, noIndex, findLinks, compression, compressionLevel, environment} =
      config;
    assert.equal([prefix, python, preinstall], ['/opt/venvs/fxindex', '/usr/bin/python3', ['fxhelper>=1']]);
    assert.equal([noIndex, findLinks], [true, [join(folder, 'wheels')]]);
    assert.equal([compression, compressionLevel, environment], ['xz', 3, {FXINDEX_FLAVOUR: 'server'}]);
    assert.equal(
      [config.version, config.revision, config.architecture],
      ['1.0-2~~rc1~bookworm', 'native', 'amd64'],
    );
    assert.equal(config.depends, ['adduser', 'libmagic1 (>= 5)']);
    assert.equal(config.preDepends, ['dpkg (>= 1.16.1)', 'python3']);
    assert.equal(config.suggests, ['nginx | apache2']);
    assert.is(
      config.description,
      'index of files\n   The index answers questions about files, and keeps its answers.\n\n   This package holds it with everything that it needs.',
    );
    assert.equal(config.shlibs, {exclude: ['/**/x86/**', '/**fxhelper/.libs**'], recommends: []});
    assert.equal(
      config.systemd.map(({name, enable, start, restart}) => [name, enable, start, restart]),
      [
        ['fxindex-web.service', true, true, true],
        ['fxindex-worker.service', false, false, false],
      ],
    );
    assert.equal(config.triggers, ['interest-noawait /usr/bin/python3.11']);
    assert.equal(config.links, {'/usr/bin/fxindex': '/opt/venvs/fxindex/bin/tiny'});
    assert.equal(
      config.directories.map(({path, again}) => [path, again]),
      [['/var/log/fxindex', false]],
    );
    assert.equal(Object.keys(config.scripts), ['postinst', 'postrm']);
  }),
);

debian('one source with three packages, two virtualenvs and a list that is run', () =>
  inFolder(async (folder) => {
    await debianProject('split', folder);
    const environment = {PATH: process.env.PATH ?? '', FLAVOUR: 'server'};
    const [one, two, three] = await loadConfigs({cwd: folder, automatic: true, environment});
    assert.equal(
      [one?.package, one?.venv, one?.prefix, one?.skipInstall],
      ['fxsuite', 'builtin', '/opt/fxsuite', false],
    );
    assert.equal([two?.package, two?.prefix, two?.skipInstall], ['fxsuite-worker', '/opt/worker', true]);
    assert.equal(two?.requirements, [join(folder, 'requirements-worker.txt')]);
    assert.equal([three?.package, three?.venv, three?.architecture], ['fxsuite-common', 'none', 'all']);
    assert.equal(one?.depends, ['fxsuite-common (= 2:3.1)']);
    assert.equal(
      three?.files.map(({source, target}) => [source.slice(folder.length + 1), target]),
      [
        ['conf/common.conf', '/etc/fxsuite/common.conf'],
        ['conf/multiarch.txt', '/usr/lib/x86_64-linux-gnu/fxsuite/multiarch.txt'],
      ],
    );
    const chosen = await loadConfig({
      cwd: folder,
      automatic: true,
      environment,
      options: {package: 'fxsuite-common'},
    });
    assert.is(chosen.package, 'fxsuite-common');
    const wrong = loadConfigs({cwd: folder, automatic: true, environment, options: {package: 'nothing'}});
    await rejects(wrong, 'E_OPTION', /not in debian\/control: nothing[\s\S]*fxsuite-worker/);
    await rejects(loadConfig({cwd: folder, automatic: true, environment}), 'E_OPTION', /several packages/);
  }),
);

/** Content of debian/rules behind the line of dh, what is said of it, and the hint. */
const REFUSED: readonly (readonly [rules: string, text: RegExp])[] = [
  [
    'override_dh_virtualenv:\n\t./debian/build\n',
    /debian\/rules:4: .*override_dh_virtualenv: \.\/debian\/build[\s\S]*hooks\.after_install.*debian_ignore: \[override_dh_virtualenv\]/,
  ],
  ['override_dh_virtualenv:\n', /override_dh_virtualenv is empty/],
  [
    'override_dh_virtualenv:\n\tdh_virtualenv --pip-tool x\n',
    /debian\/rules:4: No counterpart of --pip-tool x/,
  ],
  [
    'override_dh_virtualenv:\n\tdh_virtualenv --extra x\n',
    /debian\/rules:4: dh_virtualenv: ambiguous option/,
  ],
  ['override_dh_virtualenv:\n\tdh_virtualenv\n\tdh_virtualenv\n', /A second virtualenv for app/],
  ['override_dh_virtualenv:\n\tdh_virtualenv --python $(shell which x)\n', /\$\(shell which x\)/],
  [
    'execute_after_dh_virtualenv:\n\tdebian/app/opt/venvs/app/bin/pip install x\n',
    /execute_after_dh_virtualenv.*pip install x/,
  ],
  ['override_dh_install:\n\tdh_install\n\tcp /a debian/app/b\n', /debian\/rules:5: .*cp \/a.*[\s\S]*files/],
  ['override_dh_install:\n\tfor i in a b; do dh_install $$i; done\n', /for i in a b/],
  ['override_dh_installsystemd:\n\tdh_installsystemd --odd\n', /dh_installsystemd with --odd/],
  ['override_dh_builddeb:\n\tdh_builddeb -- -Zbzip2\n', /dh_builddeb -- -Zbzip2/],
  ['override_dh_gencontrol:\n', /override_dh_gencontrol is empty/],
  ['override_dh_fixperms-arch:\n\tdh_fixperms\n', /for some packages only/],
  ['override_dh_install: made\nmade:\n\tmake it\n', /needs another first: made/],
  ['include other.mk\n', /debian\/rules:3: Not understood: include other\.mk/],
  ['export X = $(shell date)\n', /debian\/rules:3: Value of X cannot be told/],
];
for (const [rules, text] of REFUSED) {
  debian(`refuses ${JSON.stringify(rules)}`, async () => {
    await rejects(loading({'debian/rules': RULES + rules}), 'E_OPTION', text);
  });
}

debian('everything that is not understood comes in one error', async () => {
  const rules = `${RULES}override_dh_install:\n\tcp a b\noverride_dh_link:\n\tln -s a b\n`;
  const {issues} = await rejects(
    loading({'debian/rules': rules, 'debian/app.symbols': ''}),
    'E_OPTION',
    /3 problems/,
  );
  assert.is(issues.length, 3);
});

debian('what the configuration replaces is left out, the rest of the target counts', async () => {
  const rules = `${RULES}override_dh_virtualenv:\n\tdh_virtualenv --python /usr/bin/pypy3\n\t./debian/more\n`;
  const {config} = await loading({
    'debian/rules': rules,
    'debian/app.symbols': '',
    'mkvenvdeb.yaml':
      'debian: true\ndebian_ignore: [override_dh_virtualenv, debian/app.symbols]\nsection: web\n',
  });
  assert.equal([config.python, config.section, config.version], ['/usr/bin/pypy3', 'web', '1.0-1']);
});

const UNDERSTOOD: readonly (readonly [title: string, rules: string, check: (config: Config) => void])[] = [
  [
    'options of dh',
    '%:\n\tdh $@ --with python-virtualenv --python /usr/bin/pypy3 --buildsystem=none\n',
    ({python}) => assert.is(python, '/usr/bin/pypy3'),
  ],
  [
    'the build system',
    'export DH_PIP_EXTRA_ARGS=--no-index\n%:\n\tdh $@ --buildsystem=dh_virtualenv\n',
    ({prefix, noIndex}) => assert.equal([prefix, noIndex], ['/usr/share/python/app', true]),
  ],
  [
    'an empty override',
    `${RULES}override_dh_shlibdeps:\noverride_dh_strip override_dh_dwz:\n\t@echo nothing\n`,
    ({shlibs}) => assert.is(shlibs, false),
  ],
  [
    'targets that never run',
    `${RULES}override_dh_auto_install:\n\tmake install\nclean:\n\trm -rf build\n`,
    ({prefix}) => assert.is(prefix, '/opt/venvs/app'),
  ],
  [
    'a version for the package',
    `include /usr/share/dpkg/pkg-info.mk\n${RULES}override_dh_gencontrol:\n\tdh_gencontrol -- -v$(DEB_VERSION)+b1 -DSection=web\n`,
    ({version, section}) => assert.equal([version, section], ['1.0-1+b1', 'web']),
  ],
  [
    'one variable for one command',
    `${RULES}override_dh_virtualenv:\n\tDH_VIRTUALENV_INSTALL_ROOT=/srv/x dh_virtualenv\n`,
    ({prefix}) => assert.is(prefix, '/srv/x/app'),
  ],
];
for (const [title, rules, check] of UNDERSTOOD) {
  debian(`understands ${title}`, async () => check((await loading({'debian/rules': rules})).config));
}

debian('files of debian/ become options', async () => {
  const {config} = await loading({
    'debian/app.default': 'A=1\n',
    'debian/cron.daily': '#!/bin/sh\n',
    'debian/app.logrotate': '/var/log/x {}\n',
    'debian/app.udev': '# none\n',
    'debian/app.tmpfiles': 'd /run/app\n',
    'debian/app.service.amd64': '[Service]\n',
    'debian/app@.service': '[Service]\n',
    'debian/app.docs': 'README\n',
    'debian/app.examples': 'conf/*\n',
    'debian/app.maintscript': '# old\nrm_conffile /etc/app/old 1.0~\n',
    'debian/app.alternatives':
      'Name: httpd\nLink: /usr/bin/httpd\nAlternative: /opt/venvs/app/bin/app\nPriority: 30\n',
    'debian/NEWS':
      'app (1.0-1) unstable; urgency=low\n\n  * x\n\n -- J <j@x.org>  Mon, 01 Mar 2021 10:20:30 +0000\n',
    'debian/app.config': '#!/bin/sh\n',
    'debian/app.templates': 'Template: app/x\nType: string\nDescription: x\n',
    'debian/app.lintian-overrides': 'app: x\n',
    'debian/README.Debian': 'read\n',
    README: 'x\n',
    'conf/a': 'x\n',
    'conf/.b': 'x\n',
  });
  assert.equal(config.default, [{source: 'debian/app.default', name: 'app'}]);
  assert.equal(config.cron, [{source: 'debian/cron.daily', when: 'daily', name: 'app'}]);
  assert.equal(config.udev, [{source: 'debian/app.udev', name: '60-app.rules'}]);
  assert.equal(config.tmpfiles, [{source: 'debian/app.tmpfiles', name: 'app.conf'}]);
  assert.equal(
    config.systemd.map(({source, name}) => [source, name]),
    [
      ['debian/app.service.amd64', 'app.service'],
      ['debian/app@.service', 'app@.service'],
    ],
  );
  assert.equal(
    [...config.docs, ...config.examples].map(({source}) => source),
    ['README', 'conf/a'],
  );
  assert.is(config.news, 'debian/NEWS');
  assert.equal(config.maintscript, ['rm_conffile /etc/app/old 1.0~']);
  assert.equal(config.alternatives[0]?.priority, 30);
  assert.equal(config.debconf, {config: 'debian/app.config', templates: 'debian/app.templates'});
  assert.equal(config.lintianOverrides, ['debian/app.lintian-overrides']);
  assert.equal(
    config.files.map(({target}) => target),
    ['/usr/share/doc/app/README.Debian'],
  );
});

for (const [args, wanted] of [
  ['', {enable: true, start: true, restart: true}],
  ['--no-enable', {enable: false, start: true, restart: true}],
  ['--no-start', {enable: true, start: false, restart: false}],
  ['--no-stop-on-upgrade', {enable: true, start: true, restart: false}],
  ['-r', {enable: true, start: true, restart: false}],
  ['--no-restart-after-upgrade', {enable: true, start: true, restart: 'stop'}],
  ['-R', {enable: true, start: true, restart: true}],
] as const) {
  for (const level of [9, 13]) {
    debian(`a script for init and dh_installinit ${args} at compat level ${level}`, async () => {
      const {config} = await loading({
        'debian/rules': `${RULES}override_dh_installinit:\n\tdh_installinit ${args}\n`,
        'debian/app.init': '#!/bin/sh\n',
        ...compat(level),
      });
      assert.equal(config.init, [{source: 'debian/app.init', name: 'app', ...wanted}]);
    });
  }
}

debian('a script for init without its lines is a file', async () => {
  const {config} = await loading({
    'debian/rules': `${RULES}override_dh_installinit:\n\tdh_installinit -n\n`,
    'debian/app.init': '#!/bin/sh\n',
  });
  assert.equal(
    [config.init, config.files],
    [[], [{source: 'debian/app.init', target: '/etc/init.d/app', mode: 0o755}]],
  );
});

debian('units of users are enabled unless the program is told otherwise', async () => {
  const rules = `${RULES}override_dh_installsystemduser:\n\tdh_installsystemduser\n\tdh_installsystemduser --name=x --no-enable\n`;
  const files = {'debian/app.user.service': '[Service]\n', 'debian/app.x.user.timer': '[Timer]\n'};
  const {config} = await loading({'debian/rules': rules, ...files});
  assert.equal(config.systemdUser, [
    {source: 'debian/app.user.service', name: 'app.service', enable: true},
    {source: 'debian/app.x.user.timer', name: 'x.timer', enable: false},
  ]);
  const old = await loading({...files, ...compat(11)});
  assert.equal(old.config.systemdUser, []);
});

debian('ucf, window managers, and apport with its addon', async () => {
  const {config} = await loading({
    'debian/rules': '%:\n\tdh $@ --with python-virtualenv,apport\n',
    'debian/app.ucf': '# made\n/usr/share/app/a.conf /etc/app/a.conf\nusr/share/app/b etc/b\n',
    'debian/app.wm': '/usr/bin/wm\n',
    'debian/app.manpages': 'wm.1\n',
    'wm.1': 'x\n',
    'debian/app.apport': 'x\n',
    'debian/app.symbols': '',
    'debian/app.alternatives':
      'Name: httpd\nLink: /usr/bin/httpd\nAlternative: /opt/venvs/app/bin/app\nPriority: 30\n',
    'mkvenvdeb.yaml': 'debian: true\ndebian_ignore: [debian/app.symbols]\n',
  });
  assert.equal(config.ucf, {'/etc/app/a.conf': '/usr/share/app/a.conf', '/etc/b': '/usr/share/app/b'});
  assert.equal(
    config.alternatives.map(({name}) => name),
    ['httpd', 'x-window-manager'],
  );
  const page = '/usr/share/man/man1';
  assert.equal(config.alternatives[1], {
    name: 'x-window-manager',
    link: '/usr/bin/x-window-manager',
    path: '/usr/bin/wm',
    priority: 20,
    dependents: [
      {name: 'x-window-manager.1.gz', link: `${page}/x-window-manager.1.gz`, path: `${page}/wm.1.gz`},
    ],
  });
  assert.equal(
    config.files.map(({target}) => target),
    ['/usr/share/apport/package-hooks/app.py'],
  );
});

debian('what no program reads is left out: an empty override, no addon', async () => {
  const {config} = await loading({
    'debian/rules': `${RULES}override_dh_makeshlibs override_dh_installemacsen:\n`,
    'debian/app.symbols': '',
    'debian/app.emacsen-startup': '',
    'debian/app.apport': '',
    'debian/app.bash-completion': 'complete -F _app app\n',
  });
  assert.equal(config.files, []);
});

const CONTROL = (changes: string) => `Source: app\nMaintainer: Jo Doe <jo@example.org>\n${changes}`;
const BINARY = '\nPackage: app\nArchitecture: all\nDescription: an application\n';
const FOLDERS: readonly (readonly [title: string, files: Files, text: RegExp])[] = [
  ['no compat level', {'debian/control': CONTROL(BINARY)}, /No compat level/],
  ['an old compat level', {'debian/control': CONTROL(BINARY), 'debian/compat': '7\n'}, /not supported: 7/],
  ['two compat levels', {'debian/compat': '12\n'}, /told twice/],
  ['no package', {'debian/control': CONTROL('')}, /No binary package/],
  [
    'a package twice',
    {'debian/control': CONTROL(`Build-Depends: debhelper-compat (= 13)\n${BINARY}${BINARY}`)},
    /Package twice/,
  ],
  ['a broken control file', {'debian/control': 'Source app\n'}, /No field in line 1/],
  [
    'rules of another kind',
    {'debian/rules': '%:\n\tdh $@ --buildsystem=pybuild\n'},
    /does not use dh-virtualenv[\s\S]*--no-debian/,
  ],
  [
    'a file that is not there',
    {'debian/app.install': 'no/such etc\n'},
    /debian\/app\.install:1: No file fits: no\/such/,
  ],
  ['a link without its other half', {'debian/app.links': 'a b c\n'}, /Link without a second path: c/],
  [
    'a file without counterpart',
    {'debian/app.emacsen-install': ''},
    /no counterpart: debian\/app\.emacsen-install[\s\S]*emacsen-common/,
  ],
  ['what debhelper refuses', {'debian/app.upstart': ''}, /no counterpart: debian\/app\.upstart/],
  ['a nameless document', {'debian/app.doc-base': 'Title: x\n'}, /app\.doc-base: No field Document/],
  [
    'a window manager without a page',
    {'debian/app.wm': '/usr/bin/x\n'},
    /without a manual page: \/usr\/bin\/x/,
  ],
  ['a line of ucf with one path', {'debian/app.ucf': '/etc/x\n'}, /app\.ucf:1: Needs two paths/],
];
for (const [title, files, text] of FOLDERS) {
  debian(`refuses ${title}`, async () => {
    await rejects(loading(files), 'E_OPTION', text);
  });
}

debian('a python3- package gets no virtualenv, and that is said', async () => {
  const control = CONTROL(
    `Build-Depends: debhelper-compat (= 13)\n${BINARY.replace('Package: app', 'Package: python3-app')}`,
  );
  const {config, warnings} = await loading({'debian/control': control});
  assert.is(config.venv, 'none');
  assert.match(warnings.join('\n'), /No virtualenv in python3-app/);
});

const SCRIPT = (branches: string) => `#!/bin/sh\nset -e\ncase "$1" in\n${branches}\nesac\n#DEBHELPER#\n`;
const OTHERS = '*)\n    echo "unknown: $1" >&2\n    exit 1\n    ;;';
const WAITS = 'interest-noawait /usr/share/app\n';
for (const [title, triggers, postinst, warns] of [
  ['fails', WAITS, SCRIPT(`configure) ;;\n${OTHERS}`), true],
  ['fails in one line', 'interest app\n', SCRIPT('*) exit 2 ;;'), true],
  ['fails in the last branch', WAITS, SCRIPT('configure) ;;\n(*) exit 1'), true],
  ['knows them', WAITS, SCRIPT(`configure | triggered) ;;\n${OTHERS}`), false],
  ['leaves the rest alone', WAITS, SCRIPT('configure) exit 1 ;;\n*)\n    # exit 1\n    ;;'), false],
  ['waits for none', 'activate-noawait ldconfig\n', SCRIPT(OTHERS), false],
] as const) {
  debian(`a postinst that ${title}, where triggers are, ${warns ? 'is' : 'is not'} warned of`, async () => {
    const {warnings} = await loading({'debian/app.triggers': triggers, 'debian/app.postinst': postinst});
    const wanted = warns ? ['Script fails when a trigger is activated: debian/app.postinst'] : [];
    assert.equal(warnings, wanted);
  });
}

for (const name of ['rules', 'changelog']) {
  debian(`without debian/${name} it cannot be read, and may be left alone`, () =>
    inFolder(async (folder) => {
      await writeDebian(folder, {});
      await rm(join(folder, 'debian', name));
      const loaded = loadConfigs({cwd: folder, automatic: true, environment: {}});
      const {hint} = await rejects(loaded, 'E_OPTION', new RegExp(`^File is missing: debian/${name}$`, 'm'));
      assert.match(hint ?? '', '--no-debian');
    }),
  );
}

debian('it is read by itself only where there is no configuration', async () => {
  const bare = await loading({'mkvenvdeb.yaml': 'section: web\n'});
  assert.equal([bare.config.package, bare.config.prefix], [undefined, undefined]);
  const without = await loading({}, {options: {debian: false}});
  assert.is(without.config.package, undefined);
  const asked = await loading({'mkvenvdeb.yaml': 'section: web\n'}, {options: {debian: true}});
  assert.equal([asked.config.package, asked.config.section], ['app', 'web']);
});

debian.run();
