import {readFile, rm} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type BuildOptions, type BuildResult, buildDeb, packDeb} from '../../lib/index.js';
import type {DebFile} from '../../lib/model.js';
import type {ReportEvent} from '../../lib/report.js';
import {controlFile, fieldsOf, runInstalled, treeOf, unpack} from '../helpers/deb.js';
import {makeProject} from '../helpers/projects.js';
import {skip} from '../helpers/suite.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {makeSdist, makeWheel, writeTree} from '../helpers/wheels.js';

/** Every kind of input and every option that shapes the virtualenv, judged by dpkg-deb and by running the result. */
const inputs = suite('integration/inputs');
const own = await ownTemporaryFolder();
const wheels = join(own, 'wheels');
const PYTHON = '/usr/bin/python3';
const BARE = {PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8'};
const MAINTAINER = 'Jo Doe <jo@example.org>';

interface Built extends BuildResult {
  readonly deb: DebFile;
  readonly events: readonly ReportEvent[];
  /** `fxa 1.0`, sorted. */
  readonly bundled: readonly string[];
}

/** Build offline with CPython, unless the options say otherwise. */
async function build(options: BuildOptions): Promise<Built> {
  const events: ReportEvent[] = [];
  const result = await buildDeb({
    python: PYTHON,
    noIndex: options.indexUrl === undefined,
    findLinks: [wheels],
    out: join(own, 'out', String(process.hrtime.bigint())),
    cwd: own,
    report: (event) => events.push(event),
    ...options,
  });
  const [deb] = result.packages;
  const bundled = (deb?.distributions ?? []).map(({name, version}) => `${name} ${version}`);
  return {...result, events, bundled, deb: deb as DebFile};
}

/** Run the virtualenv of a package where it was unpacked. */
async function python(deb: DebFile, ...args: string[]): Promise<string> {
  const folder = await unpack(deb.file, own);
  const {stdout} = await execa(join(folder, `opt/${deb.package}/bin/python`), args, {
    env: BARE,
    extendEnv: false,
  });
  return stdout;
}

const at = (deb: DebFile, path: string) => `/opt/${deb.package}/${path}`;
const SITE = 'lib/python3.11/site-packages';

inputs.before(async () => {
  await makeWheel(wheels, {name: 'fxa', commands: {fxa: 'fxa:main'}});
  await makeWheel(wheels, {name: 'fxa', version: '2.0', requires: ['fxb'], commands: {fxa: 'fxa:main'}});
  await makeWheel(wheels, {name: 'fxa', version: '3.0rc1', year: 2022});
  await makeWheel(wheels, {name: 'fxb'});
  await makeWheel(wheels, {name: 'fxb', version: '2.0'});
});

inputs('a folder with a pyproject.toml becomes a package with nothing configured', async () => {
  const source = await makeProject(join(own, 'pyproject'));
  const {deb, bundled} = await build({source});
  assert.is(basename(deb.file), 'tiny_1.0-1_all.deb');
  const fields = await fieldsOf(deb.file);
  const size = Number(fields['Installed-Size']);
  assert.is(size, deb.installedSize);
  assert.equal(
    {...fields, Description: fields.Description?.split('\n')[0]},
    {
      Package: 'tiny',
      Version: '1.0-1',
      Architecture: 'all',
      Maintainer: MAINTAINER,
      'Installed-Size': fields['Installed-Size'],
      Depends: 'python3 (<< 3.12), python3 (>= 3.11~)',
      Section: 'python',
      Priority: 'optional',
      Description: 'project that a test made',
    },
  );
  assert.equal(bundled, ['tiny 1.0']);
  assert.is((await treeOf(deb.file)).get('/opt/tiny/bin/tiny')?.mode, '-rwxr-xr-x');
  assert.is(await python(deb, '-m', 'tiny.__init__'), '');
  assert.is(await python(deb, '-c', 'import tiny; tiny.main()'), 'tiny 1.0');
});

inputs('the people of pyproject.toml stay where a back end leaves them out of the wheel', async () => {
  const source = await makeProject(join(own, 'people'));
  const file = join(source, 'backend/wheel.json');
  const text = await readFile(file, 'utf8');
  await writeTree(source, {'backend/wheel.json': text.replace(/Author-email: [^\\]*\\n/, '')});
  assert.is((await fieldsOf((await build({source})).deb.file)).Maintainer, MAINTAINER);
});

inputs('a folder with a setup.py is built by setuptools', async () => {
  const source = await writeTree(join(own, 'setup-py'), {
    'setup.py':
      'from setuptools import setup\nsetup(name="Old_Style", version="1.0rc1", py_modules=["old"], author="Jo Doe", author_email="jo@example.org")\n',
    'old.py': 'print("old works")\n',
  });
  const {deb} = await build({source});
  assert.is(basename(deb.file), 'old-style_1.0~rc1-1_all.deb');
  assert.is(await python(deb, '-m', 'old'), 'old works');
});

inputs('a folder with nothing but a setup.cfg is built by setuptools', async () => {
  const source = await writeTree(join(own, 'setup-cfg'), {
    'setup.cfg':
      '[metadata]\nname = cfg\nversion = 3.dev4\nauthor = Jo Doe\nauthor_email = jo@example.org\n[options]\npy_modules = cfg\n',
    'cfg.py': 'print("cfg works")\n',
  });
  const {deb} = await build({source});
  assert.is(basename(deb.file), 'cfg_3~~dev4-1_all.deb');
  assert.is(await python(deb, '-m', 'cfg'), 'cfg works');
});

inputs('an sdist is built, and its newest member tells the time', async () => {
  const source = await makeSdist(join(own, 'sdist'), {name: 'fxsource', requires: ['fxb']});
  const {deb, bundled} = await build({source, maintainer: MAINTAINER});
  assert.equal(bundled, ['fxb 2.0', 'fxsource 1.0']);
  const tree = await treeOf(deb.file);
  assert.is(tree.get('/opt/fxsource/bin/python3.11')?.target, '/usr/bin/python3.11');
  assert.is(tree.get('/opt/fxsource/pyvenv.cfg')?.time, '2017-07-14 02:40');
});

inputs('a wheel is installed as it is, and its newest member tells the time', async () => {
  const source = await makeWheel(join(own, 'wheel'), {name: 'fxready', commands: {fxready: 'fxready:main'}});
  const {deb, bundled} = await build({source, maintainer: MAINTAINER, bin: true});
  assert.equal(bundled, ['fxready 1.0']);
  const tree = await treeOf(deb.file);
  assert.is(tree.get('/usr/bin/fxready')?.target, '/opt/fxready/bin/fxready');
  assert.is(tree.get('/opt/fxready')?.time, '2020-01-01 00:00');
});

inputs('a bundled distribution is as old as its wheel, and never newer than the build', async () => {
  const source = await makeProject(join(own, 'ages'), {requires: ['fxold==1.0', 'fxnew==1.0']});
  await makeWheel(join(own, 'ages-wheels'), {name: 'fxold', year: 2001});
  await makeWheel(join(own, 'ages-wheels'), {name: 'fxnew', year: 2030});
  const {deb} = await build({source, findLinks: [join(own, 'ages-wheels')], sourceDateEpoch: 1700000000});
  const tree = await treeOf(deb.file);
  const time = (path: string) => tree.get(at(deb, `${SITE}/${path}`))?.time;
  const [old, epoch] = ['2001-01-01 00:00', '2023-11-14 22:13'];
  assert.equal([time('fxold/__init__.py'), time('fxold-1.0.dist-info/RECORD')], [old, old]);
  assert.is(time('fxold/__pycache__/__init__.cpython-311.pyc'), old);
  assert.equal([time('fxnew/__init__.py'), time('fxnew-1.0.dist-info/METADATA')], [epoch, epoch]);
  assert.is(tree.get(at(deb, 'pyvenv.cfg'))?.time, epoch);
});

inputs('a requirement is resolved by pip', async () => {
  const {deb, bundled} = await build({source: 'fxa==2.0', maintainer: MAINTAINER});
  assert.equal(bundled, ['fxa 2.0', 'fxb 2.0']);
  assert.is(basename(deb.file), 'fxa_2.0-1_all.deb');
  assert.ok((await treeOf(deb.file)).has(at(deb, `${SITE}/fxa-2.0.dist-info/REQUESTED`)));
  assert.not.ok((await treeOf(deb.file)).has(at(deb, `${SITE}/fxb-2.0.dist-info/REQUESTED`)));
});

inputs('requirements, constraints, extras and preinstall are resolved together', async () => {
  const source = await makeProject(join(own, 'together'), {
    tree: {'constraints.txt': 'fxb<2\n', 'main.txt': 'fxa>=1\n'},
  });
  const file = join(source, 'backend/wheel.json');
  const metadata = 'Provides-Extra: more\\nRequires-Dist: fxmore; extra == \\"more\\"\\n';
  const text = await readFile(file, 'utf8');
  await writeTree(source, {'backend/wheel.json': text.replace('Author-email', `${metadata}Author-email`)});
  await makeWheel(wheels, {name: 'fxmore'});
  const local = await makeProject(join(own, 'fxlocal'), {name: 'fxlocal', commands: {}});
  const {bundled} = await build({
    source,
    requirements: [join(source, 'main.txt')],
    constraints: [join(source, 'constraints.txt')],
    extras: ['more'],
    preinstall: [local, 'fxold'],
    findLinks: [wheels, (await makeWheel(join(own, 'more'), {name: 'fxold'})).replace(/\/[^/]*$/, '')],
  });
  assert.equal(bundled, ['fxa 2.0', 'fxb 1.0', 'fxlocal 1.0', 'fxmore 1.0', 'fxold 1.0', 'tiny 1.0']);
});

inputs('pip_args reach pip, pip_version chooses it', async () => {
  const version = /^pip (\S+)/.exec((await execa(PYTHON, ['-m', 'pip', '--version'])).stdout)?.[1] as string;
  const source = await makeProject(join(own, 'pip-args'), {requires: ['fxa']});
  const {bundled} = await build({source, pipArgs: ['--pre'], pipVersion: version});
  assert.equal(bundled, ['fxa 3.0rc1', 'tiny 1.0']);
});

inputs('write_lock pins what was installed, and the lock gives the same bytes again', async () => {
  const source = await makeProject(join(own, 'lock'), {requires: ['fxa<3']});
  const lock = join(own, 'lock.txt');
  const free = await build({source, writeLock: lock});
  assert.match(
    await readFile(lock, 'utf8'),
    /^fxa==2\.0 \\\n {4}--hash=sha256:[0-9a-f]{64}\nfxb==2\.0 \\\n/m,
  );
  await makeWheel(wheels, {name: 'fxa', version: '2.1'});
  const locked = await build({source, requirements: [lock], requireHashes: true});
  await rm(join(wheels, 'fxa-2.1-py3-none-any.whl'));
  assert.equal(locked.bundled, ['fxa 2.0', 'fxb 2.0', 'tiny 1.0']);
  assert.is(locked.deb.sha256, free.deb.sha256);
});

/** Two package indexes: `/first` has fxa, `/second` has fxb, each with a user and password of its own. */
function startIndexes(): Server {
  return createServer(async (request, response) => {
    const [, user, name, file] = /^\/(\w+)\/(\w+)\/(.*)$/.exec(request.url ?? '') ?? [];
    const given = Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString();
    const isAllowed = given === `${user}:s3cret-${user}`;
    const isThere = name === (user === 'first' ? 'fxa' : 'fxb');
    const link = `<a href="${name}-2.0-py3-none-any.whl">${name}</a>`;
    const headers = {'Content-Type': 'text/html', 'WWW-Authenticate': 'Basic realm="x"'};
    response.writeHead(isAllowed ? (isThere ? 200 : 404) : 401, headers);
    response.end(isAllowed && isThere ? (file ? await readFile(join(wheels, file)) : link) : '');
  });
}

inputs('index_url and extra_index_urls are asked, and their passwords are told to nobody', async () => {
  const server = startIndexes();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const {port} = server.address() as AddressInfo;
    process.env.INDEX_TOKEN = 's3cret-first';
    const source = await makeProject(join(own, 'index'), {requires: ['fxa']});
    const {deb, bundled, events} = await build({
      source,
      indexUrl: `http://first:\${INDEX_TOKEN}@127.0.0.1:${port}/first`,
      extraIndexUrls: [`http://second:s3cret-second@127.0.0.1:${port}/second`],
      findLinks: [],
    });
    assert.equal(bundled, ['fxa 2.0', 'fxb 2.0', 'tiny 1.0']);
    assert.not.match(JSON.stringify(events), /s3cret/);
    const {exitCode} = await execa('grep', ['-r', 's3cret', await unpack(deb.file, own)], {reject: false});
    assert.is(exitCode, 1, 'the package holds the password');
  } finally {
    delete process.env.INDEX_TOKEN;
    server.close();
  }
});

