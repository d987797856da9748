import {execFileSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {CommandError} from '../../lib/errors.js';
import {
  type BuildEnvironment,
  buildWheel,
  prepareBuilds,
  type WheelSource,
} from '../../lib/python/build-wheel.js';
import type {Workspace} from '../../lib/python/workspace.js';
import {CPYTHON, EPOCH, PYPY, testWorkspace, writeWheels} from '../helpers/python.js';
import {type ArchiveMember, writeArchive} from '../helpers/sdist.js';
import {fixture, inFolder, rejects, skip} from '../helpers/suite.js';

const test = suite('python/build-wheel');

const isolated = {isolation: true, requires: []};

/** Workspaces that the tests share; every build has a name of its own in it. */
const shared = mkdtempSync(join(tmpdir(), 'mkvenvdeb-test-'));
const links = join(shared, 'links');
writeWheels(links, [
  {name: 'fx-static', version: '1.5'},
  {
    name: 'Fx.Helper',
    version: '2.1',
    requires: ['fx-toml; extra == "toml"', 'fx-other; extra == "other"'],
    metadata: ['Provides-Extra: toml', 'Provides-Extra: other'],
  },
  {name: 'fx_toml', version: '0.1'},
]);
const bare = await testWorkspace(join(shared, 'bare'), CPYTHON);
const linked = await testWorkspace(join(shared, 'linked'), CPYTHON, {index: {findLinks: [links]}});
const pypy = await testWorkspace(join(shared, 'pypy'), PYPY);
const environments = new Map<Workspace, Promise<BuildEnvironment>>();
const environmentOf = (workspace: Workspace) => {
  const environment = environments.get(workspace) ?? prepareBuilds(workspace, isolated);
  environments.set(workspace, environment);
  return environment;
};
let count = 0;

/** Build in a folder of the shared workspace; gives the path of the wheel. */
async function build(
  source: Pick<WheelSource, 'path' | 'kind'> & Partial<WheelSource>,
  workspace = bare,
): Promise<string> {
  count += 1;
  return buildWheel(workspace, await environmentOf(workspace), {
    name: `build-${count}`,
    epoch: EPOCH,
    ...source,
  });
}

/** Build it, expecting a failure; gives what was said last. */
async function failing(...args: Parameters<typeof build>): Promise<string> {
  const error = await rejects(build(...args), 'E_COMMAND', /^Command failed: (build of|pip install)/);
  assert.instance(error, CommandError);
  return (error as CommandError).output;
}

/** Build an sdist, expecting that it is not even unpacked. */
const refused = (source: Parameters<typeof build>[0], message: RegExp) =>
  rejects(build(source), 'E_FORMAT', message);

/** Content of the members of a wheel, by name. */
function membersOf(wheel: string): Record<string, string> {
  const code =
    'import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(json.dumps({n: z.read(n).decode("latin-1") for n in z.namelist()}))';
  return JSON.parse(execFileSync(CPYTHON, ['-c', code, wheel], {encoding: 'utf8'}));
}

/** Every path below a folder with its size and time. */
const snapshot = (folder: string) =>
  readdirSync(folder, {recursive: true, encoding: 'utf8'})
    .sort()
    .map((path) => `${path} ${statSync(join(folder, path)).size} ${statSync(join(folder, path)).mtimeMs}`);

for (const [name, wheel, files] of [
  ['own-backend', 'Odd_Name..App-1.0-py3-none-any.whl', ['odd_name/__init__.py', 'odd_name/built.txt']],
  [
    'legacy',
    'legacy_app-0.3-py3-none-any.whl',
    [
      'legacy_app/data/.hidden.json',
      'legacy_app-0.3.data/scripts/legacy-tool',
      'legacy_app-0.3.data/data/share/legacy/notes.txt',
    ],
  ],
  ['src-layout', 'fxsrc-1.0rc1-py3-none-any.whl', ['fxsrc/__init__.py', 'fxsrc/data files/größe.txt']],
] as const) {
  test(`builds ${name} without a trace in the user's tree`, () =>
    inFolder(async (folder) => {
      const path = join(folder, 'a project');
      cpSync(fixture('apps', name), path, {recursive: true});
      const before = snapshot(path);
      const built = await build({path, kind: 'folder'});
      assert.is(basename(built), wheel);
      const members = Object.keys(membersOf(built));
      for (const file of files) assert.ok(members.includes(file), `${file} is not among ${members}`);
      assert.equal(snapshot(path), before);
    }));
}

test('the back end sees a folder with a fixed name and the time it is given', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'outside of a repository');
    cpSync(fixture('apps', 'own-backend'), path, {recursive: true});
    const wheel = await build({path, kind: 'folder', name: 'fixed', epoch: 1_234_567_890});
    assert.is(membersOf(wheel)['odd_name/built.txt'], '1234567890 fixed\n');
  }));

