import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readDhLine} from '../../lib/config/debian/dh-line.js';
import {translatePipArgs, translateVirtualenvArgs} from '../../lib/config/debian/pip-args.js';
import {parseToolArgs, toolProblem} from '../../lib/config/debian/tools.js';
import {loadConfigs} from '../../lib/config/load.js';
import type {Config} from '../../lib/config/types.js';
import {RULES, writeDebian} from '../helpers/debian-folders.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {type Files, writeTree} from '../helpers/wheels.js';

const content = suite('config/debian/content');

/** Load the smallest folder with these files; gives the configuration of the first package and what was warned of. */
function loading(files: Files) {
  return inFolder(async (folder) => {
    const pyproject = '[project]\nname = "app"\nversion = "1.0"\n';
    await writeDebian(folder, {'pyproject.toml': pyproject, ...files});
    const warnings: string[] = [];
    const [config] = await loadConfigs({
      cwd: folder,
      options: {},
      environment: {PATH: process.env.PATH ?? '', WHERE: 'srv'},
      automatic: true,
      report: (event) => event.type === 'warning' && warnings.push(event.message),
    });
    return {config: JSON.parse(JSON.stringify(config).replaceAll(`${folder}/`, '')) as Config, warnings};
  });
}

const rules = (text: string, dh = RULES): Files => ({'debian/rules': `${dh}${text}`});
const compat = (level: number): Files => ({
  'debian/compat': `${level}\n`,
  'debian/control':
    'Source: app\nMaintainer: Jo Doe <jo@example.org>\n\nPackage: app\nArchitecture: all\nDescription: an application\n',
});
const UNIT = '[Service]\nExecStart=/x\n[Install]\nWantedBy=multi-user.target\n';
const ONE = {'debian/app.service': UNIT};
const actions = ({systemd}: Config) =>
  systemd.map(({name, enable, start, restart}) => [name, enable, start, restart].join(' '));
const START = 'override_dh_installsystemd:\n\tdh_installsystemd';
const OLD_START = 'override_dh_systemd_start:\n\tdh_systemd_start';

/** Files, and what each unit is called and does: enable, start, restart. */
const UNITS: readonly (readonly [title: string, files: Files, wanted: readonly string[]])[] = [
  [
    'of every type',
    Object.fromEntries(
      ['service', 'target', 'socket', 'path', 'timer', 'mount'].map((type) => [`debian/app.${type}`, UNIT]),
    ),
    ['service', 'target', 'socket', 'path', 'timer', 'mount'].map((type) => `app.${type} true true true`),
  ],
  ['without an option', ONE, ['app.service true true true']],
  ['with --no-enable', {...ONE, ...rules(`${START} --no-enable\n`)}, ['app.service false true true']],
  ['with --no-start', {...ONE, ...rules(`${START} --no-start\n`)}, ['app.service true false true']],
  ['with -r', {...ONE, ...rules(`${START} -r\n`)}, ['app.service true true false']],
  [
    'with --no-stop-on-upgrade',
    {...ONE, ...rules(`${START} --no-stop-on-upgrade\n`)},
    ['app.service true true false'],
  ],
  [
    'with --no-restart-after-upgrade',
    {...ONE, ...rules(`${START} --no-restart-after-upgrade\n`)},
    ['app.service true true stop'],
  ],
  ['with -rR', {...ONE, ...rules(`${START} -rR\n`)}, ['app.service true true true']],
  ['with -n', {...ONE, ...rules(`${START} -n\n`)}, ['app.service false false false']],
  ['with --no-scripts', {...ONE, ...rules(`${START} --no-scripts\n`)}, ['app.service false false false']],
  ['with --onlyscripts, which installs none', {...ONE, ...rules(`${START} --onlyscripts\n`)}, []],
  [
    'with -X',
    {...ONE, 'debian/app.timer': UNIT, ...rules(`${START} -Xapp.timer\n`)},
    ['app.service true true true', 'app.timer false false false'],
  ],
  [
    'with the name of one',
    {...ONE, 'debian/app.timer': UNIT, ...rules(`${START} --no-start debian/x/app.timer\n`)},
    ['app.service false false false', 'app.timer true false true'],
  ],
  [
    'with --name',
    {
      ...ONE,
      'debian/app.work.service': UNIT,
      'debian/work.timer': UNIT,
      ...rules(`${START}\n\tdh_installsystemd --name=work --no-enable\n`),
    },
    ['app.service true true true', 'work.service false true true', 'work.timer false true true'],
  ],
  ['for other packages only', {...ONE, ...rules(`${START} -p other\n\tdh_installsystemd -N app\n`)}, []],
  ['at compat level 10', {...ONE, ...compat(10)}, ['app.service true true true']],
  ['at compat level 9', {...ONE, ...compat(9)}, ['app.service false false false']],
  [
    'at compat level 9 with the addon',
    {...ONE, ...compat(9), ...rules('', '%:\n\tdh $@ --with=systemd,python-virtualenv\n')},
    ['app.service true true stop'],
  ],
  [
    'at compat level 9 where rules call what handles them',
    {...ONE, ...compat(9), ...rules(`${OLD_START} --no-start\n`)},
    ['app.service true false false'],
  ],
  ['with an empty override', {...ONE, ...rules('override_dh_installsystemd:\n')}, []],
];
for (const [title, files, wanted] of UNITS) {
  content(`units ${title}`, async () => assert.equal(actions((await loading(files)).config), wanted));
}

