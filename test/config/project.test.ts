import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {cp, mkdir, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readProject} from '../../lib/config/project.js';
import type {ProjectMetadata, Source, WithCopy} from '../../lib/config/types.js';
import {fixture, inFolder, rejects, skip} from '../helpers/suite.js';

const project = suite('config/project');

const folderSource = (path: string): Source => ({kind: 'folder', path, installable: true});

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), {recursive: true});
    await writeFile(join(folder, name), text);
  }
}

/** Copies all of it. */
const withCopy: WithCopy = (folder, use) =>
  inFolder(async (work) => {
    await cp(folder, join(work, 'copy'), {recursive: true});
    return use(join(work, 'copy'));
  });
const asking = (executable: string | undefined) => ({
  ask: executable === undefined ? undefined : {executable, withCopy},
});

/** Read a project made of these files; nothing may appear beside them. */
const readFiles = (files: Readonly<Record<string, string>>, executable?: string): Promise<ProjectMetadata> =>
  inFolder(async (folder) => {
    await write(folder, files);
    const before = readdirSync(folder, {recursive: true});
    const found = await readProject({source: folderSource(folder)}, asking(executable));
    assert.equal(readdirSync(folder, {recursive: true}), before);
    return found;
  });

project('[project] is read', async () => {
  const text = `[project]
name = "Fx.App"
version = "1.0rc1"
description = "Does a thing"
dependencies = ["fxwsgi>=1", "fxyaml; python_version > '3'"]
authors = [{name = "Jo Doe", email = "jo@example.org"}]
maintainers = [{email = "team@example.org"}]
[project.urls]
"Home Page" = "https://example.org/"
[project.scripts]
fx = "fx:main"
[project.gui-scripts]
fx-gui = "fx:gui"
`;
  assert.equal(await readFiles({'pyproject.toml': text}), {
    name: 'Fx.App',
    version: '1.0rc1',
    summary: 'Does a thing',
    homepage: 'https://example.org/',
    maintainers: [{email: 'team@example.org'}, {name: 'Jo Doe', email: 'jo@example.org'}],
    scripts: ['fx', 'fx-gui'],
    dependencies: ['fxwsgi>=1', "fxyaml; python_version > '3'"],
    dynamic: [],
  });
});

project('the table of poetry is read', async () => {
  const text = `[build-system]
requires = ["poetry-core"]
build-backend = "poetry.core.masonry.api"
[tool.poetry]
name = "fx"
version = "2.0"
description = "Does a thing"
authors = ["Jo Doe <jo@example.org>"]
homepage = "https://example.org/"
[tool.poetry.scripts]
fx = "fx:main"
`;
  assert.equal(await readFiles({'pyproject.toml': text}), {
    name: 'fx',
    version: '2.0',
    summary: 'Does a thing',
    homepage: 'https://example.org/',
    maintainers: [{name: 'Jo Doe', email: 'jo@example.org'}],
    scripts: ['fx'],
    dynamic: [],
  });
});

project('what setup.cfg says plainly is read', async () => {
  const text = `[metadata]
name = fx
version = 1.2
summary = Does a thing
author = Jo Doe
author_email = jo@example.org
project_urls =
    Homepage = https://example.org/
[options]
install_requires =
    fxwsgi>=1
    # a comment
    fxyaml
[options.entry_points]
console_scripts =
    fx = fx:main
gui_scripts =
    fx-gui = fx:gui
`;
  assert.equal(await readFiles({'setup.cfg': text}), {
    name: 'fx',
    version: '1.2',
    summary: 'Does a thing',
    homepage: 'https://example.org/',
    maintainers: [{name: 'Jo Doe', email: 'jo@example.org'}],
    scripts: ['fx', 'fx-gui'],
    dependencies: ['fxwsgi>=1', 'fxyaml'],
    dynamic: [],
  });
});

