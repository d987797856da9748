import {spawn} from 'node:child_process';
import {closeSync, existsSync, openSync, readdirSync, readFileSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cli, inFolder} from '../helpers/suite.js';

/** What becomes of the work when nobody reads what is said, or the disk that it goes to is full. */
const streams = suite('bin/streams');

type Outlet = 'closed' | 'full' | 'read';

/** Run the command line with these ends of its two streams. */
async function runWith(
  args: readonly string[],
  cwd: string,
  {stdout, stderr}: {stdout: Outlet; stderr: Outlet},
) {
  const full = openSync('/dev/full', 'w');
  const end = (outlet: Outlet) => (outlet === 'full' ? full : 'pipe');
  const child = spawn(process.execPath, [cli, ...args], {cwd, stdio: ['ignore', end(stdout), end(stderr)]});
  closeSync(full);
  let said = '';
  if (stdout === 'closed') child.stdout?.destroy();
  else child.stdout?.on('data', () => {});
  if (stderr === 'closed') child.stderr?.destroy();
  else child.stderr?.on('data', (data) => (said += data));
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return {exitCode, stderr: said};
}

const MAINTAINER = ['--maintainer', 'Jo Doe <jo@example.org>'];

/** A tree, and the arguments that pack it with many lines of progress. */
async function makeTree(cwd: string, name = 'tree'): Promise<readonly string[]> {
  await mkdir(join(cwd, name, 'opt'), {recursive: true});
  await writeFile(join(cwd, name, 'opt', 'file'), name);
  return ['pack', name, '--package', 'fx', '--version', '1', ...MAINTAINER, '--out', `${name}-out`];
}

const BUILT = 'tree-out/fx_1-1_all.deb';

for (const [stdout, stderr, wanted] of [
  ['read', 'closed', 0],
  ['closed', 'read', 0],
  ['closed', 'closed', 0],
  ['read', 'full', 0],
  ['full', 'read', 1],
] as const) {
  streams(`a package is made where stdout is ${stdout} and stderr is ${stderr}, exit ${wanted}`, () =>
    inFolder(async (cwd) => {
      const result = await runWith([...(await makeTree(cwd)), '--json'], cwd, {stdout, stderr});
      assert.is(result.exitCode, wanted, result.stderr);
      assert.ok(existsSync(join(cwd, BUILT)));
      assert.not.match(result.stderr, /^\s+at /m);
    }),
  );
}

streams('a build goes on and removes its work folder when nobody reads stderr any more', () =>
  inFolder(async (cwd) => {
    await mkdir(join(cwd, 'work'));
    await writeFile(join(cwd, 'requirements.txt'), '');
    const args = [
      'build',
      '.',
      '--python',
      '/usr/bin/python3',
      '--skip-install',
      '--no-index',
      '--work-dir',
      'work',
    ];
    const further = ['--package', 'fx', '--version', '1', ...MAINTAINER];
    const {exitCode} = await runWith([...args, ...further], cwd, {stdout: 'read', stderr: 'closed'});
    assert.is(exitCode, 0);
    assert.equal(readdirSync(join(cwd, 'work')), []);
    assert.is(readFileSync(join(cwd, 'deb_dist/fx_1-1_all.deb'), 'latin1').slice(0, 7), '!<arch>');
  }),
);

streams('what was computed decides, not who reads it: diff of two that differ exits with 1', () =>
  inFolder(async (cwd) => {
    for (const name of ['tree', 'other'])
      await runWith(await makeTree(cwd, name), cwd, {stdout: 'read', stderr: 'read'});
    const files = ['diff', BUILT, 'other-out/fx_1-1_all.deb'];
    assert.is((await runWith(files, cwd, {stdout: 'closed', stderr: 'read'})).exitCode, 1);
    assert.is((await runWith(['inspect', BUILT], cwd, {stdout: 'closed', stderr: 'read'})).exitCode, 0);
    assert.equal(await runWith(['inspect', BUILT], cwd, {stdout: 'full', stderr: 'read'}), {
      exitCode: 1,
      stderr: 'mkvenvdeb: No space left while writing the result\n',
    });
  }),
);

streams('a full disk is told in one line', async () => {
  assert.equal(await runWith(['--help'], '/', {stdout: 'full', stderr: 'read'}), {
    exitCode: 1,
    stderr: 'mkvenvdeb: No space left while writing the result\n',
  });
});

streams.run();
