import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseRequirementsFile} from '../../lib/formats/requirements.js';
import {
  arrangeRequirements,
  type Requirements,
  type RequirementsOptions,
} from '../../lib/python/requirements.js';
import {CPYTHON} from '../helpers/python.js';
import {inFolder} from '../helpers/suite.js';

const test = suite('python/requirements');

/** A project in `AT` with requirement files in `req`, a folder to build and a folder with an archive in it. */
async function inProject<T>(use: (project: string) => Promise<T> | T): Promise<T> {
  return inFolder(async (project) => {
    for (const folder of ['req', 'dep', 'req/near dep', 'req/dep-é', 'deep/inner', 'wh eels', 'req/links']) {
      mkdirSync(join(project, folder), {recursive: true});
    }
    for (const file of ['wh eels/x-1.0-py3-none-any.whl', 'req/y_z-2.0.tar.gz'])
      writeFileSync(join(project, file), '');
    return use(project);
  });
}

function arrange(project: string, text: string, changes: Partial<RequirementsOptions> = {}): Requirements {
  const file = join(project, 'req', 'requirements.txt');
  const lines = parseRequirementsFile(text.replaceAll('AT', project)).map((line) => ({
    ...line,
    file,
    constraint: false,
  }));
  return arrangeRequirements({
    lines,
    constraints: [],
    preinstall: [],
    requireHashes: false,
    project,
    ...changes,
  });
}

/** A requirement file, lines for pip, folders that are built here: `path extras marker`. */
for (const [title, text, lines, folders] of [
  ['a requirement', 'flask==2.3.3', ['flask==2.3.3'], []],
  ['a marker', 'x>1; python_version < "3"', ['x>1; python_version < "3"'], []],
  ['hashes', 'x==1 --hash=sha256:00 --hash=sha256:01', ['x==1 --hash=sha256:00 --hash=sha256:01'], []],
  [
    'options',
    '--pre\n--no-binary=:all:\n--index-url https://e.org/s',
    ['--pre', '--no-binary=:all:', '--index-url https://e.org/s'],
    [],
  ],
  ['a URL', 'https://e.org/x-1.0.tar.gz', ['https://e.org/x-1.0.tar.gz'], []],
  ['a repository', 'git+https://e.org/x.git@v1#egg=x', ['git+https://e.org/x.git@v1#egg=x'], []],
  ['what pip will refuse', 'x ==', ['x =='], []],
  ['a folder beside the file', './near dep', [], ['AT/req/near dep']],
  ['a folder of the project, by a path from there', './dep', [], ['AT/dep']],
  ['a folder with extras', 'dep/[a, b]', [], ['AT/dep [a, b]']],
  ['a folder with a marker', './near dep ; os_name == "posix"', [], ['AT/req/near dep os_name == "posix"']],
  ['a folder with extras and a marker', './dep[a] ; extra == "x"', [], ['AT/dep [a] extra == "x"']],
  ['a folder as URL', 'file://AT/req/near%20dep', [], ['AT/req/near dep']],
  ['a folder as URL that is not ASCII', 'file://AT/req/dep-%C3%A9#egg=dep', [], ['AT/req/dep-é']],
  ['a folder as URL of this machine', 'file://localhost/AT/dep', [], ['AT/dep']],
  ['a folder in a folder', 'file://AT/deep#egg=x&subdirectory=inner', [], ['AT/deep/inner']],
  ['a named folder', 'dep @ file://AT/dep', [], ['AT/dep']],
  [
    'a named folder with extras and a marker',
    'dep[a,b] @ file://AT/dep ; os_name == "posix"',
    [],
    ['AT/dep [a,b] os_name == "posix"'],
  ],
  ['an archive beside the file', './y_z-2.0.tar.gz', ['file://AT/req/y_z-2.0.tar.gz'], []],
  [
    'an archive with a blank in its path',
    '../wh eels/x-1.0-py3-none-any.whl',
    ['file://AT/wh%20eels/x-1.0-py3-none-any.whl'],
    [],
  ],
  [
    'an archive with extras',
    '../wh eels/x-1.0-py3-none-any.whl[a]',
    ['x[a] @ file://AT/wh%20eels/x-1.0-py3-none-any.whl'],
    [],
  ],
  [
    'an archive with marker and hash',
    './y_z-2.0.tar.gz ; os_name=="posix" --hash=sha256:00',
    ['file://AT/req/y_z-2.0.tar.gz ; os_name=="posix" --hash=sha256:00'],
    [],
  ],
  [
    'an archive as URL',
    'file://AT/req/y_z-2.0.tar.gz#sha256=00',
    ['file://AT/req/y_z-2.0.tar.gz#sha256=00'],
    [],
  ],
  [
    'a named archive',
    'x @ file://AT/wh%20eels/x-1.0-py3-none-any.whl',
    ['x @ file://AT/wh%20eels/x-1.0-py3-none-any.whl'],
    [],
  ],
  ['an archive that does not exist', './none-1.0.tar.gz', ['file://AT/req/none-1.0.tar.gz'], []],
  ['links beside the file', '-f links', ['--find-links file://AT/req/links'], []],
  ['links of the project, with a blank', '--find-links=wh eels', ['--find-links file://AT/wh%20eels'], []],
  ['links elsewhere', '--find-links https://e.org/links', ['--find-links https://e.org/links'], []],
  ['an included file of this machine', '-r more.txt', [], []],
  ['an included file elsewhere', '-r https://e.org/more.txt', ['-r https://e.org/more.txt'], []],
] as const) {
  test(`understands ${title}`, () =>
    inProject((project) => {
      const at = (all: readonly string[]) => all.map((one) => one.replaceAll('AT', project));
      const found = arrange(project, text);
      assert.equal(found.lines, at(lines));
      const shown = found.folders.map(({path, extras, marker}) =>
        [path, extras, marker].filter(Boolean).join(' '),
      );
      assert.equal(shown, at(folders));
      assert.equal(found.constraints, []);
    }));
}

