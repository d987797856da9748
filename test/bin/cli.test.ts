import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {VARIATIONS} from '../../lib/index.js';
import {runCli} from '../helpers/cli.js';
import {inFolder, root} from '../helpers/suite.js';

const cli = suite('bin/cli');

const COMMANDS = ['build', 'plan', 'stage', 'pack', 'verify', 'inspect', 'check', 'diff'];
const PYTHON = '/usr/bin/python3';
const MAINTAINER = 'Jo Doe <jo@example.org>';

const WHEEL: Readonly<Record<string, string>> = {
  'fx.py': 'def main():\n    print("hello")\n',
  'fx-1.0.dist-info/METADATA':
    'Metadata-Version: 2.1\nName: fx\nVersion: 1.0\nLicense: MIT\nSummary: Says hello\nAuthor-email: Jo Doe <jo@example.org>\n',
  'fx-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  'fx-1.0.dist-info/entry_points.txt': '[console_scripts]\nfx = fx:main\n',
  'fx-1.0.dist-info/RECORD':
    'fx.py,,\nfx-1.0.dist-info/METADATA,,\nfx-1.0.dist-info/WHEEL,,\nfx-1.0.dist-info/RECORD,,\n',
};

/** A folder whose configuration packs a wheel of one module: nothing has to be built, so that it goes quickly. */
async function makeProject(folder: string, configuration = ''): Promise<string> {
  const project = join(folder, 'project');
  for (const [name, text] of Object.entries(WHEEL)) {
    await mkdir(dirname(join(project, 'wheel', name)), {recursive: true});
    await writeFile(join(project, 'wheel', name), text);
  }
  const wheel = join(project, 'fx-1.0-py3-none-any.whl');
  const members = readdirSync(join(project, 'wheel'));
  execFileSync(PYTHON, ['-m', 'zipfile', '-c', wheel, ...members], {cwd: join(project, 'wheel')});
  const common = `source: fx-1.0-py3-none-any.whl\npython: ${PYTHON}\nno_index: true\nsource_date_epoch: 1700000000\n`;
  await writeFile(join(project, 'mkvenvdeb.yaml'), common + configuration);
  return project;
}

const list = (folder: string) => readdirSync(folder, {recursive: true, encoding: 'utf8'}).sort();

cli('--version prints ours', async () => {
  const {version} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal(await runCli(['--version']), {exitCode: 0, signal: null, stdout: `${version}\n`, stderr: ''});
});

cli('--help lists every command', async () => {
  const {exitCode, stdout, stderr} = await runCli(['--help']);
  assert.equal([exitCode, stderr], [0, '']);
  for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
});

for (const command of COMMANDS) {
  cli(`${command} --help has examples and the flags that all commands have`, async () => {
    const {exitCode, stdout, stderr} = await runCli([command, '--help']);
    assert.equal([exitCode, stderr], [0, '']);
    for (const text of ['--json', '--quiet', '--verbose', `\nExamples:\n  $ mkvenvdeb ${command}`])
      assert.match(stdout, text);
  });
}

for (const [args, message] of [
  [[], /^mkvenvdeb: No command is given\n {2}hint: /],
  [['biuld'], /^mkvenvdeb: Unknown command 'biuld'\n {2}hint: Did you mean build\?/],
  [
    ['build', '--compresion', 'xz'],
    /^mkvenvdeb: Unknown option '--compresion'\n {2}hint: Did you mean --compression\?/,
  ],
  [
    ['build', 'a', 'b'],
    /^mkvenvdeb: Too many arguments.*\n {2}hint: mkvenvdeb build --help shows examples\n$/,
  ],
  [['build', '--bin'], /^mkvenvdeb: Option '--bin <name\|true\|false>' argument missing\n$/],
  [['plan', './nodir'], /^mkvenvdeb: Project names nothing that exists, and is no requirement: \S*nodir\n/],
  [['build', '.', '--source', 'x'], /^mkvenvdeb: Two projects are given: \. and --source x/],
  [['build', 'flask==1', '--package', 'A'], /^mkvenvdeb: Option --package is not a Debian package name: A/],
  [
    ['build', 'flask==1', '--config', 'absent.yaml'],
    /^mkvenvdeb: Configuration file does not exist: absent\.yaml/,
  ],
  [['build', '--json', '--quiet'], /cannot be used with option/],
  [['stage'], /^mkvenvdeb: Required option '--into <folder>' not specified/],
  [['pack'], /^mkvenvdeb: Missing required argument 'folder'/],
  [['pack', '.'], /^mkvenvdeb: Option is missing: --package, --version\n {2}hint: /],
] as const) {
  cli(`mkvenvdeb ${args.join(' ')} exits with 2`, () =>
    inFolder(async (cwd) => {
      const {exitCode, stdout, stderr} = await runCli(args, {cwd});
      const text = args.includes('--json' as never) ? JSON.parse(stderr).message : stderr;
      assert.match(text, message);
      assert.equal([exitCode, stdout, list(cwd)], [2, '', []]);
    }),
  );
}