test('a time before 1980 is one that a wheel can hold', async () => {
  const wheel = await build({path: fixture('apps', 'own-backend'), kind: 'folder', epoch: 0});
  assert.match(membersOf(wheel)['odd_name/built.txt'] ?? '', /^315532800 /);
});

test('what a back end asks for is installed, what it asks for when it is asked too, with extras', async () => {
  const wheel = await build({path: fixture('apps', 'dynamic'), kind: 'folder'}, linked);
  assert.is(membersOf(wheel)['fxdynamic.txt'], '1.5 2.1 0.1\n');
});

test('a build requirement that is not to be had is told in the words of pip', async () => {
  const said = await failing({path: fixture('apps', 'dynamic'), kind: 'folder'});
  assert.match(said, /No matching distribution found for fx-static>=1/);
});

test('what was installed when it was missing is not asked for again', () =>
  inFolder(async (folder) => {
    // Its own requirement is not what is asked for later: whatever pip made of it has to do.
    writeWheels(folder, [
      {name: 'fx-static', version: '1.0', requires: ['fx-toml==0.1']},
      {name: 'fx-helper', version: '2.0', requires: ['fx-toml>=0.2']},
      {name: 'fx-toml', version: '0.1'},
      {name: 'fx-toml', version: '0.2'},
    ]);
    const workspace = await testWorkspace(join(folder, 'work'), CPYTHON, {index: {findLinks: [folder]}});
    const source: WheelSource = {path: fixture('apps', 'dynamic'), kind: 'folder', name: 'x', epoch: EPOCH};
    const wheel = await buildWheel(workspace, {requires: []}, source);
    assert.is(membersOf(wheel)['fxdynamic.txt'], '1.0 2.0 0.2\n');
  }));

test('every build environment has what all of them shall have', async () => {
  const environment = {requires: ['fx-static', 'fx-helper[toml]']};
  const source: WheelSource = {path: fixture('apps', 'dynamic'), kind: 'folder', name: 'all', epoch: EPOCH};
  await buildWheel(linked, environment, source);
  const python = join(linked.folders.build, 'all', 'bin', 'python');
  const found = execFileSync(python, ['-c', 'import fx_static, fx_toml; print(fx_static.version)'], {
    encoding: 'utf8',
  });
  assert.is(found, '1.5\n');
});

test('without isolation one environment has what is asked for, and nothing is installed later', () =>
  inFolder(async (folder) => {
    const index = {findLinks: [links]};
    const one = await testWorkspace(join(folder, 'one'), CPYTHON, {index});
    const requires = ['fx-static', 'fx-helper', 'fx-toml'];
    const environment = await prepareBuilds(one, {isolation: false, requires});
    for (const name of ['first', 'second']) {
      const source: WheelSource = {path: fixture('apps', 'dynamic'), kind: 'folder', name, epoch: EPOCH};
      assert.is(membersOf(await buildWheel(one, environment, source))['fxdynamic.txt'], '1.5 2.1 0.1\n');
    }
    assert.equal(readdirSync(one.folders.build).sort(), ['first.wheel', 'second.wheel', 'shared']);
    const code = 'import setuptools, wheel';
    execFileSync(environment.sharedPython ?? '', ['-c', code]);
    const source: WheelSource = {
      path: fixture('apps', 'dynamic'),
      kind: 'folder',
      name: 'third',
      epoch: EPOCH,
    };
    execFileSync(environment.sharedPython ?? '', ['-c', 'import fx_toml, os; os.remove(fx_toml.__file__)']);
    const error = await rejects(buildWheel(one, environment, source), 'E_COMMAND', /build of third/);
    assert.match((error as CommandError).output, /No module named 'fx_toml'/);
  }));

