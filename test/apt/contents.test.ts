import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {copyFile, mkdir, readdir, readFile, rm, symlink, truncate, utimes, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkApt} from '../../lib/apt/check.js';
import {collectAptGarbage} from '../../lib/apt/collect-garbage.js';
import {spliceContents} from '../../lib/apt/contents-lines.js';
import {initApt} from '../../lib/apt/init.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {repairApt} from '../../lib/apt/repair.js';
import {rollbackApt} from '../../lib/apt/rollback.js';
import {packDeb} from '../../lib/index.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile, publicKeyOf} from '../helpers/pgp.js';
import {numbersOf} from '../helpers/random.js';

/** Indexes of files: what apt-file finds by them, and that they are what apt-ftparchive makes of the same packages. */
const contents = suite('apt/contents');
const place = await openAptPlace();
const {folder, newClient} = place;
const keyFile = await makeKeyFile(folder, 'ed25519');
const publicKey = await publicKeyOf(keyFile);
contents.after(() => place.close());

let count = 0;
const fresh = (): string => {
  count += 1;
  return join(folder, `own-${count}`);
};

async function newRepository(more: object = {}): Promise<string> {
  const repository = fresh();
  const usual = {origin: 'own', architectures: ['amd64', 'arm64'], keyFiles: [keyFile], contents: true};
  await initApt({repository, ...usual, ...more});
  return repository;
}

interface Made {
  readonly name?: string;
  readonly version?: string;
  readonly architecture?: string;
  readonly section?: string;
  readonly paths?: readonly string[];
}

/** A package with these files, and a link and an empty folder. */
async function makeDeb({
  name = 'app',
  version = '1.0',
  architecture = 'amd64',
  section = 'python',
  paths = [`opt/${name}/text`],
}: Made = {}): Promise<string> {
  const tree = fresh();
  for (const path of paths) {
    await mkdir(join(tree, path, '..'), {recursive: true});
    await writeFile(join(tree, path), version);
  }
  await mkdir(join(tree, 'opt', name, 'empty'), {recursive: true});
  await symlink('text', join(tree, 'opt', name, 'link'));
  const more = {maintainer: 'Jo Doe <jo@example.org>', description: 'About', sourceDateEpoch: 1_700_000_000};
  const options = {folder: tree, out: `${tree}-out`, package: name, version, architecture, section, ...more};
  return (await packDeb(options)).file;
}

const contentsOf = (repository: string, architecture = 'amd64') =>
  readFile(join(repository, `dists/stable/main/Contents-${architecture}`), 'utf8');

/** Path and names of packages of each line; sections are left out, as apt-ftparchive does. */
const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, path = '', names = ''] = /^(.*\S)\s+(\S+)$/.exec(line) ?? [];
      return `${path}: ${[...new Set(names.split(',').map((one) => basename(one)))].sort().join()}`;
    })
    .sort();

/** What is published is what apt-ftparchive makes of what the suite offers, and is checked. */
async function assertRight(repository: string): Promise<void> {
  const offered = fresh();
  await mkdir(offered);
  for (const {filename} of await listApt({repository}))
    await copyFile(join(repository, filename), join(offered, basename(filename)));
  for (const architecture of ['amd64', 'arm64']) {
    const options = {encoding: 'utf8' as const, stdio: 'pipe' as const};
    const wanted = execFileSync('apt-ftparchive', ['-a', architecture, 'contents', offered], options);
    const text = await contentsOf(repository, architecture);
    assert.equal(linesOf(text), linesOf(wanted), architecture);
    const zipped = await readFile(join(repository, `dists/stable/main/Contents-${architecture}.gz`));
    assert.is(gunzipSync(zipped).toString(), text);
    const paths = text.split('\n').map((line) => line.replace(/\t\S*$/, ''));
    assert.equal(paths.slice(0, -1), paths.slice(0, -1).sort());
  }
  const issues = (await checkApt({repository})).filter(({severity}) => severity !== 'info');
  assert.equal(issues, []);
}

