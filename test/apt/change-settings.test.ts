import {existsSync} from 'node:fs';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ChangeAptOptions, changeApt} from '../../lib/apt/change-settings.js';
import {checkApt} from '../../lib/apt/check.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {withRepository, writing} from '../../lib/apt/repository.js';
import {resignApt} from '../../lib/apt/resign.js';
import {rollbackApt} from '../../lib/apt/rollback.js';
import type {MkvenvdebError} from '../../lib/errors.js';
import {aptClient} from '../helpers/apt-client.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {rejects} from '../helpers/suite.js';

/** Settings that are changed later, and clients that follow. */
const change = suite('apt/change-settings');
const place = await openAptPlace();
const {folder, key, makeDeb, newClient, newRepository} = place;
change.after(() => place.close());

const settingsOf = (repository: string) => readFile(join(repository, '.mkvenvdeb/repository.json'), 'utf8');
const releaseOf = (repository: string, name = 'stable') =>
  readFile(join(repository, 'dists', name, 'InRelease'), 'utf8');

async function assertClean(repository: string): Promise<void> {
  const issues = await checkApt({repository});
  assert.equal(
    issues.filter(({severity, code}) => severity !== 'info' || code === 'unknown-file'),
    [],
  );
}

let count = 0;
const armClient = (repository: string) => {
  count += 1;
  const where = join(folder, `arm-${count}`);
  const architecture = 'arm64';
  return aptClient({folder: where, uri: `file:${repository}`, signedBy: key.publicKey, architecture});
};

change('clients follow days, files, architectures and components that are added and removed', async () => {
  const repository = await newRepository({architectures: ['amd64']});
  await publishApt({
    repository,
    files: [await makeDeb(), await makeDeb({name: 'every', architecture: 'all'})],
  });
  const client = await newClient(repository);
  await updated(client);
  const {published, dropped} = await changeApt({
    ...{repository, validDays: 7, contents: true},
    ...{addArchitectures: ['arm64'], addComponents: ['extra']},
  });
  assert.equal([published.map((one) => one.suite), dropped], [['stable'], []]);
  await assertClean(repository);
  await updated(client);
  assert.match(await releaseOf(repository), /^Valid-Until: /m);
  assert.is((await client.get('install', 'app', 'every')).exitCode, 0);
  const arm = await armClient(repository);
  await updated(arm);
  assert.is((await arm.get('install', 'every')).exitCode, 0);
  assert.is((await client.file('update')).exitCode, 0);
  assert.is((await client.file('search', 'opt/app/text')).stdout, 'app: /opt/app/text');
  await changeApt({
    ...{repository, validDays: 'forever', contents: false},
    ...{removeArchitectures: ['arm64'], removeComponents: ['extra']},
  });
  await assertClean(repository);
  assert.not.match(await releaseOf(repository), /Valid-Until|Contents|arm64|extra/);
  // For whoever has an older index.
  assert.equal(await readdir(join(repository, 'dists/stable/main/binary-arm64')), ['by-hash']);
  await updated(await newClient(repository));
  await changeApt({repository, contents: true});
  await rollbackApt({repository});
  assert.equal(await listApt({repository}), []);
  await assertClean(repository);
});

change('suites are added as the first is, and removed with their history', async () => {
  const repository = await newRepository({contents: true});
  await changeApt({repository, addSuites: ['next', 'canary'], suite: 'canary', canary: true});
  await assertClean(repository);
  await publishApt({repository, files: [await makeDeb({version: '2'})], suite: 'canary'});
  await publishApt({repository, files: [await makeDeb({version: '1'})], suite: 'stable'});
  const client = await newClient(repository, 'stable canary');
  await updated(client);
  assert.match((await client.cache('policy', 'app')).stdout, /Candidate: 1-1/);
  const error = await rejects(changeApt({repository, removeSuites: ['canary']}), 'E_OPTION', /still offers/);
  assert.equal((error as MkvenvdebError).issues, ['canary app 2-1 amd64']);
  await changeApt({repository, removeSuites: ['next']});
  const {dropped} = await changeApt({repository, removeSuites: ['canary'], dropPackages: true});
  assert.equal(dropped, ['canary app 2-1 amd64']);
  for (const path of ['dists/canary', 'dists/next', '.mkvenvdeb/history/canary'])
    assert.not.ok(existsSync(join(repository, path)), path);
  await assertClean(repository);
  assert.is((await client.get('update')).exitCode, 100);
  await rejects(changeApt({repository, removeSuites: ['canary']}), 'E_OPTION', /changed so/);
});

change('what clients accept only when told is changed only when wanted, and they follow then', async () => {
  for (const [what, wanted] of [
    ['origin', {origin: 'new'}],
    ['label', {label: 'new'}],
    ['notAutomatic', {canary: true}],
  ] as const) {
    const repository = await newRepository();
    const client = await newClient(repository);
    await updated(client);
    const before = await releaseOf(repository);
    const error = await rejects(changeApt({repository, ...wanted}), 'E_OPTION', /Clients would refuse/);
    assert.match((error as MkvenvdebError).issues[0] ?? '', new RegExp(`stable: ${what}: `));
    assert.is(await releaseOf(repository), before);
    await changeApt({repository, ...wanted, allowInfoChange: true});
    assert.is((await client.get('update')).exitCode, 100, what);
    assert.is((await client.get('update', '--allow-releaseinfo-change')).exitCode, 0);
    await updated(client);
  }
});

