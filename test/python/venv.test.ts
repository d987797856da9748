import {execFileSync} from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import {mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createBuildVenv, createVenv, type VenvOptions} from '../../lib/python/venv.js';
import type {Workspace} from '../../lib/python/workspace.js';
import {CPYTHON, PYPY, testWorkspace} from '../helpers/python.js';
import {rejects} from '../helpers/suite.js';

const test = suite('python/venv');

/** A path with a blank and a letter that is not ASCII costs nothing and shows much. */
const shared = mkdtempSync(join(tmpdir(), 'mkvenvdeb-test-'));
const workspaces: Record<string, Workspace> = {
  [PYPY]: await testWorkspace(join(shared, 'wörk', 'py py'), PYPY),
  [CPYTHON]: await testWorkspace(join(shared, 'wörk', 'c py'), CPYTHON),
};
const options: VenvOptions = {
  tool: 'builtin',
  prefix: '/opt/app',
  promptName: 'app',
  systemSitePackages: false,
};
const say = (python: string, code: string) => execFileSync(python, ['-c', code], {encoding: 'utf8'}).trim();

for (const [python, workspace] of Object.entries(workspaces)) {
  for (const tool of ['builtin', 'virtualenv'] as const) {
    const venv = await createVenv(workspace, {...options, tool, prefix: `/opt/by ${tool}`});
    const own = join(venv.stagedPrefix, 'bin', 'python');

    test(`${tool} makes an empty virtualenv that works, of ${python}`, () => {
      assert.is(venv.stagedPrefix, join(workspace.folders.stage, 'opt', `by ${tool}`));
      assert.equal(venv.distributions, []);
      assert.is(say(own, 'import sys; print(sys.prefix)'), realpathSync(venv.stagedPrefix));
      const modules = readdirSync(join(venv.stagedPrefix, workspace.interpreter.sitePackages));
      assert.equal(
        modules.filter((name) => !name.startsWith('_virtualenv')),
        [],
      );
      assert.not.ok(existsSync(join(venv.stagedPrefix, 'share')));
      assert.not.ok(existsSync(join(venv.stagedPrefix, '.gitignore')));
      assert.ok(lstatSync(own).isSymbolicLink());
    });

    test(`all links of ${tool} lead to the versioned executable of ${python}`, () => {
      const bin = join(venv.stagedPrefix, 'bin');
      const links = readdirSync(bin).filter((name) => lstatSync(join(bin, name)).isSymbolicLink());
      assert.ok(links.length >= 3, links.join(' '));
      for (const link of links) {
        const target = readlinkSync(join(bin, link));
        assert.ok(
          target === workspace.interpreter.executable || links.includes(target),
          `${link} -> ${target}`,
        );
        assert.is(realpathSync(join(bin, link)), realpathSync(workspace.interpreter.executable));
      }
    });

    test(`its activate script shows the name that is given, by ${tool} of ${python}`, () => {
      const script = '. "$1"; printf "%s|%s" "$PS1" "$VIRTUAL_ENV"';
      const shown = execFileSync('bash', ['-c', script, 'bash', join(venv.stagedPrefix, 'bin', 'activate')], {
        encoding: 'utf8',
        env: {PATH: '/usr/bin:/bin'},
      });
      assert.is(shown.trim(), `(app) |${venv.stagedPrefix}`);
    });
  }

  test(`a virtualenv for building is bare and sees what ${python} brings`, async () => {
    const own = await createBuildVenv(workspace, join(workspace.folders.build, 'bare'));
    const code =
      'import importlib.metadata as m; print(sorted(d.metadata["Name"] for d in m.distributions()))';
    const brought = workspace.interpreter.builtinDistributions.map(({name}) => `'${name}'`);
    assert.is(say(own, code), `[${brought.join(', ')}]`);
  });
}

test("the system's packages are seen when they shall be", async () => {
  const workspace = workspaces[CPYTHON] as Workspace;
  for (const systemSitePackages of [true, false]) {
    const prefix = `/opt/system-${systemSitePackages}`;
    for (const tool of ['builtin', 'virtualenv'] as const) {
      const venv = await createVenv(workspace, {
        ...options,
        tool,
        prefix: `${prefix}-${tool}`,
        systemSitePackages,
      });
      const seen = say(
        join(venv.stagedPrefix, 'bin', 'python'),
        'import sys; print("/usr/lib/python3/dist-packages" in sys.path)',
      );
      assert.is(seen, systemSitePackages ? 'True' : 'False');
      const text = readFileSync(join(venv.stagedPrefix, 'pyvenv.cfg'), 'utf8');
      assert.match(text, new RegExp(`include-system-site-packages = ${systemSitePackages}`));
    }
  }
});

for (const [python, workspace] of Object.entries(workspaces)) {
  test(`links that a tool makes to ${python} are changed to its versioned executable`, async () => {
    const {interpreter} = workspace;
    assert.is.not(python, interpreter.executable);
    // The tool is started by the name without a version, and links to what it was started by.
    const folder = await mkdtemp(join(shared, 'tool-'));
    const script = `#!/bin/sh\nfor last; do :; done\nexec ${python} -m venv --without-pip --symlinks "$last"\n`;
    await writeFile(join(folder, 'virtualenv'), script, {mode: 0o755});
    const env = {...workspace.env, PATH: `${folder}:${workspace.env.PATH}`};
    const prefix = '/opt/pinned';
    const venv = await createVenv({...workspace, env}, {...options, tool: 'virtualenv', prefix});
    const bin = join(venv.stagedPrefix, 'bin');
    const targets = readdirSync(bin).flatMap((name) =>
      lstatSync(join(bin, name)).isSymbolicLink() ? readlinkSync(join(bin, name)) : [],
    );
    const absolute = targets.filter((target) => target.startsWith('/'));
    assert.ok(absolute.length > 0, targets.join(' '));
    assert.equal([...new Set(absolute)], [interpreter.executable]);
  });
}

test('without virtualenv on PATH the package to install is named', async () => {
  const workspace = workspaces[CPYTHON] as Workspace;
  const without = {...workspace, env: {...workspace.env, PATH: '/nonexistent'}};
  await rejects(
    createVenv(without, {...options, tool: 'virtualenv', prefix: '/opt/none'}),
    'E_PYTHON',
    /^Command not found: virtualenv\n.*apt install virtualenv/s,
  );
});

test.after(() => rmSync(shared, {recursive: true, force: true}));
test.run();
