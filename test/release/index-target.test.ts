import {createHash} from 'node:crypto';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {MkvenvdebError} from '../../lib/errors.js';
import {type IndexTargetOptions, openIndexTarget} from '../../lib/release/index-target.js';
import {openTestCaller, plannedOf, releaseOf} from '../helpers/releases.js';
import {rejects} from '../helpers/suite.js';
import {type Fault, type UploadIndex, uploadIndex} from '../helpers/upload-index.js';
import {makeSdist, makeWheel} from '../helpers/wheels.js';

const target = suite('release/index-target');
const CANARY = 'pypi-AgEN/canary+token=47';
let folder: string;
let index: UploadIndex;
let wheel: string;
let sdist: string;
let other: string;

target.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'index-target-'));
  const made = {name: 'own-app', version: '26.11.3'};
  wheel = await makeWheel(folder, made);
  sdist = await makeSdist(folder, made);
  other = await makeWheel(join(folder, 'other'), {...made, metadata: 'Summary: Another\n'});
});

target.before.each(async () => {
  index = await uploadIndex({password: CANARY});
});

target.after.each(() => index.close());
target.after(() => rm(folder, {recursive: true, force: true}));

async function open(more: IndexTargetOptions = {}, environment: Record<string, string> = {}) {
  const {caller, events} = openTestCaller(folder, environment);
  const options = {index: index.uploadUrl, password: CANARY, pauses: [1, 1], ...more};
  return {target: await openIndexTarget(options, caller), caller, events};
}

const names = () => [...index.files.keys()];
const digest = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** No secret in what is thrown or told. */
function assertHidden(...told: readonly unknown[]): void {
  const forms = [CANARY, encodeURIComponent(CANARY), Buffer.from(`__token__:${CANARY}`).toString('base64')];
  for (const one of told) {
    const {message, hint, issues, cause} = (one ?? {}) as MkvenvdebError;
    const text = `${JSON.stringify(one)} ${message} ${hint} ${issues} ${cause}`;
    for (const form of forms) assert.not.ok(text.includes(form), `told: ${text}`);
  }
}

target('a release is tried, published, verified, and found done', async () => {
  const {target: place, events} = await open();
  const release = await releaseOf([wheel, sdist]);
  await place.preflight(plannedOf(release));
  assert.equal(names(), []);
  await rejects(place.verify(release), 'E_PUBLISH', new RegExp(basename(wheel)));
  assert.is(await place.publish(release), 'published');
  assert.equal(names(), [basename(sdist), basename(wheel)]);
  await place.verify(release);
  assert.is(await place.publish(release), 'there');
  assert.is(index.forms.length, 2);
  assert.ok(place.irreversible);
  assert.is(place.place, index.uploadUrl);
  assertHidden(events);
});

/** Facts, section 4: what comes in the middle of a release, what it costs, and what is public then. */
const FAULTS: readonly (readonly [string, readonly Fault[], number])[] = [
  ['500 once', ['error before'], 3],
  ['500 that did store the file', ['error after'], 2],
  ['503 twice', ['busy', 'busy'], 4],
  ['a connection that is dropped before', ['dropped before'], 3],
  ['a connection that is dropped after it was stored', ['dropped after'], 2],
];
for (const [what, faults, sent] of FAULTS)
  target(`${what}: both files are there, ${sent} were sent`, async () => {
    const {target: place, events} = await open();
    const release = await releaseOf([wheel, sdist]);
    await place.preflight(plannedOf(release));
    index.faults.push(...faults);
    assert.is(await place.publish(release), 'published');
    await place.verify(release);
    assert.is(index.forms.length, sent);
    assertHidden(events);
  });

target('503 that stays ends it, and the next run sends the rest only', async () => {
  const {target: place} = await open();
  const release = await releaseOf([wheel, sdist]);
  await place.preflight(plannedOf(release));
  await index.faults.push('busy', 'busy', 'busy');
  assertHidden(
    await rejects(place.publish(release), 'E_PUBLISH', /does not take own-app-26\.11\.3\.tar\.gz: 503/),
  );
  assert.equal(names(), []);
  assert.is(await place.publish(release), 'published');
  assert.equal(names(), [basename(sdist), basename(wheel)]);
});

