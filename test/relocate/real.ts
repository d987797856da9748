import {execFileSync} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {Entry, Interpreter} from '../../lib/model.js';
import {listTree} from '../../lib/relocate/tree.js';
import {interpreter} from './fixtures.js';

/** An environment in which nothing of this machine's settings counts. */
export const cleanEnv = (home: string): Record<string, string> => ({
  HOME: home,
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C.UTF-8',
  PIP_CONFIG_FILE: '/dev/null',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PIP_ROOT_USER_ACTION: 'ignore',
  PYTHONDONTWRITEBYTECODE: '1',
});

export type Tool = 'venv' | 'virtualenv';

/** Make a virtualenv with the tool's own command, without pip in it. */
export async function createVenv(python: string, tool: Tool, staged: string): Promise<void> {
  await mkdir(dirname(staged), {recursive: true});
  const options = {env: cleanEnv('/nonexistent'), stdio: 'pipe'} as const;
  if (tool === 'venv') execFileSync(python, ['-m', 'venv', '--without-pip', staged], options);
  else {
    const seeds = ['--no-pip', '--no-setuptools', '--no-wheel', '--no-download'];
    execFileSync('/usr/bin/virtualenv', ['-q', ...seeds, '-p', python, staged], options);
  }
}

/** What the real interpreters of this machine are. */
export function interpreterOf(python: string): Interpreter {
  const program =
    'import os, sys, sysconfig; print(os.path.realpath(sys.executable)); print("%d.%d" % sys.version_info[:2])';
  const output = execFileSync(python, ['-c', program], {encoding: 'utf8', env: cleanEnv('/nonexistent')});
  const [executable = '', version = ''] = output.split('\n');
  const name = python.includes('pypy') ? 'pypy' : 'python';
  return {
    ...interpreter,
    implementation: name === 'pypy' ? 'pypy' : 'cpython',
    executable,
    target: executable,
    sitePackages: `lib/${name}${version}/site-packages`,
  };
}

const DEMO_WHEEL = `
import sys, zipfile
main = '"""What the demo says."""\\nfrom __future__ import annotations\\nimport sys\\n\\n\\ndef main():\\n    print("demo", sys.prefix, *sys.argv[1:])\\n'
script = '"""A script with a docstring."""\\nfrom __future__ import annotations\\nimport sys\\nprint(__doc__, sys.prefix)\\n'
files = {
    'demo.py': main,
    'demo_data/it.txt': 'data\\n',
    'demo-1.0.data/scripts/demo-script': '#!python\\n' + script,
    'demo-1.0.data/scripts/demo-foreign': '#!/bin/sh\\necho foreign\\n',
    'demo-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\\nName: demo\\nVersion: 1.0\\n',
    'demo-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n',
    'demo-1.0.dist-info/entry_points.txt': '[console_scripts]\\ndemo = demo:main\\n',
}
files['demo-1.0.dist-info/RECORD'] = ''.join(name + ',,\\n' for name in files)
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    for name, text in files.items():
        info = zipfile.ZipInfo(name)
        info.external_attr = (0o100755 if '/scripts/' in name else 0o100644) << 16
        z.writestr(info, text)
`;

/** Write a wheel by hand and install it with the distribution's pip, run by the virtualenv's interpreter. */
export function installDemo(staged: string, folder: string): void {
  const wheel = join(folder, 'demo-1.0-py3-none-any.whl');
  execFileSync('/usr/bin/python3', ['-c', DEMO_WHEEL, wheel]);
  const pip = readdirSync('/usr/share/python-wheels').find((name) => /^pip-.*\.whl$/.test(name)) ?? '';
  const install = ['install', '--no-index', '--no-compile', '--no-cache-dir', '--quiet', wheel];
  execFileSync(join(staged, 'bin/python'), [join('/usr/share/python-wheels', pip, 'pip'), ...install], {
    env: cleanEnv(folder),
    stdio: 'pipe',
  });
}

/** The files of a tree as entries of a package. */
export async function entriesOf(tree: string): Promise<readonly Entry[]> {
  const attributes = {mode: 0o644, owner: 'root', group: 'root', mtime: 0, size: 0};
  return (await listTree(tree)).map(({path, staged, type}) => ({...attributes, path, type, source: staged}));
}
