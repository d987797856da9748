import {mkdir, readdir, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {collectAptGarbage} from '../../lib/apt/collect-garbage.js';
import {openFolder} from '../../lib/apt/folder-storage.js';
import {readGenerations, readOffer} from '../../lib/apt/generations.js';
import {initApt} from '../../lib/apt/init.js';
import {listApt} from '../../lib/apt/list.js';
import {aptHistory} from '../../lib/apt/list-history.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {resignApt} from '../../lib/apt/resign.js';
import {rollbackApt} from '../../lib/apt/rollback.js';
import {byHash, sha256} from '../../lib/apt/suite.js';
import {MkvenvdebError} from '../../lib/errors.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile} from '../helpers/pgp.js';
import {long, rejects} from '../helpers/suite.js';

const gc = suite('apt/collect-garbage');
const place = await openAptPlace();
const {folder, makeDeb, newRepository, newClient} = place;

gc.after(() => place.close());

/** The clock of this process, which is what dates publications, runs ahead by so many hours. */
let ahead = 0;
const realNow = Date.now;
Date.now = () => realNow() + ahead * 3_600_000;
gc.after.each(() => {
  ahead = 0;
});

const keyFile = await makeKeyFile(folder, 'ed25519');
let count = 0;
/** Signed in this process, by its clock. */
async function fresh(more: object = {}): Promise<string> {
  count += 1;
  const repository = join(folder, `fresh-${count}`);
  await initApt({repository, origin: 'own', architectures: ['amd64'], keyFiles: [keyFile], ...more});
  return repository;
}

const versions = ['1.0', '1.2', '1.9', '1.10', '2.0'];
const debs = new Map<string, string>();
for (const version of versions) debs.set(version, await makeDeb({version}));
debs.set('other', await makeDeb({name: 'other', architecture: 'all'}));
const deb = (name: string) => debs.get(name) as string;

/** All but the lock of writers. */
const filesIn = async (at: string): Promise<readonly string[]> => {
  const entries = await readdir(at, {recursive: true, withFileTypes: true}).catch(() => []);
  const files = entries.filter((one) => one.isFile() && !one.name.startsWith('lock.'));
  return files.map((one) => join(one.parentPath, one.name)).sort();
};
const poolOf = (repository: string) => filesIn(join(repository, 'pool'));
/** What was put into the pool by the real clock is as old as the clock of this process wants. */
async function age(repository: string, hours: number): Promise<void> {
  const then = realNow() / 1000 + (ahead - hours) * 3600;
  for (const file of await poolOf(repository)) await utimes(file, then, then);
}

const offered = async (repository: string) =>
  (await listApt({repository})).map(({package: name, version}) => `${name} ${version}`);

gc(
  'the newest versions by dpkg stay, the others go in one publication, their files after the hours',
  async () => {
    const repository = await fresh();
    await publishApt({repository, files: versions.map(deb)});
    ahead = 100;
    const first = await collectAptGarbage({repository, keepVersions: 2, keepHours: 72, keepGenerations: 0});
    assert.equal(
      first.suites.map(({suite: name, removed}) => [name, removed]),
      [['stable', ['app 1.0-1 amd64', 'app 1.2-1 amd64', 'app 1.9-1 amd64']]],
    );
    assert.equal(await offered(repository), ['app 1.10-1', 'app 2.0-1']);
    assert.is((await poolOf(repository)).length, 5, 'a client may have the index of before');
    ahead = 171;
    assert.is((await collectAptGarbage({repository, keepVersions: 2, keepGenerations: 0})).files.length, 0);
    ahead = 173;
    const second = await collectAptGarbage({repository, keepVersions: 2, keepGenerations: 0});
    assert.equal(second.suites, []);
    const gone = second.files.filter((path) => path.endsWith('.deb'));
    assert.is(gone.length, 3);
    assert.is((await poolOf(repository)).length, 2);
    assert.is((await readdir(join(repository, 'pool/main/a/app'))).length, 2, 'an empty folder is left');
  },
);

gc('bytes and files are those that are gone, and a dry run tells them and touches nothing', async () => {
  const repository = await fresh();
  for (const version of versions) await publishApt({repository, files: [deb(version)]});
  await resignApt({repository});
  ahead = 100;
  const options = {repository, keepVersions: 2, keepGenerations: 1};
  const state = async () => {
    const files = await filesIn(repository);
    return Promise.all(
      files.map(async (file) => [file, (await stat(file)).size, (await stat(file)).mtimeMs]),
    );
  };
  const before = await state();
  const told = await collectAptGarbage({...options, dryRun: true});
  assert.equal(await state(), before);
  const done = await collectAptGarbage(options);
  assert.equal([told.files, told.bytes], [done.files, done.bytes]);
  assert.equal(
    told.suites.map(({removed}) => removed),
    done.suites.map(({removed}) => removed),
  );
  assert.ok(done.files.length > 10);
  const left = new Set((await state()).map(([file]) => file));
  const gone = before.filter(([file]) => !left.has(file as string));
  assert.equal(gone.map(([file]) => file).sort(), done.files.map((path) => join(repository, path)).sort());
  assert.is(
    gone.reduce((sum, [, size]) => sum + Number(size), 0),
    done.bytes,
  );
});

gc('where nothing goes, nothing is published', async () => {
  const repository = await fresh();
  await publishApt({repository, files: [deb('1.0')]});
  const before = await readFile(join(repository, 'dists/stable/InRelease'), 'utf8');
  ahead = 1000;
  const {suites} = await collectAptGarbage({repository});
  assert.equal(suites, []);
  assert.is(await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'), before);
});

gc('versions count for each architecture, and in each suite by itself', async () => {
  const repository = await fresh({suites: ['stable', 'next'], architectures: ['amd64', 'arm64']});
  const arm = await makeDeb({version: '1.0', architecture: 'arm64'});
  await publishApt({repository, suite: 'stable', files: [deb('1.0'), deb('2.0'), arm, deb('other')]});
  await publishApt({repository, suite: 'next', files: [deb('1.0')]});
  ahead = 100;
  await collectAptGarbage({repository, keepVersions: 1, keepGenerations: 0});
  ahead = 200;
  await collectAptGarbage({repository, keepVersions: 1, keepGenerations: 0});
  const left = (await listApt({repository})).map(
    (one) => `${one.suite} ${one.package} ${one.version} ${one.architecture}`,
  );
  assert.equal(left, [
    'stable app 2.0-1 amd64',
    'stable other 1.0-1 all',
    'stable app 1.0-1 arm64',
    'next app 1.0-1 amd64',
  ]);
  assert.is((await poolOf(repository)).length, 4, 'next still offers 1.0');
});

gc('a version that is younger than the hours is offered on, whatever its number', async () => {
  const repository = await fresh();
  await publishApt({repository, files: versions.map(deb)});
  const [oldest] = (await poolOf(repository)).filter((file) => file.endsWith('app_1.0-1_amd64.deb'));
  ahead = 100;
  await age(repository, 100);
  await utimes(oldest as string, realNow() / 1000 + 90 * 3600, realNow() / 1000 + 90 * 3600);
  await collectAptGarbage({repository, keepVersions: 1});
  assert.equal(await offered(repository), ['app 1.0-1', 'app 2.0-1']);
});

gc('the last publications that differ stay, those that were only signed again do not', async () => {
  const repository = await fresh();
  for (const version of versions) {
    await publishApt({repository, files: [deb(version)]});
    await resignApt({repository});
  }
  ahead = 1000;
  await collectAptGarbage({repository, keepGenerations: 2});
  const history = await aptHistory({repository});
  assert.equal(
    history.map(({steps, packages}) => [steps, packages]),
    [
      [0, 5],
      [1, 4],
      [2, 3],
    ],
  );
  await rollbackApt({repository, steps: 2});
  assert.equal(await offered(repository), ['app 1.0-1', 'app 1.2-1', 'app 1.9-1']);
});

gc('young files of the pool stay, whoever put them there, and old ones that nobody names go', async () => {
  const repository = await fresh();
  await publishApt({repository, files: [deb('1.0')]});
  await mkdir(join(repository, 'pool/main/x/deep'), {recursive: true});
  const [old, young, notes] = ['deep/old.deb', 'young.deb', 'notes'].map((name) =>
    join(repository, 'pool/main/x', name),
  ) as [string, string, string];
  for (const file of [old, young, notes]) await writeFile(file, 'text');
  for (const file of [old, notes]) await utimes(file, 1, 1);
  const {files} = await collectAptGarbage({repository});
  assert.equal(files, ['pool/main/x/deep/old.deb']);
  assert.equal((await readdir(join(repository, 'pool/main/x'))).sort(), ['notes', 'young.deb']);
});

gc('what else is published in the same folder is no garbage', async () => {
  const repository = await fresh({suites: ['stable', 'next']});
  await publishApt({repository, suite: 'next', files: [deb('1.0')]});
  const settings = join(repository, '.mkvenvdeb/repository.json');
  const {suites, ...rest} = JSON.parse(await readFile(settings, 'utf8'));
  await writeFile(settings, JSON.stringify({...rest, suites: suites.slice(0, 1)}));
  ahead = 1000;
  assert.equal((await collectAptGarbage({repository})).files, []);
  assert.is((await poolOf(repository)).length, 1);
});

gc('where an index that somebody may have is damaged, nothing goes', async () => {
  const damages: readonly ((repository: string) => Promise<void>)[] = [
    (at) => rm(join(at, 'dists/stable/main/binary-amd64/by-hash'), {recursive: true}),
    async (at) => {
      const kept = join(at, '.mkvenvdeb/history/stable');
      for (const name of await readdir(kept)) await writeFile(join(kept, name), 'damaged');
    },
    (at) => writeFile(join(at, 'dists/stable/InRelease'), 'damaged'),
  ];
  for (const damage of damages) {
    const repository = await fresh();
    for (const version of versions) await publishApt({repository, files: [deb(version)]});
    await unpublishApt({repository, packages: ['app']});
    ahead = 60;
    await age(repository, 1000);
    await damage(repository);
    const before = await filesIn(repository);
    await rejects(collectAptGarbage({repository, keepVersions: 1}), 'E_FORMAT', /check --repair/);
    assert.equal(await filesIn(repository), before);
    ahead = 0;
  }
});

gc('numbers that are none are told', async () => {
  const repository = await fresh();
  for (const wrong of [
    {keepVersions: 0},
    {keepVersions: 1.5},
    {keepHours: -1},
    {keepHours: Number.NaN},
    {keepGenerations: -1},
  ])
    await rejects(
      collectAptGarbage({repository, ...wrong}),
      'E_OPTION',
      new RegExp(Object.keys(wrong).join()),
    );
});

gc('a client installs what its index names until the hours are over', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [deb('1.0'), deb('2.0')]});
  await age(repository, 1000);
  const client = await newClient(repository);
  await updated(client);
  await collectAptGarbage({repository, keepVersions: 1, keepHours: 1, keepGenerations: 0});
  assert.equal(await offered(repository), ['app 2.0-1']);
  assert.is((await client.get('install', 'app=1.0-1')).exitCode, 0);
  await updated(client);
  assert.is((await client.get('install', 'app')).exitCode, 0);
  assert.is(await client.installed('app'), '2.0-1');
});

