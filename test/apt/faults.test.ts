import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, readdir, rm, stat, statfs, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkApt} from '../../lib/apt/check.js';
import {collectAptGarbage} from '../../lib/apt/collect-garbage.js';
import {initApt} from '../../lib/apt/init.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import {rollbackApt} from '../../lib/apt/rollback.js';
import {MkvenvdebError} from '../../lib/errors.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile, publicKeyOf} from '../helpers/pgp.js';
import {unable} from '../helpers/places.js';
import {randomNumbers} from '../helpers/random.js';
import {cli, long, skip} from '../helpers/suite.js';

/** A repository that is being kept when the machine fails: clients go on, and the next run completes what was begun. */
const faults = suite('apt/faults');
const place = await openAptPlace();
const {folder, makeDeb} = place;

faults.after(() => place.close());

const keyFile = await makeKeyFile(folder, 'ed25519');
const publicKey = await publicKeyOf(keyFile);
const template = join(folder, 'template');
const VERSIONS = ['1.0', '1.1', '1.2', '1.3', '1.4', '1.5'];
/** How often each of two commands is killed. */
const KILLS = long ? 100 : 12;
/** How often a client is asked as well. */
const ASKED = long ? 5 : 6;
const LIMITS = {keepVersions: 2, keepHours: 0, keepGenerations: 0};
const ARGS = ['--keep-versions', '2', '--keep-hours', '0', '--keep-generations', '0'];

faults.before(async () => {
  const facts = {origin: 'own', architectures: ['amd64'], contents: true};
  await initApt({repository: template, ...facts, keyFiles: [keyFile]});
  for (const version of VERSIONS)
    await publishApt({repository: template, files: [await makeDeb({version, text: version.repeat(3000)})]});
  for (const name of await readdir(join(template, 'pool'), {recursive: true}))
    await utimes(join(template, 'pool', name), 1_600_000_000, 1_600_000_000);
});

let count = 0;
async function copyTo(parent: string): Promise<string> {
  count += 1;
  const copy = join(parent, `copy-${count}`);
  await cp(template, copy, {recursive: true, preserveTimestamps: true});
  return copy;
}

const versionsIn = async (repository: string) => (await listApt({repository})).map(({version}) => version);
const poolOf = async (repository: string) =>
  (await readdir(join(repository, 'pool'), {recursive: true})).filter((name) => name.endsWith('.deb')).sort();

/** Nothing is wrong but what a client does not notice. */
async function assertHarmless(repository: string, what: string): Promise<void> {
  const issues = await checkApt({repository});
  const bad = issues.filter(({code, severity}) => severity !== 'info' && code !== 'unfinished');
  assert.equal(bad, [], what);
}

async function assertClean(repository: string, what: string): Promise<void> {
  const issues = (await checkApt({repository})).filter(({severity}) => severity !== 'info');
  assert.equal(issues, [], what);
}

async function assertInstalls(repository: string): Promise<void> {
  const client = await place.newClient(repository, 'stable', publicKey);
  await updated(client);
  assert.is((await client.get('install', 'app')).exitCode, 0);
}

/** Run a command and kill it after so many milliseconds. @returns whether it was killed, and how long it took */
async function killed(args: readonly string[], after: number): Promise<{done: boolean; took: number}> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, 'repo', ...args, '--quiet'], {stdio: 'ignore'});
  const timer = setTimeout(() => child.kill('SIGKILL'), after);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  return {done: code === 0, took: performance.now() - started};
}

/** Do something by a clock that is an hour ahead. */
async function later(work: () => Promise<unknown>): Promise<void> {
  const realNow = Date.now;
  Date.now = () => realNow() + 3_600_000;
  try {
    await work();
  } finally {
    Date.now = realNow;
  }
}