contents(
  'apt-file finds who holds a file, for all architectures as well, and follows what is published',
  async () => {
    const repository = await newRepository();
    await publishApt({
      repository,
      files: [
        await makeDeb({paths: ['opt/app/text', 'opt/app/a b/ü', 'usr/share/shared']}),
        await makeDeb({name: 'every', architecture: 'all', section: 'misc', paths: ['usr/share/shared']}),
        await makeDeb({name: 'arm', architecture: 'arm64'}),
      ],
    });
    await assertRight(repository);
    assert.match(await contentsOf(repository), /^usr\/share\/shared\tmisc\/every,python\/app$/m);
    const client = await newClient(repository, 'stable', publicKey);
    const {exitCode, stderr} = await client.file('update');
    assert.is(`${exitCode} ${stderr}`, '0 ');
    const found = async (...args: readonly string[]) =>
      (await client.file(...args)).stdout.split('\n').sort();
    assert.equal(await found('search', 'share/shared'), [
      'app: /usr/share/shared',
      'every: /usr/share/shared',
    ]);
    const files = [
      'opt/every/link',
      'usr/share/doc/every/changelog.Debian.gz',
      'usr/share/lintian/overrides/every',
      'usr/share/shared',
    ];
    assert.equal(
      await found('list', 'every'),
      files.map((file) => `every: /${file}`),
    );
    assert.equal(await found('search', 'a b/ü'), ['app: /opt/app/a b/ü']);
    assert.equal(await found('search', '/opt/arm'), ['']);
    await publishApt({repository, files: [await makeDeb({name: 'late'})]});
    await unpublishApt({repository, packages: ['every']});
    await client.file('update');
    assert.equal(await found('search', 'opt/late/text'), ['late: /opt/late/text']);
    assert.equal(await found('search', 'share/shared'), ['app: /usr/share/shared']);
    await updated(client);
  },
);

contents('whatever comes and goes, the index is that of what is offered, and the same bytes', async () => {
  const repository = await newRepository();
  const debs = [
    await makeDeb({version: '1', paths: ['opt/app/one', 'opt/app/both', 'opt/app/moved']}),
    await makeDeb({version: '2', paths: ['opt/app/two', 'opt/app/both', 'opt/app/moved'], section: 'misc'}),
    await makeDeb({version: '3', paths: ['opt/app/three', 'opt/app/both', 'opt/apq']}),
    await makeDeb({name: 'other', architecture: 'all', paths: ['opt/app/both', 'etc/other']}),
  ];
  for (const deb of [2, 0, 3, 1]) {
    await publishApt({repository, files: [debs[deb] as string]});
    await assertRight(repository);
  }
  const all = await contentsOf(repository);
  assert.match(all, /^opt\/app\/both\tmisc\/app,python\/app,python\/other$/m);
  await unpublishApt({repository, packages: ['app=2-1']});
  await assertRight(repository);
  assert.match(await contentsOf(repository), /^opt\/app\/moved\tpython\/app$/m);
  await rollbackApt({repository});
  assert.is(await contentsOf(repository), all);
  const once = await newRepository();
  await publishApt({repository: once, files: debs});
  for (const name of ['Contents-amd64', 'Contents-amd64.gz', 'Contents-arm64.gz']) {
    const [one, two] = [repository, once].map((root) => readFile(join(root, 'dists/stable/main', name)));
    assert.ok((await one)?.equals((await two) as Buffer), name);
  }
  const pool = await readdir(join(repository, 'pool'), {recursive: true});
  for (const name of pool) await utimes(join(repository, 'pool', name), 1_600_000_000, 1_600_000_000);
  await collectAptGarbage({repository, keepVersions: 1, keepHours: 0, keepGenerations: 0});
  await assertRight(repository);
  assert.not.match(await contentsOf(repository), /opt\/app\/(one|two)/);
});

contents(
  'lists of files that are gone or damaged are made again, and garbage is collected with its packages',
  async () => {
    const repository = await newRepository();
    const lists = join(repository, '.mkvenvdeb/contents');
    for (const version of ['1', '2', '3'])
      await publishApt({
        repository,
        files: [await makeDeb({version, paths: [`opt/app/${version}`, 'opt/both']})],
      });
    assert.is((await readdir(lists)).length, 3);
    await rm(lists, {recursive: true});
    await unpublishApt({repository, packages: ['app=1-1']});
    await assertRight(repository);
    for (const name of await readdir(lists)) await truncate(join(lists, name), 9);
    await unpublishApt({repository, packages: ['app=2-1']});
    await assertRight(repository);
    await rm(lists, {recursive: true});
    for (const {filename} of await listApt({repository})) await rm(join(repository, filename));
    await unpublishApt({repository, packages: ['app']});
    assert.is(await contentsOf(repository), '');
    await publishApt({repository, files: [await makeDeb({version: '4'})]});
    await writeFile(join(lists, `${'0'.repeat(64)}.gz`), 'of nothing');
    await collectAptGarbage({repository, keepHours: 0, keepGenerations: 0});
    assert.is((await readdir(lists)).length, 1);
  },
);