gc(
  'an old file that nobody names and that is published while garbage is collected is there in the end',
  async () => {
    const repository = await fresh();
    for (let round = 0; round < 5; round += 1) {
      await publishApt({repository, files: [deb('1.0')]});
      await unpublishApt({repository, packages: ['app']});
      ahead += 100;
      await age(repository, 1000);
      // Found in the pool by the one, removed by the other, and published.
      await Promise.all([
        publishApt({repository, files: [deb('1.0')]}),
        collectAptGarbage({repository, keepGenerations: 0}),
        collectAptGarbage({repository, keepGenerations: 0}),
      ]);
      const [listed] = await listApt({repository});
      assert.is((await stat(join(repository, listed?.filename ?? ''))).size, listed?.size);
      await unpublishApt({repository, packages: ['app']});
    }
  },
);

/** Everything that the current index and those of the last hours name is there, whole. */
async function assertSound(repository: string, hours: number): Promise<void> {
  const storage = openFolder(repository, async () => {});
  const generations = await readGenerations(storage, 'stable');
  const since = Math.floor(Date.now() / 1000) - hours * 3600;
  for (const {release, superseded = Number.POSITIVE_INFINITY} of generations) {
    if (superseded < since) continue;
    for (const listed of release.files) {
      const copy = await storage.read(byHash('dists/stable', listed));
      assert.is(copy && sha256([copy]), listed.sha256, listed.path);
    }
    for (const {filename, size} of (await readOffer(storage, release)).values())
      assert.is((await storage.stat(filename))?.size, size, filename);
  }
  for (const {path, size} of generations[0]?.release.files ?? [])
    assert.is((await storage.stat(`dists/stable/${path}`))?.size, size, path);
}