target('403 in the middle: told at once, and the next run sends the rest only', async () => {
  const {target: place} = await open();
  const release = await releaseOf([wheel, sdist]);
  await place.preflight(plannedOf(release));
  // Nothing wrong with the first file.
  index.faults.push('error after', 'forbidden');
  assertHidden(await rejects(place.publish(release), 'E_PUBLISH', /refuses own_app-26\.11\.3.*403/));
  assert.equal(names(), [basename(sdist)]);
  await rejects(place.verify(release), 'E_PUBLISH', new RegExp(await digest(wheel)));
  assert.is(await place.publish(release), 'published');
  await place.verify(release);
  assert.is(index.forms.filter((form) => form.some(([, value]) => value === 'sdist')).length, 1);
});

target('400, as somebody was quicker with other bytes: a stop with both digests', async () => {
  const {target: place} = await open();
  const release = await releaseOf([wheel, sdist]);
  await place.preflight(plannedOf(release));
  index.faults.push('taken');
  const error = await rejects(place.publish(release), 'E_PUBLISH', /other bytes under this name: own-app/);
  const there = createHash('sha256').update('other').digest('hex');
  assert.equal(error.issues, [`there: sha256 ${there}`, `here: sha256 ${await digest(sdist)}`]);
});

target('while one of the names has other bytes, none of the files is sent', async () => {
  const {target: place} = await open();
  await place.publish(await releaseOf([other]));
  const release = await releaseOf([sdist, wheel]);
  await rejects(place.publish(release), 'E_PUBLISH', /other bytes under this name: own_app/);
  assert.equal(names(), [basename(other)]);
  // A release whose files are built already is compared at once.
  await rejects(place.preflight(release), 'E_PUBLISH', /other bytes under this name: own_app/);
});

target(
  'before anything is built, the version has to be free; after that, what is there may be its own',
  async () => {
    const {target: place} = await open();
    const release = await releaseOf([wheel, sdist]);
    await place.publish(await releaseOf([wheel]));
    const error = await rejects(
      place.preflight(plannedOf(release)),
      'E_PUBLISH',
      /has files of this version/,
    );
    assert.equal(error.issues, [basename(wheel)]);
    await place.preflight(plannedOf({...release, version: '26.11.30'}));
    await place.preflight(release);
    assert.is(await place.publish(release), 'published');
  },
);

target('what is not of the release, or not what was built, is not sent', async () => {
  const {target: place} = await open();
  const release = await releaseOf([wheel]);
  const [artifact] = release.artifacts;
  assert.ok(artifact);
  const changed = {...release, artifacts: [{...artifact, sha256: '0'.repeat(64)}]};
  await rejects(place.publish(changed), 'E_PUBLISH', /not what was built/);
  for (const more of [{version: '26.11.4'}, {distribution: 'another'}])
    await rejects(place.publish({...release, ...more}), 'E_PUBLISH', /not of this release/);
  await rejects(place.publish({...release, artifacts: []}), 'E_PUBLISH', /neither sdist nor wheel/);
  await rejects(place.preflight({...plannedOf(release), distribution: undefined}), 'E_PUBLISH', /neither/);
  await rejects(place.preflight({...plannedOf(release), distribution: 'no/name'}), 'E_PUBLISH', /Not a name/);
  assert.is(index.forms.length, 0);
});

/** Places that a preflight refuses. */
const REFUSED: readonly (readonly [string, () => IndexTargetOptions, RegExp])[] = [
  ['a wrong token', () => ({password: `${CANARY}x`}), /refuses the account.*403.*__token__/s],
  ['no account', () => ({password: ''}), /wants an account.*403.*TWINE_USERNAME/s],
  ['nothing listens', () => ({index: 'http://127.0.0.9:45678/legacy/'}), /does not answer.*ECONNREFUSED/s],
];
for (const [what, more, message] of REFUSED)
  target(`preflight refuses: ${what}`, async () => {
    const {target: place, events} = await open(more());
    const release = plannedOf(await releaseOf([wheel]));
    assertHidden(await rejects(place.preflight(release), 'E_PUBLISH', message), events);
  });

target('preflight refuses an index that does not work now', async () => {
  const {target: place} = await open();
  index.faults.push('busy');
  await rejects(place.preflight(plannedOf(await releaseOf([wheel]))), 'E_PUBLISH', /does not work now.*503/);
});