project('a version that only the back end knows stays open', async () => {
  const text =
    '[build-system]\nbuild-backend = "hatchling.build"\n[project]\nname = "fx"\ndynamic = ["version"]\n';
  const found = await readFiles({'pyproject.toml': text}, '/usr/bin/python3');
  assert.equal([found.name, found.version, found.dynamic], ['fx', undefined, ['version']]);
});

for (const executable of ['/usr/bin/pypy3', '/usr/bin/python3']) {
  const withInterpreter = (title: string, test: () => Promise<void>) =>
    project(`${title}, asking ${executable}`, async () => {
      if (!existsSync(executable)) return skip(title, `${executable} is not installed`);
      return test();
    });

  withInterpreter('setup.py of the main example is read', async () => {
    const before = readdirSync(fixture('warehouse'), {recursive: true}).length;
    const found = await readProject({source: folderSource(fixture('warehouse'))}, asking(executable));
    assert.equal([found.name, found.version, found.scripts], ['warehouse', '26.11.0', ['warehouse']]);
    assert.equal(found.maintainers, [{name: 'Warehouse developers', email: 'warehouse@example.org'}]);
    assert.is(readdirSync(fixture('warehouse'), {recursive: true}).length, before);
  });

  withInterpreter('a dynamic version of setuptools is found', async () => {
    const text =
      '[project]\nname = "fx"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "fx.__version__"}\n';
    const found = await readFiles(
      {'pyproject.toml': text, 'fx/__init__.py': '__version__ = "3.1"\n'},
      executable,
    );
    assert.equal([found.version, found.dynamic], ['3.1', []]);
  });

  withInterpreter('directives in setup.cfg are followed', async () => {
    const text = '[metadata]\nname = fx\nversion = file: VERSION\n';
    const found = await readFiles({'setup.cfg': text, VERSION: '4.0\n'}, executable);
    assert.is(found.version, '4.0');
  });

  withInterpreter('a setup.py that prints, imports itself and wants downloads is read', async () => {
    const found = await readFiles(
      {
        'fx.py': '__version__ = "5.0"\n',
        'setup.py':
          'import fx\nfrom setuptools import setup\nprint("hello\\nmkvenvdeb")\n' +
          'setup(name="fx", version=fx.__version__, setup_requires=["no-such-distribution"], author="Jo", author_email="jo@example.org",\n' +
          '      entry_points="[console_scripts]\\nFx = fx:main\\n", scripts=["bin/fx-tool"], install_requires=["fxyaml"])\n',
      },
      executable,
    );
    assert.equal([found.version, found.scripts, found.dependencies], ['5.0', ['Fx', 'fx-tool'], ['fxyaml']]);
  });

  withInterpreter(
    'a setup.py that writes and reads what lies beside it is read, and leaves nothing',
    async () => {
      const found = await readFiles(
        {
          'info/VERSION': '6.0\n',
          'setup.py':
            'import os\nfrom setuptools import setup\nopen("written", "w").close()\nos.mkdir("info/made")\n' +
            'open(os.path.expanduser("~/written-too"), "w").close()\n' +
            'setup(name="fx", version=open("info/VERSION").read().strip(), entry_points={"console_scripts": ["fx = fx:main"],\n' +
            '      "gui_scripts": ["fx-gui = fx:gui"]})\n',
        },
        executable,
      );
      assert.equal([found.version, found.scripts], ['6.0', ['fx', 'fx-gui']]);
      assert.not.ok(existsSync(join(homedir(), 'written-too')));
    },
  );

  withInterpreter('a setup.py that fails leaves everything open', async () => {
    const found = await readFiles({'setup.py': 'raise SystemExit("no")\n'}, executable);
    assert.equal([found.name, found.version], [undefined, undefined]);
  });
}

project('without an interpreter no code is run', async () => {
  const found = await readFiles({'setup.py': 'open("written", "w")\n'});
  assert.is(found.name, undefined);
});

