import {appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {CellList, CellResult, ReleaseResult} from '../../lib/index.js';
import {runCli} from '../helpers/cli.js';
import {
  configuration,
  contentsOf,
  git,
  makeReleaseProject,
  type ReleaseProject,
} from '../helpers/release-project.js';
import {cli} from '../helpers/suite.js';

const cells = suite('release/cells');
const CONFIGURATION = `gate: {install: false}
cells:
  - {id: one, distribution: bookworm, revision: 1~bookworm1}
  - {id: two, distribution: trixie, revision: 1~trixie1, options: {section: web, compression_level: 0}}
`;
let folder: string;
let project: ReleaseProject;
let list: CellList;

cells.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cells-'));
  project = await makeReleaseProject(folder, CONFIGURATION);
});

cells.after(() => rm(folder, {recursive: true, force: true}));

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCli(args, {
    cwd: project.folder,
    env: {XDG_STATE_HOME: join(folder, 'state'), CI: '', JENKINS_URL: '', ...env},
  });

async function json<T>(...args: readonly string[]): Promise<T> {
  const {stdout, stderr, exitCode} = await run([...args, '--json']);
  assert.is(exitCode, 0, stderr);
  return JSON.parse(stdout);
}

const at = (id: string) => join(folder, 'built', id);
const build = (id: string, out = at(id)) =>
  json<CellResult>('build', '--cell', id, '--version', list.version, '--out', out);

cells('the cells are listed with the version and the commit that they are built for', async () => {
  list = await json<CellList>('cells');
  assert.equal(
    list.cells.map(({id, distribution}) => `${id} ${distribution}`),
    ['one bookworm', 'two trixie'],
  );
  assert.match(list.version, /^\d+\.\d+\.0$/);
  assert.is(list.commit, (await git(project.folder, 'rev-parse', 'HEAD')).stdout);
  const {stdout} = await run(['cells']);
  assert.match(stdout, /^tiny-shop \S+, commit [0-9a-f]{40}\n\ncell +distribution\n? */);
});

cells('a cell is built once, and again when something of it is not as it was', async () => {
  const first = await build('one');
  assert.ok(first.built);
  assert.match(first.artifacts[0]?.file ?? '', /tiny-shop_[\d.]+-1~bookworm1_all\.deb$/);
  assert.is((await build('one')).built, false);
  await appendFile(first.artifacts[0]?.file ?? '', 'x');
  const again = await build('one');
  assert.ok(again.built);
  assert.equal(again.artifacts, first.artifacts, 'the same bytes');
});

for (const [args, code, message] of [
  [
    ['--cell', 'three', '--version', '1', '--out', 'x'],
    2,
    /No such cell: three\n {2}hint: The configuration has one, two/,
  ],
  [['--cell', 'one'], 2, /A cell needs --version and --out/],
  [
    ['--cell', 'one', '--version', '1', '--out', 'x', '--section', 'web'],
    2,
    /as the configuration says, not with section/,
  ],
  [['--commit', 'HEAD'], 2, /--commit is for a cell/],
  [['--cell', 'one', '--version', '1', '--out', 'x', '--commit', '--all'], 2, /No such commit: "--all"/],
  [['--cell', 'one', '--version', 'x y', '--out', 'x'], 2, /not (?:a|one)/],
  [
    ['--cell', 'one', '--version', 'v1.2', '--out', 'x'],
    2,
    /does not begin with a digit: "v1\.2"\n {2}hint: Write 1\.2/,
  ],
  [['--cell', 'one', '--version', '1', '--out', 'x', 'nowhere'], 2, /Project is not a folder: .*nowhere/],
] as const) {
  cells(`build ${args.join(' ')} is refused`, async () => {
    const {exitCode, stderr} = await run(['build', ...args]);
    assert.is(exitCode, code, stderr);
    assert.match(stderr, message);
  });
}

cells('two cells do not share a folder', async () => {
  const {exitCode, stderr} = await run([
    'build',
    '--cell',
    'two',
    '--version',
    list.version,
    '--out',
    at('one'),
  ]);
  assert.is(exitCode, 2);
  assert.match(stderr, /Folder holds another cell \(one\)/);
});

