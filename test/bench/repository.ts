/**
 * Measures what it costs to publish packages, beside reprepro, apt-ftparchive and aptly from Debian, each in turn:
 * the first publication of many small ones, one more, and one of 200 MB. Signing and the start of every program are
 * counted, making the packages is not. The goals: first at most 0.7 times the quickest other, one more at most twice
 * reprepro.
 *
 *   node dist/test/bench/repository.js [runs [count[,count…] [MB of the large one [xz|gzip [ours]]]]]
 */
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeGpgKey, stopGpg} from '../helpers/gpg.js';
import {type Command, type Cost, measureInTurn, median, table} from './measure.js';
import {OneByOne, type RepositoryTool, repositoryTools} from './repository-tools.js';
import {type SmallCompression, writeSmallDebs} from './small-debs.js';

const [runs = '5', counts = '1000,5000', megabytes = '200', compression = 'xz', only] = process.argv.slice(2);
const work = mkdtempSync(join(tmpdir(), 'mkvenvdeb-bench-'));
const key = await makeGpgKey(work);
const tools = repositoryTools(key).filter(({name}) => only === undefined || name === 'mkvenvdeb');
try {
  for (const count of counts.split(',').map(Number)) await compare(count, Number(runs));
} finally {
  await stopGpg(key);
  rmSync(work, {recursive: true, force: true});
}

async function compare(count: number, times: number): Promise<void> {
  const at = (name: string) => join(work, String(count), name);
  const started = performance.now();
  await writeSmallDebs(at('debs'), [0, count], compression as SmallCompression);
  await writeSmallDebs(at('more'), [count, count + times + 1], compression as SmallCompression);
  console.log(
    `\n${count} packages (${compression}), made in ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  const shell = (name: string, tool: RepositoryTool, debs: string, line: string): Command => ({
    name: tool.name,
    argv: ['sh', '-e', '-c', line],
    cwd: work,
    env: {...process.env, GNUPGHOME: key.home, ROOT: rootOf(tool), DEBS: debs},
    prepare: () => prepare[name]?.(tool),
  });
  const rootOf = ({name}: RepositoryTool) => at(name.replace(/\W+/g, '-'));
  const extras = new Map(tools.map((tool) => [tool, new OneByOne(at('more'), at(`next-${tool.name}`))]));
  const prepare: Readonly<Record<string, (tool: RepositoryTool) => void>> = {
    first(tool) {
      // Not removed: ext4 takes long to make files where many have just been removed.
      if (existsSync(rootOf(tool)))
        renameSync(rootOf(tool), `${rootOf(tool)}-${randomBytes(4).toString('hex')}`);
      const env = {...process.env, GNUPGHOME: key.home, ROOT: rootOf(tool), DEBS: at('debs')};
      execFileSync('sh', ['-e', '-c', tool.empty], {env, stdio: ['ignore', 'ignore', 'inherit']});
    },
    more: (tool) => extras.get(tool)?.next(),
  };
  const first = tools.map((tool) => shell('first', tool, at('debs'), tool.first));
  show(`first publication of ${count}`, measureInTurn(first, times));
  const more = tools.map((tool) => shell('more', tool, extras.get(tool)?.folder ?? '', tool.more));
  show(`one more to ${count}`, measureInTurn(more, times));
  if (Number(megabytes) > 0 && count === Number(counts.split(',')[0])) {
    largeDeb(at('large'), Number(megabytes));
    // Once each: the second time it would be there.
    const large = tools.map((tool) => shell('large', tool, at('large'), tool.more));
    show(`one of ${megabytes} MB to ${count}`, measureInTurn(large, 1));
  }
  rmSync(join(work, String(count)), {recursive: true, force: true});
}

function show(title: string, costs: ReadonlyMap<string, readonly Cost[]>): void {
  const middle = (name: string, one: keyof Cost) => median((costs.get(name) ?? []).map((cost) => cost[one]));
  const ours = (one: keyof Cost, name: string) => (middle('mkvenvdeb', one) / middle(name, one)).toFixed(2);
  const rows = [...costs.keys()].map((name) => [
    name,
    middle(name, 'wall').toFixed(2),
    middle(name, 'cpu').toFixed(2),
    middle(name, 'peak').toFixed(0),
    ours('wall', name),
    ours('cpu', name),
  ]);
  console.log(table([title, 'wall s', 'CPU s', 'peak MiB', 'ours: wall', 'ours: CPU'], rows));
}

/** Most of it cannot be compressed, as if it were so already, so that the package is as large: about what a virtualenv with compiled modules is like. */
function largeDeb(folder: string, size: number): void {
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'DEBIAN'), {recursive: true});
  mkdirSync(join(tree, 'opt/large'), {recursive: true});
  const text = Buffer.from('def function(argument):\n    return argument + 1\n\n'.repeat(50));
  for (let file = 0; file < size * 41; file += 1)
    writeFileSync(join(tree, 'opt/large', `file-${file}`), Buffer.concat([randomBytes(22_000), text]), {
      mode: 0o644,
    });
  const fields = [
    'Package: large',
    'Version: 1.0-1',
    'Architecture: amd64',
    'Maintainer: Jo Doe <jo@example.org>',
  ];
  const description = ['Section: python', 'Priority: optional', 'Description: a large package', ''];
  writeFileSync(join(tree, 'DEBIAN/control'), [...fields, ...description].join('\n'));
  const build = ['--root-owner-group', '-Zxz', '-z1', '--build', tree, join(folder, 'large_1.0-1_amd64.deb')];
  execFileSync('dpkg-deb', build, {stdio: 'ignore'});
  rmSync(tree, {recursive: true});
}
