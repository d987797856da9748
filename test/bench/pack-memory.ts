/**
 * Measures what packing a tree of about 130 MB costs, with the check of what was written: the peak memory of the process with one worker (the limit is
 * 250 MB), its time and the size of the package, beside `dpkg-deb --build` of the same tree.
 *
 *   node dist/test/bench/pack-memory.js [folder …]
 */
import {execFileSync} from 'node:child_process';
import {cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {checkDeb} from '../../lib/archive/check.js';
import {writeDeb} from '../../lib/archive/write.js';
import {controlText, entriesOf, MTIME} from '../archive/helper.js';

const LIMIT = 250_000_000;
const WANTED = 130_000_000;
/** What most build machines have; as many as are needed. */
const TREES = [
  '/usr/lib/pypy3.9',
  '/usr/lib/python3',
  '/usr/lib/python3.11',
  '/usr/share/perl',
  '/usr/share/doc',
];
const args = process.argv.slice(2);

const sizeOf = (folder: string): number =>
  Number.parseInt(execFileSync('du', ['-sb', folder], {encoding: 'utf8'}), 10);

if (args[0] === '--child') await pack(args[1] as string, args[2] as string);
else measure(args.length > 0 ? args : enoughTrees());

/** One build in a process of its own; prints its peak memory in bytes. */
async function pack(tree: string, file: string): Promise<void> {
  const control = () => [{name: 'control', data: controlText(), mode: 0o644}];
  await writeDeb({
    file,
    entries: entriesOf(tree, 'opt/app'),
    control,
    compression: 'xz',
    mtime: MTIME,
    check: async (written) => void (await checkDeb(written, {scope: 'structure', workers: 1})),
    workers: 1,
  });
  console.log(process.resourceUsage().maxRSS * 1024);
}

function enoughTrees(): readonly string[] {
  let total = 0;
  return TREES.filter((tree) => {
    if (total >= WANTED || !existsSync(tree)) return false;
    total += sizeOf(tree);
    return true;
  });
}

function measure(trees: readonly string[]): void {
  const work = mkdtempSync(join(tmpdir(), 'mkvenvdeb-bench-'));
  try {
    for (const [index, tree] of trees.entries()) {
      cpSync(tree, join(work, 'tree/opt/app', String(index)), {recursive: true, verbatimSymlinks: true});
    }
    console.log(`${trees.join(' + ')}: ${(sizeOf(join(work, 'tree')) / 1e6).toFixed(1)} MB`);
    mkdirSync(join(work, 'tree/DEBIAN'));
    writeFileSync(join(work, 'tree/DEBIAN/control'), controlText());
    const [ours, theirs] = [join(work, 'ours.deb'), join(work, 'theirs.deb')];
    const self = fileURLToPath(import.meta.url);
    const [peak, seconds] = timed(process.execPath, [self, '--child', join(work, 'tree/opt/app'), ours]);
    const [, theirSeconds] = timed('dpkg-deb', [
      '-Zxz',
      '--root-owner-group',
      '--build',
      join(work, 'tree'),
      theirs,
    ]);
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `mkvenvdeb, one worker: ${seconds} s, ${megabytes(statSync(ours).size)}, peak ${megabytes(Number(peak))}`,
    );
    console.log(`dpkg-deb, all cores: ${theirSeconds} s, ${megabytes(statSync(theirs).size)}`);
    if (Number(peak) > LIMIT) process.exitCode = 1;
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

function timed(command: string, args: readonly string[]): [output: string, seconds: string] {
  const started = process.hrtime.bigint();
  const output = execFileSync(command, args, {encoding: 'utf8'});
  return [output.trim(), (Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)];
}