const PKG_INFO =
  'Metadata-Version: 2.1\nName: Fx.App\nVersion: 1.0\nSummary: Does a thing\nRequires-Dist: fxyaml\n\ntext\n';

for (const [name, command] of [
  ['fx_app-1.0.tar.gz', ['tar', '-czf', 'fx_app-1.0.tar.gz', 'fx_app-1.0']],
  ['fx_app-1.0.zip', ['/usr/bin/python3', '-m', 'zipfile', '-c', 'fx_app-1.0.zip', 'fx_app-1.0']],
] as const) {
  project(`PKG-INFO of ${name} is read`, () =>
    inFolder(async (folder) => {
      await write(folder, {
        'fx_app-1.0/PKG-INFO': PKG_INFO,
        'fx_app-1.0/fx.egg-info/PKG-INFO': 'Name: wrong\nVersion: 0\n',
      });
      execFileSync(command[0], command.slice(1), {cwd: folder});
      const found = await readProject({source: {kind: 'sdist', path: join(folder, name)}});
      assert.equal(
        [found.name, found.version, found.summary, found.dependencies],
        ['Fx.App', '1.0', 'Does a thing', ['fxyaml']],
      );
    }),
  );
}

for (const [name, wanted] of [
  ['fx_app-1.0.tar.bz2', ['fx_app', '1.0']],
  ['fx-app-1.0rc1.tar.bz2', ['fx-app', '1.0rc1']],
  ['nothing.tar.bz2', [undefined, undefined]],
] as const) {
  project(`the name of ${name} tells what it is`, () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, name), '');
      const found = await readProject({source: {kind: 'sdist', path: join(folder, name)}});
      assert.equal([found.name, found.version], wanted);
    }),
  );
}

project('METADATA and commands of a wheel are read', () =>
  inFolder(async (folder) => {
    await write(folder, {
      'w/fx_app-1.0.dist-info/METADATA': PKG_INFO,
      'w/fx_app-1.0.dist-info/entry_points.txt':
        '[console_scripts]\nFx = fx:main\n[gui_scripts]\nFx-Gui = fx:gui\n[other]\nx = y\n',
      'w/fx_app-1.0.data/scripts/fx-tool': '#!python\n',
    });
    const wheel = join(folder, 'fx_app-1.0-py3-none-any.whl');
    const parts = readdirSync(join(folder, 'w'));
    execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-c', wheel, ...parts], {cwd: join(folder, 'w')});
    const found = await readProject({source: {kind: 'wheel', path: wheel}});
    assert.equal([found.name, found.version, found.scripts], ['Fx.App', '1.0', ['Fx', 'Fx-Gui', 'fx-tool']]);
  }),
);

project('a requirement tells its name, and its version where that is one', async () => {
  const read = (version?: string) =>
    readProject({
      source: {kind: 'requirement', requirement: 'flask', name: 'flask', ...(version ? {version} : {})},
    });
  assert.equal(await read('2.3.3'), {
    name: 'flask',
    version: '2.3.3',
    maintainers: [],
    scripts: [],
    dynamic: [],
  });
  assert.is((await read()).version, undefined);
});

project('a damaged archive is refused', () =>
  inFolder(async (folder) => {
    const [sdist, wheel] = [join(folder, 'x-1.tar.gz'), join(folder, 'x-1-py3-none-any.whl')];
    await writeFile(sdist, 'no archive');
    await writeFile(wheel, 'no archive');
    await rejects(
      readProject({source: {kind: 'sdist', path: sdist}}),
      'E_FORMAT',
      /Not a readable sdist: .*x-1\.tar\.gz/,
    );
    await rejects(
      readProject({source: {kind: 'wheel', path: wheel}}),
      'E_FORMAT',
      /Not a readable wheel: .*x-1-py3-none-any\.whl: no end record/,
    );
    await rejects(
      readProject({source: {kind: 'sdist', path: join(folder, 'absent.tar.gz')}}),
      'E_IO',
      /No such file/,
    );
  }),
);

project.run();
