import {execFileSync} from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {copyProject} from '../../lib/python/source.js';
import {EPOCH} from '../helpers/python.js';
import {inFolder, rejects, skip} from '../helpers/suite.js';

const test = suite('python/source');

const PATH = '/usr/bin:/bin';
const context = {env: {PATH, HOME: '/nonexistent', SOURCE_DATE_EPOCH: String(EPOCH)}, signal: undefined};
const identity = [
  '-c',
  'user.name=Jo',
  '-c',
  'user.email=jo@example.org',
  '-c',
  'protocol.file.allow=always',
];
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', [...identity, ...args], {
    cwd: folder,
    env: {PATH, HOME: folder},
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

/** Write files; the content is the name, unless it is given. */
function put(folder: string, ...names: (string | readonly [string, string])[]): void {
  for (const one of names) {
    const [name, text] = typeof one === 'string' ? [one, one] : one;
    mkdirSync(dirname(join(folder, name)), {recursive: true});
    writeFileSync(join(folder, name), text);
  }
}

function commit(folder: string, message = 'x'): void {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '--allow-empty', '-m', message);
}

/** A repository with these files committed. */
function repository(folder: string, ...names: (string | readonly [string, string])[]): string {
  mkdirSync(folder, {recursive: true});
  git(folder, 'init', '-q');
  put(folder, ...names);
  commit(folder);
  return folder;
}

/** Paths of all files and links below a folder, sorted, without what is git's own. */
function listed(folder: string): string[] {
  const found = readdirSync(folder, {recursive: true, withFileTypes: true});
  return found
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('.git/'))
    .sort();
}

/** Copy a project that lies in a folder of that name; gives the copy. */
async function copied(folder: string, project = join(folder, 'project'), env: object = {}): Promise<string> {
  return copyProject({...context, env: {...context.env, ...env}}, project, join(folder, 'copy'));
}

const JUNK = [
  'build/lib/x.py',
  'dist/x.whl',
  'deb_dist/x.deb',
  '__pycache__/x.pyc',
  'a/__pycache__/x.pyc',
  '.tox/x',
  '.nox/x',
  'x.egg-info/PKG-INFO',
  'src/y.egg-info/PKG-INFO',
  'node_modules/z/index.js',
  '.hg/store',
  'venv/pyvenv.cfg',
  'venv/bin/activate',
  'sub/.venv/pyvenv.cfg',
  'sub/.venv/lib/x.py',
];
const KEPT = ['a/build/x.py', 'a/dist/x.py', 'buildings/x.py', 'egg-info.txt', 'setup.py'];

test('with git, what is tracked and what is not ignored is copied', () =>
  inFolder(async (folder) => {
    const project = repository(
      join(folder, 'project'),
      'tracked',
      ['.gitignore', '*.log\n/secret/\n'],
      'gone',
      'a/b',
    );
    put(project, 'untracked', 'a/untracked', 'x.log', 'secret/key', ['tracked', 'changed']);
    rmSync(join(project, 'gone'));
    const copy = await copied(folder);
    assert.equal(listed(copy), ['.gitignore', 'a/b', 'a/untracked', 'tracked', 'untracked']);
    assert.is(readFileSync(join(copy, 'tracked'), 'utf8'), 'changed');
  }));

test('with git, build output and virtualenvs that nobody ignores are left out', () =>
  inFolder(async (folder) => {
    const project = repository(join(folder, 'project'), 'setup.py');
    put(project, ...JUNK, ...KEPT);
    assert.equal(listed(await copied(folder)), [...KEPT].sort());
  }));

test('with git, what is tracked is copied whatever it is called', () =>
  inFolder(async (folder) => {
    const names = JUNK.filter((name) => !name.startsWith('.hg'));
    repository(join(folder, 'project'), ...names, ...KEPT);
    assert.equal(listed(await copied(folder)), [...names, ...KEPT].sort());
  }));

