import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openDpkgDatabase} from '../../lib/formats/dpkg-database.js';
import {inFolder, long, throws} from '../helpers/suite.js';

const database = suite('formats/dpkg-database');

const every = <T>(items: readonly T[], step: number) => items.filter((_, index) => index % step === 0);
const lines = async (command: string, args: string[]) =>
  (await execa(command, args, {reject: false, env: {LC_ALL: 'C'}})).stdout.split('\n');

database('knows the version of every installed package that dpkg-query knows', async () => {
  const {installed} = openDpkgDatabase();
  const wrong = [];
  const format = ['Package', 'Version', 'Architecture', 'db:Status-Status']
    .map((name) => `\${${name}}`)
    .join(' ');
  const known = await lines('dpkg-query', ['-W', '-f', `${format}\n`]);
  assert.ok(known.length > 50);
  for (const line of known.filter((one) => one !== '')) {
    const [name = '', version, architecture, state] = line.split(' ');
    const ours = installed(name);
    const wanted = state === 'installed' ? {package: name, version, architecture} : undefined;
    if (JSON.stringify(ours) !== JSON.stringify(wanted)) wrong.push([line, ours]);
  }
  assert.equal(wrong, []);
  assert.is(installed('no-such-package'), undefined);
});

database('names the owner of a file as dpkg -S does', async () => {
  const {ownerOf} = openDpkgDatabase();
  const bin = (await readdir('/usr/bin')).map((name) => `/usr/bin/${name}`);
  const paths = [
    ...every(bin, long ? 10 : 60),
    '/usr/bin/pypy3.9',
    '/usr/bin/python3.11',
    '/bin/ls',
    '/bin/sh',
  ];
  const answers = await lines('dpkg', ['-S', ...paths]);
  for (const path of paths) {
    const owners = answers
      .filter((line) => line.endsWith(`: ${path}`) && !line.startsWith('diversion'))
      .flatMap((line) => line.slice(0, -path.length - 2).split(', '))
      .map((name) => name.replace(/:.*/, ''));
    const ours = ownerOf(path)?.package;
    // dpkg -S knows nothing of a merged /usr; where it names nobody we may name whom it names for the other path.
    if (owners.length === 0 && ours !== undefined) {
      assert.match((await lines('dpkg', ['-S', path.replace('/usr', '')])).join(), ours);
    } else if (owners.length === 0) assert.is(ours, undefined, path);
    else assert.ok(ours !== undefined && owners.includes(ours), `${path}: ${ours} instead of ${owners}`);
  }
});

database('finds the owner of an interpreter by either path of a merged /usr', () => {
  const {ownerOf} = openDpkgDatabase();
  for (const path of ['/usr/bin/pypy3.9', '/bin/pypy3.9']) assert.is(ownerOf(path)?.package, 'pypy3');
  for (const path of ['/usr/bin/ls', '/bin/ls']) assert.is(ownerOf(path)?.package, 'coreutils');
  for (const path of ['/usr/bin/sh', '/bin/sh']) assert.is(ownerOf(path)?.package, 'dash');
});

database('is quick, also for a file that nobody owns', () => {
  const started = process.hrtime.bigint();
  const {ownerOf} = openDpkgDatabase();
  assert.is(ownerOf('/opt/nobody/bin/python3'), undefined);
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  assert.ok(milliseconds < 1000, `${milliseconds} ms`);
});

const STATUS = [
  'unpacked',
  'config-files',
  'installed',
  'not-installed',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
  'half-installed',
]
  .map(
    (state, index) =>
      `Package: p${index}\nStatus: install ok ${state}\nArchitecture: all\nVersion: 1:${index}-1\n`,
  )
  .join('\n');

const withDatabase = (files: Readonly<Record<string, string>>, use: (folder: string) => void) =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'info'));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    use(folder);
  });

database('takes packages whose files are there, and no others', () =>
  withDatabase({status: STATUS, 'info/p1.list': '/.\n/etc/x\n', 'info/p4.list': '/.\n/etc/y\n'}, (folder) => {
    const {installed, ownerOf} = openDpkgDatabase(folder);
    const versions = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => installed(`p${index}`)?.version);
    assert.equal(versions, ['1:0-1', undefined, '1:2-1', undefined, '1:4-1', '1:5-1', '1:6-1', undefined]);
    assert.is(ownerOf('/etc/x'), undefined);
    assert.equal(ownerOf('/etc/y'), {package: 'p4', version: '1:4-1', architecture: 'all'});
  }),
);