/** A project whose back end writes one file. */
const project = (text: string, requires = '[]'): ArchiveMember[] => [
  {
    name: 'top/pyproject.toml',
    text: `[build-system]\nrequires = ${requires}\nbuild-backend = "inner"\nbackend-path = ["."]\n`,
  },
  {
    name: 'top/inner.py',
    text: `import os, stat, sys, zipfile
def build_wheel(folder, *args):
    text = ${text}
    with zipfile.ZipFile(folder + "/x-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("x.txt", str(text))
    return "x-1-py3-none-any.whl"
`,
  },
];
const said = async (...args: Parameters<typeof build>) => membersOf(await build(...args))['x.txt'];

test('sees what PyPy brings, with isolation', () =>
  inFolder(async (folder) => {
    const text = '__import__("cffi").__version__';
    const path = writeArchive(join(folder, 'x-1.tar.gz'), project(text, '["cffi>=1.0"]'));
    const version = execFileSync(PYPY, ['-c', 'import cffi; print(cffi.__version__)'], {encoding: 'utf8'});
    assert.is(await said({path, kind: 'sdist'}, pypy), version.trim());
    assert.match(await failing({path, kind: 'sdist'}), /No matching distribution found for cffi/);
  }));

const EPOCH_SEEN = 'os.environ["SOURCE_DATE_EPOCH"]';

test('a tar archive tells its own time: that of its newest member', () =>
  inFolder(async (folder) => {
    const members = [
      ...project(EPOCH_SEEN),
      {name: 'top/new', mtime: 1_650_000_000},
      {name: 'top/old', mtime: 1},
    ];
    assert.is(
      await said({path: writeArchive(join(folder, 'x-1.tar.gz'), members), kind: 'sdist'}),
      '1650000000',
    );
    const old = project(EPOCH_SEEN).map((member) => ({...member, mtime: 5}));
    assert.is(await said({path: writeArchive(join(folder, 'y-1.tar.gz'), old), kind: 'sdist'}), '315532800');
  }));

test('a zip archive has the time that is given: that of its members is when pip downloaded it', () =>
  inFolder(async (folder) => {
    const path = writeArchive(join(folder, 'x-1.zip'), project(EPOCH_SEEN));
    assert.is(await said({path, kind: 'sdist'}), String(EPOCH));
  }));

for (const suffix of ['tar.gz', 'zip']) {
  test(`modes of a ${suffix} are brought into a normal form`, () =>
    inFolder(async (folder) => {
      const text = '[oct(stat.S_IMODE(os.stat(n).st_mode)) for n in ("run", "odd", "plain")]';
      const modes = {run: 0o775, odd: 0o4711, plain: 0o664};
      const files = Object.entries(modes).map(([name, mode]) => ({name: `top/${name}`, mode}));
      const path = writeArchive(join(folder, `x-1.${suffix}`), [...project(text), ...files]);
      assert.is(await said({path, kind: 'sdist'}), "['0o755', '0o755', '0o644']");
    }));
}

test('what an archive says of owners does not count', async () => {
  if (process.getuid?.() !== 0) return skip('owners in an sdist', 'only root can give files away');
  await inFolder(async (folder) => {
    const members = [...project('os.stat("file").st_uid'), {name: 'top/file', uid: 1234}];
    assert.is(await said({path: writeArchive(join(folder, 'x-1.tar.gz'), members), kind: 'sdist'}), '0');
  });
});

test('links inside of an sdist are unpacked', () =>
  inFolder(async (folder) => {
    const members: ArchiveMember[] = [
      ...project('[open(n).read() for n in ("soft", "hard", "sub/up")]'),
      {name: 'top/file', text: 'content'},
      {name: 'top/soft', type: 'symlink', target: 'file'},
      {name: 'top/hard', type: 'hardlink', target: 'top/file'},
      {name: 'top/sub/up', type: 'symlink', target: '../file'},
    ];
    const path = writeArchive(join(folder, 'x-1.tar.gz'), members);
    assert.is(await said({path, kind: 'sdist'}), "['content', 'content', 'content']");
  }));