const WRONG: readonly (readonly [string, Partial<ChangeAptOptions>, RegExp])[] = [
  ['days that are none', {validDays: 0}, /Not a number of days: 0/],
  ['endless days', {validDays: Number.POSITIVE_INFINITY}, /Not a number of days: Infinity/],
  ['an architecture that is there', {addArchitectures: ['amd64']}, /named twice: amd64/],
  ['an architecture of no machine', {addArchitectures: ['all']}, /no machine: all/],
  ['an architecture that is not there', {removeArchitectures: ['s390x']}, /No such architecture: s390x/],
  ['every architecture', {removeArchitectures: ['amd64', 'arm64']}, /No architecture is named/],
  ['an architecture twice', {addArchitectures: ['i386'], removeArchitectures: ['i386']}, /architecture/],
  ['a component with a slash', {addComponents: ['a/b']}, /name of a component: "a\/b"/],
  ['every component', {removeComponents: ['main']}, /No component is named/],
  ['a suite with dots', {addSuites: ['../up']}, /name of a suite: "..\/up"/],
  ['a suite that is there', {addSuites: ['stable']}, /such a suite already: stable/],
  ['a suite that is not there', {removeSuites: ['none']}, /No such suite: none/],
  ['the facts of none', {suite: 'none', validDays: 3}, /No such suite: none/],
  ['the last suite', {removeSuites: ['stable'], dropPackages: true}, /No suite would be left/],
  ['a label of two lines', {label: 'a\nb', allowInfoChange: true}, /No name: "a\\nb"/],
  ['nothing', {}, /Nothing is to be changed/],
  ['what is so already', {contents: false}, /Nothing is to be changed/],
];

change('what cannot be changed is told, and nothing is written', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [await makeDeb()]});
  const state = async () => [await settingsOf(repository), await releaseOf(repository)];
  const before = await state();
  for (const [what, wanted, message] of WRONG) {
    const error = (await rejects(changeApt({repository, ...wanted}), 'E_OPTION', /./)) as MkvenvdebError;
    assert.match([error.message, ...error.issues].join('\n'), message, what);
    assert.equal(await state(), before, what);
  }
  for (const wanted of [{removeArchitectures: ['amd64']}, {addComponents: ['x'], removeComponents: ['main']}])
    await rejects(changeApt({repository, ...wanted}), 'E_OPTION', /still offers packages/);
  assert.equal(await state(), before);
});

change('a change that was broken off before the settings were written is done again, or undone', async () => {
  const wanted = {addArchitectures: ['riscv64'], addComponents: ['extra'], contents: true, validDays: 3};
  const broken = async () => {
    const repository = await newRepository({architectures: ['amd64']});
    await publishApt({repository, files: [await makeDeb({architecture: 'all'})]});
    const settings = await settingsOf(repository);
    await changeApt({repository, ...wanted});
    const changed = await settingsOf(repository);
    await writeFile(join(repository, '.mkvenvdeb/repository.json'), settings);
    return {repository, changed};
  };
  const again = await broken();
  await changeApt({repository: again.repository, ...wanted});
  assert.is(await settingsOf(again.repository), again.changed);
  await assertClean(again.repository);
  const more = await broken();
  await publishApt({repository: more.repository, files: [await makeDeb({name: 'two'})]});
  assert.not.match(await releaseOf(more.repository), /riscv64|extra|Contents/);
  assert.is((await listApt({repository: more.repository})).length, 2);
  const signed = await broken();
  await resignApt({repository: signed.repository});
  assert.not.match(await releaseOf(signed.repository), /riscv64|extra|Contents/);
  await updated(await newClient(signed.repository));
});

change('what is published lacks is made when the next package comes', async () => {
  const repository = await newRepository({architectures: ['amd64']});
  await publishApt({repository, files: [await makeDeb({architecture: 'all'}), await makeDeb({name: 'two'})]});
  const settings = JSON.parse(await settingsOf(repository));
  settings.suites[0] = {...settings.suites[0], architectures: ['amd64', 'arm64'], contents: true};
  await writeFile(join(repository, '.mkvenvdeb/repository.json'), JSON.stringify(settings));
  await unpublishApt({repository, packages: ['two']});
  await assertClean(repository);
  const arm = await armClient(repository);
  await updated(arm);
  assert.is((await arm.get('install', 'app')).exitCode, 0);
});

change('who waited while settings were changed is told, and does nothing', async () => {
  const repository = await newRepository();
  const files = [await makeDeb()];
  await withRepository({repository}, async (opened, caller) => {
    await changeApt({repository, contents: true});
    const work = async () => assert.unreachable('it was done by the old settings');
    await rejects(writing(opened, {repository}, caller, work), 'E_PUBLISH', /were changed meanwhile/);
  });
  await publishApt({repository, files});
  await assertClean(repository);
});

change.run();