cells('a release takes no cells that are missing, changed or of another version', async () => {
  const release = (...args: readonly string[]) => run(['release', '--version', list.version, ...args]);
  const missing = await release('--from', join(folder, 'built'));
  assert.is(missing.exitCode, 1);
  assert.match(missing.stderr, /Cell was not built: two/);
  await json<CellResult>('build', '--cell', 'two', '--version', '99.1.0', '--out', at('two'));
  const other = await release('--from', at('one'), '--from', at('two'));
  assert.is(other.exitCode, 1);
  assert.match(other.stderr, /built for another release: two\n {2}- built: version 99\.1\.0/);
  const [deb] = (await build('two')).artifacts;
  const kept = await readFile(deb?.file ?? '');
  await appendFile(deb?.file ?? '', 'x');
  const changed = await release('--from', join(folder, 'built'));
  assert.match(changed.stderr, /Files of a cell are not what was built/);
  await writeFile(deb?.file ?? '', kept);
  assert.is((await git(project.remote, 'tag')).stdout, '');
});

cells('a release of cells that were built elsewhere publishes their bytes', async () => {
  const result = await json<ReleaseResult>(
    'release',
    '--version',
    list.version,
    '--from',
    join(folder, 'built'),
  );
  assert.ok(result.released);
  const debs = result.artifacts.filter(({kind}) => kind === 'deb');
  const built = await contentsOf(join(folder, 'built'));
  assert.is(debs.length, 2);
  for (const {file, cell} of debs)
    assert.is(await readFile(file, 'latin1'), built[`${cell}/${file.split('/').at(-1)}`]);
  assert.is((await git(project.remote, 'tag')).stdout, `v${list.version}`);
});

cells('a cell is run under its own command line, by the mkvenvdeb that is found there', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  await writeFile(
    join(bin, 'mkvenvdeb'),
    `#!/bin/sh\necho "$UNDER" > '${join(folder, 'under')}'\nexec '${process.execPath}' '${cli}' "$@"\n`,
  );
  await chmod(join(bin, 'mkvenvdeb'), 0o755);
  await project.push({
    'mkvenvdeb.yaml': configuration(
      'gate: {install: false}\nsdist: false\nwheel: false\ncells: [{id: in, under: [env, UNDER=schroot]}]\n',
    ),
  });
  const {exitCode, stdout, stderr} = await run(['release'], {PATH: `${bin}:${process.env.PATH}`});
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, /^tiny-shop \S+ is released, commit [0-9a-f]{12}, .*\ntag +origin +published\ndeb /);
  assert.is(await readFile(join(folder, 'under'), 'utf8'), 'schroot\n');
});

cells('started by a hook of git, the repository of the hook stays as it is', async () => {
  const before = await contentsOf(join(project.folder, '.git'));
  const own = join(project.folder, '.git');
  const bound = {GIT_DIR: own, GIT_WORK_TREE: project.folder, GIT_INDEX_FILE: join(own, 'index')};
  const {exitCode, stderr} = await run(['cells', '--json'], bound);
  assert.is(exitCode, 0, stderr);
  assert.equal(await contentsOf(own), before);
});

cells('a release that is cancelled leaves no lock, and the next one begins anew', async () => {
  const section = 'gate: {install: false}\nsdist: false\nwheel: false\n';
  await project.push({'mkvenvdeb.yaml': configuration(`${section}test: [sleep, "60"]\n`)});
  const {exitCode, stderr} = await runCli(['release', '--verbose'], {
    cwd: project.folder,
    env: {XDG_STATE_HOME: join(folder, 'state'), CI: '', JENKINS_URL: ''},
    interrupt: {at: 'test …', signals: ['SIGINT']},
  });
  assert.is(exitCode, 130, stderr);
  assert.not.match((await git(project.remote, 'for-each-ref')).stdout, /refs\/mkvenvdeb/);
  await project.push({'mkvenvdeb.yaml': configuration(section)});
  const next = await run(['release']);
  assert.is(next.exitCode, 0, next.stderr);
});

cells.run();
