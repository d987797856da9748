import {readdir, readFile, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {lockFolder} from '../../lib/apt/lock.js';
import {processTag} from '../../lib/processes.js';
import {inFolder, rejects} from '../helpers/suite.js';

const lock = suite('apt/lock');
const locksIn = async (folder: string) => (await readdir(folder)).filter((name) => /^lock\./.test(name));

lock('one after the other writes, however many want to', () =>
  inFolder(async (folder) => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      const giveBack = await lockFolder(folder, {patience: 20_000});
      inside += 1;
      most = Math.max(most, inside);
      await wait(5);
      inside -= 1;
      await giveBack();
    };
    await Promise.all(Array.from({length: 12}, work));
    assert.is(most, 1);
    assert.is((await locksIn(folder)).length, 1);
  }),
);

lock('who waits is told for whom, and gives up after all patience', () =>
  inFolder(async (folder) => {
    const giveBack = await lockFolder(folder, {patience: 0});
    const told: string[] = [];
    const waiting = (owner: string) => told.push(owner);
    const error = await rejects(lockFolder(folder, {patience: 150, waiting}), 'E_PUBLISH', /being written/);
    assert.match(error.hint ?? '', /lock\.1/);
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', new RegExp(`^process ${process.pid} on `));
    await giveBack();
    await (await lockFolder(folder, {patience: 0}))();
  }),
);

lock('a dead owner is taken over at once, by one of those who want to', () =>
  inFolder(async (folder) => {
    const [place, boot] = (await processTag()).split('-');
    const dead = {tag: `${place}-${boot}-999999999-1`, pid: 999_999_999, host: 'here', held: true};
    await writeFile(join(folder, 'lock.7'), JSON.stringify(dead));
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => lockFolder(folder, {patience: 0})));
    assert.is(outcomes.filter(({status}) => status === 'fulfilled').length, 1);
    assert.equal(await locksIn(folder), ['lock.8']);
  }),
);

lock('an owner on another machine is left alone', () =>
  inFolder(async (folder) => {
    const other = {tag: '00000000-00000000-1-1', pid: 1, host: 'elsewhere', held: true};
    await writeFile(join(folder, 'lock.3'), JSON.stringify(other));
    await rejects(lockFolder(folder, {patience: 0}), 'E_PUBLISH', /process 1 on elsewhere/);
    assert.is(await readFile(join(folder, 'lock.3'), 'utf8'), JSON.stringify(other));
  }),
);

lock('an owner on another machine without a sign of life is taken over where that is wanted', () =>
  inFolder(async (folder) => {
    const other = {tag: '00000000-00000000-1-1', pid: 1, host: 'elsewhere', held: true};
    const file = join(folder, 'lock.3');
    await writeFile(file, JSON.stringify(other));
    const options = {patience: 0, takeOver: 600, what: 'Project is being released'};
    await rejects(lockFolder(folder, options), 'E_PUBLISH', /Project is being released by process 1/);
    const long = Date.now() / 1000 - 700;
    await utimes(file, long, long);
    await rejects(lockFolder(folder, {patience: 0}), 'E_PUBLISH', /process 1 on elsewhere/);
    const giveBack = await lockFolder(folder, options);
    await utimes(join(folder, 'lock.4'), long, long);
    await rejects(lockFolder(folder, options), 'E_PUBLISH', new RegExp(`process ${process.pid} on`));
    await giveBack();
    assert.equal(await locksIn(folder), ['lock.4']);
  }),
);

lock('a lock that was damaged belongs to nobody', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'lock.5'), '{');
    await (await lockFolder(folder, {patience: 0}))();
    assert.equal(await locksIn(folder), ['lock.6']);
  }),
);

lock('waiting ends when it is cancelled', () =>
  inFolder(async (folder) => {
    const giveBack = await lockFolder(folder, {patience: 0});
    const reason = new Error('enough');
    const signal = AbortSignal.any([AbortSignal.abort(reason)]);
    try {
      await lockFolder(folder, {patience: 10_000, signal});
      assert.unreachable();
    } catch (error) {
      assert.is(error, reason);
    }
    await giveBack();
    assert.equal(await locksIn(folder), ['lock.1']);
  }),
);

lock.run();