cli('pack writes the path to stdout, and dpkg reads what lies there', () =>
  inFolder(async (cwd) => {
    await mkdir(join(cwd, 'tree', 'opt', 'data'), {recursive: true});
    await writeFile(join(cwd, 'tree', 'opt', 'data', 'file'), 'content');
    const args = ['pack', 'tree', '--package', 'fx-data', '--version', '1.0', '--maintainer', MAINTAINER];
    const {exitCode, stdout, stderr} = await runCli([...args, '--depends', 'libc6, libpq5'], {cwd});
    const file = join(cwd, 'deb_dist', 'fx-data_1.0-1_all.deb');
    assert.equal([exitCode, stdout], [0, `${file}\n`], stderr);
    assert.match(stderr, /^fx-data 1\.0-1 \(all\), \d\.\d+ kB, sha256 [0-9a-f]{64}$/m);
    assert.match(execFileSync('dpkg-deb', ['-f', file, 'Depends'], {encoding: 'utf8'}), 'libc6, libpq5');
    const again = await runCli([...args, '--json'], {cwd});
    assert.is(JSON.parse(again.stdout).file, file);
    for (const line of again.stderr.trimEnd().split('\n').filter(Boolean)) JSON.parse(line);
  }),
);

cli('pack refuses an output folder in the tree, which the next package would hold', () =>
  inFolder(async (cwd) => {
    const args = ['pack', '.', '--package', 'fx-data', '--version', '1.0', '--maintainer', MAINTAINER];
    const {exitCode, stderr} = await runCli(args, {cwd});
    assert.match(stderr, /^mkvenvdeb: Output folder lies in the folder that is packed: /);
    assert.equal([exitCode, list(cwd)], [2, []]);
  }),
);

/** A package of one file, made by pack. */
async function makeDeb(
  cwd: string,
  out: string,
  {name = 'file', text = 'content', version = '1.0'} = {},
): Promise<string> {
  const tree = join(cwd, `${out}-tree`);
  await mkdir(join(tree, 'opt', 'data'), {recursive: true});
  await writeFile(join(tree, 'opt', 'data', name), text);
  await writeFile(join(cwd, 'postinst'), '#!/bin/sh\nset -e\n\u001b[31m\n');
  const fields = [
    '--package',
    'fx-data',
    '--version',
    version,
    '--maintainer',
    MAINTAINER,
    '--source-date-epoch',
    '5',
  ];
  const args = ['pack', tree, ...fields, '--scripts-postinst', 'postinst', '--out', out];
  const {exitCode, stdout, stderr} = await runCli(args, {cwd});
  assert.is(exitCode, 0, stderr);
  return stdout.trimEnd();
}