test('the nearer of two folders of the same name is taken', () =>
  inProject((project) => {
    mkdirSync(join(project, 'req', 'dep'));
    assert.equal(arrange(project, './dep').folders, [{path: join(project, 'req', 'dep')}]);
  }));

test('constraints are named to pip, and their lines are left to it', () =>
  inProject((project) => {
    const file = join(project, 'c.txt');
    const lines = parseRequirementsFile('cffi==1.0\n./dep\n').map((line) => ({
      ...line,
      file,
      constraint: true,
    }));
    const own = arrange(project, '-c ../pins.txt\n-c https://e.org/c.txt\n').constraints;
    assert.equal(own, [join(project, 'pins.txt'), 'https://e.org/c.txt']);
    const found = arrange(project, '', {lines, constraints: [file]});
    assert.equal(found.constraints, [file]);
    assert.equal(found.lines, []);
    assert.equal(found.folders, []);
    assert.equal([...found.names], ['cffi']);
  }));

test('names are normalised, wherever they come from', () =>
  inProject((project) => {
    const text = 'Foo.Bar==1\nbaz @ https://e.org/x\n./y_z-2.0.tar.gz\ngit+https://e.org/x#egg=Egg_One\n';
    const found = arrange(project, text, {preinstall: ['Pre_Installed>1', join(project, 'dep')]});
    assert.equal([...found.names], ['foo-bar', 'baz', 'y-z', 'egg-one', 'pre-installed']);
  }));

test('of what is to be installed first folders are built here, the rest is for pip', () =>
  inProject((project) => {
    const archive = join(project, 'req', 'y_z-2.0.tar.gz');
    const found = arrange(project, './dep', {preinstall: ['setuptools<60', join(project, 'deep'), archive]});
    assert.equal(found.preinstall, ['setuptools<60', archive]);
    assert.equal(
      found.folders.map(({path}) => path),
      [join(project, 'deep'), join(project, 'dep')],
    );
  }));

const hash = '--hash=sha256:00';

