import {copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {stageApt} from '../../lib/apt/publish.js';
import type {ErrorCode} from '../../lib/errors.js';
import type {AptTargetOptions} from '../../lib/release/apt-place.js';
import {openAptTarget} from '../../lib/release/apt-target.js';
import type {Release} from '../../lib/release/target.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile} from '../helpers/pgp.js';
import {openTestCaller, plannedOf, releaseOf} from '../helpers/releases.js';
import {rejects} from '../helpers/suite.js';

const target = suite('release/apt-target');
const place = await openAptPlace();
const {folder, makeDeb, newRepository, newClient} = place;

target.after(() => place.close());

async function open(repository: string, more: Partial<AptTargetOptions> = {}, environment = {}) {
  const {PATH, GNUPGHOME} = process.env;
  const {caller, events} = openTestCaller(folder, {PATH, GNUPGHOME, ...environment});
  return {target: openAptTarget({repository, ...more}, caller), events};
}

const OWN = {name: 'own-app', version: '26.11.3'};
const indexOf = (repository: string, name = 'stable') =>
  readFile(join(repository, 'dists', name, 'InRelease'), 'utf8');
const poolOf = async (repository: string) =>
  (await readdir(join(repository, 'pool'), {recursive: true})).filter((name) => name.endsWith('.deb'));

target(
  'a release is tried, staged unseen, published, verified, and found done; apt installs it',
  async () => {
    const repository = await newRepository();
    const release = await releaseOf([await makeDeb(OWN), await makeDeb({...OWN, architecture: 'arm64'})]);
    const {target: one, events} = await open(repository);
    const before = await indexOf(repository);
    await one.preflight(plannedOf(release));
    assert.is(await indexOf(repository), before);
    await one.stage?.(release);
    assert.is((await poolOf(repository)).length, 2);
    assert.is(await indexOf(repository), before);
    const error = await rejects(one.verify(release), 'E_PUBLISH', /has not all of the release/);
    assert.match(error.issues.join('\n'), /own-app 26\.11\.3-1 \(amd64\) in suite stable: not there/);
    assert.is(await one.publish(release), 'published');
    await one.verify(release);
    assert.is(await one.publish(release), 'there');
    await one.preflight(release);
    const client = await newClient(repository);
    await updated(client);
    assert.is((await client.get('install', 'own-app')).exitCode, 0);
    assert.is(await client.installed('own-app'), '26.11.3-1');
    assert.equal(events, []);
  },
);

target('each cell goes to its own suite', async () => {
  const repository = await newRepository({suites: ['bookworm', 'trixie', 'other']});
  const debs = [await makeDeb({...OWN, version: '26.11.3'}), await makeDeb({...OWN, text: 'trixie'})];
  const {artifacts, ...rest} = await releaseOf(debs);
  const release: Release = {
    ...rest,
    artifacts: artifacts.map((one, index) => ({...one, cell: index === 0 ? 'b12' : 't13'})),
  };
  const cellSuites = new Map([
    ['b12', 'bookworm'],
    ['t13', 'trixie'],
  ]);
  const {target: one} = await open(repository, {cellSuites});
  await one.preflight(plannedOf(release));
  assert.is(await one.publish(release), 'published');
  await one.verify(release);
  for (const [name, index] of [
    ['bookworm', 0],
    ['trixie', 1],
  ] as const)
    assert.match(
      await readFile(join(repository, 'dists', name, 'main/binary-amd64/Packages'), 'utf8'),
      `SHA256: ${artifacts[index]?.sha256}`,
    );
  const swapped = new Map([
    ['b12', 'trixie'],
    ['t13', 'bookworm'],
  ]);
  const {target: other} = await open(repository, {cellSuites: swapped});
  await rejects(other.verify(release), 'E_PUBLISH', /listed as sha256/);
  await rejects(other.preflight(release), 'E_PUBLISH', /other bytes of this version/);
  await rejects(other.publish(release), 'E_PUBLISH', /other bytes/);
});

target('a version that is there, or older than one that is there, is refused before the build', async () => {
  const repository = await newRepository();
  const {target: one} = await open(repository);
  const release = await releaseOf([await makeDeb(OWN)]);
  await one.publish(release);
  const there = await rejects(
    one.preflight(plannedOf(release)),
    'E_PUBLISH',
    /Suite stable has this version/,
  );
  assert.match(there.issues.join(), release.artifacts[0]?.sha256 ?? 'none');
  const older = {...plannedOf(release), version: '26.11.2'};
  await rejects(one.preflight(older), 'E_PUBLISH', /has a newer version: own-app 26\.11\.2\n26\.11\.3-1/);
  await one.preflight({...plannedOf(release), version: '26.11.10'});
  await one.preflight({...older, package: 'another'});
  const other = await releaseOf([await makeDeb({...OWN, text: 'other'})]);
  await rejects(one.preflight(other), 'E_PUBLISH', /other bytes of this version/);
});

target('what verify proves: every copy that a client could get', async () => {
  const repository = await newRepository();
  const {target: one} = await open(repository);
  const release = await releaseOf([await makeDeb(OWN)]);
  await one.publish(release);
  await one.verify(release);
  const [deb = ''] = await poolOf(repository);
  const pool = join(repository, 'pool', deb);
  const bytes = await readFile(pool);
  await writeFile(pool, Buffer.from(bytes).fill(0, 100, 101));
  await rejects(one.verify(release), 'E_PUBLISH', /damaged or missing: pool\//);
  await rm(pool);
  await rejects(one.verify(release), 'E_PUBLISH', /damaged or missing: pool\//);
  await mkdir(join(pool, '..'), {recursive: true});
  await writeFile(pool, bytes);
  await one.verify(release);
  // A signature of nobody whom clients know: only apt's own view tells.
  const inRelease = join(repository, 'dists/stable/InRelease');
  const text = await readFile(inRelease, 'utf8');
  await writeFile(inRelease, text.replace(/^Origin: .*$/m, 'Origin: other'));
  await rejects(one.verify(release), 'E_PUBLISH', /apt cannot read suite stable/);
});

target('without apt, verify says that nobody looked as a client', async () => {
  const repository = await newRepository();
  const release = await releaseOf([await makeDeb(OWN)]);
  const bin = join(folder, 'bin');
  await mkdir(bin, {recursive: true});
  for (const tool of ['gpg', 'sync'])
    await writeFile(join(bin, tool), `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`, {mode: 0o755});
  const {target: one, events} = await open(repository, {}, {PATH: bin});
  await one.publish(release);
  await one.verify(release);
  assert.equal(
    events.map((event) => event.type === 'warning' && event.code),
    ['no-apt'],
  );
});

target('a repository, suite, component or key that cannot be used is told before', async () => {
  const repository = await newRepository();
  const planned = plannedOf(await releaseOf([]));
  const refused = async (where: string, more: Partial<AptTargetOptions>, code: ErrorCode, message: RegExp) =>
    rejects((await open(where, more)).target.preflight(planned), code, message);
  await refused(join(folder, 'nowhere'), {}, 'E_OPTION', /No repository/);
  await refused(repository, {suite: 'none'}, 'E_OPTION', /No such suite: none/);
  await refused(repository, {cellSuites: new Map([['a', 'none']])}, 'E_OPTION', /No such suite: none/);
  await refused(repository, {component: 'none'}, 'E_PUBLISH', /no component none/);
  await rejects((await open(repository)).target.publish(await releaseOf([])), 'E_PUBLISH', /has no package/);
  const keys = await mkdtemp(join(folder, 'keys-'));
  const keyFile = await makeKeyFile(keys, 'ed25519');
  const own = await newRepository({gpgKeys: undefined, keyFiles: [keyFile]});
  await (await open(own)).target.preflight(planned);
  await rm(keyFile);
  await refused(own, {}, 'E_OPTION', /No such key/);
});

target('a passphrase is told nowhere', async () => {
  const keys = await mkdtemp(join(folder, 'keys-'));
  const keyFile = await makeKeyFile(keys, 'ed25519', {passphrase: 'open-sesame-47'});
  const env = process.env;
  env.MKVENVDEB_KEY_PASSPHRASE = 'open-sesame-47';
  try {
    const repository = await newRepository({gpgKeys: undefined, keyFiles: [keyFile]});
    env.MKVENVDEB_KEY_PASSPHRASE = 'wrong-canary-48';
    const {target: one, events} = await open(repository);
    const planned = plannedOf(await releaseOf([]));
    const error = await rejects(one.preflight(planned), 'E_OPTION', /passphrase/i);
    const told = JSON.stringify([
      error,
      error.message,
      error.hint,
      error.issues,
      String(error.cause),
      events,
    ]);
    assert.not.match(told, /sesame|canary/);
  } finally {
    delete env.MKVENVDEB_KEY_PASSPHRASE;
  }
});

target('files that changed after they were built are neither staged nor published', async () => {
  const repository = await newRepository();
  const {target: one} = await open(repository);
  const release = await releaseOf([await makeDeb(OWN)]);
  await copyFile(await makeDeb({...OWN, text: 'other'}), release.artifacts[0]?.file ?? '');
  for (const step of [one.stage, one.publish])
    await rejects(step?.(release) ?? Promise.resolve(), 'E_PUBLISH', /not what was built/);
  assert.equal(await poolOf(repository).catch(() => []), []);
});

target('what is staged is a package of that repository, or nothing is written', async () => {
  const repository = await newRepository();
  const files = [await makeDeb({...OWN, architecture: 'riscv64'})];
  await rejects(stageApt({repository, files}), 'E_OPTION', /does not have the architecture/);
  assert.equal(await poolOf(repository).catch(() => []), []);
});

target.run();