database('hands out what packages brought for its tools, of two architectures the right one', () => {
  const status = ['amd64', 'i386'].map(
    (one) => `Package: libx\nStatus: install ok installed\nArchitecture: ${one}\nVersion: 1-1\n`,
  );
  const files = {
    status: [...status, STATUS].join('\n'),
    'info/libx:amd64.symbols': 'sixty-four',
    'info/libx:i386.symbols': 'thirty-two',
    'info/p0.shlibs': 'p0',
  };
  return withDatabase(files, (folder) => {
    const {controlFile, installed, isEmpty} = openDpkgDatabase(folder);
    const libx = (architecture: string) => ({package: 'libx', version: '1-1', architecture});
    assert.is(controlFile(libx('amd64'), 'symbols'), 'sixty-four');
    assert.is(controlFile(libx('i386'), 'symbols'), 'thirty-two');
    assert.is(controlFile(libx('amd64'), 'shlibs'), undefined);
    assert.is(controlFile(installed('p0') ?? libx('all'), 'shlibs'), 'p0');
    assert.is(isEmpty, false);
  });
});

database('a machine without dpkg has no packages', () => {
  const {isEmpty, installed, ownerOf} = openDpkgDatabase('/nonexistent');
  assert.equal([isEmpty, installed('libc6'), ownerOf('/bin/sh')], [true, undefined, undefined]);
});

database('matches whole lines only, the last one without its line break too', () =>
  withDatabase(
    {status: STATUS, 'info/p0.list': '/usr/bin/python3.11-x\n/a/usr/bin/python\n/usr/bin/z'},
    (folder) => {
      const {ownerOf} = openDpkgDatabase(folder);
      assert.is(ownerOf('/usr/bin/python3.11'), undefined);
      assert.is(ownerOf('/usr/bin/python'), undefined);
      assert.is(ownerOf('/usr/bin/z')?.package, 'p0');
    },
  ),
);

database('tells packages of two architectures apart', () => {
  const one = (architecture: string) =>
    `Package: libx\nStatus: install ok installed\nArchitecture: ${architecture}\nVersion: 1-1\n\n`;
  const files = {
    status: one('amd64') + one('i386'),
    'info/libx:i386.list': '/32\n',
    'info/libx:amd64.list': '/64\n',
  };
  return withDatabase(files, (folder) => {
    assert.is(openDpkgDatabase(folder).ownerOf('/32')?.architecture, 'i386');
    assert.is(openDpkgDatabase(folder).ownerOf('/64')?.architecture, 'amd64');
  });
});

database('follows diversions by packages and by the administrator', () => {
  const files = {
    status: STATUS,
    'info/p0.list': '/usr/bin/python\n/usr/bin/local\n/usr/bin/other\n',
    'info/p2.list': '/usr/bin/python\n/usr/bin/other\n',
    diversions:
      '/usr/bin/python\n/usr/bin/python.real\np2\n/usr/bin/other\n/usr/bin/other.real\np0\n/usr/bin/local\n/usr/bin/local.distrib\n:\n',
  };
  return withDatabase(files, (folder) => {
    const {ownerOf} = openDpkgDatabase(folder);
    assert.is(ownerOf('/usr/bin/python')?.package, 'p2');
    assert.is(ownerOf('/usr/bin/python.real')?.package, 'p0');
    assert.is(ownerOf('/usr/bin/other')?.package, 'p0');
    assert.is(ownerOf('/usr/bin/other.real')?.package, 'p2');
    assert.is(ownerOf('/usr/bin/local'), undefined);
    assert.is(ownerOf('/usr/bin/local.distrib')?.package, 'p0');
  });
});

database('prefers the path as it is written to that of a merged /usr', () =>
  withDatabase({status: STATUS, 'info/p0.list': '/bin/x\n', 'info/p2.list': '/usr/bin/x\n'}, (folder) => {
    const {ownerOf} = openDpkgDatabase(folder);
    assert.is(ownerOf('/bin/x')?.package, 'p0');
    assert.is(ownerOf('/usr/bin/x')?.package, 'p2');
  }),
);

database('a machine without dpkg has no packages', () => {
  const {installed, ownerOf} = openDpkgDatabase('/nonexistent');
  assert.is(installed('python3'), undefined);
  assert.is(ownerOf('/usr/bin/python3'), undefined);
});

database('a database that cannot be read is an error', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'status'));
    throws(() => openDpkgDatabase(folder), 'E_IO', /reading dpkg's database/);
  }),
);

database('a damaged database is E_FORMAT with its line', () =>
  withDatabase({status: 'Package: x\nnonsense\n'}, (folder) => {
    throws(() => openDpkgDatabase(folder), 'E_FORMAT', /No field in line 2 of .*status/);
  }),
);

database.run();