inputs('keep_pip ships a pip that works in its final place', async () => {
  const source = await makeProject(join(own, 'keep-pip'));
  const {deb, bundled} = await build({source, keepPip: true});
  assert.match(bundled.join(), /^pip [\d.]+,setuptools [\d.]+,tiny 1\.0,wheel [\d.]+$/);
  const ran = await runInstalled(deb.file, ['/opt/tiny/bin/pip', '--version'], own);
  if (ran === undefined)
    return skip('bin/pip in its final place', 'this machine does not let us make mounts');
  assert.is(ran.exitCode, 0, ran.output);
  assert.match(
    ran.output,
    /^pip [\d.]+ from \/opt\/tiny\/lib\/python3\.11\/site-packages\/pip \(python 3\.11\)$/,
  );
  const listed = await runInstalled(deb.file, ['/opt/tiny/bin/pip', 'list'], own);
  assert.match(listed?.output ?? '', /^tiny +1\.0$/m);
  const command = await runInstalled(deb.file, ['/opt/tiny/bin/tiny'], own);
  assert.is(command?.output, 'tiny 1.0');
});

inputs('skip_install leaves the project out, system_site_packages lets the system in', async () => {
  const source = await makeProject(join(own, 'skip'), {tree: {'requirements.txt': 'fxb\n'}});
  const {deb, bundled} = await build({source, skipInstall: true, systemSitePackages: true});
  assert.equal(bundled, ['fxb 2.0']);
  const folder = await unpack(deb.file, own);
  assert.match(
    await readFile(join(folder, 'opt/tiny/pyvenv.cfg'), 'utf8'),
    /^include-system-site-packages = true$/m,
  );
});