for (const [title, prepare, env] of [
  ['without a repository', () => {}, {}],
  ['without git on PATH', (project: string) => repository(project), {PATH: '/nonexistent'}],
  [
    'in a folder that its repository ignores',
    (project: string) => put(repository(dirname(project)), ['.gitignore', '/project/\n']),
    {},
  ],
  ['beside a broken repository', (project: string) => put(project, ['.git/HEAD', 'nonsense']), {}],
] as const) {
  test(`${title} all but virtualenvs and build output is copied`, () =>
    inFolder(async (folder) => {
      const project = join(folder, 'project');
      mkdirSync(project);
      prepare(project);
      put(project, ...JUNK, ...KEPT);
      const copy = await copied(folder, project, env);
      assert.equal(listed(copy), [...KEPT].sort());
      assert.not.ok(readdirSync(copy).includes('.git'));
    }));
}

test('a project that is a virtualenv itself is not left out as one', () =>
  inFolder(async (folder) => {
    put(join(folder, 'project'), 'pyvenv.cfg', 'setup.py');
    assert.equal(listed(await copied(folder)), ['pyvenv.cfg', 'setup.py']);
  }));

test('a subfolder of a repository is copied by itself, to its own place in one that knows its history', () =>
  inFolder(async (folder) => {
    const outer = repository(join(folder, 'outer'), 'top', 'a/b/in', ['a/b/.gitignore', 'no\n'], 'a/bc');
    git(outer, 'tag', '-a', 'v1.2', '-m', 'v1.2');
    put(join(outer, 'a/b'), 'no', 'new');
    const index = readFileSync(join(outer, '.git/index'));
    const copy = await copied(folder, join(outer, 'a/b'));
    assert.is(copy, join(folder, 'copy/a/b'));
    assert.equal(listed(join(folder, 'copy')), ['a/b/.gitignore', 'a/b/in', 'a/b/new']);
    assert.is(git(copy, 'rev-parse', '--show-toplevel'), join(folder, 'copy'));
    assert.is(git(copy, 'describe', '--dirty'), 'v1.2');
    assert.is(git(copy, 'status', '--porcelain'), '?? a/b/new');
    writeFileSync(join(copy, 'in'), 'changed');
    assert.is(git(copy, 'describe', '--dirty'), 'v1.2-dirty');
    assert.equal(readFileSync(join(outer, '.git/index')), index, 'the index was written');
  }));

for (const [title, place] of [
  ['of which git tracks nothing', 'part'],
  ['with a path that build tools do not cope with', 'two words'],
] as const) {
  test(`a subfolder ${title} is copied without a repository`, () =>
    inFolder(async (folder) => {
      const outer = repository(join(folder, 'outer'), 'two words/in');
      put(join(outer, 'part'), 'in');
      const copy = await copied(folder, join(outer, place));
      assert.is(copy, join(folder, 'copy'));
      assert.equal(readdirSync(copy), ['in']);
    }));
}

/** Projects that hold what is left out unless it is tracked: the folder of the project, made in an empty one. */
const tracking: readonly (readonly [string, (folder: string) => string])[] = [
  ['at the top of a repository', (folder) => repository(folder, ...JUNK, ...KEPT)],
  ['in a subfolder', (folder) => join(repository(folder, ...JUNK.map((name) => `a/b/${name}`)), 'a/b')],
  [
    'in a subfolder with a blank',
    (folder) => join(repository(folder, ...JUNK.map((name) => `a b/${name}`)), 'a b'),
  ],
  [
    'with a submodule',
    (folder) => {
      const library = repository(join(folder, 'library'), ...JUNK);
      const project = repository(join(folder, 'project'), 'setup.py');
      git(project, 'submodule', '--quiet', 'add', library, 'library');
      return project;
    },
  ],
];