/** What an sdist holds besides a project, in what kind of archive, what is said. */
const hostile: readonly (readonly [string, string, ArchiveMember[], RegExp])[] = [
  ['a path that climbs out', 'tar.gz', [{name: '../evil'}], /leads out of the archive: '\.\.\/evil'/],
  ['a deeper path that climbs out', 'tar.gz', [{name: 'top/../../evil'}], /leads out/],
  ['an absolute path', 'tar.gz', [{name: 'OUT/evil'}], /leads out/],
  [
    'a link that leads out',
    'tar.gz',
    [{name: 'top/link', type: 'symlink', target: '../../evil'}],
    /leads out.*link/,
  ],
  ['an absolute link', 'tar.gz', [{name: 'top/link', type: 'symlink', target: 'OUT'}], /leads out.*link/],
  [
    'a hard link to a file outside',
    'tar.gz',
    [{name: 'top/link', type: 'hardlink', target: '../../secret'}],
    /leads out.*link/,
  ],
  [
    'a file through two links that only together lead out',
    'tar.gz',
    [
      {name: 'top/deep/er', type: 'folder'},
      {name: 'top/here', type: 'symlink', target: 'deep/er'},
      {name: 'top/link', type: 'symlink', target: 'here/../../../../..'},
      {name: 'top/link/evil'},
    ],
    /leads out/,
  ],
  ['a pipe', 'tar.gz', [{name: 'top/pipe', type: 'fifo'}], /neither file nor folder nor link: 'top\/pipe'/],
  ['a device', 'tar.gz', [{name: 'top/null', type: 'device'}], /neither file nor folder nor link/],
  ['a name twice', 'tar.gz', [{name: 'top/a'}, {name: './top//a'}], /is there twice/],
  ['a file that is a folder as well', 'tar.gz', [{name: 'top/a'}, {name: 'top/a', type: 'folder'}], /twice/],
  [
    'an escape in a name',
    'tar.gz',
    [{name: 'top/\u001b[2J'}],
    /control character in its name: 'top\/\\x1b\[2J'/,
  ],
  ['a line break in a name', 'tar.gz', [{name: 'top/a\nb'}], /control character/],
  ['a name that no disk takes', 'tar.gz', [{name: `top/${'n'.repeat(300)}`}], /name that is too long/],
  ['a name of megabytes', 'tar.gz', [{name: `top/${'n/'.repeat(600_000)}`}], /PAX header has \d+ bytes/],
  [
    'a link to a link that came later',
    'tar.gz',
    [
      {name: 'top/link', type: 'symlink', target: 'later/../../..'},
      {name: 'top/later', type: 'symlink', target: '.'},
    ],
    /leads out of the archive: 'top\/link'/,
  ],
  ['a name twice', 'zip', [{name: 'top/a'}, {name: 'top/a'}], /is there twice/],
  ['an escape in a name', 'zip', [{name: 'top/\u001b[2J'}], /control character/],
  ['a symlink', 'zip', [{name: 'top/l', mode: 0o120777, text: '/etc'}], /neither file nor folder/],
  ['a path that climbs out', 'zip', [{name: '../evil'}], /leads out of the archive: '\.\.\/evil'/],
  ['an absolute path', 'zip', [{name: 'OUT/evil'}], /leads out/],
  [
    'two folders at its top',
    'tar.gz',
    [{name: 'other/file'}],
    /not an sdist: it holds 'other', 'top' at its top/,
  ],
  ['a file at its top', 'zip', [{name: 'file'}], /not an sdist: it holds 'file', 'top' at its top/],
];

for (const [title, suffix, members, message] of hostile) {
  test(`a ${suffix} with ${title} is refused`, () =>
    inFolder(async (folder) => {
      const out = (text: string | undefined) => text?.replace('OUT', join(folder, 'out'));
      mkdirSync(join(folder, 'out'));
      const all = members.map((one) => ({...one, name: out(one.name) ?? '', target: out(one.target) ?? ''}));
      const path = writeArchive(join(folder, `x-1.${suffix}`), [...project('1'), ...all]);
      const {message: said} = await refused({path, kind: 'sdist'}, message);
      assert.ok(said.includes(path));
      assert.equal(readdirSync(join(folder, 'out')), []);
      assert.equal(readdirSync(folder).sort(), ['out', basename(path)].sort());
      for (const place of [bare.folders.src, bare.folders.root, shared])
        assert.not.ok(existsSync(join(place, 'evil')), place);
    }));
}

for (const suffix of ['tar.gz', 'zip']) {
  test(`a ${suffix} that unpacks to more than the limit is refused, and the option raises it`, () =>
    inFolder(async (folder) => {
      const members = [...project('1'), {name: 'top/zeros', zeros: 300_000_000}];
      const path = writeArchive(join(folder, `x-1.${suffix}`), members);
      const error = await refused(
        {path, kind: 'sdist'},
        /with 'top\/zeros' it unpacks to more than \d+ bytes/,
      );
      assert.match(error.hint ?? '', /limit_size/);
      await build({path, kind: 'sdist'}, {...bare, limitSize: 301_000_000});
    }));
}