inputs('a virtualenv made by the virtualenv command, without bytecode', async () => {
  const source = await makeProject(join(own, 'virtualenv'));
  const {deb} = await build({source, venv: 'virtualenv', bytecode: false});
  assert.is(await python(deb, '-c', 'import tiny; tiny.main()'), 'tiny 1.0');
  const tree = [...(await treeOf(deb.file)).keys()];
  assert.ok(tree.includes('/opt/tiny/bin/activate_this.py'));
  assert.equal(
    tree.filter((path) => /\.pyc$|__pycache__/.test(path)),
    [],
  );
});

inputs('hooks run in the virtualenv, and what they write is packed', async () => {
  const source = await makeProject(join(own, 'hooks'));
  const after =
    'echo "$MKVENVDEB_PREFIX" >seen; echo "$MKVENVDEB_STAGED_PREFIX" | sed "s,.*/stage,,"; pwd | sed "s,.*/stage,,"; tiny';
  const before = ['bin/python', '-c', 'open("lib/made.py", "w").write("x = 1\\n")'];
  const {deb, events} = await build({
    source,
    hooks: {afterInstall: [['sh', '-c', after]], beforePack: [before]},
  });
  const lines = events.flatMap((event) =>
    event.type === 'output' && event.source === 'hook sh' ? event.line : [],
  );
  assert.equal(lines, ['/opt/tiny', '/opt/tiny', 'tiny 1.0']);
  const folder = await unpack(deb.file, own);
  assert.is(await readFile(join(folder, 'opt/tiny/seen'), 'utf8'), '/opt/tiny\n');
  assert.ok((await treeOf(deb.file)).has('/opt/tiny/lib/__pycache__/made.cpython-311.pyc'));
});

