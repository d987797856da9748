/**
 * Measures how long `inspect`, `check` and `diff` take on a package of about 130 MB and 10,000 files, beside
 * `dpkg-deb --fsys-tarfile | tar t`, each in turn. The goals: `inspect` under 2 times, `check` and `diff` under 5.
 *
 *   node dist/test/bench/read.js [runs [folder …]]
 */
import {cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {readdir, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packDeb} from '../../lib/index.js';
import {cli} from '../helpers/suite.js';
import {measureInTurn, median, table} from './measure.js';

/** What most build machines have; as many as are needed. */
const TREES = ['/usr/lib/pypy3.9', '/usr/lib/python3', '/usr/lib/python3.11', '/usr/share/perl'];
const WANTED = 130_000_000;
const GOALS: Readonly<Record<string, number>> = {inspect: 2, check: 5, diff: 5, 'diff --view bytes': 5};

const [runs = '5', ...given] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'mkvenvdeb-bench-'));
try {
  await compare(Number(runs), given);
} finally {
  rmSync(work, {recursive: true, force: true});
}

async function compare(times: number, folders: readonly string[]): Promise<void> {
  const tree = join(work, 'tree');
  const {bytes, files} = await fill(tree, folders);
  console.log(`${(bytes / 1e6).toFixed(1)} MB, ${files} files`);
  const before = await packed(tree, '1.0');
  writeFileSync(join(tree, 'opt/app/changed'), 'a new file\n');
  const after = await packed(tree, '1.1');
  const node = (...args: string[]) => [process.execPath, cli, ...args];
  const shell = (line: string) => ['sh', '-c', line];
  // Whether packages differ, or have findings, is the exit code, and no failure of the measurement.
  const quiet = (name: string, ...args: string[]) => ({
    name,
    argv: shell(`${node(...name.split(' '), ...args).join(' ')} >/dev/null || [ $? -eq 1 ]`),
    cwd: work,
  });
  const costs = measureInTurn(
    [
      {
        name: 'dpkg-deb and tar t',
        argv: shell(`dpkg-deb --fsys-tarfile ${before} | tar t >/dev/null`),
        cwd: work,
      },
      quiet('inspect', before),
      quiet('check', before),
      quiet('diff', before, after),
      quiet('diff --view bytes', before, after),
    ],
    times,
  );
  const middle = (name: string, key: 'wall' | 'cpu' | 'peak') =>
    median((costs.get(name) ?? []).map((cost) => cost[key]));
  const base = middle('dpkg-deb and tar t', 'wall');
  const rows = [...costs.keys()].map((name) => [
    name,
    middle(name, 'wall').toFixed(2),
    middle(name, 'cpu').toFixed(2),
    middle(name, 'peak').toFixed(0),
    `${(middle(name, 'wall') / base).toFixed(2)}${name in GOALS ? ` (goal ${GOALS[name]})` : ''}`,
  ]);
  console.log(table(['command', 'wall s', 'CPU s', 'peak MiB', 'times dpkg-deb'], rows));
}

async function fill(tree: string, folders: readonly string[]): Promise<{bytes: number; files: number}> {
  const total = {bytes: 0, files: 0};
  mkdirSync(join(tree, 'opt/app'), {recursive: true});
  for (const [index, folder] of (folders.length > 0 ? folders : TREES).entries()) {
    if (!existsSync(folder) || total.bytes >= WANTED) continue;
    const target = join(tree, 'opt/app', String(index));
    cpSync(folder, target, {recursive: true, verbatimSymlinks: true});
    for (const found of await readdir(target, {recursive: true, withFileTypes: true})) {
      if (!found.isFile()) continue;
      total.bytes += (await stat(join(found.parentPath, found.name))).size;
      total.files += 1;
    }
  }
  return total;
}

async function packed(folder: string, version: string): Promise<string> {
  const maintainer = 'Jo Doe <jo@example.org>';
  const options = {package: 'app', version, maintainer, out: work, sourceDateEpoch: 1_700_000_000};
  return (await packDeb({folder, ...options})).file;
}
