import {spawn} from 'node:child_process';
import {copyFile, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listApt} from '../../lib/index.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {runIn, unable} from '../helpers/places.js';
import {randomNumbers} from '../helpers/random.js';
import {cli, long, skip} from '../helpers/suite.js';

/** Publications that go wrong: a client works whatever happened, and the next run completes it. */
const faults = suite('integration/repository-faults');
const place = await openAptPlace();
const {folder, makeDeb, newClient, newRepository} = place;
faults.after(() => place.close());

/** How often a publication is killed, at random moments of the time it takes. */
const MOMENTS = long ? 200 : 20;

const add = (repository: string, files: readonly string[]) => {
  const child = spawn(
    process.execPath,
    [cli, 'repo', 'add', '--quiet', '--repository', repository, ...files],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ended = new Promise<{exitCode: number | null; stderr: string}>((resolve) =>
    child.on('close', (exitCode) => resolve({exitCode, stderr})),
  );
  return {child, ended};
};

/** What a run that was killed may leave, and the next one removes. */
const litter = async (repository: string): Promise<readonly string[]> =>
  (await readdir(repository, {recursive: true})).filter((name) => /\.mkvenvdeb-|\.lock-/.test(name));

/** A client that never saw the repository reads it without a word, and can install what it offers. */
async function whole(repository: string, name: string): Promise<void> {
  const client = await newClient(repository);
  await updated(client);
  const {exitCode, stderr} = await client.get('install', '--download-only', name);
  assert.is(exitCode, 0, stderr);
}

/** Much the same each time: what is killed is a run that adds a new version. */
async function versions(count: number): Promise<readonly string[]> {
  const debs = join(folder, `versions-${count}`);
  await mkdir(debs);
  const made: string[] = [];
  for (let version = 1; version <= count; version += 1) {
    const deb = join(debs, `${version}.deb`);
    await copyFile(await makeDeb({version: String(version)}), deb);
    made.push(deb);
  }
  return made;
}

faults(`SIGKILL at ${MOMENTS} random moments leaves what was published or what was to be`, async () => {
  const repository = await newRepository({architectures: ['amd64']});
  const [first = '', ...more] = await versions(MOMENTS + 1);
  const started = performance.now();
  await add(repository, [first]).ended;
  const takes = performance.now() - started;
  const random = randomNumbers('moments at which a publication is killed');
  const outcomes = {before: 0, after: 0};
  for (const [moment, deb] of more.entries()) {
    const {child, ended} = add(repository, [deb]);
    // Not before it does something: the start of Node is half of the time.
    const timer = setTimeout(() => child.kill('SIGKILL'), takes * (0.3 + 0.8 * random()));
    await ended;
    clearTimeout(timer);
    const offered = (await listApt({repository})).map(({version}) => version);
    const isNew = offered.includes(`${moment + 2}-1`);
    outcomes[isNew ? 'after' : 'before'] += 1;
    if (long || moment % 5 === 0) await whole(repository, 'app');
  }
  assert.ok(outcomes.before > 0, `no run was killed in time: ${JSON.stringify(outcomes)}`);
  const {exitCode, stderr} = await add(repository, [first, ...more]).ended;
  assert.is(exitCode, 0, stderr);
  assert.is((await listApt({repository})).length, MOMENTS + 1);
  assert.equal(await litter(repository), []);
  await whole(repository, 'app');
});

faults('two processes that publish ten packages each publish twenty', async () => {
  const repository = await newRepository({architectures: ['amd64']});
  const names = Array.from({length: 20}, (_, number) => `both-${number}`);
  const debs: string[] = [];
  for (const name of names) debs.push(await makeDeb({name}));
  const runs = await Promise.all(
    [debs.slice(0, 10), debs.slice(10)].map((some) => add(repository, some).ended),
  );
  for (const {exitCode, stderr} of runs) assert.is(exitCode, 0, stderr);
  const offered = (await listApt({repository})).map((one) => one.package);
  assert.equal(offered, [...names].sort());
  await whole(repository, 'both-19');
  assert.equal(await litter(repository), []);
});

/** Runs the rest with a small disk at $1 of $0 KiB, which has the repository at $2; what is there then goes to $3. */
const SMALL_DISK = `mount -t tmpfs -o size="$0"k tmpfs "$1" && cp -a "$2/." "$1/" && kept="$3" && at="$1" && shift 3 || exit 99
"$@"
code=$?
cp -a "$at/." "$kept/" || exit 98
exit $code`;

faults('a full disk is told, and what was published stays', async () => {
  const why = await unable('--mount');
  if (why !== undefined) return skip('a full disk under a repository', why);
  const repository = await newRepository({architectures: ['amd64']});
  await add(repository, [await makeDeb()]).ended;
  const large = await makeDeb({name: 'large', text: noise(400_000)});
  const there = await kilobytes(repository);
  const given = Math.ceil((await stat(large)).size / 4096) * 4;
  // Too little for the lock, for the package, and for the indexes behind it.
  for (const [number, size] of [there, there + given / 2, there + given + 16].entries()) {
    const [disk, kept] = [join(folder, `disk-${number}`), join(folder, `kept-${number}`)];
    for (const made of [disk, kept]) await mkdir(made);
    const under = ['unshare', '--mount', 'sh', '-c', SMALL_DISK, String(size), disk, repository, kept];
    const args = ['repo', 'add', '--repository', disk, large];
    const {exitCode, stderr} = await runIn(args, {
      ...{cwd: '/', under},
      env: {GNUPGHOME: place.key.home, HOME: folder, TMPDIR: folder},
    });
    assert.is(exitCode, 1, `${size}: ${stderr}`);
    assert.match(stderr, /^mkvenvdeb: No space left while (?:writing|locking) /m);
    assert.equal(
      (await listApt({repository: kept})).map((one) => one.package),
      ['app'],
    );
    await whole(kept, 'app');
    assert.is((await add(kept, [large]).ended).exitCode, 0);
    await whole(kept, 'large');
    assert.equal(await litter(kept), []);
  }
});

/** What the files of a folder take on a tmpfs. */
async function kilobytes(folderOf: string): Promise<number> {
  let pages = 0;
  for (const name of await readdir(folderOf, {recursive: true})) {
    const found = await stat(join(folderOf, name));
    if (found.isFile()) pages += Math.ceil(found.size / 4096);
  }
  return 4 * pages;
}

/** Text that no compressor makes much smaller. */
function noise(length: number): string {
  let seed = 1;
  const letters: string[] = [];
  for (let at = 0; at < length; at += 1) {
    seed = (seed * 48271) % 2147483647;
    letters.push(String.fromCharCode(33 + (seed % 94)));
  }
  return letters.join('');
}

faults('a pool that cannot be written is told, and what was published stays', async () => {
  const why = await unable('--mount');
  if (why !== undefined) return skip('a read-only pool', why);
  const repository = await newRepository({architectures: ['amd64']});
  await add(repository, [await makeDeb()]).ended;
  const before = await readFile(join(repository, 'dists/stable/InRelease'), 'utf8');
  const other = await makeDeb({name: 'other'});
  const line = 'mount --bind "$0/pool" "$0/pool" && mount -o remount,ro,bind "$0/pool" && exec "$@"';
  const {exitCode, stderr} = await runIn(['repo', 'add', '--repository', repository, other], {
    ...{cwd: '/', under: ['unshare', '--mount', 'sh', '-c', line, repository]},
    env: {GNUPGHOME: place.key.home, HOME: folder, TMPDIR: folder},
  });
  assert.is(exitCode, 1, stderr);
  assert.match(stderr, /^mkvenvdeb: Read-only file system while writing pool\//m);
  assert.is(await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'), before);
  assert.is((await add(repository, [other]).ended).exitCode, 0);
  await whole(repository, 'other');
  assert.equal(await litter(repository), []);
});

faults('a package that changes while it is published is refused', async () => {
  const {openFolder} = await import('../../lib/apt/folder-storage.js');
  const repository = await newRepository({architectures: ['amd64']});
  const storage = openFolder(repository, async () => {});
  for (const size of [100, 3 << 20]) {
    const file = join(folder, `changing-${size}`);
    await writeFile(file, Buffer.alloc(size));
    const content = {file, size, sha256: '0'.repeat(64)};
    const failed = await storage.create(`pool/x/${size}`, content).then(
      () => undefined,
      (error) => error as {code: string; message: string},
    );
    assert.is(failed?.code, 'E_IO');
    assert.match(failed?.message ?? '', /changed while it was published/);
    assert.is(await storage.read(`pool/x/${size}`), undefined);
  }
  await storage.close();
});

faults.run();
