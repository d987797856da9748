import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildDeb, planDeb, verifyReproducible} from '../../lib/index.js';
import {treeOf} from '../helpers/deb.js';
import {makeProject} from '../helpers/projects.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {type Files, writeTree} from '../helpers/wheels.js';

/** Projects in a subfolder of a git repository, as in one that holds several. */
const repositories = suite('integration/repositories');
const own = await ownTemporaryFolder();
const options = {python: '/usr/bin/python3', noIndex: true, cwd: own, out: join(own, 'out')};

/** Commit everything below a folder and call it v1.2. */
async function commit(folder: string): Promise<void> {
  const identity = ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org'];
  for (const command of [
    ['init', '-q'],
    ['add', '-A', '-f'],
    ['commit', '-qm', 'x'],
    ['tag', '-am', 'x', 'v1.2'],
  ])
    await execa('git', [...identity, ...command], {cwd: folder, env: {HOME: folder}});
}

/** Takes its version from git, as setuptools-scm does with `root = "../.."`: from there it must be the top. */
const FROM_GIT: Files = {
  'packages/app/setup.py': `import os, subprocess
from setuptools import setup
def git(*args):
    return subprocess.run(["git", *args], cwd="../..", check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
assert os.path.samefile(git("rev-parse", "--show-toplevel"), "../..")
setup(name="fx", version=git("describe", "--dirty"), py_modules=["fx"], author="Jo", author_email="jo@example.org")
`,
  'packages/app/fx.py': '',
  'packages/other/file': '',
};

repositories('a version that git tells is found from a subfolder, by plan and by build', async () => {
  const top = await writeTree(join(own, 'several'), FROM_GIT);
  await commit(top);
  const source = join(top, 'packages/app');
  assert.is((await planDeb({...options, source})).fields.version, '1.2-1');
  assert.equal(await readdir(join(own, 'tmp')), []);
  const {packages} = await buildDeb({...options, source});
  assert.is(packages[0]?.version, '1.2-1');
});

repositories('a plan that is stopped while it asks a setup.py leaves no copy', async () => {
  const text = 'import time\nprint("started", flush=True)\ntime.sleep(600)\n';
  const source = await writeTree(join(own, 'slow'), {'setup.py': text});
  const stop = new AbortController();
  const reason = new Error('stop');
  const copies: string[][] = [];
  const planned = planDeb({
    ...options,
    source,
    signal: stop.signal,
    report: async (event) => {
      if (event.type !== 'output' || event.line !== 'started') return;
      copies.push(await readdir(join(own, 'tmp')));
      stop.abort(reason);
    },
  });
  assert.is(await planned.catch((error) => error), reason);
  assert.is(copies[0]?.length, 1);
  assert.equal(await readdir(join(own, 'tmp')), []);
});

repositories('a project that tracks what looks like build output is built the same twice', async () => {
  const source = await makeProject(join(own, 'tracked', 'two words'), {
    files: {'tiny/data.egg-info/file': 'tracked\n'},
  });
  await commit(join(own, 'tracked'));
  const {equal, packages} = await verifyReproducible({...options, source});
  assert.equal(packages[0]?.differences, []);
  assert.ok(equal);
  const [deb] = (await buildDeb({...options, source})).packages;
  const packed = [...(await treeOf(deb?.file ?? '')).keys()];
  assert.ok(
    packed.some((path) => path.endsWith('tiny/data.egg-info/file')),
    'the test does not do what it says',
  );
});

repositories.after(() => rm(own, {recursive: true, force: true}));
repositories.run();