/** A requirement file, whether pip is to insist on hashes, whether nothing is left to the index. */
for (const [text, hashed, changes] of [
  ['', false, {}],
  ['x==1', false, {}],
  ['x===1', false, {}],
  ['x==1.*', false, {}],
  ['x==1,!=1.1', false, {}],
  ['x>=1', false, {}],
  ['x', false, {}],
  [`x==1 ${hash}`, true, {}],
  [`x>=1 ${hash}`, true, {}],
  [`x==1 ${hash}\ny`, true, {}],
  ['--require-hashes\nx==1', true, {}],
  ['x==1', true, {requireHashes: true}],
  ['./dep', false, {}],
  ['./y_z-2.0.tar.gz', false, {}],
  [`./y_z-2.0.tar.gz ${hash}`, true, {}],
  ['x @ file://AT/req/y_z-2.0.tar.gz', false, {}],
  ['x @ https://e.org/x.whl', false, {}],
  ['https://e.org/x.whl', false, {}],
  [`https://e.org/x.whl ${hash}`, true, {}],
  ['git+https://e.org/x@v1', false, {}],
  ['-r https://e.org/more.txt', false, {}],
  ['x==1', false, {preinstall: ['y==1']}],
] as const) {
  const title = `${text.replaceAll('\n', ' and ') || 'nothing'}${Object.keys(changes).map((key) => ` with ${key}`)}`;
  test(`${title} is ${hashed ? '' : 'not '}hashed`, () =>
    inProject((project) => {
      assert.is(arrange(project, text, changes).hashed, hashed);
    }));
}

test('what lines ask for is told apart from what constraints name', () =>
  inProject((project) => {
    const found = arrange(project, 'Foo.Bar==1\n-c constraints.txt\n./dep', {});
    assert.equal([...found.required], ['foo-bar']);
  }));

/** What pip itself reads in a requirement file: path or specifier, extras and hash of each line, and its find-links. */
const READER = `
import glob, sys
sys.path.insert(0, glob.glob("/usr/share/python-wheels/pip-*.whl")[0])
from pip._internal.index.collector import LinkCollector
from pip._internal.index.package_finder import PackageFinder
from pip._internal.models.search_scope import SearchScope
from pip._internal.models.selection_prefs import SelectionPreferences
from pip._internal.network.session import PipSession
from pip._internal.req.constructors import install_req_from_parsed_requirement
from pip._internal.req.req_file import parse_requirements
session = PipSession()
collector = LinkCollector(session, SearchScope.create([], [], True))
finder = PackageFinder.create(collector, SelectionPreferences(allow_yanked=False))
for parsed in parse_requirements(sys.argv[1], session, finder=finder):
    one = install_req_from_parsed_requirement(parsed)
    print(one.link.file_path if one.link else one.req, sorted(one.extras), one.markers, one.hash_options)
print(finder.find_links)
`;

test('pip reads what was arranged as it was meant', () =>
  inProject((project) => {
    const text = `-f wh eels
../wh eels/x-1.0-py3-none-any.whl[a] ; os_name == "posix" ${hash}
../wh eels/x-1.0-py3-none-any.whl
./y_z-2.0.tar.gz ${hash}
flask[async] == 2.3.3 ; os_name == "posix"`;
    const file = join(project, 'given to pip.txt');
    writeFileSync(file, arrange(project, text).lines.join('\n'));
    const said = execFileSync(CPYTHON, ['-s', '-c', READER, file], {cwd: dirname(project), encoding: 'utf8'});
    assert.equal(said.trim().split('\n'), [
      `${project}/wh eels/x-1.0-py3-none-any.whl ['a'] os_name == "posix" {'sha256': ['00']}`,
      `${project}/wh eels/x-1.0-py3-none-any.whl [] None {}`,
      `${project}/req/y_z-2.0.tar.gz [] None {'sha256': ['00']}`,
      `flask[async]==2.3.3 ['async'] os_name == "posix" {}`,
      `['file://${project}/wh%20eels']`,
    ]);
  }));

test.run();