for (const [title, make] of tracking) {
  test(`the copy of a copy holds the same, for a project ${title}`, () =>
    inFolder(async (folder) => {
      const project = make(join(folder, 'made'));
      const first = await copied(folder, project);
      const again = {...context, selected: first};
      const second = await copyProject(again, first, join(folder, 'second'));
      assert.ok(listed(first).length >= JUNK.length, 'the test does not do what it says');
      assert.equal(listed(second), listed(first));
    }));
}

test('what submodules and other repositories inside hold is copied, by the rules of each', () =>
  inFolder(async (folder) => {
    repository(join(folder, 'library'), 'lib.c', ['.gitignore', '*.o\n']);
    const project = repository(join(folder, 'project'), 'setup.py');
    git(project, 'submodule', '--quiet', 'add', join(folder, 'library'), 'vendored/library');
    git(project, 'submodule', '--quiet', 'add', join(folder, 'library'), 'absent');
    commit(project);
    git(project, 'submodule', '--quiet', 'deinit', '-f', 'absent');
    put(project, 'vendored/library/lib.o');
    repository(join(project, 'clone'), 'cloned');
    const copy = await copied(folder);
    const wanted = [
      '.gitmodules',
      'clone/cloned',
      'setup.py',
      'vendored/library/.gitignore',
      'vendored/library/lib.c',
    ];
    assert.equal(listed(copy), wanted);
  }));

test('names with blanks, newlines, quotes and letters of any language are copied', () =>
  inFolder(async (folder) => {
    const names = [
      'a b',
      'ä/größe',
      '日本',
      'line\nbreak',
      'carriage\r\nreturn',
      '"quoted"',
      "it's",
      '\\',
      '-r',
      'https:/x@y',
      '\t',
    ];
    const project = repository(join(folder, 'project'), ...names.slice(0, 6));
    put(project, ...names);
    assert.equal(listed(await copied(folder)), [...names].sort());
  }));

for (const [title, prepare] of [
  ['with git', (project: string) => repository(project)],
  ['without', (project: string) => mkdirSync(project)],
] as const) {
  test(`a name that is no UTF-8 is refused, ${title}`, () =>
    inFolder(async (folder) => {
      const project = join(folder, 'project');
      prepare(project);
      writeFileSync(Buffer.from(`${project}/\xe4`, 'latin1'), '');
      await rejects(copied(folder), 'E_PAYLOAD', /^File name is not UTF-8: .*\/project\/\ufffd/);
    }));

  test(`executable bits, links and times are those of a build, ${title}`, () =>
    inFolder(async (folder) => {
      const project = join(folder, 'project');
      prepare(project);
      put(project, 'run', 'a/plain', 'b/in');
      chmodSync(join(project, 'run'), 0o755);
      const links = {link: 'run', folder: 'a', dangling: 'a/none', 'b/up': '../a/plain', self: '.'};
      for (const [name, to] of Object.entries(links)) symlinkSync(to, join(project, name));
      utimesSync(join(project, 'run'), 1, 1);
      const copy = await copied(folder);
      for (const [name, to] of Object.entries(links)) assert.is(readlinkSync(join(copy, name)), to);
      assert.is(statSync(join(copy, 'run')).mode & 0o111, 0o111);
      assert.is(statSync(join(copy, 'a', 'plain')).mode & 0o111, 0);
      for (const name of ['run', 'a', 'a/plain', 'link', 'b/up']) {
        assert.is(lstatSync(join(copy, name)).mtimeMs, EPOCH * 1000, name);
      }
    }));
}

for (const [name, to] of [
  ['out', '../other'],
  ['a/out', '../../other'],
  ['absolute', '/etc/passwd'],
  ['sibling', '../project-2/file'],
] as const) {
  test(`a link that leads out of the project is refused: ${to}`, () =>
    inFolder(async (folder) => {
      put(join(folder, 'project'), 'a/b');
      symlinkSync(to, join(folder, 'project', name));
      await rejects(
        copied(folder),
        'E_PAYLOAD',
        new RegExp(`^Symlink leads out of the project: ${name} -> ${to}\n.*ignore`, 's'),
      );
    }));
}

