import {chmodSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {CommandError} from '../../lib/errors.js';
import type {StagedVenv} from '../../lib/model.js';
import {runHooks} from '../../lib/python/hooks.js';
import type {Workspace} from '../../lib/python/workspace.js';
import type {ReportEvent} from '../../lib/report.js';
import {inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/hooks');

/** A staged virtualenv with one command, and a workspace that reports into `lines`. */
async function inVenv(
  use: (run: (...hooks: string[][]) => Promise<void>, prefix: string, lines: string[]) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  await inFolder(async (stage) => {
    const stagedPrefix = join(stage, 'opt', 'app');
    mkdirSync(join(stagedPrefix, 'bin'), {recursive: true});
    writeFileSync(join(stagedPrefix, 'bin', 'own'), '#!/bin/sh\necho "own $*"\n', {mode: 0o755});
    const lines: string[] = [];
    const workspace = {
      env: {PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8'},
      secrets: ['hunter2'],
      under: [],
      signal,
      report: (event: ReportEvent) => event.type === 'output' && lines.push(`${event.source}: ${event.line}`),
    } as unknown as Workspace;
    const venv = {stage, stagedPrefix, prefix: '/opt/app'} as StagedVenv;
    const source = join(stage, 'project');
    await use((...commands) => runHooks(workspace, venv, {commands, source}), stagedPrefix, lines);
  });
}

test('runs in the virtualenv, which comes first on PATH, and knows both places', () =>
  inVenv(async (run, prefix, lines) => {
    const script = 'pwd; env | sort';
    await run(['sh', '-c', script]);
    // The last one is handed on by Node itself, to all processes, where coverage is measured.
    const found = lines.filter((line) => !/^hook sh: (_|SHLVL|NODE_V8_COVERAGE)=/.test(line));
    assert.equal(found, [
      `hook sh: ${prefix}`,
      'hook sh: LC_ALL=C.UTF-8',
      'hook sh: MKVENVDEB_PREFIX=/opt/app',
      `hook sh: MKVENVDEB_SOURCE=${join(dirname(dirname(prefix)), 'project')}`,
      `hook sh: MKVENVDEB_STAGED_PREFIX=${prefix}`,
      `hook sh: PATH=${prefix}/bin:/usr/bin:/bin`,
      `hook sh: PWD=${prefix}`,
      `hook sh: VIRTUAL_ENV=${prefix}`,
    ]);
  }));

test("finds the virtualenv's own commands by name and by relative path, without a shell", () =>
  inVenv(async (run, _prefix, lines) => {
    await run(['own', '$HOME', 'a b'], ['bin/own', '*'], ['./bin/own']);
    assert.equal(lines, ['hook own: own $HOME a b', 'hook bin/own: own *', 'hook ./bin/own: own ']);
  }));

test('runs one after the other, and none after one that failed', () =>
  inVenv(async (run, prefix, lines) => {
    const write = (text: string) => ['sh', '-c', `echo ${text} >> order`];
    await run(write('one'), write('two'));
    const fails = ['sh', '-c', 'echo it broke >&2; exit 3'];
    const error = await rejects(
      run(write('three'), fails, write('four')),
      'E_COMMAND',
      /^Command failed: hook sh \(exit code 3\)/,
    );
    assert.instance(error, CommandError);
    assert.is((error as CommandError).output, 'it broke');
    assert.is((error as CommandError).cwd, prefix);
    assert.is(readFileSync(join(prefix, 'order'), 'utf8'), 'one\ntwo\nthree\n');
    assert.ok(lines.includes('hook sh: it broke'));
  }));

test('a command that is not there, or may not be run, is told', () =>
  inVenv(async (run, prefix) => {
    await rejects(run(['no-such-command']), 'E_COMMAND', /^Command could not be started: no-such-command/);
    chmodSync(join(prefix, 'bin', 'own'), 0o644);
    const error = await rejects(run(['bin/own']), 'E_COMMAND', /^Command could not be started: bin\/own/);
    assert.match((error as CommandError).output, /EACCES/);
  }));

test('shows no secret', () =>
  inVenv(async (run, _prefix, lines) => {
    const error = await rejects(run(['sh', '-c', 'echo "$0"; exit 1', 'hunter2']), 'E_COMMAND', /./);
    assert.equal(lines, ['hook sh: ****']);
    assert.not.match(JSON.stringify(error), /hunter2/);
  }));

test('runs nothing where there is nothing to run', () => inVenv((run) => run()));

test('is ended by an abort', async () => {
  const controller = new AbortController();
  const reason = new Error('stop');
  await inVenv(async (run) => {
    const outcome = run(['sleep', '60']).catch((error) => error);
    setTimeout(() => controller.abort(reason), 100);
    assert.is(await outcome, reason);
  }, controller.signal);
});

test.run();