cli('inspect prints fields, scripts and tree, and never a control character', () =>
  inFolder(async (cwd) => {
    const file = await makeDeb(cwd, 'out', {name: 'red\u001b[31m\u202e'});
    const {exitCode, stdout, stderr} = await runCli(['inspect', file], {cwd});
    assert.is(exitCode, 0, stderr);
    assert.match(stdout, /^fx-data 1\.0-1 \(all\): /m);
    assert.match(stdout, /^ {2}Package: {8}fx-data$/m);
    assert.match(stdout, /^ {2}postinst {2}\d+ lines {2}\/bin\/sh$/m);
    const whole = await runCli(['inspect', file, '--show', 'scripts', '--show', 'files'], {cwd});
    assert.match(whole.stdout, '\n  == postinst\n  #!/bin/sh\n  set -e\n  \\x1b[31m\n');
    const files = await runCli(['inspect', file, '--files', '/opt/data/red*'], {cwd});
    assert.match(
      files.stdout,
      /^-rw-r--r-- {2}root\/root {2}7 {2}1970-01-01 00:00 {2}\/opt\/data\/red\\x1b\[31m\\u\{202e\}\n$/,
    );
    for (const text of [stdout, whole.stdout, files.stdout])
      assert.not.ok(text.includes('\u001b') || text.includes('\u202e'));
    const wrong = await runCli(['inspect', file, '--show', 'everything'], {cwd});
    assert.equal([wrong.exitCode, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /everything.*fields, size/s);
    assert.is((await runCli(['inspect', file, '--sbom'], {cwd})).exitCode, 2);
    const document = JSON.parse((await runCli(['inspect', file, '--json'], {cwd})).stdout);
    assert.is(document.control.Version, '1.0-1');
    assert.ok(document.members.some(({path}: {path: string}) => path === 'postinst'));
    assert.ok(document.entries.some(({path}: {path: string}) => path === 'opt/data/red\u001b[31m\u202e'));
  }),
);

cli('diff exits with 1 for packages that differ, and says where', () =>
  inFolder(async (cwd) => {
    const [one, same, other] = [
      await makeDeb(cwd, 'one'),
      await makeDeb(cwd, 'same'),
      await makeDeb(cwd, 'other', {text: 'another content'}),
    ];
    assert.equal(await runCli(['diff', one, same], {cwd}), {
      exitCode: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
    const found = await runCli(['diff', one, other], {cwd});
    assert.is(found.exitCode, 1);
    assert.match(found.stdout, /^data\.tar opt\/data\/file: /m);
    const document = JSON.parse((await runCli(['diff', one, other, '--json'], {cwd})).stdout);
    assert.equal([document.view, document.equal], ['bytes', false]);
    const next = await makeDeb(cwd, 'next', {text: 'another content', version: '1.1'});
    const upgrade = await runCli(['diff', one, next], {cwd});
    assert.is(upgrade.exitCode, 1);
    assert.match(upgrade.stdout, /^fx-data 1\.0-1 -> 1\.1-1 \(upgrade\)$/m);
    const back = await runCli(['diff', next, one], {cwd});
    assert.match(back.stdout, /\(DOWNGRADE\)\n\nBeware\n {2}A downgrade: /);
    const bytes = await runCli(['diff', '--view', 'bytes', one, next], {cwd});
    assert.match(bytes.stdout, /^control\.tar control: /m);
  }),
);

for (const [command, ...args] of [
  ['inspect', 'absent.deb'],
  ['check', 'absent.deb'],
  ['diff', 'absent.deb', 'absent.deb'],
]) {
  cli(`${command} names a file that is not there`, () =>
    inFolder(async (cwd) => {
      const {exitCode, stdout, stderr} = await runCli([command as string, ...args], {cwd});
      assert.equal([exitCode, stdout], [2, '']);
      assert.match(stderr, /^mkvenvdeb: No such package: \S*absent\.deb\n {2}hint: /);
    }),
  );
}

cli('diff exits with 2 for what is no package: 1 would mean that they differ', () =>
  inFolder(async (cwd) => {
    await writeFile(join(cwd, 'broken.deb'), 'no package');
    const {exitCode, stdout, stderr} = await runCli(['diff', 'broken.deb', 'broken.deb'], {cwd});
    assert.equal([exitCode, stdout], [2, '']);
    assert.match(stderr, /^mkvenvdeb: Package cannot be read: /);
  }),
);

cli('pack warns of files without a time and of what would run as root', () =>
  inFolder(async (cwd) => {
    await mkdir(join(cwd, 'tree', 'opt'), {recursive: true});
    await writeFile(join(cwd, 'tree', 'opt', 'tool'), '');
    await chmod(join(cwd, 'tree', 'opt', 'tool'), 0o4755);
    const args = ['pack', 'tree', '--package', 'fx-data', '--version', '1.0', '--maintainer', MAINTAINER];
    const {exitCode, stderr} = await runCli(args, {cwd, env: {SOURCE_DATE_EPOCH: ''}});
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, /^warning: Nothing tells when this was made/m);
    assert.match(stderr, /^warning: .*root.*: \/opt\/tool \(mode 4755\)$/m);
  }),
);

cli('pack --help names no default that only a project tells', async () => {
  const {stdout} = await runCli(['pack', '--help']);
  assert.not.match(stdout.replace(/\s+/g, ' '), /\(default: [^)]*(?:project|wheel)/);
  assert.match(
    stdout.replace(/\s+/g, ' '),
    /--package <text> Name of the package \(default: none, it must be given\)/,
  );
});

cli('a name that is no folder is a requirement, and that is told', () =>
  inFolder(async (cwd) => {
    const warned = async (project: string) =>
      (await runCli(['plan', project, '--python', PYTHON, '--maintainer', MAINTAINER], {cwd})).stderr;
    assert.match(
      await warned('wherehouse'),
      /^warning: No such folder: taken for a requirement: wherehouse\n/m,
    );
    assert.not.match(await warned('wherehouse==1.0'), 'No such folder');
    assert.not.match(await warned('wherehouse[x]'), 'No such folder');
  }),
);

cli('verify says that a build is the same, or which file is not', () =>
  inFolder(async (cwd) => {
    const project = await makeProject(cwd);
    const same = await runCli(['verify', project], {cwd});
    assert.is(same.exitCode, 0, same.stderr);
    assert.match(
      same.stdout,
      /^result +package .*\nequal +fx +1\.0-1 +all +\S+ kB +[0-9a-f]{64}\n\nvariation /,
    );
    assert.match(same.stdout, /^umask +yes +0077$/m);
    await makeProject(
      cwd,
      'hooks: {after_install: [[sh, -c, "cat /proc/sys/kernel/random/uuid > chance"]]}\n',
    );
    const some = VARIATIONS.filter((name) => name !== 'umask').flatMap((name) => ['--no-vary', name]);
    const different = await runCli(['verify', project, '--json', '--explain', ...some], {cwd});
    assert.is(different.exitCode, 1, different.stderr);
    const {equal, packages, variations} = JSON.parse(different.stdout);
    assert.is(equal, false);
    assert.equal(
      variations.filter(({why}: {why?: string}) => why !== 'switched off'),
      [{name: 'umask', value: '0077'}],
    );
    const chance = packages[0].differences.find(({path}: {path?: string}) => path === 'opt/fx/chance');
    assert.equal([chance.kind, chance.variations], ['text-random', []]);
    assert.equal(readdirSync(cwd), ['project']);
  }),
);

for (const [args, message] of [
  [['--no-vary', 'colour'], /--no-vary names no variation: colour\n.*path, file-system, folder-order/],
  [['--rebuild', 'x.deb', '--no-vary', 'date'], /--no-vary is given with --rebuild/],
  [['--rebuild', 'x.deb', '--explain'], /cannot be used with option '--explain'/],
  [['--rebuild', 'x.deb'], /No such file: .*x\.deb/],
  [['--buildinfo', 'x.buildinfo'], /--buildinfo is given without --rebuild/],
] as const) {
  cli(`verify ${args.join(' ')} is wrong input`, () =>
    inFolder(async (cwd) => {
      const {exitCode, stderr} = await runCli(['verify', ...args], {cwd});
      assert.is(exitCode, 2);
      assert.match(stderr, message);
    }),
  );
}

cli('plan and build --dry-run say the same and create nothing', () =>
  inFolder(async (cwd) => {
    await makeProject(cwd);
    const before = list(cwd);
    const plan = await runCli(['plan', 'project'], {cwd});
    const dry = await runCli(['build', 'project', '--dry-run'], {cwd});
    assert.is(plan.exitCode, 0, plan.stderr);
    assert.is(dry.stdout, plan.stdout);
    for (const row of ['package      fx', 'version      1.0-1', 'prefix       /opt/fx'])
      assert.match(plan.stdout, `${row}\n`);
    assert.equal(list(cwd), before);
  }),
);

cli('a plan as JSON shows no password', () =>
  inFolder(async (cwd) => {
    const args = [
      'plan',
      await makeProject(cwd),
      '--index',
      '--index-url',
      'https://jo:$' + '{TOKEN}@example.org/simple',
      '--json',
    ];
    const {exitCode, stdout, stderr} = await runCli(args, {cwd, env: {TOKEN: 'hidden'}});
    assert.is(exitCode, 0, stderr);
    assert.not.match(stdout + stderr, 'hidden');
    const {fields, config} = JSON.parse(stdout);
    assert.equal([fields.package, config.indexUrl], ['fx', 'https://****@example.org/simple']);
  }),
);

const SIDE = `user: {name: fx, groups: [adm], purge: delete}
directories:
  - {path: /var/lib/fx, owner: fx, group: fx, mode: "0750"}
  - {path: /var/log/fx, purge: delete}
systemd:
  - {source: fx.service}
  - {source: fx.timer, enable: false, start: false, restart: false}
systemd_user: [{source: fx-tray.service, enable: false}]
init: [{source: fx.job, name: fx-old, restart: stop}]
ucf: {/etc/fx.conf: /opt/fx/share/fx.conf}
info: [fx.info]
cron: [{source: fx.job, when: daily}]
logrotate: [{source: fx.service, name: other}]
alternatives: [{name: fx, link: /usr/bin/fx, path: /opt/fx/bin/fx, priority: 50}]
triggers: [interest-noawait /opt/fx]
purge: keep
recommends: [nginx, redis]
shlibs: {exclude: [libcuda.so.1]}
source_package: fx-suite (2.0-1)
changes: true
buildinfo: true
sbom: both
distribution: bookworm
`;

cli('plan tells what Debian does for the package, and no more than there is', () =>
  inFolder(async (cwd) => {
    const project = await makeProject(cwd, SIDE);
    for (const name of ['fx.service', 'fx.timer']) await writeFile(join(project, name), '[Unit]\n');
    await writeFile(join(project, 'fx.job'), '#!/bin/sh\n');
    for (const name of ['fx-tray.service', 'fx.info']) await writeFile(join(project, name), 'x\n');
    const {exitCode, stdout, stderr} = await runCli(['plan', 'project'], {cwd});
    assert.is(exitCode, 0, stderr);
    const rows = [
      'recommends   nginx, redis',
      'libraries    told by the ELF files, but libcuda.so.1',
      'user         fx, in adm, deleted by a purge',
      'directories  /var/lib/fx fx:fx 0750\n             /var/log/fx root:root 0755, deleted by a purge',
      'units        fx.service\n             fx.timer, not enabled, not started, left running by upgrades',
      'user units   fx-tray.service, not enabled',
      `init         ${project}/fx.job -> fx-old, stopped while upgraded`,
      'ucf          /etc/fx.conf <- /opt/fx/share/fx.conf',
      'info         fx.info',
      `logrotate    ${project}/fx.service -> other`,
      `cron         daily: ${project}/fx.job`,
      'alternatives /usr/bin/fx -> /opt/fx/bin/fx (50)',
      'triggers     interest-noawait /opt/fx',
      'purge        keeps what is left below the prefix',
      'changelog    made, with one entry',
      'copyright    made of what is bundled',
      'distribution bookworm',
      'of source    fx-suite (2.0-1)',
      'sbom         beside the package and inside',
      'upload       .buildinfo, .changes',
    ];
    for (const row of rows) assert.ok(`\n${stdout}`.includes(`\n${row}\n`), `${row}\n\n${stdout}`);
    const absent = ['suggests', 'sysusers', 'debconf', 'maintscript', 'manpages', 'news', 'undefined'];
    for (const name of absent) assert.not.match(stdout, new RegExp(`^${name}`, 'm'));
  }),
);

cli('build tells progress and summary on stderr, the path on stdout', () =>
  inFolder(async (cwd) => {
    await makeProject(cwd);
    const {exitCode, stdout, stderr} = await runCli(['build', 'project'], {cwd});
    assert.is(exitCode, 0, stderr);
    assert.match(stdout, /^\S+\/deb_dist\/fx_1\.0-1_all\.deb\n$/);
    for (const step of ['plan', 'wheels', 'venv', 'install', 'relocate', 'bytecode', 'payload', 'pack']) {
      assert.match(stderr, new RegExp(`^${step} +\\d+\\.\\d s`, 'm'));
    }
    for (const row of [
      /^fx 1\.0-1 \(all\)$/m,
      /^ {2}size +\d/m,
      /^ {2}distributions +1: fx 1\.0$/m,
      /^ {2}sha256 +[0-9a-f]{64}$/m,
    ]) {
      assert.match(stderr, row);
    }
  }),
);

cli('build --json gives one document, and a line for each event', () =>
  inFolder(async (cwd) => {
    const {exitCode, stdout, stderr} = await runCli(['build', await makeProject(cwd), '--json'], {cwd});
    assert.is(exitCode, 0, stderr);
    const {packages, milliseconds} = JSON.parse(stdout);
    assert.equal([packages[0].package, packages[0].distributions], ['fx', [{name: 'fx', version: '1.0'}]]);
    assert.ok(milliseconds.install > 0);
    const events = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(events.some(({type, name}) => type === 'done' && name === 'pack'));
  }),
);

cli('build --quiet says nothing but the path', () =>
  inFolder(async (cwd) => {
    const {exitCode, stdout, stderr} = await runCli(['build', await makeProject(cwd), '--quiet'], {cwd});
    assert.equal([exitCode, stderr], [0, '']);
    assert.match(stdout, /fx_1\.0-1_all\.deb\n$/);
  }),
);

cli('stage prints where the virtualenv lies and sets the variable', () =>
  inFolder(async (cwd) => {
    const args = [
      'stage',
      await makeProject(cwd),
      '--into',
      'tree',
      '--prefix',
      '/opt/other',
      '--substvars',
      'fx.substvars',
    ];
    const {exitCode, stdout, stderr} = await runCli(args, {cwd});
    assert.equal([exitCode, stdout], [0, `${join(cwd, 'tree', 'opt', 'other')}\n`], stderr);
    assert.match(readFileSync(join(cwd, 'fx.substvars'), 'utf8'), /^mkvenvdeb:Depends=python3/);
    assert.match(readFileSync(join(cwd, 'tree/opt/other/bin/fx'), 'utf8'), /^#!\/opt\/other\/bin\/python/);
  }),
);

cli("pip's last words are shown when it fails, and the exit code says that another try may help", () =>
  inFolder(async (cwd) => {
    const project = await makeProject(cwd);
    await writeFile(join(project, 'requirements.txt'), 'no-such-distribution==1.0\n');
    const {exitCode, stdout, stderr} = await runCli(
      ['build', project, '--requirements', 'project/requirements.txt'],
      {cwd},
    );
    assert.equal([exitCode, stdout], [1, '']);
    assert.match(stderr, /^ {2}\| ERROR: No matching distribution found for no-such-distribution==1\.0$/m);
    assert.not.ok(existsSync(join(cwd, 'deb_dist')));
  }),
);

cli('keep-work leaves the work folder', () =>
  inFolder(async (cwd) => {
    const args = ['build', await makeProject(cwd), '--keep-work', '--work-dir', 'work'];
    await mkdir(join(cwd, 'work'));
    const {exitCode, stdout, stderr} = await runCli([...args, '--json'], {cwd});
    assert.is(exitCode, 0, stderr);
    const [name = '', ...more] = readdirSync(join(cwd, 'work'));
    assert.equal([JSON.parse(stdout).packages[0].workFolder, more], [join(cwd, 'work', name), []]);
    assert.match(stderr, JSON.stringify({type: 'kept', folder: join(cwd, 'work', name)}));
    const failed = await runCli([...args, '--preinstall', 'fx-none'], {cwd});
    assert.is(failed.exitCode, 1, failed.stderr);
    const kept = /^work folder kept: (.*)$/m.exec(failed.stderr)?.[1] ?? '';
    assert.ok(existsSync(kept), failed.stderr);
    assert.match(failed.stderr, /^ {2}hint: Put fx-none into a folder of find_links/m);
  }),
);

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  cli(`${signal} stops a build, cleans up and exits with ${exitCode}`, () =>
    inFolder(async (cwd) => {
      await mkdir(join(cwd, 'work'));
      const project = await makeProject(
        cwd,
        'hooks: {after_install: [[sh, -c, "echo waiting; sleep 60"]]}\n',
      );
      const result = await runCli(['build', project, '--verbose', '--work-dir', 'work'], {
        cwd,
        interrupt: {at: ': waiting', signals: [signal]},
      });
      assert.equal([result.exitCode, result.stdout], [exitCode, '']);
      assert.match(result.stderr, new RegExp(`^mkvenvdeb: Cancelled by ${signal}$`, 'm'));
      assert.equal(readdirSync(join(cwd, 'work')), []);
      assert.not.ok(existsSync(join(cwd, 'deb_dist')));
    }),
  );
}

cli('a second signal does not wait', () =>
  inFolder(async (cwd) => {
    const project = await makeProject(
      cwd,
      `hooks: {after_install: [[sh, -c, "trap '' TERM; echo waiting; sleep 60"]]}\n`,
    );
    const started = process.hrtime.bigint();
    const interrupt = {at: ': waiting', signals: ['SIGINT', 'SIGINT']} as const;
    const result = await runCli(['build', project, '--verbose'], {cwd, interrupt});
    assert.is(result.exitCode, 130);
    assert.not.match(result.stderr, 'Cancelled');
    assert.ok(Number(process.hrtime.bigint() - started) / 1e9 < 60);
  }),
);

cli.run();