const targets = ({files}: Config) =>
  files.map(({target, mode}) => `${target}${mode === undefined ? '' : ` 0${mode.toString(8)}`}`);
const links = (config: Config) => Object.entries(config.links).map((pair) => pair.join(' -> '));
const paths = ({directories}: Config) => directories.map(({path}) => path);
const documents = ({docs, examples}: Config) => [...docs, ...examples].map(({source}) => source);
const drops = (config: Config) =>
  (['default', 'logrotate', 'pam', 'udev', 'tmpfiles', 'sysusers', 'cron'] as const).flatMap((key) =>
    config[key].map(({source, name, ...more}) => [key, source, name, ...Object.values(more)].join(' ')),
  );
const TREE = {a: '', 'conf/b': '', 'conf/.c': '', 'debian/tmp/usr/lib/d': '', 'conf/sub/e': ''};

type What = (config: Config) => readonly string[];
const CONTENT: readonly (readonly [string, Files, What, readonly string[]])[] = [
  [
    'what is installed has the modes of dh_fixperms',
    {
      ...TREE,
      'debian/app.install':
        'a usr/bin\na /bin/\na usr/sbin\na sbin\na usr/games\na usr/libexec\na etc/init.d\na etc/sudoers.d\na opt/usr/bin\na usr/share/doc/app\na etc\n',
    },
    targets,
    [
      ...[
        '/usr/bin/a',
        '/bin/a',
        '/usr/sbin/a',
        '/sbin/a',
        '/usr/games/a',
        '/usr/libexec/a',
        '/etc/init.d/a',
      ].map((path) => `${path} 0755`),
      '/etc/sudoers.d/a 0440',
      '/opt/usr/bin/a',
      '/usr/share/doc/app/a 0644',
      '/etc/a',
    ],
  ],
  [
    'patterns are those of the shell',
    {...TREE, 'debian/app.install': 'conf/* x\n{a,none} y\nconf/sub/ z\n./a w\nconf/.* v\n'},
    targets,
    ['/x/b', '/x/sub', '/y/a', '/z/sub', '/w/a', '/v/.c'],
  ],
  [
    'one word keeps its place, also below debian/tmp',
    {...TREE, 'debian/app.install': 'usr/lib/d\ndebian/tmp/usr/lib/d x\nconf/sub/e\n'},
    targets,
    ['/usr/lib/d', '/x/d', '/conf/sub/e'],
  ],
  [
    'words and options of dh_install',
    {...TREE, ...rules('override_dh_install:\n\tdh_install --sourcedir=conf -Xsub b sub/e lib\n')},
    targets,
    ['/lib/b'],
  ],
  [
    'every word of dh_install --autodest is a pattern',
    {...TREE, ...rules('override_dh_install:\n\tdh_install --autodest conf/b conf/sub/e\n')},
    targets,
    ['/conf/b', '/conf/sub/e'],
  ],
  [
    'an empty override installs nothing',
    {...TREE, 'debian/install': 'a x\n', ...rules('override_dh_install:\n')},
    targets,
    [],
  ],
  [
    'variables from compat level 13 on',
    {...TREE, 'debian/app.install': `a \${env:WHERE}/x\${Dollar}\n# no\n`},
    targets,
    ['/srv/x$/a'],
  ],
  [
    'and not before it',
    {...TREE, ...compat(12), 'debian/app.install': `a \${env:WHERE}\n`},
    targets,
    [`/\${env:WHERE}/a`],
  ],
  [
    'links of the list and of the call',
    {'debian/app.links': '/a usr/b\n', ...rules('override_dh_link:\n\tdh_link c /d e f\n')},
    links,
    ['/usr/b -> /a', '/d -> /c', '/f -> /e'],
  ],
  [
    'an empty override makes no links',
    {'debian/app.links': 'a b\n', ...rules('override_dh_link:\n')},
    links,
    [],
  ],
  [
    'folders of the list and of the call',
    {
      'debian/app.dirs': 'var/lib/app\nusr\n',
      ...rules('override_dh_installdirs:\n\tdh_installdirs srv/app var/lib/app\n'),
    },
    paths,
    ['/var/lib/app', '/srv/app'],
  ],
  [
    'an empty override makes no folders',
    {'debian/dirs': 'srv/app\n', ...rules('override_dh_installdirs:\n')},
    paths,
    [],
  ],
  [
    'documents of the list and of the call, without what is excluded',
    {
      ...TREE,
      'debian/app.docs': 'conf/*\nusr/lib/d\n',
      ...rules('override_dh_installdocs:\n\tdh_installdocs -Xsub a conf/b\n'),
    },
    documents,
    ['conf/b', 'debian/tmp/usr/lib/d', 'a'],
  ],
  [
    'an empty override brings no documents',
    {...TREE, 'debian/docs': 'a\n', 'debian/TODO': 'x\n', ...rules('override_dh_installdocs:\n')},
    (config) => [...documents(config), ...targets(config)],
    [],
  ],
  [
    'notes for Debian are documents',
    {'debian/README.debian': 'x\n', 'debian/app.TODO': 'x\n'},
    targets,
    ['/usr/share/doc/app/README.Debian 0644', '/usr/share/doc/app/TODO 0644'],
  ],
  [
    'files with a place of their own',
    {
      'debian/app.sysusers': 'u app\n',
      'debian/app.pam': '# x\n',
      'debian/app.tmpfile': 'd /run/app\n',
      'debian/app.cron.d': '# x\n',
      ...Object.fromEntries(
        ['hourly', 'daily', 'weekly', 'monthly', 'yearly'].map((when) => [
          `debian/app.cron.${when}`,
          '#!/bin/sh\n',
        ]),
      ),
    },
    drops,
    [
      'pam debian/app.pam app',
      'tmpfiles debian/app.tmpfile app.conf',
      'sysusers debian/app.sysusers app.conf',
      ...['d', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map(
        (when) => `cron debian/app.cron.${when} app ${when}`,
      ),
    ],
  ],
  [
    'the names that rules give',
    {
      'debian/app.more.logrotate': '/x {}\n',
      'debian/app.more.default': 'A=1\n',
      'debian/app.more.cron.d': '# x\n',
      'debian/app.udev': '# x\n',
      ...rules(
        'override_dh_installlogrotate:\n\tdh_installlogrotate --name more\noverride_dh_installinit:\n\tdh_installinit --name=more\noverride_dh_installcron:\n\tdh_installcron --name more\noverride_dh_installudev:\n\tdh_installudev --priority 90\n',
      ),
    },
    drops,
    [
      'default debian/app.more.default more',
      'logrotate debian/app.more.logrotate more',
      'udev debian/app.udev 90-app.rules',
      'cron debian/app.more.cron.d more d',
    ],
  ],
  [
    'files that dpkg reads, without comments',
    {
      'debian/app.conffiles': '/opt/app/a.conf # why\n\n',
      'debian/app.triggers': '# x\nactivate-noawait ldconfig\n',
      'debian/app.preinst': '#!/bin/sh\n#DEBHELPER#\n',
      'debian/prerm': '#!/bin/sh\n#DEBHELPER#\n',
    },
    ({conffiles, triggers, scripts}) => [...conffiles, ...triggers, ...Object.keys(scripts)],
    ['/opt/app/a.conf', 'activate-noawait ldconfig', 'preinst', 'prerm'],
  ],
  [
    'alternatives with those that go along',
    {
      'debian/app.alternatives':
        'Name: a\nLink: /usr/bin/a\nAlternative: /opt/a\nPriority: 5\nDependents:\n /man/a a.1 /opt/a.1\n bad line\n',
    },
    ({alternatives}) => [JSON.stringify(alternatives)],
    [
      '[{"name":"a","link":"/usr/bin/a","path":"/opt/a","priority":5,"dependents":[{"name":"a.1","link":"/man/a","path":"/opt/a.1"}]}]',
    ],
  ],
  [
    'empty overrides leave out what they would bring',
    {
      'debian/app.alternatives': 'Name: a\nLink: /usr/bin/a\nAlternative: /opt/a\nPriority: 5\n',
      'debian/app.lintian-overrides': 'app: x\n',
      'debian/app.config': '#!/bin/sh\n',
      'debian/app.cron.d': '# x\n',
      'debian/NEWS': 'x\n',
      ...rules(
        'override_dh_installalternatives override_dh_lintian override_dh_installdebconf override_dh_installcron override_dh_installchangelogs:\n',
      ),
    },
    ({alternatives, lintianOverrides, debconf, cron, news}) =>
      [...alternatives, ...lintianOverrides, ...Object.keys(debconf), ...cron, ...(news ? [news] : [])].map(
        String,
      ),
    [],
  ],
  [
    'every field of relations',
    {
      'debian/control': `Source: app\nMaintainer: Jo Doe <jo@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: all\n${'Pre-Depends Depends Recommends Suggests Enhances Conflicts Breaks Replaces Provides'
        .split(' ')
        .map((field) => `${field}: x-${field.toLowerCase()} <!nocheck>, no <check>, \${misc:Depends}\n`)
        .join('')}Description: an application\n`,
    },
    (config) => [
      ...config.preDepends,
      ...config.depends,
      ...config.recommends,
      ...config.suggests,
      ...config.enhances,
      ...config.conflicts,
      ...config.breaks,
      ...config.replaces,
      ...config.provides,
    ],
    'pre-depends depends recommends suggests enhances conflicts breaks replaces provides'
      .split(' ')
      .map((field) => `x-${field}`),
  ],
];
for (const [title, files, what, wanted] of CONTENT) {
  content(title, async () => assert.equal(what((await loading(files)).config), wanted));
}

const config =
  (pick: (config: Config) => readonly unknown[]): What =>
  (one) =>
    pick(one).map(String);
const ASIDE: readonly (readonly [string, Files, What, readonly string[]])[] = [
  [
    'a compression and a folder',
    rules('override_dh_builddeb:\n\tdh_builddeb --destdir=made -- -Zzstd -z3 -Sextreme --threads-max=2\n'),
    config(({compression, compressionLevel, out}) => [compression, compressionLevel, out]),
    ['zstd', '3', 'made'],
  ],
  [
    'fields and variables of dh_gencontrol',
    {
      ...rules(
        `override_dh_gencontrol:\n\tdh_gencontrol -- -v3 -Vx:y=aa '-DDepends=bb, $$\{x:y}' -UHomepage\n`,
      ),
      'debian/control': `Source: app\nMaintainer: Jo Doe <jo@example.org>\nHomepage: https://x.org\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: all\nSuggests: ss (= \${binary:Version}), uu (>= \${source:Upstream-Version}), vv (= \${source:Version})\nDescription: x\n`,
    },
    config(({version, depends, suggests, homepage}) => [version, ...depends, ...suggests, homepage]),
    ['3', 'bb', 'aa', 'ss (= 3)', 'uu (>= 1.0)', 'vv (= 1.0-1)', 'undefined'],
  ],
  [
    'variables of a file',
    {
      'debian/app.substvars': 'x:y=aa\n',
      'debian/substvars': 'x:y=bb\n',
      'debian/control': `Source: app\nMaintainer: Jo Doe <jo@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: all\nDepends: \${x:y}\nDescription: x\n`,
    },
    config(({depends}) => depends),
    ['aa'],
  ],
  [
    'parts of paths that are not looked at, and harmless words',
    rules(
      'override_dh_shlibdeps:\n\tdh_shlibdeps -Xa --exclude=b -l/x -- --warnings=1 -v --ignore-missing-info\n',
    ),
    config(({shlibs}) => (shlibs === false ? [] : shlibs.exclude)),
    ['/**a**', '/**b**'],
  ],
  [
    'variables for builds, without those of debhelper and make',
    rules(
      '',
      `export A = 1\nexport DH_VERBOSE = 1\nexport DEB_BUILD_MAINT_OPTIONS = x\nexport V = 1\nexport VV = 2\nexport LC_ALL = C\nexport PATH = /x\nexport PATHS = y\nexport PYBUILD_NAME = x\n${RULES}`,
    ),
    config(({environment}) => Object.entries(environment)),
    ['A,1', 'VV,2', 'PATHS,y'],
  ],
  [
    'papers of the package',
    {'debian/copyright': 'x\n', 'debian/app.changelog': 'x\n'},
    config(({copyright, changelog}) => [copyright, changelog]),
    ['debian/copyright', 'debian/app.changelog'],
  ],
  [
    'no copyright without dh_installdocs',
    {'debian/copyright': 'x\n', ...rules('override_dh_installdocs:\n')},
    config(({copyright}) => [typeof copyright === 'string']),
    ['false'],
  ],
  [
    'files for one architecture or for Linux',
    {
      'debian/app.default': 'A=1\n',
      'debian/app.default.linux': 'A=2\n',
      'debian/app.pam.amd64': '# x\n',
      'debian/app.pam': '# y\n',
    },
    drops,
    ['default debian/app.default.linux app', 'pam debian/app.pam.amd64 app'],
  ],
  [
    'what the configuration replaces by either name',
    {
      'debian/app.upstart': 'x\n',
      'debian/sgmlcatalogs': 'x\n',
      'debian/app.docs': 'none\n',
      'mkvenvdeb.yaml': 'debian: true\ndebian_ignore: [app.upstart, debian/sgmlcatalogs, app.docs]\n',
    },
    documents,
    [],
  ],
];
for (const [title, files, what, wanted] of ASIDE) {
  content(`takes ${title}`, async () => assert.equal(what((await loading(files)).config), wanted));
}

const control = (fields: string): Files => ({
  'debian/control': `Source: app\nMaintainer: Jo Doe <jo@example.org>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: app\nArchitecture: all\n${fields}Description: an application\n`,
});

for (const [title, files, text] of [
  [
    'words for dpkg-gencontrol',
    rules('override_dh_gencontrol:\n\tdh_gencontrol -- -odd\n'),
    /dh_gencontrol -- -odd/,
  ],
  [
    'words for dpkg-shlibdeps',
    rules('override_dh_shlibdeps:\n\tdh_shlibdeps -- --odd\n'),
    /debian\/rules: Not understood: dh_shlibdeps -- --odd/,
  ],
  [
    'other commands in a step, with its option',
    rules('override_dh_fixperms:\n\tchmod 0600 x\n'),
    /Say it with files \(mode\) or directories/,
  ],
  ['files without counterpart', {'debian/app.upstart': ''}, /no counterpart: debian\/app\.upstart/],
  [
    'files without counterpart of the first package',
    {'debian/sgmlcatalogs': ''},
    /no counterpart: debian\/sgmlcatalogs/,
  ],
  ['an essential package', control('Essential: YES\n'), /Package is essential: app/],
  ['an udeb', control('Package-Type: udeb\n'), /Package is an udeb: app/],
  ['a document that is not there', {'debian/app.docs': 'none\n'}, /debian\/app\.docs: No file fits: none/],
  [
    'a document of the call that is not there',
    rules('override_dh_installdocs:\n\tdh_installdocs none\n'),
    /debian\/rules: No file fits: none/,
  ],
  [
    'a file of the call that is not there',
    rules('override_dh_install:\n\tdh_install none x\n'),
    /debian\/rules: No file fits/,
  ],
  [
    'half a link in the call',
    rules('override_dh_link:\n\tdh_link a\n'),
    /debian\/rules: Link without a second path: a/,
  ],
  [
    'a variable that nobody knows',
    {'debian/app.install': `a \${env:NONE}\n`, a: ''},
    /app\.install:1: Variable is not known/,
  ],
] as const) {
  content(`refuses ${title}`, async () => {
    await rejects(loading(files), 'E_OPTION', text);
  });
}

for (const [title, files, wanted] of [
  [
    'variables that nobody sets',
    control(`Depends: \${odd:Depends}, \${shlibs:Depends}\n`),
    ['Substitution variables of app are set by nobody: odd:Depends'],
  ],
  [
    'fields without counterpart',
    control('Built-Using: x\nXB-Odd: y\n'),
    ['Fields of app have no counterpart and are left out: Built-Using, XB-Odd'],
  ],
  ['nothing else', control(`Depends: \${misc:Depends}\n`), []],
] as const) {
  content(`warns of ${title}`, async () => {
    const {warnings} = await loading(files);
    assert.equal(
      warnings.map((one) => one.toLowerCase()),
      wanted.map((one) => one.toLowerCase()),
    );
  });
}

content('targets that dh does not run are not read', async () => {
  const text = 'my-install:\n\tcp a b\nmade: file\n\tmake it\nfile:\n\toverride_dh_link: absent file2\n';
  await loading(rules(text.replace('\toverride', 'override').replace('absent', 'none')));
});

content('a folder that shall be read and is none is refused', () =>
  inFolder(async (folder) => {
    await writeTree(folder, {'pyproject.toml': '[project]\nname = "app"\nversion = "1.0"\n'});
    const options = {debian: true};
    await rejects(
      loadConfigs({cwd: folder, options, environment: {}, automatic: true}),
      'E_OPTION',
      /No debian\/control in project folder/,
    );
    const [config] = await loadConfigs({cwd: folder, options: {}, environment: {}, automatic: true});
    assert.is(config?.package, undefined);
  }),
);

content('a unit that another place brings is a unit too', async () => {
  const {config: read} = await loading({
    'conf/more.service': UNIT,
    'conf/old.timer': UNIT,
    'debian/app.install': 'conf/more.service usr/lib/systemd/system\nconf/old.timer /lib/systemd/system\n',
  });
  assert.equal(
    [actions(read), targets(read)],
    [['more.service true true true', 'old.timer true true true'], []],
  );
});

content('comments and lists in rules', async () => {
  const {config: read} = await loading({
    'debian/app.docs': 'a\n',
    a: '',
    ...rules('override_dh_installdocs:\n\ttrue\n\tdh_installdocs -p other\n\tdh_installdocs -p app\n'),
  });
  assert.equal(documents(read), ['a']);
});

for (const [line, wanted] of [
  ['$@ --with=a_b,c --without c', {addons: ['a-b'], passed: []}],
  ['$@ --with a --before x --until y --after z', {addons: ['a'], passed: []}],
  ['$@ --no-act --remaining --before=x -v', {addons: [], passed: ['-O-v']}],
  [
    '$@ -O--x -S none --python /x',
    {addons: [], passed: ['-O--x', '-O-Snone', '-O--python=/x'], buildsystem: 'none'},
  ],
  [
    '--python /x $@ --buildsystem=a --buildsystem=b',
    {addons: [], passed: ['-O--python=/x=$@', '-O--buildsystem=a', '-O--buildsystem=b'], buildsystem: 'b'},
  ],
] as const) {
  content(`dh ${line}`, () => {
    const {line: _, ...read} = readDhLine(line.split(' '), 1);
    assert.equal(read, wanted);
  });
}

for (const [line, options, words, rest] of [
  ['--name x --no-start y', {name: ['x'], 'no-start': ['true']}, ['y'], []],
  ['--name=x -pa -p b -N c', {name: ['x'], package: ['a', 'b'], 'no-package': ['c']}, [], []],
  [
    '-Xa -X=b -nr -u-x',
    {exclude: ['a', 'b'], noscripts: ['true'], 'no-restart-on-upgrade': ['true'], u: ['-x']},
    [],
    [],
  ],
  ['-O--odd a -- -b c', {}, ['a'], ['-b', 'c']],
  ['--only-scripts --dpkg-shlibdeps-params=-x -', {onlyscripts: ['true'], u: ['-x']}, ['-'], []],
] as const) {
  content(`arguments ${line}`, () => {
    const args = parseToolArgs(line.split(' '));
    assert.equal([Object.fromEntries(args.options), args.words, args.rest], [options, words, rest]);
  });
}

for (const [line, problem] of [
  ['dh_install --autodest --sourcedir x a -pb -Nc -v -a -i -s --remaining -k --mainpackage=x', undefined],
  ['dh_install --odd', 'dh_install with --odd'],
  ['dh_fixperms -z', 'dh_fixperms with -z'],
  ['dh_fixperms a', 'dh_fixperms with a'],
  ['dh_link -- a', 'dh_link with -- a'],
  ['dh_md5sums --odd -- a', undefined],
  ['dh_none', 'dh_none is not known'],
] as const) {
  content(`${line} ${problem === undefined ? 'is understood' : 'is not'}`, () => {
    const [tool = '', ...args] = line.split(' ');
    assert.is(toolProblem(tool, parseToolArgs(args)), problem);
  });
}

const NOTHING = {
  extraIndexUrls: [],
  findLinks: [],
  constraints: [],
  requirements: [],
  pipArgs: [],
  refused: [],
};
for (const [line, wanted] of [
  [
    '--no-index --require-hashes --no-build-isolation --no-compile',
    {noIndex: true, requireHashes: true, buildIsolation: false, bytecode: false},
  ],
  ['-i a --extra-index-url=b --extra-index-url c', {indexUrl: 'a', extraIndexUrls: ['b', 'c']}],
  ['-fa -f b --find-links=c=d', {findLinks: ['a', 'b', 'c=d']}],
  ['-ca --constraint b -r c', {constraints: ['a', 'b'], requirements: ['c']}],
  ['--pre --prefer-binary -q', {pipArgs: ['--pre', '--prefer-binary', '--quiet']}],
  [
    '--only-binary a --no-binary=b --trusted-host c --timeout 1 --retries 2 --proxy d --cert e',
    {
      pipArgs: [
        '--only-binary=a',
        '--no-binary=b',
        '--trusted-host=c',
        '--timeout=1',
        '--retries=2',
        '--proxy=d',
        '--cert=e',
      ],
    },
  ],
  [
    '--client-cert a --progress-bar off --use-feature b --use-deprecated c --odd',
    {pipArgs: ['--client-cert=a', '--use-feature=b', '--use-deprecated=c', '--odd']},
  ],
  ['-U --no-cache-dir --isolated --cache-dir x -v', {}],
] as const) {
  content(`pip ${line}`, () => assert.equal(translatePipArgs(line.split(' ')), {...NOTHING, ...wanted}));
}

for (const [line, refused] of [
  ['--no-deps', '--no-deps'],
  ['--user', '--user'],
  ['--prefix x', '--target, --prefix or --root'],
  ['-e .', '--editable'],
] as const) {
  content(`pip ${line} is refused`, () => {
    const {refused: all, pipArgs} = translatePipArgs([line]);
    assert.equal([all.map(({argument}) => argument), pipArgs], [[refused], []]);
  });
}

for (const [line, wanted] of [
  ['--system-site-packages -p /x', {systemSitePackages: true, python: '/x'}],
  ['--python=/x --no-site-packages --clear --app-data y --download -q', {python: '/x'}],
] as const) {
  content(`virtualenv ${line}`, () =>
    assert.equal(translateVirtualenvArgs(line.split(' ')), {...NOTHING, ...wanted}),
  );
}
for (const line of ['--always-copy', '--relocatable', '--prompt x', '--odd']) {
  content(`virtualenv ${line} is refused`, () =>
    assert.is(translateVirtualenvArgs([line]).refused.length, 1),
  );
}

content.run();