const HOURS = 10;
type Step =
  | {readonly do: 'add' | 'remove'; readonly what: string; readonly hours: number}
  | {readonly do: 'rollback'; readonly steps: number; readonly hours: number}
  | {readonly do: 'gc'; readonly versions: number; readonly generations: number; readonly hours: number}
  | {readonly do: 'resign'; readonly hours: number};
const hours = fc.constantFrom(0, 1, 6, 11, 30);
const what = fc.constantFrom(...debs.keys());
const step: fc.Arbitrary<Step> = fc.oneof(
  {weight: 4, arbitrary: fc.record({do: fc.constant('add' as const), what, hours})},
  fc.record({do: fc.constant('remove' as const), what, hours}),
  fc.record({do: fc.constant('rollback' as const), steps: fc.integer({min: 1, max: 4}), hours}),
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('gc' as const),
      versions: fc.integer({min: 1, max: 4}),
      generations: fc.integer({min: 0, max: 3}),
      hours,
    }),
  },
  fc.record({do: fc.constant('resign' as const), hours}),
);

async function take(repository: string, one: Step): Promise<void> {
  const packageOf = (name: string) => (name === 'other' ? 'other' : `app=${name}-1`);
  if (one.do === 'add') await publishApt({repository, files: [deb(one.what)]});
  else if (one.do === 'remove') await unpublishApt({repository, packages: [packageOf(one.what)]});
  else if (one.do === 'resign') await resignApt({repository});
  else if (one.do === 'rollback') await rollbackApt({repository, steps: one.steps});
  else if (one.do === 'gc')
    await collectAptGarbage({
      repository,
      keepVersions: one.versions,
      keepGenerations: one.generations,
      keepHours: HOURS,
    });
}

