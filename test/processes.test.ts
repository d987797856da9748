import {spawn, spawnSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {hasEnded, isRunning, PROCESS_TAG, processStart, processTag} from '../lib/processes.js';

const test = suite('processes');

/** Run with a process that does nothing. */
async function withProcess<T>(use: (pid: number, end: () => Promise<void>) => Promise<T>): Promise<T> {
  const child = spawn('sleep', ['60']);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = () => {
    child.kill('SIGKILL');
    return ended;
  };
  try {
    return await use(child.pid ?? 0, end);
  } finally {
    await end();
  }
}

test('a process is running until it ends', () =>
  withProcess(async (pid, end) => {
    const start = (await processStart(pid)) ?? '';
    assert.match(start, /^\d+$/);
    assert.ok(await isRunning(pid, start));
    await end();
    assert.not.ok(await isRunning(pid, start));
    assert.is(await processStart(pid), undefined);
  }));

test('a process of the same number that started at another time is another one', () =>
  withProcess(async (pid) => {
    const start = Number(await processStart(pid));
    assert.not.ok(await isRunning(pid, String(start - 1)));
  }));

test('the start is the one that ps knows, whatever the name of the command', async () => {
  const child = spawn(
    'python3',
    [
      '-c',
      "import ctypes, time; ctypes.CDLL(None).prctl(15, b'a) b (c', 0, 0, 0); print(1, flush=True); time.sleep(60)",
    ],
    {stdio: ['ignore', 'pipe', 'inherit'], env: {PATH: '/usr/bin:/bin'}},
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  try {
    const {stdout} = spawnSync('ps', ['-o', 'comm=', '-p', String(child.pid)], {encoding: 'utf8'});
    assert.is(stdout.trim(), 'a) b (c');
    const own = Number(await processStart(process.pid));
    const start = Number(await processStart(child.pid ?? 0));
    assert.ok(start > own && start < own + 60 * 100, `${own} ${start}`);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a process that ended and was not asked how is not running', async () => {
  // The shell waits for no child of its own once another program has taken its place.
  const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = Number(String(await new Promise((resolve) => child.stdout.once('data', resolve))));
  try {
    let state = '';
    for (let tries = 0; tries < 100 && !state.startsWith('Z'); tries += 1) {
      state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], {encoding: 'utf8'}).stdout;
    }
    assert.match(state, /^Z/, 'the test does not do what it says');
    assert.is(await processStart(pid), undefined);
  } finally {
    child.kill('SIGKILL');
  }
});

test('the tag of this process fits its pattern and has not ended', async () => {
  const tag = await processTag();
  assert.match(tag, new RegExp(`^${PROCESS_TAG}$`));
  assert.is(tag.split('-')[2], String(process.pid));
  assert.is(await processTag(), tag);
  assert.not.ok(await hasEnded(tag));
});

/** Part of the tag that is changed, the value, whether its process counts as ended. */
for (const [title, part, value, ended] of [
  ['another start', 3, '1', true],
  ['a number that no process has', 2, '4999999', true],
  ['another boot', 1, '00000000', true],
  ['another machine or container', 0, '00000000', false],
] as const) {
  test(`a tag with ${title} has ${ended ? '' : 'not '}ended`, async () => {
    const tag = (await processTag()).split('-').with(part, value).join('-');
    assert.is(await hasEnded(tag), ended);
  });
}

test.run();
