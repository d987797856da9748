import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {skip} from '../helpers/suite.js';

/** One run of each benchmark, as small as it goes: they shall work when somebody wants a figure. */
const short = suite('bench/short');

function benchmark(name: string, ...args: readonly string[]): string {
  const script = fileURLToPath(new URL(name, import.meta.url));
  const {status, stdout, stderr} = spawnSync(process.execPath, [script, ...args], {encoding: 'utf8'});
  assert.is(status, 0, stdout + stderr);
  return stdout;
}

short('one pair of builds gives a row for each and their ratio', () => {
  if (!existsSync('/usr/bin/dh_virtualenv'))
    return skip('a pair of builds', 'dh-virtualenv is not installed');
  const output = benchmark('dh-virtualenv.js', '1', 'CPython');
  const rows = [...output.matchAll(/^\| (\S+), CPython \| ([\d.]+) \| ([\d.]+) \| (\d+) \| (\d+) \|$/gm)];
  assert.equal(
    rows.map(([, name]) => name),
    ['mkvenvdeb', 'dh-virtualenv'],
  );
  const [ours = 0, theirs = 0] = rows.map(([, , , , , size]) => Number(size));
  assert.ok(ours > 0 && ours < 60_000 && theirs > ours, output);
  assert.match(output, /^CPython: [\d.]+ times less CPU, [\d.]+ times less wall \(median of 1 pairs\)$/m);
});

short('a small tree is packed by us and by dpkg-deb within the limit of memory', () => {
  const output = benchmark('pack-memory.js', fileURLToPath(new URL('../../lib', import.meta.url)));
  assert.match(output, /^mkvenvdeb, one worker: [\d.]+ s, [\d.]+ MB, peak [\d.]+ MB$/m);
  assert.match(output, /^dpkg-deb, all cores: [\d.]+ s, [\d.]+ MB$/m);
});

short('a small package is read by us and by dpkg-deb, with a ratio for each command', () => {
  const output = benchmark('read.js', '1', fileURLToPath(new URL('../../lib', import.meta.url)));
  for (const name of ['inspect', 'check', 'diff', 'diff --view bytes'])
    assert.match(
      output,
      new RegExp(`^\\| ${name} \\| [\\d.]+ \\| [\\d.]+ \\| \\d+ \\| [\\d.]+ \\(goal [25]\\) \\|$`, 'm'),
    );
});

short('an answer takes so many times as long as Node itself', () => {
  const output = benchmark('start.js', '1');
  for (const name of ['--version', '--help', 'build --help'])
    assert.match(
      output,
      new RegExp(`^\\| ${name} \\| [\\d.]+ \\| [\\d.]+ \\| [\\d.]+ \\(goal 2\\) \\|$`, 'm'),
    );
});

short('a few packages are published by us and by each of the others, and one more', () => {
  const output = benchmark('repository.js', '1', '20', '0');
  for (const name of ['mkvenvdeb', 'reprepro', 'apt-ftparchive, with cp', 'aptly, no Contents']) {
    const row = new RegExp(`^\\| ${name} \\| [\\d.]+ \\| [\\d.]+ \\| \\d+ \\|`, 'gm');
    assert.is(output.match(row)?.length, 2, output);
  }
});

short.run();