test('what is no archive is told', () =>
  inFolder(async (folder) => {
    for (const name of ['x-1.tar.gz', 'x-1.zip']) {
      writeFileSync(join(folder, name), 'nonsense');
      await refused({path: join(folder, name), kind: 'sdist'}, /not a readable (?:tar|zip) archive/);
    }
  }));

for (const [title, toml, message] of [
  [
    'leaves the project',
    'build-backend = "inner"\nbackend-path = ["../.."]',
    /backend-path leaves the project: \.\.\/\.\./,
  ],
  ['is not there', 'build-backend = "absent.backend"', /No module named 'absent'/],
] as const) {
  test(`a back end that ${title} is told`, () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'pyproject.toml'), `[build-system]\nrequires = []\n${toml}\n`);
      assert.match(await failing({path: folder, kind: 'folder'}), message);
    }));
}

test('a back end that fails has the last word; that it is built and its output are reported', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'setup.py'), 'print("hello from setup.py")\nraise SystemExit("it broke")\n');
    const lines: string[] = [];
    const report = (event: {type: string; line?: string; source?: string; detail?: string}) =>
      lines.push(event.type === 'detail' ? `${event.detail}` : `${event.source}: ${event.line}`);
    const said = await failing({path: folder, kind: 'folder', name: 'broken'}, {...bare, report});
    assert.match(said, /it broke$/);
    assert.is(lines[0], 'building broken');
    assert.ok(lines.includes('build of broken: hello from setup.py'), lines.join('\n'));
  }));

test('a back end imports none of our own programs', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'pyproject.toml'), '[build-system]\nrequires = []\nbuild-backend = "probe"\n');
    assert.match(await failing({path: folder, kind: 'folder'}), /No module named 'probe'/);
  }));

test('the wheels that came with Python stand in for an index, where nothing else has them', async () => {
  assert.ok((await environmentOf(bare)).layer, 'offline');
  assert.ok((await environmentOf(linked)).layer, 'beside other wheels');
  await inFolder(async (folder) => {
    writeWheels(join(folder, 'links'), [{name: 'setuptools', version: '99'}]);
    const own = await testWorkspace(join(folder, 'own'), CPYTHON, {
      index: {findLinks: [join(folder, 'links')]},
    });
    assert.is((await prepareBuilds(own, isolated)).layer, undefined);
    const online = {...bare, index: {...bare.index, offline: false}};
    assert.is((await prepareBuilds(online, isolated)).layer, undefined);
  });
});

for (const python of [CPYTHON, PYPY]) {
  test(`an extension is the same wherever it was built, by ${python}`, () =>
    inFolder(async (folder) => {
      const wheels: Buffer[] = [];
      for (const place of ['a', 'somewhere/else/with/a/longer/path']) {
        const project = join(folder, place, 'project');
        cpSync(fixture('apps', 'extension'), project, {recursive: true});
        const work = join(folder, place, 'work');
        const workspace = await testWorkspace(work, python);
        const source: WheelSource = {path: project, kind: 'folder', name: 'project', epoch: EPOCH};
        const wheel = await buildWheel(workspace, await prepareBuilds(workspace, isolated), source);
        wheels.push(readFileSync(wheel));
        checkExtension(wheel, work);
      }
      assert.ok(wheels[0]?.equals(wheels[1] as Buffer), 'the wheels differ');
    }));
}

/** What is in the extension module: neither the path nor debugging information nor a build-id; and it works. */
function checkExtension(wheel: string, work: string): void {
  const place = join(work, 'unpacked');
  execFileSync(CPYTHON, ['-m', 'zipfile', '-e', wheel, place]);
  const name = readdirSync(join(place, 'fxwhere')).find((one) => one.endsWith('.so')) ?? '';
  const module = join(place, 'fxwhere', name);
  const bytes = readFileSync(module, 'latin1');
  assert.not.ok(bytes.includes(work), 'the path is in it');
  assert.ok(bytes.includes('fxwhere/_where.c'), 'the test does not do what it says');
  assert.ok(bytes.includes('./src/project/include/where.h'), 'the path of the header is not mapped');
  const sections = execFileSync('readelf', ['-WSn', module], {encoding: 'utf8'});
  assert.not.match(sections, /\.debug_|build-id|\.symtab/);
}

test.after(() => rmSync(shared, {recursive: true, force: true}));
test.run();
