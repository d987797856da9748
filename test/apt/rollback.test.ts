import {readdir, readFile, rm, truncate} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listApt} from '../../lib/apt/list.js';
import {aptHistory} from '../../lib/apt/list-history.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {resignApt} from '../../lib/apt/resign.js';
import {rollbackApt} from '../../lib/apt/rollback.js';
import type {MkvenvdebError} from '../../lib/errors.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {rejects} from '../helpers/suite.js';

const rollback = suite('apt/rollback');
const place = await openAptPlace();
const {makeDeb, newRepository, newClient} = place;

rollback.after(() => place.close());

const [one, two, other] = [
  await makeDeb({version: '1.0', text: 'one'}),
  await makeDeb({version: '2.0', text: 'two'}),
  await makeDeb({name: 'other', architecture: 'all'}),
];

const offered = async (repository: string) =>
  (await listApt({repository})).map(({package: name, version}) => `${name} ${version}`);

rollback('history tells of each publication what came and went, the latest first', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [one]});
  await publishApt({repository, files: [two, other]});
  await resignApt({repository});
  await unpublishApt({repository, packages: ['app=1.0-1']});
  const history = await aptHistory({repository});
  const seen = history.map(({steps, packages, added, removed}) => [steps, packages, added, removed]);
  assert.equal(seen, [
    [0, 2, [], ['app 1.0-1 amd64']],
    [1, 3, [], []],
    [1, 3, ['app 2.0-1 amd64', 'other 1.0-1 all'], []],
    [2, 1, ['app 1.0-1 amd64'], []],
    [3, 0, [], []],
  ]);
  assert.is(history[0]?.superseded, undefined);
  for (const [index, {superseded}] of history.slice(1).entries()) assert.is(superseded, history[index]?.date);
});

rollback(
  'clients follow: the candidate is the old one, and what is installed stays until they are told',
  async () => {
    const repository = await newRepository();
    await publishApt({repository, files: [one]});
    await publishApt({repository, files: [two]});
    const client = await newClient(repository);
    await updated(client);
    assert.is((await client.get('install', 'app')).exitCode, 0);
    const before = await aptHistory({repository});
    const done = await rollbackApt({repository});
    assert.equal([done.added, done.removed, done.to], [[], ['app 2.0-1 amd64'], before[1]?.date]);
    assert.ok(done.date > (before[0]?.date ?? 0));
    await updated(client);
    assert.is((await client.get('upgrade')).exitCode, 0);
    assert.is(await client.installed('app'), '2.0-1');
    const late = await newClient(repository);
    await updated(late);
    assert.match((await late.cache('policy', 'app')).stdout, /Candidate: 1\.0-1/);
    // As docs/apt-repository.md has it.
    const downgrade = ['install', '--allow-downgrades', 'app=1.0-1'];
    assert.is((await client.get(...downgrade)).exitCode, 0);
    assert.is(await readFile(join(client.root, 'opt/app/text'), 'utf8'), 'one');
  },
);

rollback('names of the indexes and their copies by digest are those of then, byte for byte', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [one]});
  const folder = join(repository, 'dists/stable/main/binary-amd64');
  const read = () =>
    Promise.all(
      ['Packages', 'Packages.gz', 'Packages.xz'].map((name) => readFile(join(folder, name), 'latin1')),
    );
  const then = await read();
  await publishApt({repository, files: [two]});
  await rollbackApt({repository});
  assert.equal(await read(), then);
});

rollback('a second rollback is the way forward again, and a date or steps lead further back', async () => {
  const repository = await newRepository();
  for (const file of [one, two, other]) await publishApt({repository, files: [file]});
  await rollbackApt({repository});
  assert.equal(await offered(repository), ['app 1.0-1', 'app 2.0-1']);
  await resignApt({repository});
  await rollbackApt({repository});
  assert.equal(await offered(repository), ['app 1.0-1', 'app 2.0-1', 'other 1.0-1']);
  await rollbackApt({repository, steps: 4});
  assert.equal(await offered(repository), ['app 1.0-1']);
  const oldest = (await aptHistory({repository})).at(-1);
  await rollbackApt({repository, to: oldest?.date});
  assert.equal(await offered(repository), []);
});

