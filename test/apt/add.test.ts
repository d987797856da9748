import {execFileSync} from 'node:child_process';
import {chmod, copyFile, mkdir, readdir, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkApt} from '../../lib/apt/check.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import type {MkvenvdebError} from '../../lib/errors.js';
import type {ReportEvent} from '../../lib/report.js';
import {writeSmallDebs} from '../bench/small-debs.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {rejects} from '../helpers/suite.js';

/** What is taken into a repository, and what is not. */
const add = suite('apt/add');
const place = await openAptPlace();
const {folder, makeDeb, newClient, newRepository} = place;
add.after(() => place.close());

const state = async (repository: string) =>
  (await readdir(repository, {recursive: true})).sort().filter((name) => !/lock/.test(name));

let count = 0;
const fresh = async (): Promise<string> => {
  count += 1;
  const made = join(folder, `given-${count}`);
  await mkdir(made);
  return made;
};

/** A package with a program that anybody may run as root, made by dpkg-deb. */
async function badDeb(name = 'bad'): Promise<string> {
  const tree = await fresh();
  await mkdir(join(tree, 'DEBIAN'));
  await mkdir(join(tree, 'opt/bad'), {recursive: true});
  await writeFile(join(tree, 'opt/bad/text'), 'text');
  await writeFile(join(tree, 'DEBIAN/md5sums'), `${'0'.repeat(32)}  opt/bad/text\n`);
  const fields = [`Package: ${name}`, 'Version: 1', 'Architecture: amd64', 'Maintainer: Jo <jo@example.org>'];
  await writeFile(join(tree, 'DEBIAN/control'), `${fields.join('\n')}\nDescription: bad\n`);
  const file = `${tree}.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, file], {stdio: 'ignore'});
  return file;
}

add('a package with errors is refused, all of them told, and nothing is written', async () => {
  const repository = await newRepository();
  const before = await state(repository);
  const [good, bad] = [await makeDeb(), await badDeb()];
  const error = (await rejects(
    publishApt({repository, files: [good, bad]}),
    'E_CHECK',
    /errors/,
  )) as MkvenvdebError;
  assert.match(error.issues.join('\n'), /bad|given.*md5sums/);
  assert.match(error.hint ?? '', /--allow CODE/);
  assert.equal(await state(repository), before);
  const {added} = await publishApt({repository, files: [good, bad], allow: ['md5sums']});
  assert.equal(added, ['app 1.0-1 amd64', 'bad 1 amd64']);
  await rejects(publishApt({repository, files: [good], allow: ['no-such-code']}), 'E_OPTION', /neither/);
});

add(
  'many packages are read in threads, a folder of them is one argument, and one bad refuses all',
  async () => {
    const repository = await newRepository();
    const debs = await fresh();
    await writeSmallDebs(debs, [0, 350], 'gzip');
    const bad = await badDeb('bad2');
    await copyFile(bad, join(debs, 'small-000100_bad.deb'));
    await rejects(publishApt({repository, files: [debs]}), 'E_CHECK', /errors: .*small-000100_bad\.deb/);
    assert.equal(await listApt({repository}), []);
    const {added} = await publishApt({repository, files: [debs], allow: ['md5sums']});
    assert.is(added.length, 351);
    const client = await newClient(repository);
    await updated(client);
    const {stdout} = await client.cache('dumpavail');
    assert.is(stdout.match(/^Package: /gm)?.length, 351);
    await writeFile(join(debs, 'zz.deb'), 'no package');
    await rejects(publishApt({repository, files: [debs]}), 'E_FORMAT', /zz\.deb/);
    await rejects(publishApt({repository, files: [await fresh()]}), 'E_OPTION', /No \.deb/);
  },
);

add('Python and gzip read an index of many chunks, after an addition as well', async () => {
  const repository = await newRepository();
  const debs = await fresh();
  await writeSmallDebs(debs, [0, 700], 'gzip');
  await publishApt({repository, files: [debs]});
  await publishApt({repository, files: [await makeDeb()]});
  const index = join(repository, 'dists/stable/main/binary-amd64/Packages');
  const plain = await readFile(index);
  const script =
    'import gzip,lzma,sys; sys.stdout.buffer.write(gzip.open(sys.argv[1]+".gz").read()+lzma.open(sys.argv[1]+".xz").read())';
  const read = execFileSync('python3', ['-c', script, index], {maxBuffer: 1e9});
  assert.ok(read.equals(Buffer.concat([plain, plain])));
  assert.ok(execFileSync('gzip', ['-dc', `${index}.gz`], {maxBuffer: 1e9}).equals(plain));
  assert.ok(plain.length > 4 * (64 << 10), 'there is but one chunk');
});

for (const [what, harm] of [
  ['cut off', (file: string) => truncate(file, 100)],
  ['empty', (file: string) => truncate(file, 0)],
  [
    'of another byte',
    async (file: string) => {
      const bytes = await readFile(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(file, bytes);
    },
  ],
  ['gone', (file: string) => rm(file)],
] as const)
  add(`a file of the pool that is ${what} is whole again when its package is added again`, async () => {
    const repository = await newRepository();
    const files = [await makeDeb(), await makeDeb({name: 'other'})];
    await publishApt({repository, files});
    const client = await newClient(repository);
    await updated(client);
    for (const {filename} of await listApt({repository})) await harm(join(repository, filename));
    assert.is((await client.get('install', 'app')).exitCode, 100);
    const told: string[] = [];
    const report = (event: ReportEvent) => void ('code' in event && told.push(event.code));
    assert.equal((await publishApt({repository, files, report})).added, []);
    assert.equal(told, what === 'gone' ? [] : ['restored-package', 'restored-package']);
    assert.is((await client.get('install', 'app', 'other')).exitCode, 0);
    const serious = (await checkApt({repository})).filter(({severity}) => severity !== 'info');
    assert.equal(serious, []);
  });

add('what only its owner could read, a web server can', async () => {
  const repository = await newRepository();
  const deb = await makeDeb();
  await chmod(deb, 0o600);
  await publishApt({repository, files: [deb]});
  const [listed] = await listApt({repository});
  assert.is((await stat(join(repository, listed?.filename ?? ''))).mode & 0o777, 0o644);
});

/** The package and the .changes that dpkg-genchanges would write, as far as it matters. */
async function upload({distribution = 'stable', name = 'app'} = {}): Promise<string> {
  const made = await fresh();
  const deb = await makeDeb({name});
  await copyFile(deb, join(made, basename(deb)));
  await writeFile(join(made, 'app.buildinfo'), 'built\n');
  const lines = (tool: string) =>
    [basename(deb), 'app.buildinfo'].map((file) => {
      const digest = execFileSync(tool, [join(made, file)], {encoding: 'utf8'}).split(' ')[0];
      return {
        digest,
        size: execFileSync('stat', ['-c%s', join(made, file)], {encoding: 'utf8'}).trim(),
        file,
      };
    });
  const sha256 = lines('sha256sum').map(({digest, size, file}) => `\n ${digest} ${size} ${file}`);
  const md5 = lines('md5sum').map(({digest, size, file}) => `\n ${digest} ${size} python optional ${file}`);
  const text = `Format: 1.8\nSource: app\nDistribution: ${distribution}\nChecksums-Sha256:${sha256.join('')}\nFiles:${md5.join('')}\n`;
  await writeFile(join(made, 'app.changes'), text);
  return join(made, 'app.changes');
}

add(
  'a .changes publishes its packages in the suite that it names, and tells what it leaves out',
  async () => {
    const repository = await newRepository({suites: ['stable', 'testing']});
    const changes = await upload({distribution: 'testing'});
    const {suite: where, added, leftOut} = await publishApt({repository, files: [changes]});
    assert.equal([where, added], ['testing', ['app 1.0-1 amd64']]);
    assert.equal(leftOut, [join(dirname(changes), 'app.buildinfo')]);
    assert.is((await publishApt({repository, files: [changes], suite: 'stable'})).suite, 'stable');
    const signed = execFileSync('gpg', ['--batch', '--clear-sign', '-o', '-', changes], {env: process.env});
    await writeFile(changes, signed);
    assert.equal((await publishApt({repository, files: [changes]})).added, []);
  },
);

add('a .changes for no suite of the repository is told of those that there are', async () => {
  const repository = await newRepository();
  const files = [await upload({distribution: 'bookworm'})];
  const error = await rejects(publishApt({repository, files}), 'E_OPTION', /No such suite: bookworm/);
  assert.match((error as MkvenvdebError).hint ?? '', /--suite: stable/);
  assert.is((await publishApt({repository, files, suite: 'stable'})).added.length, 1);
});

const CHANGED: readonly (readonly [string, (text: string) => string, string, RegExp])[] = [
  [
    'a size that differs',
    (text) => text.replace(/ (\d+) app\.buildinfo/, ' 99 app.buildinfo'),
    'E_CHECK',
    /as the/,
  ],
  [
    'a digest that differs',
    (text) => text.replace(/\n [0-9a-f]{64}/, `\n ${'0'.repeat(64)}`),
    'E_CHECK',
    /as the/,
  ],
  [
    'a file that is not there',
    (text) => text.replaceAll('app.buildinfo', 'no.buildinfo'),
    'E_CHECK',
    /as the/,
  ],
  [
    'a name that leads elsewhere',
    (text) => text.replaceAll('app.buildinfo', '../app.buildinfo'),
    'E_FORMAT',
    /line/,
  ],
  ['a name that is absolute', (text) => text.replaceAll('app.buildinfo', '/etc/passwd'), 'E_FORMAT', /line/],
  ['a name that is the folder above', (text) => text.replaceAll('app.buildinfo', '..'), 'E_FORMAT', /line/],
  ['no SHA-256', (text) => text.replace(/Checksums-Sha256:(\n .*)*\n/, ''), 'E_FORMAT', /Sha256/],
  [
    'a file without SHA-256',
    (text) => text.replace(/\n \S+ \d+ app\.buildinfo/, ''),
    'E_FORMAT',
    /no SHA-256/,
  ],
  ['two paragraphs', (text) => `${text}\n${text}`, 'E_FORMAT', /paragraph/],
  ['nothing in it', () => '', 'E_FORMAT', /paragraph/],
];

for (const [what, change, code, message] of CHANGED)
  add(`a .changes with ${what} is refused before anything is written`, async () => {
    const repository = await newRepository();
    const before = await state(repository);
    const changes = await upload();
    await writeFile(changes, change(await readFile(changes, 'utf8')));
    await rejects(publishApt({repository, files: [changes]}), code as never, message);
    assert.equal(await state(repository), before);
  });

add.run();
