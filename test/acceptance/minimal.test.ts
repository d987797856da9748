import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Chroot, NoChroot, withChroot} from '../helpers/chroot.js';
import {runCli} from '../helpers/cli.js';
import {lintian} from '../helpers/lintian.js';
import {inFolder, skip} from '../helpers/suite.js';
import {cpython} from './interpreters.js';
import {assertAsBefore, everything} from './server.js';

const minimal = suite('a project without configuration');

/** What every package of a project of pure Python brings, with its reasons. */
const OVERRIDDEN = [
  'dir-or-file-in-opt',
  'initial-upload-closes-no-bugs',
  'package-installs-python-pycache-dir',
  'unusual-interpreter',
];

const PYPROJECT = `[project]
name = "Small_Thing"
version = "1.0rc1"
description = "Says that it is small"
authors = [{name = "Jo Doe", email = "jo@example.org"}]

[project.scripts]
small-thing = "small_thing:main"
`;

async function buildMinimal(folder: string): Promise<string> {
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'pyproject.toml'), PYPROJECT);
  await writeFile(join(project, 'small_thing.py'), 'def main():\n    print("small")\n');
  const built = await runCli(['build', '--python', cpython.python, '--no-index'], {cwd: project});
  assert.is(built.exitCode, 0, built.stderr);
  return built.stdout.trim();
}

async function live(chroot: Chroot, deb: string): Promise<void> {
  const before = await everything(chroot);
  const installed = await chroot.install(deb);
  assert.is(installed.exitCode, 0, installed.stderr);
  assert.is(await chroot.ok(['/opt/small-thing/bin/small-thing'], {user: 'nobody'}), 'small');
  assert.is((await chroot.dpkg('--verify', 'small-thing')).stdout, '');
  assert.is((await chroot.dpkg('--purge', 'small-thing')).exitCode, 0);
  await assertAsBefore(chroot, before);
}

minimal('becomes a package that pleases lintian, installs, runs and goes without a trace', async () =>
  inFolder(async (folder) => {
    const deb = await buildMinimal(folder);
    assert.is(deb, join(folder, 'project', 'deb_dist', 'small-thing_1.0~rc1-1_all.deb'));
    const findings = await lintian(deb);
    if (findings) assert.equal(findings, {found: [], overridden: OVERRIDDEN, passes: true});
    else skip('lintian of a small package', 'it is not installed');
    try {
      await withChroot(cpython.needs, (chroot) => live(chroot, deb));
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      skip('life of a small package', error.message);
    }
  }),
);

minimal.run();