/** Remove copies by digest of an index that the publication so many steps back had. */
async function lose(repository: string, forms: readonly string[]): Promise<void> {
  const history = join(repository, '.mkvenvdeb/history/stable');
  const last = (await readdir(history)).sort().at(-1) ?? '';
  const release = await readFile(join(history, last), 'utf8');
  for (const [, digest = '', name = ''] of release.matchAll(/^ ([0-9a-f]{64}) \d+ (main\/binary-\S+)$/gm))
    if (forms.includes(basename(name)))
      await rm(join(repository, 'dists/stable', name, '../by-hash/SHA256', digest), {force: true});
}

for (const [what, forms] of [
  ['compressed forms', ['Packages.gz', 'Packages.xz']],
  ['the plain form', ['Packages']],
  ['all forms but gzip', ['Packages', 'Packages.xz']],
  ['every form', ['Packages', 'Packages.gz', 'Packages.xz']],
] as const)
  rollback(`an index that lost ${what} is made again, as it was signed then`, async () => {
    const repository = await newRepository();
    await publishApt({repository, files: [one, two, other]});
    const index = join(repository, 'dists/stable/main/binary-amd64');
    const read = () =>
      Promise.all(['', '.gz', '.xz'].map((end) => readFile(join(index, `Packages${end}`), 'latin1')));
    const then = await read();
    await unpublishApt({repository, packages: ['app']});
    await lose(repository, forms);
    const {added} = await rollbackApt({repository});
    assert.equal(added, ['app 1.0-1 amd64', 'app 2.0-1 amd64']);
    assert.equal(await read(), then);
    const client = await newClient(repository);
    await updated(client);
    assert.is((await client.get('install', 'app', 'other')).exitCode, 0);
    assert.is(await client.installed('app'), '2.0-1');
  });

rollback('an index of which no form is left is refused where the pool has other packages', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [one]});
  await publishApt({repository, files: [two]});
  await lose(repository, ['Packages', 'Packages.gz', 'Packages.xz']);
  const error = await rejects(rollbackApt({repository}), 'E_PUBLISH', /Not everything/);
  assert.equal((error as MkvenvdebError).issues, ['main/binary-amd64/Packages']);
  assert.equal(await offered(repository), ['app 1.0-1', 'app 2.0-1']);
});

rollback('what can be gone back to no more is told before anything is written', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [one]});
  await publishApt({repository, files: [two]});
  await unpublishApt({repository, packages: ['app=1.0-1']});
  const state = async () => [
    await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'),
    await readdir(join(repository, '.mkvenvdeb/history/stable')),
  ];
  const before = await state();
  const history = await aptHistory({repository});
  await rejects(rollbackApt({repository, steps: 4}), 'E_OPTION', /no such publication/);
  await rejects(rollbackApt({repository, to: 12}), 'E_OPTION', /no such publication/);
  await rejects(rollbackApt({repository, to: history[0]?.date}), 'E_OPTION', /offers what it did then/);
  await rejects(rollbackApt({repository, steps: 0}), 'E_OPTION', /number of steps/);
  await rejects(rollbackApt({repository, steps: 1, to: 12}), 'E_OPTION', /number of steps/);
  const lost = history[1]?.added.length === 1 ? 'app_1.0-1_amd64.deb' : '';
  const pool = join(repository, 'pool/main/a/app');
  for (const folder of await readdir(pool))
    for (const name of await readdir(join(pool, folder)))
      if (name === lost) await rm(join(pool, folder, name));
  const error = (await rejects(rollbackApt({repository}), 'E_PUBLISH', /Not everything/)) as MkvenvdebError;
  assert.is(error.issues.length, 1);
  assert.match(error.issues[0] ?? '', /^pool\/main\/a\/app\/.*\/app_1\.0-1_amd64\.deb$/);
  const hashes = join(repository, 'dists/stable/main/binary-amd64/by-hash/SHA256');
  for (const name of await readdir(hashes)) await truncate(join(hashes, name), 3);
  await rejects(rollbackApt({repository}), 'E_PUBLISH', /main\/binary-amd64\/Packages/);
  assert.equal(await state(), before);
});

rollback.run();