/** Where an account comes from: options, what the environment says, .pypirc, and whether it is taken. */
const section = (name: string, more: string) =>
  `[distutils]\nindex-servers =\n    ${name}\n\n[${name}]\n${more}`;
const ACCOUNTS: readonly (readonly [
  string,
  (url: string) => {
    readonly options?: IndexTargetOptions;
    readonly environment?: Record<string, string>;
    readonly pypirc?: string;
  },
])[] = [
  ['an option', (url) => ({options: {index: url, password: CANARY}})],
  ['the URL', (url) => ({options: {index: url.replace('//', `//__token__:${encodeURIComponent(CANARY)}@`)}})],
  ['TWINE_PASSWORD', (url) => ({options: {index: url}, environment: {TWINE_PASSWORD: CANARY}})],
  [
    'MKVENVDEB_INDEX_PASSWORD before TWINE_PASSWORD',
    (url) => ({
      options: {index: url},
      environment: {TWINE_PASSWORD: 'wrong', MKVENVDEB_INDEX_PASSWORD: CANARY},
    }),
  ],
  [
    'TWINE_REPOSITORY_URL',
    (url) => ({
      environment: {TWINE_REPOSITORY_URL: url, TWINE_USERNAME: '__token__', TWINE_PASSWORD: CANARY},
    }),
  ],
  [
    'a section of .pypirc',
    (url) => ({
      options: {index: 'own'},
      pypirc: section('own', `repository = ${url}\nusername: __token__\npassword = ${CANARY}\n`),
    }),
  ],
  [
    'the section that TWINE_REPOSITORY names',
    (url) => ({
      environment: {TWINE_REPOSITORY: 'own'},
      pypirc: section('own', `repository = ${url}\npassword = ${CANARY}\n`),
    }),
  ],
  [
    'the section with this URL',
    (url) => ({
      options: {uploadUrl: url},
      pypirc: section('own', `repository = ${url}\npassword = ${CANARY}\n`),
    }),
  ],
  ['the section pypi', (url) => ({pypirc: `[pypi]\nrepository=${url}\npassword=${CANARY}\n`})],
];
for (const [what, given] of ACCOUNTS)
  target(`the account is that of ${what}`, async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const {options = {}, environment = {}, pypirc} = given(index.uploadUrl);
    if (pypirc !== undefined) await writeFile(join(home, '.pypirc'), pypirc, {mode: 0o600});
    const {caller, events} = openTestCaller(home, environment);
    const place = await openIndexTarget(options, caller);
    await place.preflight(plannedOf(await releaseOf([wheel])));
    assert.is(place.place, index.uploadUrl);
    assert.equal(events, []);
    assertHidden(place.place, caller.conceal(new Error('none')));
    caller.report({type: 'output', source: 'x', line: `with ${CANARY} in it`});
    assertHidden(events);
  });

target('who lets others read the passwords in .pypirc is warned', async () => {
  const home = await mkdtemp(join(folder, 'home-'));
  const text = section('own', `repository = ${index.uploadUrl}\npassword = ${CANARY}\n`);
  await writeFile(join(home, '.pypirc'), text, {mode: 0o644});
  const {caller, events} = openTestCaller(home, {});
  await openIndexTarget({index: 'own'}, caller);
  assert.is(events.map((event) => event.type === 'warning' && event.code).join(), 'readable-passwords');
  assertHidden(events);
});

target('what names no index, or cannot be sent as an account, is wrong input', async () => {
  const {caller} = openTestCaller(await mkdtemp(join(folder, 'home-')), {});
  const wrong = (options: IndexTargetOptions, message: RegExp) =>
    rejects(openIndexTarget(options, caller), 'E_OPTION', message);
  await wrong({}, /no section of ~\/\.pypirc: pypi/);
  await wrong({index: 'own'}, /no section of ~\/\.pypirc: own/);
  await wrong({uploadUrl: 'ftp://jo:secret@index.example.org/'}, /Not a URL.*ftp:\/\/\*\*\*\*@index/);
  assertHidden(await wrong({index: index.uploadUrl, password: `${CANARY}\n`}, /Control character/));
  await wrong({index: index.uploadUrl, username: 'a:b', password: 'c'}, /Colon/);
});

target.run();
