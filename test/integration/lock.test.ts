import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {dirname, join, relative} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type BuildOptions, buildDeb, type CommandError} from '../../lib/index.js';
import {makeProject} from '../helpers/projects.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {makeWheel} from '../helpers/wheels.js';

/** What a lock promises: the same again, whatever has come to the index since. */
const lock = suite('integration/lock');

const MAINTAINER = 'Jo Doe <jo@example.org>';

const build = async (folder: string, options: BuildOptions) => {
  const result = await buildDeb({
    python: '/usr/bin/python3',
    noIndex: true,
    findLinks: [join(folder, 'index')],
    maintainer: MAINTAINER,
    compression: 'none',
    out: join(folder, 'out'),
    cwd: folder,
    ...options,
  });
  const bundled = result.packages.flatMap(({distributions}) => distributions);
  return {...result, bundled: bundled.map(({name, version}) => `${name} ${version}`)};
};

lock('a lock holds when the index has newer versions, also of what the project itself requires', () =>
  inFolder(async (folder) => {
    const index = join(folder, 'index');
    await makeWheel(index, {name: 'appx', requires: ['depx']});
    await makeWheel(index, {name: 'depx'});
    const file = join(folder, 'lock.txt');
    const before = await build(folder, {source: 'appx==1.0', writeLock: file});
    await makeWheel(index, {name: 'depx', version: '1.1'});
    const after = await build(folder, {source: 'appx==1.0', requirements: [file]});
    assert.equal(after.bundled, ['appx 1.0', 'depx 1.0']);
    assert.is(after.packages[0]?.sha256, before.packages[0]?.sha256);
    const kept = await build(folder, {source: 'appx==1.0', requirements: [file], keepPip: true});
    assert.ok(kept.bundled.includes('depx 1.0') && kept.bundled.some((one) => one.startsWith('pip ')));
  }),
);

lock('require_hashes refuses a requirement and a preinstall that have none', () =>
  inFolder(async (folder) => {
    await makeWheel(join(folder, 'index'), {name: 'appx'});
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const hashes = {requireHashes: true};
    await rejects(build(folder, {source: 'appx==1.0', ...hashes}), 'E_OPTION', /without a hash: appx==1\.0/);
    const options = {source: project, preinstall: ['appx'], ...hashes};
    await rejects(build(folder, options), 'E_OPTION', /without a hash: appx/);
    assert.equal((await build(folder, {source: project, ...hashes})).bundled.length, 1);
  }),
);

lock('where one requirement has a hash, all that have none are named before anything is fetched', () =>
  inFolder(async (folder) => {
    const hash = `--hash=sha256:${'0'.repeat(64)}`;
    const source = await makeProject(join(folder, 'project'), {
      tree: {
        'requirements.txt': `appx==1.0 ${hash}\n-r more.txt\n./vendor\nfxurl @ https://jo:hunter2@files.example/x.whl\n`,
        'more.txt': 'depx==1.0\ngit+https://code.example/fxgit.git\n',
        'vendor/setup.py': '',
      },
    });
    const error = await rejects(
      build(folder, {source}),
      'E_OPTION',
      /^3 requirements without a hash, and others/,
    );
    assert.equal(error.issues, [
      `${source}/more.txt:1: depx==1.0`,
      `${source}/more.txt:2: git+https://code.example/fxgit.git`,
      `${source}/requirements.txt:4: fxurl @ https://****@files.example/x.whl`,
    ]);
    const constraints = join(folder, 'constraints.txt');
    await writeFile(constraints, `other==1.0 ${hash}\n`);
    const loose = await makeProject(join(folder, 'loose'), {tree: {'requirements.txt': 'appx\n'}});
    const options = {source: loose, constraints: [constraints]};
    await rejects(
      build(folder, options),
      'E_OPTION',
      /^Requirement without a hash.*requirements\.txt:1: appx/,
    );
  }),
);

lock('build requirements may have hashes, and one that does not fit is refused', () =>
  inFolder(async (folder) => {
    const index = join(folder, 'index');
    const wheel = await makeWheel(index, {name: 'fxhelper'});
    const source = await makeProject(join(folder, 'project'), {name: 'own'});
    const digest = createHash('sha256')
      .update(await readFile(wheel))
      .digest('hex');
    const pinned = (hash: string) => ({source, buildRequires: [`fxhelper==1.0 --hash=sha256:${hash}`]});
    await build(folder, pinned(digest));
    const error = await rejects(build(folder, pinned('0'.repeat(64))), 'E_COMMAND', /pip install/);
    assert.match((error as CommandError).output, /DO NOT MATCH THE HASHES/);
  }),
);

lock('local folders stay in the lock, wherever it lies', () =>
  inFolder(async (folder) => {
    await makeWheel(join(folder, 'index'), {name: 'depx'});
    const project = await makeProject(join(folder, 'project'), {
      name: 'own',
      tree: {'requirements.txt': './vendor/near[more] ; python_version >= "3"\ndepx\n'},
    });
    await makeProject(join(project, 'vendor/near'), {name: 'near', commands: {}});
    const other = await makeProject(join(folder, 'other'), {name: 'other', commands: {}});
    const given = {source: project, preinstall: [other]};
    const bundled = ['depx 1.0', 'near 1.0', 'other 1.0', 'own 1.0'];
    for (const file of [join(project, 'requirements.lock'), join(project, 'ci/deep.lock')]) {
      await mkdir(dirname(file), {recursive: true});
      const free = await build(folder, {...given, writeLock: file});
      assert.equal(free.bundled, bundled);
      const near = relative(dirname(file), join(project, 'vendor/near'));
      const line = `${near.startsWith('.') ? near : `./${near}`}[more] ; python_version >= "3"\n`;
      assert.ok((await readFile(file, 'utf8')).includes(line), await readFile(file, 'utf8'));
      const locked = await build(folder, {...given, requirements: [file]});
      assert.equal(locked.bundled, bundled);
      assert.is(locked.packages[0]?.sha256, free.packages[0]?.sha256);
    }
  }),
);