interface Command {
  readonly args: readonly string[];
  readonly again: (repository: string) => Promise<unknown>;
  /** What the suite may offer afterwards: as before, or as it should. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const all = VERSIONS.map((version) => `${version}-1`);
const commands: Readonly<Record<string, Command>> = {
  gc: {
    args: ARGS,
    again: (repository) => collectAptGarbage({repository, ...LIMITS}),
    before: all,
    after: all.slice(-2),
  },
  rollback: {
    args: [],
    again: async (repository) =>
      (await versionsIn(repository)).length === all.length && rollbackApt({repository}),
    before: all,
    after: all.slice(0, -1),
  },
};

for (const [name, {args, again, before, after}] of Object.entries(commands))
  faults(`SIGKILL at ${KILLS} moments of ${name} harms nobody, and the next run completes`, async () => {
    const first = await killed([name, '--repository', await copyTo(folder), ...args], 60_000);
    assert.ok(first.done, `${name} does not work`);
    let {took} = first;
    const random = randomNumbers(`moments at which ${name} is killed`);
    let hit = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const repository = await copyTo(folder);
      // The first part of a run only loads the program.
      const moment = took * (0.35 + 0.65 * random());
      const result = await killed([name, '--repository', repository, ...args], moment);
      const what = `${name} killed after ${moment.toFixed(0)} of ${took.toFixed(0)} ms`;
      if (!result.done) hit += 1;
      // The machine has other things to do, now more and now less.
      took = result.done ? result.took : took * 1.02;
      await assertHarmless(repository, what);
      assert.ok([before, after].map(String).includes(String(await versionsIn(repository))), what);
      if (kill % ASKED === 0) await assertInstalls(repository);
      await again(repository);
      assert.equal(await versionsIn(repository), after, what);
      if (name === 'gc') {
        await later(() => again(repository)); // what the first of these runs superseded
        assert.is((await poolOf(repository)).length, after.length, what);
      }
      await assertClean(repository, what);
      await rm(repository, {recursive: true});
    }
    assert.ok(hit > KILLS / 4, `only ${hit} of ${KILLS} runs were killed`);
  });

/** Use a folder as a mount point. */
async function mounted(args: readonly string[], at: string, use: () => Promise<void>): Promise<void> {
  await execa('mount', [...args, at]);
  try {
    await use();
  } finally {
    await execa('umount', [at]);
  }
}

/** What was wanted succeeds, or tells that the disk is the reason. */
async function attempt(work: Promise<unknown>, message: RegExp): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    assert.is(error.code, 'E_IO', error.message);
    assert.match(error.message, message);
    return false;
  }
}

faults('a full disk is told, harms nobody, and the next run completes', async () => {
  const why = await unable('--mount');
  if (why !== undefined) return skip('a full disk under a repository', why);
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const outcomes: boolean[] = [];
  await mounted(['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs'], disk, async () => {
    const gc = (repository: string) => collectAptGarbage({repository, ...LIMITS});
    const back = (repository: string) => rollbackApt({repository});
    for (const [work, free] of [
      ...[0, 1, 3, 6, 12, 40].map((pages) => [back, pages] as const),
      ...[0, 4, 40].map((pages) => [gc, pages] as const),
    ]) {
      const repository = await copyTo(disk);
      const {bavail, bsize} = await statfs(disk);
      await writeFile(join(disk, 'filler'), Buffer.alloc(Math.max(0, bavail - free) * bsize));
      outcomes.push(await attempt(work(repository), /No space left/));
      await assertHarmless(repository, `${free} pages were free`);
      if (free === 3) await assertInstalls(repository);
      await rm(join(disk, 'filler'));
      if (!outcomes.at(-1)) await work(repository);
      await assertClean(repository, `${free} pages were free`);
      assert.ok((await versionsIn(repository)).length < all.length);
      await rm(repository, {recursive: true});
    }
  });
  assert.ok(outcomes.includes(false) && outcomes.includes(true), outcomes.join());
});

faults('a pool that cannot be written to is told, harms nobody, and the next run completes', async () => {
  const why = await unable('--mount');
  if (why !== undefined) return skip('a pool that cannot be written to', why);
  const repository = await copyTo(folder);
  const pool = join(repository, 'pool');
  const work = [
    () => collectAptGarbage({repository, ...LIMITS}),
    () => rollbackApt({repository}),
    async () => publishApt({repository, files: [await makeDeb({version: '9'})]}),
  ];
  await mounted(['--bind', pool], pool, async () => {
    await execa('mount', ['-o', 'remount,ro,bind', pool]);
    for (const one of work) assert.not.ok(await attempt(one(), /Read-only file system/));
    await assertClean(repository, 'a pool that is read only');
    await assertInstalls(repository);
  });
  for (const one of work) await one();
  assert.ok((await stat(pool)).isDirectory());
  await assertClean(repository, 'after that');
  await assertInstalls(repository);
});

faults.run();
