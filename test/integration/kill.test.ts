import {type ChildProcessByStdio, spawn} from 'node:child_process';
import {createHash, randomBytes} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {setTimeout as wait} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildDeb, type ReportEvent, type StepName} from '../../lib/index.js';
import {makeProject} from '../helpers/projects.js';
import {cli, long} from '../helpers/suite.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {makeWheel} from '../helpers/wheels.js';

/** Builds that are stopped at any moment: what was there before stays, and the next build clears up. */
const kill = suite('integration/kill');
const own = await ownTemporaryFolder();
const tmp = process.env.TMPDIR as string;
const source = join(own, 'project');
const out = join(own, 'out');
const deb = join(out, 'tiny_1.0-1_all.deb');
/** How often a build is killed in the middle, at moments that are spread over it. */
const MOMENTS = long ? 60 : 10;

type Line = ReportEvent | {readonly type: 'error' | 'cancelled'};
interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<{exitCode: number | null; signal: string | null; lines: readonly Line[]}>;
}

/** Start the command line; `at` is called with every event and its number. */
function start(
  args: readonly string[],
  at: (line: Line, number: number, child: Running['child']) => void,
): Running {
  const child = spawn(process.execPath, [cli, 'build', ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, TMPDIR: tmp},
  });
  const lines: Line[] = [];
  createInterface({input: child.stderr}).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    at(line, lines.push(line), child);
  });
  child.stdout.resume();
  const ended = new Promise<Awaited<Running['ended']>>((resolve) =>
    child.on('close', (exitCode, signal) => resolve({exitCode, signal, lines})),
  );
  return {child, ended};
}

const isStep = (line: Line, name: StepName) => line.type === 'step' && line.name === name;
const sha256 = async (file: string) =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

/** Command lines of the processes that have our temporary folder in their environment: what a build has started. */
async function processes(): Promise<readonly string[]> {
  const found: string[] = [];
  const numbers = (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  );
  for (const pid of numbers) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (!environment.includes(tmp)) continue;
    found.push(
      `${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' ')}`,
    );
  }
  return found;
}

/** A process that was killed takes a moment to go. */
async function assertNoProcess(): Promise<void> {
  for (let tries = 0; tries < 20 && (await processes()).length > 0; tries += 1) await wait(100);
  assert.equal(await processes(), []);
}

let wanted = '';
let events = 0;

kill.before(async () => {
  await makeWheel(join(source, 'wheels'), {name: 'fxa'});
  const config =
    'python = "/usr/bin/python3"\nno_index = true\nfind_links = ["wheels"]\nsource_date_epoch = 1700000000\n';
  await makeProject(source, {requires: ['fxa'], config, files: {'tiny/large': randomBytes(1 << 21)}});
  const {exitCode, lines} = await start([source, '--out', out], () => {}).ended;
  assert.is(exitCode, 0, JSON.stringify(lines));
  wanted = await sha256(deb);
  events = lines.length;
});

kill(`SIGKILL at ${MOMENTS} moments leaves the old package or the new one`, async () => {
  const old = 'the package of yesterday';
  const seen = new Set<string>();
  for (let moment = 0; moment < MOMENTS; moment += 1) {
    await writeFile(deb, old);
    const at = 1 + Math.floor((moment * events) / MOMENTS);
    const {lines, signal} = await start([source, '--out', out], (_line, number, child) => {
      // A little later each time: events come when a step begins or ends, and a disk is busy in between.
      if (number === at) setTimeout(() => child.kill('SIGKILL'), (moment % 4) * 50);
    }).ended;
    seen.add([...lines].reverse().find((line) => line.type === 'step')?.name ?? 'none');
    const text = await readFile(deb);
    const isNew = createHash('sha256').update(text).digest('hex') === wanted;
    assert.ok(isNew || text.equals(Buffer.from(old)), `a partial package after ${at} of ${events} events`);
    if (!isNew) assert.is(signal, 'SIGKILL', `the build ended by itself after event ${lines.length}`);
    assert.equal(
      (await readdir(out)).filter((name) => !name.startsWith('.mkvenvdeb-')),
      ['tiny_1.0-1_all.deb'],
    );
  }
  assert.ok(seen.size > 4, `too few stages were hit: ${[...seen].join(', ')}`);
});

kill('the build after that gives the same bytes and leaves nothing of the others', async () => {
  await rm(deb);
  const {exitCode, lines} = await start([source, '--out', out], () => {}).ended;
  assert.is(exitCode, 0, JSON.stringify(lines.at(-1)));
  assert.is(await sha256(deb), wanted);
  assert.equal(await readdir(out), ['tiny_1.0-1_all.deb']);
  assert.equal(await readdir(tmp), []);
});

