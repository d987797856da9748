/**
 * Runs the test files, one process each, and counts what uvu printed: uvu itself exits with 0 for a suite that
 * never ran, for a file without tests and for a `before` hook that threw.
 *
 *   node dist/test/run.js [--long] [part of a file name …]
 */
import {spawn} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const TIMEOUT = 15 * 60_000;
const here = fileURLToPath(new URL('.', import.meta.url));
const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith('--'));
const env = {
  ...process.env,
  NO_COLOR: '1',
  FORCE_COLOR: '0',
  ...(args.includes('--long') ? {MKVENVDEB_LONG: '1'} : {}),
};

interface Outcome {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly string[];
  readonly output: string;
  readonly seconds: number;
}

const files = readdirSync(here, {recursive: true, encoding: 'utf8'})
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

/** Chroot and whole-build tests are long and want the machine: they start first, so that the run ends evenly. */
const weight = (file: string) => (file.startsWith('acceptance') ? 0 : file.startsWith('integration') ? 1 : 2);
const queue = [...files].sort((a, b) => weight(a) - weight(b));

function runFile(file: string): Promise<Outcome> {
  const started = process.hrtime.bigint();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', join(here, file)], {env, detached: true});
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    const timer = setTimeout(() => {
      output += `\nstopped after ${TIMEOUT / 1000} s`;
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, TIMEOUT);
    child.on('close', (code) => {
      clearTimeout(timer);
      const seconds = Number(process.hrtime.bigint() - started) / 1e9;
      resolve({file, seconds, output, ...count(output, code)});
    });
  });
}

/** A skip is decided while the test runs and printed as `SKIP <what>: <why>`; such a test counts as skipped. */
function count(output: string, code: number | null) {
  const total = /^\s*Total:\s+(\d+)\s+Passed:\s+(\d+)\s+Skipped:\s+(\d+)/m.exec(output);
  const [tests = 0, passed = 0, uvuSkipped = 0] = total ? total.slice(1).map(Number) : [];
  const skips = output.split('\n').filter((line) => line.startsWith('SKIP '));
  let failed = tests - passed;
  if (failed === 0 && (code !== 0 || !total || tests === 0 || uvuSkipped > 0)) failed = 1;
  return {passed: Math.max(0, passed - skips.length), failed, skips};
}

const outcomes: Outcome[] = [];
const worker = async () => {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const outcome = await runFile(file);
    outcomes.push(outcome);
    const mark = outcome.failed > 0 ? 'FAIL' : 'ok  ';
    console.log(`${mark} ${file} (${outcome.passed} passed, ${outcome.seconds.toFixed(1)} s)`);
    if (outcome.failed > 0) console.log(outcome.output);
    for (const skip of outcome.skips) console.log(`     ${skip}`);
  }
};
await Promise.all(Array.from({length: Math.max(2, availableParallelism())}, worker));

const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, one) => total + pick(one), 0);
const passed = sum((one) => one.passed);
const skipped = sum((one) => one.skips.length);
let failed = sum((one) => one.failed);
if (files.length === 0) {
  console.log(`No test file matches: ${wanted.join(' ')}`);
  failed += 1;
}
for (const one of outcomes.filter((outcome) => outcome.failed > 0)) console.log(`failed in ${one.file}`);
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