inputs('files, links, bin, conffiles, scripts and relations go where they belong', async () => {
  const postinst = '#!/bin/sh\nset -e\nexit 0\n';
  const source = await makeProject(join(own, 'content'), {
    tree: {'conf/a.yml': 'a: 1\n', 'conf/sub/b.yml': 'b: 2\n', run: '#!/bin/sh\n', postinst},
    requires: ['fxa==1.0'],
  });
  const {deb} = await build({
    source,
    package: 'other',
    files: [
      {source: join(source, 'conf'), target: '/etc/other'},
      {source: join(source, 'run'), target: '/usr/lib/other/run', mode: '0755'},
    ],
    links: {'/usr/bin/other': '/usr/lib/other/run', '/srv/other': '/etc/other'},
    bin: ['tiny', 'fxa'],
    conffiles: ['/opt/other/pyvenv.cfg'],
    scripts: {postinst: join(source, 'postinst')},
    depends: ['libpq5 (>= 9.0)'],
    recommends: ['nginx | apache2'],
    provides: ['httpd'],
    section: 'web',
    priority: 'extra',
  });
  const tree = await treeOf(deb.file);
  assert.is(tree.get('/usr/bin/other')?.target, '../lib/other/run');
  assert.is(tree.get('/srv/other')?.target, '/etc/other');
  assert.is(tree.get('/usr/bin/fxa')?.target, '/opt/other/bin/fxa');
  assert.is(tree.get('/usr/lib/other/run')?.mode, '-rwxr-xr-x');
  assert.equal([...new Set([...tree.values()].map(({owner}) => owner))], ['root/root']);
  const conffiles = ['/etc/other/a.yml', '/etc/other/sub/b.yml', '/opt/other/pyvenv.cfg'];
  assert.is(await controlFile(deb.file, 'conffiles'), `${conffiles.join('\n')}\n`);
  assert.is(await controlFile(deb.file, 'postinst'), postinst);
  const sums = (await controlFile(deb.file, 'md5sums')) ?? '';
  assert.not.match(sums, /etc\/other|pyvenv/);
  const folder = await unpack(deb.file, own);
  await execa('md5sum', ['--check', '--strict', '--quiet'], {cwd: folder, input: sums});
  const {Depends, Recommends, Provides, Section, Priority} = await fieldsOf(deb.file);
  assert.match(Depends ?? '', /libpq5 \(>= 9\.0\), python3 \(<</);
  assert.equal([Recommends, Provides, Section, Priority], ['nginx | apache2', 'httpd', 'web', 'extra']);
});

inputs('what PyPy brings itself satisfies a requirement and is not bundled', async () => {
  const source = await makeProject(join(own, 'pypy'), {requires: ['cffi>=1.0', 'fxb']});
  const {deb, bundled, warnings} = await build({source, python: 'pypy3'});
  assert.equal(bundled, ['fxb 2.0', 'tiny 1.0']);
  assert.equal(
    warnings.filter(({code}) => code === 'unmet-requirement'),
    [],
  );
  assert.match((await fieldsOf(deb.file)).Depends ?? '', /^pypy3 \(<< 7\.[\d.]+~\), pypy3 \(>= 7\.[\d.]+\)/);
  assert.is(await python(deb, '-c', 'import cffi, tiny; tiny.main()'), 'tiny 1.0');
});

const packed = (options: Partial<Parameters<typeof packDeb>[0]>) =>
  packDeb({
    folder: join(own, 'tree'),
    package: 'packed',
    version: '1.0',
    maintainer: MAINTAINER,
    sourceDateEpoch: 1600000000,
    out: join(own, 'out', String(process.hrtime.bigint())),
    cwd: own,
    ...options,
  });

for (const [compression, member] of [
  ['xz', 'data.tar.xz'],
  ['gzip', 'data.tar.gz'],
  ['zstd', 'data.tar.zst'],
  ['none', 'data.tar'],
] as const) {
  inputs(`compression ${compression} is read by dpkg-deb`, async () => {
    await writeTree(join(own, 'tree'), {'srv/packed/text': 'some text\n'.repeat(10_000)});
    const {file} = await packed({compression});
    const {stdout} = await execa('ar', ['t', file]);
    assert.is(stdout.split('\n')[2], member);
    assert.is((await treeOf(file)).get('/srv/packed/text')?.size, 100_000);
    const text = await readFile(join(await unpack(file, own), 'srv/packed/text'), 'utf8');
    assert.is(text, 'some text\n'.repeat(10_000));
  });
}

for (const [version, revision, wanted, name] of [
  ['1!2.0+ubuntu.1', '3', '1:2.0+ubuntu.1-3', 'packed_2.0+ubuntu.1-3_all.deb'],
  ['2.0rc1', '1', '2.0~rc1-1', 'packed_2.0~rc1-1_all.deb'],
  ['2:7.1-0ubuntu2', '1', '2:7.1-0ubuntu2', 'packed_7.1-0ubuntu2_all.deb'],
] as const) {
  inputs(`version ${version} becomes ${wanted}`, async () => {
    const {file} = await packed({version, revision});
    assert.is((await fieldsOf(file)).Version, wanted);
    assert.is(basename(file), name);
    const {exitCode} = await execa('dpkg', ['--validate-version', wanted], {reject: false});
    assert.is(exitCode, 0);
  });
}

inputs('an architecture that is given wins over what the files are', async () => {
  const {file} = await packed({architecture: 'arm64'});
  assert.is((await fieldsOf(file)).Architecture, 'arm64');
});

inputs.after(() => rm(own, {recursive: true, force: true}));
inputs.run();
