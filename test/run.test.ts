import {spawn} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {inspect} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {CommandError} from '../lib/errors.js';
import {isRunning, processStart} from '../lib/processes.js';
import type {ReportEvent} from '../lib/report.js';
import {commandLine, mask, type RunOptions, run} from '../lib/run.js';
import {inFolder, rejects, skip} from './helpers/suite.js';

const test = suite('run');

const env = {PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8'};
const shell = (script: string, options: Partial<RunOptions> = {}) =>
  run('/bin/sh', ['-c', script], {cwd: '/', env, ...options});

/** Run a script that fails; gives the error. */
async function failing(script: string, options: Partial<RunOptions> = {}): Promise<CommandError> {
  const error = await rejects(shell(script, options), 'E_COMMAND', /./);
  assert.instance(error, CommandError);
  return error as CommandError;
}

/** Collects the lines that are reported. */
function collector() {
  const lines: string[] = [];
  const report = (event: ReportEvent) => {
    if (event.type === 'output') lines.push(`${event.source}: ${event.line}`);
  };
  return {lines, report};
}

for (const [title, script, wanted] of [
  ['without the final newline', 'echo one; echo two', 'one\ntwo'],
  ['with blank lines in it', "printf '\\na\\n\\nb'", '\na\n\nb'],
  ['without what went to standard error', 'echo told; echo not >&2', 'told'],
  ['with carriage returns and NUL where they are', "printf 'a\\r\\nb\\000c\\n'", 'a\r\nb\0c'],
  ['with what is no UTF-8 replaced', "printf 'a\\377b'", 'a\ufffdb'],
  ['with characters that arrive in two pieces', "printf '\\303'; sleep 0.1; printf '\\244'", 'ä'],
  ['of a command without output', ':', ''],
] as const) {
  test(`gives back standard output ${title}`, async () => {
    assert.is((await shell(script)).stdout, wanted);
  });
}

test('reports the lines of both streams as they come, under the label', async () => {
  const {lines, report} = collector();
  const script = 'echo one; sleep 0.1; echo two >&2; sleep 0.1; printf "three\\r\\nfour"';
  await shell(script, {report, label: 'sample'});
  assert.equal(lines, ['sample: one', 'sample: two', 'sample: three', 'sample: four']);
});

test('reports under the base name of the command without a label', async () => {
  const {lines, report} = collector();
  await shell('echo x', {report});
  assert.equal(lines, ['sh: x']);
});

test('gives no output back that is only to be reported', async () => {
  const {lines, report} = collector();
  assert.is((await shell('echo x', {report, keepOutput: false})).stdout, '');
  assert.equal(lines, ['sh: x']);
});

test('does not hide that a reporter throws', async () => {
  const report = () => {
    throw new RangeError('reporter');
  };
  let error: unknown;
  await shell('echo x; echo y', {report}).catch((caught) => {
    error = caught;
  });
  assert.instance(error, RangeError);
});

test('runs with the environment, folder and input it is given, and with nothing else', async () => {
  process.env.MKVENVDEB_TEST_LEAK = 'leaked';
  const {stdout} = await shell('pwd; env | sort; cat', {
    cwd: '/usr',
    env: {PATH: env.PATH, GIVEN: 'yes'},
    input: 'typed',
  });
  delete process.env.MKVENVDEB_TEST_LEAK;
  // Node itself hands on NODE_V8_COVERAGE while coverage is measured.
  const lines = stdout.split('\n').filter((line) => !/^(_|SHLVL|NODE_V8_COVERAGE)=/.test(line));
  assert.equal(lines, ['/usr', 'GIVEN=yes', `PATH=${env.PATH}`, 'PWD=/usr', 'typed']);
});

test('gives standard input that ends at once, and minds no command that does not read it', async () => {
  assert.is((await shell('cat')).stdout, '');
  await shell('true', {input: 'x'.repeat(1_000_000)});
});

test('an error has command line, folder, exit code and the last 40 lines of both streams', async () => {
  const error = await failing(
    'for i in $(seq 1 50); do echo "line $i"; done; sleep 0.1; echo end >&2; exit 7',
    {
      cwd: '/usr',
      label: 'counting',
    },
  );
  assert.is(error.message, 'Command failed: counting (exit code 7)');
  assert.is(error.exitCode, 7);
  assert.is(error.cwd, '/usr');
  assert.match(error.command, /^\/bin\/sh -c 'for i in/);
  const lines = error.output.split('\n');
  assert.is(lines.length, 40);
  assert.is(lines[0], 'line 12');
  assert.is(lines.at(-1), 'end');
});

test('an error names the signal that ended the command, also when failures are tolerated', async () => {
  for (const tolerant of [false, true]) {
    const error = await failing('kill -KILL $$', {tolerant});
    assert.is(error.signal, 'SIGKILL');
    assert.match(error.message, /SIGKILL/);
  }
});

test('a tolerated failure gives output and exit code', async () => {
  assert.equal(await shell('echo said; exit 3', {tolerant: true}), {stdout: 'said', exitCode: 3});
});

for (const [title, command, cwd, said] of [
  ['of an unknown name', 'mkvenvdeb-no-such-command', '/', /ENOENT/],
  ['that is a folder', '/usr', '/', /EACCES/],
  ['in a folder that does not exist', 'true', '/no/such/folder', /no\/such\/folder/],
] as const) {
  test(`a command ${title} could not be started, tolerant or not`, async () => {
    for (const tolerant of [false, true]) {
      const promise = run(command, [], {cwd, env, tolerant});
      const error = await rejects(promise, 'E_COMMAND', /^Command could not be started/);
      assert.ok(error.message.includes(command));
      assert.is((error as CommandError).exitCode, undefined);
      assert.match((error as CommandError).output, said);
    }
  });
}

for (const [given, secrets, wanted] of [
  ['https://jo:secret@example.org/simple', [], 'https://****@example.org/simple'],
  ['https://token@example.org/', [], 'https://****@example.org/'],
  ['https://jo:p@ss:w@example.org/', [], 'https://****@example.org/'],
  [
    'git+ssh://jo@example.org/x.git and http://a:b@c/',
    [],
    'git+ssh://****@example.org/x.git and http://****@c/',
  ],
  ['https://example.org/@scope/x', [], 'https://example.org/@scope/x'],
  ['jo@example.org', [], 'jo@example.org'],
  ['the word is hunter2, hunter2', ['hunter2'], 'the word is ****, ****'],
  [
    'a secret that begins with another: abcdef',
    ['abcd', 'abcdef'],
    'a secret that begins with another: ****',
  ],
  ['not a pattern: a.*c', ['a.*c', '....'], 'not a pattern: ****'],
  ['of three letters nothing can be hidden', ['thr', 'e'], 'of three letters nothing can be hidden'],
  ['empty secrets hide nothing', [''], 'empty secrets hide nothing'],
] as const) {
  test(`masks in: ${given}`, () => assert.is(mask(given, secrets), wanted));
}

test('shows no secret in a line, an error, the output or the command line', async () => {
  const secrets = ['hunter2'];
  const {lines, report} = collector();
  const script = 'echo "$1 $2"; sleep 0.1; echo "$1 $2" >&2; exit 1';
  const args = ['-c', script, 'sh', 'hunter2', 'http://jo:other@host/'];
  const error = await rejects(run('sh', args, {cwd: '/', env, secrets, report}), 'E_COMMAND', /./);
  assert.equal(lines, ['sh: **** http://****@host/', 'sh: **** http://****@host/']);
  assert.not.match(inspect(error, {depth: null}), /hunter2|other/);
  const {stdout} = await run('echo', ['hunter2'], {cwd: '/', env, secrets});
  assert.is(stdout, '****');
});

test('shows no secret of a command that could not be started', async () => {
  const promise = run('/no/such/hunter2', ['hunter2'], {cwd: '/', env, secrets: ['hunter2']});
  const error = await rejects(promise, 'E_COMMAND', /could not be started/);
  assert.not.match(inspect({...error}, {depth: null}), /hunter2/);
});

test('writes a command line that a shell would read again', () => {
  assert.is(
    commandLine('pip', ['install', "it's", 'a b', '', 'x==1']),
    "pip install 'it'\\''s' 'a b' '' x==1",
  );
});

test('a line without end does not fill the memory', async () => {
  const {lines, report} = collector();
  const before = process.memoryUsage.rss();
  const script = 'head -c 60000000 /dev/zero; echo; echo after; exit 1';
  const error = await failing(script, {report, keepOutput: false});
  assert.ok(process.memoryUsage.rss() - before < 40e6, 'it was kept');
  assert.ok(error.output.length < 100_000);
  assert.is(lines.length, 2);
  assert.match(lines[0] ?? '', /^sh: \0+$/);
  assert.is(lines[1], 'sh: after');
});

test('a secret is hidden where a long line is cut', async () => {
  const {lines, report} = collector();
  for (const length of [9_995, 9_999, 19_996]) {
    const script = `printf '%${length}s' ''; sleep 0.05; printf hunter; sleep 0.05; echo 2`;
    await shell(script, {report, secrets: ['hunter2']});
    assert.not.match(lines.at(-1) ?? '', /hun/, `after ${length} characters`);
  }
});

/** Starts a script with a grandchild that writes its number into a file; gives number and start of the grandchild. */
async function withGrandchild(script: (file: string) => string, reason: unknown) {
  return inFolder(async (folder) => {
    const file = join(folder, 'pid');
    await writeFile(file, '');
    const controller = new AbortController();
    const outcome = shell(script(file), {signal: controller.signal}).then(
      () => assert.unreachable('was not aborted'),
      (error) => error,
    );
    let pid = 0;
    while (!pid) {
      await wait(20);
      pid = Number(await readFile(file, 'utf8'));
    }
    const start = (await processStart(pid)) ?? '';
    const begun = process.hrtime.bigint();
    controller.abort(reason);
    const error = await outcome;
    const milliseconds = Number(process.hrtime.bigint() - begun) / 1e6;
    await wait(50);
    return {error, milliseconds, alive: start !== '' && (await isRunning(pid, start)), pid};
  });
}

test('an abort ends grandchildren too, at once, and rejects with its reason', async () => {
  const reason = new Error('enough');
  const {error, milliseconds, alive} = await withGrandchild(
    (file) => `(sh -c 'echo $$ > ${file}; sleep 60'; true); true`,
    reason,
  );
  assert.is(error, reason);
  assert.not.ok(alive);
  assert.ok(milliseconds < 5000, `${milliseconds} ms`);
});

test('an abort ends what ignores SIGTERM after a grace', async () => {
  const reason = new Error('enough');
  const {error, milliseconds, alive} = await withGrandchild(
    (file) => `trap '' TERM; (trap '' TERM; sh -c 'echo $$ > ${file}; while :; do sleep 1; done'); true`,
    reason,
  );
  assert.is(error, reason);
  assert.not.ok(alive);
  assert.ok(milliseconds < 20_000, `${milliseconds} ms`);
});

test('an abort ends a grandchild that outlives its parent', async () => {
  const {alive} = await withGrandchild(
    (file) => `(trap '' TERM; sh -c 'echo $$ > ${file}; exec sleep 60' >/dev/null 2>&1 &) ; sleep 60`,
    new Error('enough'),
  );
  assert.not.ok(alive);
});

test('an abort does not wait for a process that left the group and holds the output', async () => {
  const {milliseconds, pid} = await withGrandchild(
    (file) => `setsid sh -c 'echo $$ > ${file}; exec sleep 60' & sleep 60`,
    new Error('enough'),
  );
  process.kill(pid, 'SIGKILL');
  assert.ok(milliseconds < 20_000, `${milliseconds} ms`);
});

test('what is aborted already is not started', async () => {
  const reason = new Error('before');
  const signal = AbortSignal.abort(reason);
  await inFolder(async (folder) => {
    const error = await shell('touch begun', {signal, cwd: folder}).catch((caught) => caught);
    assert.is(error, reason);
    await rejects(shell('cat begun', {cwd: folder}), 'E_COMMAND', /exit code/);
  });
});

test('an abort after the end is of no consequence', async () => {
  const controller = new AbortController();
  const {stdout} = await shell('echo $$', {signal: controller.signal});
  // Another process could have its number by now: nothing may be sent to it.
  const other = spawn('sleep', ['60'], {detached: true});
  controller.abort();
  await wait(50);
  assert.match(stdout, /^\d+$/);
  assert.is(other.exitCode, null);
  other.kill('SIGKILL');
});

test('runs as another user when it is told to', async () => {
  if (process.getuid?.() !== 0) return skip('another user', 'only root can become one');
  assert.is((await shell('id -u; id -g', {uid: 65534, gid: 65534})).stdout, '65534\n65534');
});

test.run();
