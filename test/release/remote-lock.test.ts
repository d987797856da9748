import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type RemoteLockOptions, remoteLock} from '../../lib/release/remote-lock.js';
import {type GitPlaces, gitPlaces, writeHook} from '../helpers/git-places.js';
import {openTestCaller} from '../helpers/releases.js';
import {rejects, root} from '../helpers/suite.js';

const lock = suite('release/remote-lock');
const folder = await mkdtemp(join(tmpdir(), 'remote-lock-'));
let places: GitPlaces;

lock.before.each(async () => {
  places = await gitPlaces(await mkdtemp(join(folder, 'place-')));
});
lock.after(() => rm(folder, {recursive: true, force: true}));

const REF = 'refs/mkvenvdeb/release/own-app';

async function take(more: Partial<RemoteLockOptions> = {}) {
  const {caller, events} = openTestCaller(folder, {PATH: process.env.PATH, HOME: '/nonexistent'});
  const purpose = 'release of own-app 26.11.3';
  const options = {project: places.clone, package: 'own-app', purpose, poll: 50, ...more};
  return {lock: await remoteLock(options, caller), events};
}

const held = async () => (await places.refs()).get(REF);

lock('a ref of the remote that only one makes, and that is gone when it is given back', async () => {
  const {lock: mine} = await take();
  assert.is(mine.ref, REF);
  const error = await rejects(
    take({project: await places.another()}),
    'E_PUBLISH',
    new RegExp(`under way: release of own-app 26\\.11\\.3 by process ${process.pid} on `),
  );
  assert.match(error.issues.join(), /last sign of life: 20/);
  assert.match(error.hint ?? '', `git push origin --delete ${REF}`);
  await mine.giveBack();
  assert.is(await held(), undefined);
  await (await take()).lock.giveBack();
});

lock('a release that was cancelled lets others release', async () => {
  const {caller} = openTestCaller(folder, {PATH: process.env.PATH, HOME: '/nonexistent'});
  const controller = new AbortController();
  const options = {project: places.clone, package: 'own-app', purpose: 'release'};
  const mine = await remoteLock(options, {...caller, signal: controller.signal});
  controller.abort(new Error('cancelled'));
  await mine.giveBack();
  assert.is(await held(), undefined);
});

lock('another package does not wait, whatever it is called', async () => {
  const names = ['own-app', 'own-app2', 'lib3.11.lock', 'a..b', 'g++'];
  const locks = [];
  for (const name of names) locks.push(await take({package: name}));
  assert.is([...(await places.refs()).keys()].filter((ref) => ref.startsWith('refs/mkvenvdeb/')).length, 5);
  for (const {lock: one} of locks) await one.giveBack();
});

lock('of many at once one has it, and the others after it, one by one', async () => {
  let holders = 0;
  let most = 0;
  const projects = [places.clone, await places.another(), await places.another(), await places.another()];
  const use = async (project: string) => {
    const {lock: mine, events} = await take({project, wait: 60});
    holders += 1;
    most = Math.max(most, holders);
    await mine.renew();
    holders -= 1;
    await mine.giveBack();
    return events;
  };
  const told = await Promise.all(projects.map(use));
  assert.is(most, 1);
  assert.ok(told.flat().some((event) => event.type === 'warning' && event.code === 'release-locked'));
  assert.is(await held(), undefined);
});

/** Takes the lock and is killed with it. */
const KILLED = `
import {openCaller} from '${join(root, 'dist/lib/context.js')}';
import {remoteLock} from '${join(root, 'dist/lib/release/remote-lock.js')}';
const [project] = process.argv.slice(1);
await remoteLock({project, package: 'own-app', purpose: 'first'}, openCaller({}));
process.kill(process.pid, 'SIGKILL');
`;

lock('one whose process was killed on this machine is taken over at once', async () => {
  const dead = await execa(process.execPath, ['--input-type=module', '--eval', KILLED, places.clone], {
    reject: false,
  });
  assert.is(dead.signal, 'SIGKILL', dead.stderr);
  assert.ok(await held());
  const {lock: mine} = await take();
  await mine.giveBack();
  assert.is(await held(), undefined);
});

/** A lock of another machine, with its last sign of life so many seconds ago. */
async function strange(age: number, text?: string): Promise<void> {
  const time = Math.floor(Date.now() / 1000) - age;
  const owner = {tag: '00000000-00000000-1-1', pid: 1, host: 'elsewhere', purpose: 'release', time, count: 1};
  const tree = await places.git('write-tree');
  const hash = await places.git('commit-tree', '-m', text ?? JSON.stringify(owner), tree);
  await places.git('push', '--quiet', '--force', 'origin', `${hash}:${REF}`);
}

lock('one of another machine is waited for until it gives no sign of life any more', async () => {
  await strange(50);
  await rejects(take({takeOver: 60}), 'E_PUBLISH', /release by process 1 on elsewhere/);
  await rejects(take({takeOver: 60, wait: 0.1}), 'E_PUBLISH', /elsewhere/);
  const {lock: mine} = await take({takeOver: 40});
  await mine.giveBack();
});

lock('one that cannot be read is nobody to be taken over', async () => {
  for (const text of ['no json', '{"time": 0}', 'null']) {
    await strange(1e6, text);
    await rejects(take(), 'E_PUBLISH', /under way: another release/);
  }
});

lock('whoever was taken over is told before it goes on, and gives nothing back', async () => {
  const {lock: mine} = await take();
  await mine.renew();
  await strange(0);
  const theirs = await held();
  await rejects(mine.renew(), 'E_PUBLISH', /has taken over: own-app/);
  await mine.giveBack();
  assert.is(await held(), theirs);
});

lock('a remote that does not take such a ref is told with its words', async () => {
  await writeHook(places.bare, 'pre-receive', 'echo "branches only" >&2; exit 1');
  const error = await rejects(
    take(),
    'E_PUBLISH',
    /does not take the lock.*branches only.*refs\/mkvenvdeb\//s,
  );
  assert.match(error.issues.join('\n'), /branches only/);
});

lock('neither clone nor fetch sees it, and the clone stays as it is', async () => {
  const before = await places.git('for-each-ref');
  const {lock: mine} = await take();
  assert.is(await places.git('for-each-ref'), before);
  const other = await places.another();
  const refs = await execa('git', ['for-each-ref'], {cwd: other});
  assert.not.match(refs.stdout, 'mkvenvdeb');
  await rejects(take({project: other}), 'E_PUBLISH', /under way/);
  assert.is((await execa('git', ['status', '--porcelain'], {cwd: other})).stdout, '');
  await mine.giveBack();
});

lock('waiting ends when it is cancelled', async () => {
  await strange(0);
  const controller = new AbortController();
  const {caller} = openTestCaller(folder);
  const options = {project: places.clone, package: 'own-app', purpose: 'x', wait: 600, poll: 60_000};
  const reason = new Error('stop');
  const report = () => controller.abort(reason);
  const waiting = remoteLock(options, {...caller, report, signal: controller.signal});
  assert.is(await waiting.catch((error) => error), reason);
});

lock.run();