contents('what is damaged is found, and repaired from what the packages hold', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [await makeDeb(), await makeDeb({name: 'two'})]});
  const main = join(repository, 'dists/stable/main');
  const found = async (quick = false) =>
    (await checkApt({repository, quick})).flatMap(({code, severity}) => (severity === 'info' ? [] : code));
  assert.equal(await found(), []);
  await writeFile(join(main, 'Contents-amd64'), 'opt/no\tno\n');
  await rm(join(main, 'Contents-amd64.gz'));
  assert.equal((await found(true)).sort(), ['damaged-index', 'missing-index']);
  await repairApt({repository});
  await assertRight(repository);
  for (const name of await readdir(join(main, 'by-hash/SHA256')))
    await writeFile(join(main, 'by-hash/SHA256', name), 'rot');
  await writeFile(join(main, 'Contents-amd64'), 'rot');
  assert.ok((await found()).includes('damaged-index'));
  await publishApt({repository, files: [await makeDeb({name: 'three'})]});
  await repairApt({repository});
  await assertRight(repository);
});

contents(
  'what the index does not list as the packages hold it is found, and read of them again',
  async () => {
    const repository = await newRepository();
    await publishApt({repository, files: [await makeDeb()]});
    const lists = join(repository, '.mkvenvdeb/contents');
    for (const name of await readdir(lists)) await writeFile(join(lists, name), gzipSync('opt/elsewhere'));
    const issues = await checkApt({repository});
    assert.equal(
      issues.flatMap(({code, file}) => (code === 'other-files' ? [file] : [])),
      ['dists/stable/main/Contents-amd64'],
    );
    assert.equal((await repairApt({repository})).issues, []);
    await assertRight(repository);
  },
);

contents('a repository without them has none, and no lists', async () => {
  const repository = await newRepository({contents: false});
  await publishApt({repository, files: [await makeDeb()]});
  assert.not.ok(existsSync(join(repository, '.mkvenvdeb/contents')));
  assert.equal((await readdir(join(repository, 'dists/stable/main'))).sort(), [
    'binary-amd64',
    'binary-arm64',
  ]);
  assert.not.match(await readFile(join(repository, 'dists/stable/Release'), 'utf8'), /Contents/);
});

contents('a spliced index is the one that is made at once, whatever is added and removed', () => {
  const random = numbersOf(7);
  const pick = (below: number) => Math.floor(random() * below);
  const names = ['a', 'b', 'python/a', 'python/long-name'];
  const pathOf = () =>
    Array.from({length: 1 + pick(3)}, () => ['', 'a', 'b', ' ', '\t', 'é'][pick(6)]).join('/') + pick(9);
  const model = new Map<string, Set<string>>();
  let bytes = Buffer.alloc(0);
  for (let round = 0; round < 200; round += 1) {
    const [add, remove] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
    for (let change = pick(8); change >= 0; change -= 1) {
      const [path, name] = [Buffer.from(pathOf()).toString('latin1'), names[pick(4)] as string];
      const isRemoved = pick(3) === 0;
      const map = isRemoved ? remove : add;
      map.set(path, (map.get(path) ?? new Set()).add(name));
    }
    for (const [path, gone] of remove) for (const name of gone) model.get(path)?.delete(name);
    for (const [path, come] of add)
      for (const name of come) model.set(path, (model.get(path) ?? new Set()).add(name));
    bytes = Buffer.concat(spliceContents(bytes, {add, remove}));
    const wanted = [...model]
      .filter(([, held]) => held.size > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, held]) => `${path}\t${[...held].sort().join()}\n`);
    assert.is(bytes.toString('latin1'), wanted.join(''), `round ${round}`);
  }
});

contents.run();
