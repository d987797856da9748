import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {findVersionHome, type VersionHome, withVersion} from '../../lib/release/version-home.js';

const home = suite('release/version-home');
const names = {version: '26.11.3', build: 'b388c51'};

/** A project, its home, the file that is written and what it holds then. */
const PROJECTS: readonly (readonly [string, Record<string, string>, VersionHome | undefined, string?])[] = [
  [
    'a template',
    {
      'app/__about__.tmpl.py': 'v = "{version}"\nb = "{build}"\nd = {{1}}\ne = "{x}"\n',
      'app/__about__.py': '__version__ = "1"\n',
    },
    {kind: 'template', template: 'app/__about__.tmpl.py', file: 'app/__about__.py'},
    'v = "26.11.3"\nb = "b388c51"\nd = {1}\ne = "{x}"\n',
  ],
  [
    'a template without a suffix behind',
    {'VERSION.tmpl': '{version}'},
    {kind: 'template', template: 'VERSION.tmpl', file: 'VERSION'},
    '26.11.3',
  ],
  [
    '[project]',
    {
      'pyproject.toml':
        '[tool.x]\nversion = "9"\n[ project ] # here\nname = "a"\nversion= \'1.0\' # old\n\n[tool.y]\nversion = "8"\n',
    },
    {kind: 'toml', file: 'pyproject.toml', table: 'project', key: 'version'},
    '[tool.x]\nversion = "9"\n[ project ] # here\nname = "a"\nversion= \'26.11.3\' # old\n\n[tool.y]\nversion = "8"\n',
  ],
  [
    'poetry',
    {'pyproject.toml': '[tool.poetry]\nname = "a"\nversion = "1.0"'},
    {kind: 'toml', file: 'pyproject.toml', table: 'tool.poetry', key: 'version'},
    '[tool.poetry]\nname = "a"\nversion = "26.11.3"',
  ],
  [
    'an attribute that setuptools reads',
    {
      'pyproject.toml':
        '[project]\nname = "a"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {attr = "app.about.V"}\n',
      'src/app/about.py': '"""V"""\nV: str = "1.0"  # set by the release\n',
    },
    {kind: 'assignment', file: 'src/app/about.py', name: 'V'},
    '"""V"""\nV: str = "26.11.3"  # set by the release\n',
  ],
  [
    'a file that setuptools reads',
    {
      'pyproject.toml':
        '[project]\nname = "a"\ndynamic = ["version"]\n[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n',
      VERSION: '1.0\n',
    },
    {kind: 'whole', file: 'VERSION'},
    '26.11.3\n',
  ],
  [
    'a path that hatch reads',
    {
      'pyproject.toml':
        '[project]\nname = "a"\ndynamic = ["version"]\n[tool.hatch.version]\npath = "a/__about__.py"\n',
      'a/__about__.py': "__version__ = '1'\n",
    },
    {kind: 'assignment', file: 'a/__about__.py', name: '__version__'},
    "__version__ = '26.11.3'\n",
  ],
  [
    'setuptools-scm',
    {
      'pyproject.toml':
        '[build-system]\nrequires = ["setuptools", "setuptools_scm>=8"]\n[project]\nname = "a"\ndynamic = ["version"]\n',
    },
    {kind: 'variable', name: 'SETUPTOOLS_SCM_PRETEND_VERSION'},
  ],
  [
    'hatch-vcs',
    {
      'pyproject.toml':
        '[project]\nname = "a"\ndynamic = ["version"]\n[tool.hatch.version]\nsource = "vcs"\n',
    },
    {kind: 'variable', name: 'SETUPTOOLS_SCM_PRETEND_VERSION'},
  ],
  [
    'pdm with version control',
    {'pyproject.toml': '[project]\nname = "a"\ndynamic = ["version"]\n[tool.pdm.version]\nsource = "scm"\n'},
    {kind: 'variable', name: 'PDM_BUILD_SCM_VERSION'},
  ],
  [
    'pbr',
    {'pyproject.toml': '[build-system]\nrequires = ["setuptools", "pbr>=6"]\n[project]\nname = "a"\n'},
    {kind: 'variable', name: 'PBR_VERSION'},
  ],
  [
    'setup.cfg',
    {'setup.cfg': '[metadata]\nname = a\nversion = 1.0\n[other]\nversion = 2\n'},
    {kind: 'ini', file: 'setup.cfg', section: 'metadata', key: 'version'},
    '[metadata]\nname = a\nversion = 26.11.3\n[other]\nversion = 2\n',
  ],
  [
    'setup.cfg that names an attribute',
    {'setup.cfg': '[metadata]\nversion = attr: a.__version__\n', 'a/__init__.py': '__version__ = "1"\n'},
    {kind: 'assignment', file: 'a/__init__.py', name: '__version__'},
    '__version__ = "26.11.3"\n',
  ],
  [
    'setup.py beside a module that knows it',
    {
      'setup.py': 'from setuptools import setup\n',
      'a/__init__.py': 'from .version import __version__\n',
      'a/version.py': '__version__ = "1"\n',
      'tests/__init__.py': '__version__ = "test"\n',
    },
    {kind: 'assignment', file: 'a/version.py', name: '__version__'},
    '__version__ = "26.11.3"\n',
  ],
  ['nothing of that', {'setup.py': 'import os\n', 'tests/__init__.py': '__version__ = "test"\n'}, undefined],
];

for (const [what, files, wanted, written] of PROJECTS)
  home(`${what}: ${wanted?.kind ?? 'no home'}`, () => {
    const found = findVersionHome({paths: Object.keys(files), read: (path) => files[path]});
    assert.equal(found, wanted);
    if (found === undefined || found.kind === 'variable') return;
    const text = files[found.kind === 'template' ? found.template : found.file] ?? '';
    assert.is(withVersion(found, text, names), written);
  });

home('a text in which the version does not stand is told, not left as it is', () => {
  const toml: VersionHome = {kind: 'toml', file: 'p', table: 'project', key: 'version'};
  for (const text of [
    '',
    '[project]\nname = "a"\n',
    '[projects]\nversion = "1"\n',
    '[project]\n[x]\nversion = "1"',
  ])
    assert.is(withVersion(toml, text, names), undefined);
  assert.is(withVersion({kind: 'assignment', file: 'a', name: 'V'}, 'V = make()\n', names), undefined);
});

home.run();