test('a link that git ignores may lead anywhere', () =>
  inFolder(async (folder) => {
    const project = repository(join(folder, 'project'), ['.gitignore', 'data\n']);
    symlinkSync('/srv/data', join(project, 'data'));
    assert.equal(listed(await copied(folder)), ['.gitignore']);
  }));

test('what is neither file nor folder nor link is refused', () =>
  inFolder(async (folder) => {
    put(join(folder, 'project'), 'a');
    execFileSync('mkfifo', [join(folder, 'project', 'pipe')]);
    await rejects(copied(folder), 'E_PAYLOAD', /^Neither file nor folder nor link: .*pipe/);
  }));

/** Where the project lies, in a folder with a tagged repository `library`. */
const places: readonly (readonly [string, (folder: string) => string])[] = [
  ['a plain repository', (folder) => join(folder, 'library')],
  [
    'a linked working tree',
    (folder) => {
      git(join(folder, 'library'), 'worktree', 'add', '-q', '../tree', '-b', 'tree');
      return join(folder, 'tree');
    },
  ],
  [
    'a submodule',
    (folder) => {
      const outer = repository(join(folder, 'outer'));
      git(outer, 'submodule', '--quiet', 'add', join(folder, 'library'), 'inner');
      return join(outer, 'inner');
    },
  ],
];

for (const [title, place] of places) {
  test(`the copy of ${title} knows its history, and the original does not change`, () =>
    inFolder(async (folder) => {
      const library = repository(join(folder, 'library'), 'file', 'other');
      git(library, 'tag', '-a', 'v1.2', '-m', 'v1.2');
      const project = place(folder);
      const index = join(git(project, 'rev-parse', '--absolute-git-dir'), 'index');
      const before = readFileSync(index);
      const copy = await copied(folder, project);
      assert.is(git(copy, 'describe', '--dirty'), 'v1.2');
      assert.is(git(copy, 'status', '--porcelain'), '');
      assert.is(git(copy, 'rev-parse', '--show-toplevel'), copy);
      assert.equal(git(copy, 'ls-files').split('\n'), ['file', 'other']);
      writeFileSync(join(copy, 'file'), 'changed');
      assert.is(git(copy, 'describe', '--dirty'), 'v1.2-dirty');
      assert.equal(readFileSync(index), before, 'the index was written');
      assert.is(git(project, 'describe', '--dirty'), 'v1.2');
    }));
}

test('what is changed in the project is changed in the copy', () =>
  inFolder(async (folder) => {
    const project = repository(join(folder, 'project'), 'file');
    git(project, 'tag', '-a', 'v1', '-m', 'v1');
    writeFileSync(join(project, 'file'), 'changed');
    assert.is(git(await copied(folder), 'describe', '--dirty'), 'v1-dirty');
  }));

test('a repository of another user is read', async () => {
  if (process.getuid?.() !== 0) return skip('a repository of another user', 'only root can give files away');
  await inFolder(async (folder) => {
    const project = repository(join(folder, 'project'), 'file', ['.gitignore', 'no\n']);
    git(project, 'tag', '-a', 'v1', '-m', 'v1');
    put(project, 'no');
    execFileSync('chown', ['-R', 'nobody', project]);
    const copy = await copied(folder);
    assert.equal(listed(copy), ['.gitignore', 'file']);
    assert.is(git(copy, 'describe', '--dirty'), 'v1');
  });
});

test('an abort is passed on', () =>
  inFolder(async (folder) => {
    const reason = new Error('stop');
    put(join(folder, 'project'), 'file');
    const aborted = {...context, signal: AbortSignal.abort(reason)};
    const error = await copyProject(aborted, join(folder, 'project'), join(folder, 'copy')).catch(
      (caught) => caught,
    );
    assert.is(error, reason);
  }));

test.run();