lock('a requirement file that was written by hand is not replaced, one that was written here is', () =>
  inFolder(async (folder) => {
    await makeWheel(join(folder, 'index'), {name: 'depx'});
    const byHand = '# what we want\ndepx>=1\n';
    const project = await makeProject(join(folder, 'project'), {
      name: 'own',
      tree: {'requirements.txt': byHand},
    });
    const file = join(project, 'requirements.txt');
    const refused = build(folder, {source: project, writeLock: file});
    await rejects(refused, 'E_OPTION', /"writeLock" names a file that the build reads.*requirements\.lock/s);
    assert.is(await readFile(file, 'utf8'), byHand);
    await rm(file);
    await build(folder, {source: project, preinstall: ['depx'], writeLock: file});
    const written = await readFile(file, 'utf8');
    assert.match(written, /^depx==1\.0 /m);
    await build(folder, {source: project, writeLock: file});
    assert.is(await readFile(file, 'utf8'), written);
  }),
);

lock('a path of the build that leaks.allow names is packed', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const hook = ['bin/python', '-c', 'import os; open("lib/where.txt", "w").write(os.getcwd())'];
    const options = {source: project, skipInstall: true, hooks: {afterInstall: [hook]}};
    await rejects(build(folder, options), 'E_RELOCATE', /lib\/where\.txt/);
    for (const allow of ['lib/where.txt', '/opt/own/lib/*.txt']) {
      const {packages} = await build(folder, {...options, leaks: {allow: [allow]}});
      assert.is(packages.length, 1);
    }
    await rejects(build(folder, {...options, leaks: {allow: ['lib/*.conf']}}), 'E_RELOCATE', /where\.txt/);
  }),
);

lock('a secret that a hook writes is not packed, and the error does not tell it', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const script = 'import os; open("leak.txt", "w").write("x" + os.environ["UPLOAD_TOKEN"])';
    const options = {
      source: project,
      skipInstall: true,
      environment: {UPLOAD_TOKEN: 'hunter2hunter2'},
      hooks: {afterInstall: [['bin/python', '-c', script]]},
    };
    const allowed = {...options, leaks: {allow: ['leak.txt']}};
    assert.is((await build(folder, allowed)).packages.length, 1);
    const error = await rejects(
      build(folder, options),
      'E_RELOCATE',
      /Secret left in file: \/opt\/own\/leak.txt at byte 1/,
    );
    assert.not.match(`${error.message} ${error.hint}`, /hunter2/);
  }),
);

lock('a secret that is a part of a name, or the host of an index, is no reason to refuse', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    process.env.OWN_INDEX_HOST = 'localhost:9';
    process.env.OWN_INDEX_PATH = 'hunter2hunter2';
    try {
      const write = (text: string) => ['sh', '-c', `touch name-of-a-file; echo "${text}" >x.txt`];
      const options = {
        source: project,
        skipInstall: true,
        environment: {SECRET_KEY: 'name-of-a-file'},
        noIndex: false,
        indexUrl: 'http://$' + '{OWN_INDEX_HOST}/$' + '{OWN_INDEX_PATH}/simple',
      };
      const harmless = {...options, hooks: {afterInstall: [write('see localhost:9')]}};
      assert.is((await build(folder, harmless)).packages.length, 1);
      const harmful = {...options, hooks: {afterInstall: [write('see hunter2hunter2')]}};
      await rejects(build(folder, harmful), 'E_RELOCATE', /Secret left in file: \/opt\/own\/x\.txt/);
    } finally {
      delete process.env.OWN_INDEX_HOST;
      delete process.env.OWN_INDEX_PATH;
    }
  }),
);

lock('credentials of requirement files are not kept with the work folder, and not packed', () =>
  inFolder(async (folder) => {
    const line = '--extra-index-url http://user:hunter2hunter2@127.0.0.1:9/simple\n';
    const project = await makeProject(join(folder, 'project'), {
      name: 'own',
      tree: {'requirements.txt': line},
    });
    const look = 'grep -rl hunter2 "$TMPDIR" && exit 1; stat -c "%a %n" "$TMPDIR"/*; exit 0';
    const options = {
      source: project,
      workDir: folder,
      keepWork: true,
      hooks: {afterInstall: [['sh', '-c', look]]},
    };
    await build(folder, options);
    const [kept = ''] = (await readdir(folder)).filter((name) => name.startsWith('mkvenvdeb-kept-'));
    const {stdout} = await execa('grep', ['-rl', 'hunter2', join(folder, kept)], {reject: false});
    assert.equal(
      stdout.split('\n').filter((path) => path !== '' && !path.includes('/src/')),
      [],
      'only the copy of the sources has what is in the sources',
    );
    const hooks = {afterInstall: [['sh', '-c', 'echo hunter2hunter2 >x.txt']]};
    await rejects(build(folder, {source: project, hooks}), 'E_RELOCATE', /Secret left in file/);
  }),
);

lock('credentials are not kept with the work folder', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const netrc = join(folder, 'netrc');
    await writeFile(netrc, 'machine index.example login jo password hunter2hunter2\n');
    const script =
      'import os; raise SystemExit(os.path.exists(os.path.expanduser("~/.netrc")) or os.path.exists("../../../logins"))';
    await build(folder, {source: project, netrc, hooks: {afterInstall: [['bin/python', '-c', script]]}});
    assert.match(await readFile(netrc, 'utf8'), /hunter2/);
  }),
);

lock.run();