kill(
  'SIGKILL while the package is written leaves a hidden folder, which the next build removes',
  async () => {
    await rm(out, {recursive: true});
    const {signal} = await start([source, '--out', out], (line, _number, child) => {
      if (line.type === 'progress' && line.name === 'pack') child.kill('SIGKILL');
    }).ended;
    assert.is(signal, 'SIGKILL');
    assert.ok((await readdir(out)).length > 0, 'the build was killed too late to prove anything');
    assert.equal(
      (await readdir(out)).filter((name) => !name.startsWith('.mkvenvdeb-')),
      [],
    );
    assert.is((await start([source, '--out', out], () => {}).ended).exitCode, 0);
    assert.equal(await readdir(out), ['tiny_1.0-1_all.deb']);
    assert.is(await sha256(deb), wanted);
    assert.equal(await readdir(tmp), []);
  },
);

/** Starts a compiler, so to say, that does not want to end. */
const STUBBORN = `import subprocess


def build_wheel(*args):
    subprocess.run(["sh", "-c", "trap '' TERM INT; echo waiting; sleep 600 & wait; sleep 600"])
`;

const stubbornProject = (name: string) =>
  makeProject(join(own, name), {
    config: 'python = "/usr/bin/python3"\nno_index = true\n',
    tree: {'backend/backend.py': STUBBORN},
  });
const isWaiting = (line: Line) => line.type === 'output' && line.line === 'waiting';

kill('a second SIGINT does not wait, and ends everything all the same', async () => {
  const {exitCode} = await start([await stubbornProject('twice'), '--out', out], (line, _number, child) => {
    if (!isWaiting(line)) return;
    child.kill('SIGINT');
    setTimeout(() => child.kill('SIGINT'), 100);
  }).ended;
  assert.is(exitCode, 130);
  await assertNoProcess();
  assert.is((await start([source, '--out', out], () => {}).ended).exitCode, 0);
  assert.equal(await readdir(tmp), []);
});

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  kill(`${signal} ends everything that a build started, within seconds`, async () => {
    let stopped = 0n;
    const place = join(own, signal, 'deb_dist');
    const result = await start([await stubbornProject(signal), '--out', place], (line, _number, child) => {
      if (!isWaiting(line)) return;
      stopped = process.hrtime.bigint();
      child.kill(signal);
    }).ended;
    assert.is(result.exitCode, exitCode, JSON.stringify(result.lines.at(-1)));
    assert.is(result.lines.at(-1)?.type, 'cancelled');
    assert.ok(Number(process.hrtime.bigint() - stopped) / 1e9 < 10, 'it took too long');
    await assertNoProcess();
    assert.equal(await readdir(tmp), []);
    assert.not.ok(existsSync(place));
  });

  for (const step of ['venv', 'install', 'relocate', 'payload', 'pack'] as const) {
    kill(`${signal} at the beginning of ${step} leaves the old package`, async () => {
      await mkdir(out, {recursive: true});
      await writeFile(deb, 'old');
      const {exitCode: code, lines} = await start([source, '--out', out], (line, _number, child) => {
        if (isStep(line, step)) child.kill(signal);
      }).ended;
      assert.is(code, exitCode, JSON.stringify(lines.at(-1)));
      assert.is(await readFile(deb, 'utf8'), 'old');
      assert.equal(await readdir(out), ['tiny_1.0-1_all.deb']);
      await assertNoProcess();
      assert.equal(await readdir(tmp), []);
    });
  }
}

for (const [title, when] of [
  ['when it begins', (event: ReportEvent) => isStep(event, 'plan')],
  ['while pip runs', (event: ReportEvent) => event.type === 'output' && event.source === 'pip download'],
  [
    'while the package is written',
    (event: ReportEvent) => event.type === 'progress' && event.name === 'pack',
  ],
] as const) {
  kill(`an abort ${title} rejects with its reason`, async () => {
    const controller = new AbortController();
    const reason = {why: 'the user changed her mind'};
    const place = join(own, 'aborted');
    const report = (event: ReportEvent) => when(event) && controller.abort(reason);
    const error = await buildDeb({source, out: place, signal: controller.signal, report}).catch(
      (caught) => caught,
    );
    assert.is(error, reason);
    assert.equal(existsSync(place) ? await readdir(place) : [], []);
    assert.equal(await readdir(tmp), []);
  });
}

kill('a build that was aborted before it began does nothing', async () => {
  const reason = new Error('too late');
  const events: ReportEvent[] = [];
  const options = {
    source,
    signal: AbortSignal.abort(reason),
    report: (event: ReportEvent) => events.push(event),
  };
  assert.is(await buildDeb(options).catch((caught) => caught), reason);
  assert.equal(events, []);
});

kill.after(() => rm(own, {recursive: true, force: true, maxRetries: 5}));
kill.run();