gc('whatever is done in whatever order, nothing is missing that a recent index names', async () => {
  const runs = long ? 200 : 6;
  let collected = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, {minLength: 8, maxLength: 14}), async (steps) => {
      const repository = await fresh();
      for (const one of steps) {
        ahead += one.hours + 0.01; // dates that follow closely would have to wait
        const before = (await filesIn(repository)).length;
        try {
          await take(repository, one);
        } catch (error) {
          // What is not there cannot be removed, nor gone back to when it is too far.
          if (!(error instanceof MkvenvdebError) || !['E_OPTION', 'E_PUBLISH'].includes(error.code))
            throw error;
        }
        // The file system has its own clock.
        const moment = Date.now() / 1000;
        for (const file of await poolOf(repository))
          if ((await stat(file)).mtimeMs / 1000 > realNow() / 1000 - 5) await utimes(file, moment, moment);
        await assertSound(repository, HOURS);
        if (one.do === 'gc' && (await filesIn(repository)).length < before) collected += 1;
      }
      ahead = 0;
      await rm(repository, {recursive: true});
    }),
    {numRuns: runs, interruptAfterTimeLimit: 10 * 60_000},
  );
  assert.ok(collected >= runs / 2, `garbage was collected ${collected} times only: that proves little`);
});

gc.run();
