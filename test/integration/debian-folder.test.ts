import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {
  buildDeb,
  type Difference,
  initApt,
  publishApt,
  type ReportEvent,
  verifyReproducible,
} from '../../lib/index.js';
import {fieldsOf, treeOf, unpack} from '../helpers/deb.js';
import {debianProject} from '../helpers/debian-folders.js';
import {makeKeyFile} from '../helpers/pgp.js';
import {inFolder, rejects, skip} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

const debian = suite('integration/debian-folder');

/** Files and links that debhelper's own programs put into a package, by their paths on the server. */
async function placedByDebhelper(
  project: string,
  name: string,
  env: Record<string, string>,
): Promise<string[]> {
  const {stdout: rules} = await execa('grep', ['-oE', '^override_dh_[a-z]+', 'debian/rules'], {cwd: project});
  for (const step of ['installdirs', 'install', 'installcron', 'installinit', 'installsystemd', 'link']) {
    const isOwn = rules.split('\n').includes(`override_dh_${step}`);
    if (isOwn) await execa('make', ['-f', 'debian/rules', `override_dh_${step}`], {cwd: project, env});
    else await execa(`dh_${step}`, [], {cwd: project, env});
  }
  const {stdout} = await execa('find', ['.', '-not', '-type', 'd', '-printf', '/%P\n'], {
    cwd: join(project, 'debian', name),
  });
  return stdout
    .split('\n')
    .map((path) => path.replace(/^\/lib\/systemd/, '/usr/lib/systemd'))
    .sort();
}

/** Ours, without what the virtualenv brings and what every package gets: documents and overrides for lintian. */
async function placedByUs(
  deb: string,
  prefix: string | undefined,
  own: readonly string[],
): Promise<string[]> {
  const tree = [...(await treeOf(deb))].filter(([, {mode}]) => !mode.startsWith('d')).map(([path]) => path);
  const isVenv = (path: string) =>
    prefix !== undefined && path.startsWith(`${prefix}/`) && !own.includes(path);
  return tree.filter((path) => !isVenv(path) && !/^\/usr\/share\/(?:doc|lintian)\//.test(path)).sort();
}

debian('a release with several services is built unchanged, its files where debhelper puts them', () =>
  inFolder(async (folder) => {
    const project = await debianProject('release', join(folder, 'project'));
    const {packages} = await buildDeb({source: project, out: join(folder, 'out'), cwd: folder});
    const [deb] = packages;
    assert.is(packages.length, 1);
    assert.equal(
      [deb?.package, deb?.version, deb?.architecture],
      ['fxindex', '1.0-2~~rc1~bookworm', 'amd64'],
    );
    const file = deb?.file ?? '';
    const fields = await fieldsOf(file);
    assert.match(fields.Depends ?? '', /libmagic1 \(>= 5\), python3 \(<< 3\.\d+\)/);
    const theirs = await placedByDebhelper(project, 'fxindex', {});
    assert.ok(theirs.length > 7);
    assert.equal(await placedByUs(file, '/opt/venvs/fxindex', theirs), theirs);
    const parsed = await execa('dpkg-parsechangelog', ['-S', 'Timestamp'], {cwd: project});
    const {stdout} = await execa('stat', ['-c', '%Y', join(await unpack(file, folder), 'usr/bin/fxindex')]);
    assert.is(stdout, parsed.stdout);
  }),
);

debian('one source with three packages gives three, each with its files', () =>
  inFolder(async (folder) => {
    const project = await debianProject('split', join(folder, 'project'));
    // dpkg-buildpackage sets it.
    const {stdout: multiarch} = await execa('dpkg-architecture', ['-qDEB_HOST_MULTIARCH']);
    const env = {FLAVOUR: 'server', DEB_HOST_MULTIARCH: multiarch};
    Object.assign(process.env, env);
    const {packages} = await buildDeb({
      source: project,
      out: join(folder, 'out'),
      cwd: folder,
    });
    assert.equal(
      packages.map(({file}) => file.slice(join(folder, 'out').length + 1)),
      ['fxsuite_3.1_amd64.deb', 'fxsuite-worker_3.1_amd64.deb', 'fxsuite-common_3.1_all.deb'],
    );
    assert.equal(
      packages.map(({distributions}) => distributions.map(({name}) => name)),
      [['fxdep', 'tiny'], ['fxdep'], []],
    );
    const prefixes = ['/opt/fxsuite', '/opt/worker', undefined];
    await placedByDebhelper(project, 'fxsuite', env);
    for (const [index, {package: name, file}] of packages.entries()) {
      const where = join(project, 'debian', name);
      const {stdout} = await execa('sh', [
        '-c',
        'cd "$0" 2>/dev/null && find . -not -type d -printf "/%P\\n" || :',
        where,
      ]);
      const theirs = stdout.split('\n').filter(Boolean).sort();
      assert.equal(await placedByUs(file, prefixes[index], theirs), theirs, name);
    }
  }),
);

const SPLIT = ['fxsuite_3.1_amd64.deb', 'fxsuite-worker_3.1_amd64.deb', 'fxsuite-common_3.1_all.deb'];

debian('several packages have one .changes and one .buildinfo, as dpkg writes them', () =>
  inFolder(async (folder) => {
    Object.assign(process.env, {FLAVOUR: 'server'});
    const project = await debianProject('split', join(folder, 'project'));
    const out = join(folder, 'out');
    const options = {
      source: project,
      out,
      cwd: folder,
      changes: true,
      buildinfo: true,
      sbom: 'beside',
    } as const;
    const {packages, changes = '', buildinfo = ''} = await buildDeb(options);
    const names = packages.map(({file}) => basename(file));
    assert.equal(names, SPLIT);
    assert.equal(
      [changes, buildinfo],
      ['changes', 'buildinfo'].map((kind) => join(out, `fxsuite_3.1_amd64.${kind}`)),
    );
    assert.equal(
      packages.map(({sbom}) => sbom && basename(sbom)),
      ['fxsuite_3.1_amd64.cdx.json', 'fxsuite-worker_3.1_amd64.cdx.json', undefined],
    );
    assert.equal((await readdir(out)).length, 7);
    // The same packages in the hands of dpkg.
    const list = [...names, basename(buildinfo)].map((name) => `${name} net optional\n`);
    await writeFile(join(project, 'debian/files'), list.join(''));
    const dpkg = async (tool: string, ...args: string[]) =>
      (await execa(tool, args, {cwd: project, stripFinalNewline: false})).stdout;
    assert.is(await readFile(changes, 'utf8'), await dpkg('dpkg-genchanges', '-b', `-u${out}`));
    const theirs = await dpkg('dpkg-genbuildinfo', '--build=binary', `-u${out}`, '-O');
    assert.equal(uploadOf(await readFile(buildinfo, 'utf8')), uploadOf(theirs));
    for (const {package: name, file} of packages) {
      await mkdir(join(folder, name));
      const control = await dpkg('dpkg-gencontrol', `-p${name}`, `-P${join(folder, name)}`, '-fnone', '-O');
      const [wanted] = parseStanzas(control, 'control');
      assert.is((await fieldsOf(file)).Source, wanted?.get('Source'), name);
    }
    const roots = parseStanzas(await readFile(buildinfo, 'utf8'), 'buildinfo')[0]?.get(
      'Installed-Build-Depends',
    );
    assert.match(roots ?? '', /\n python3 \(= \S+\),/);
    await assertIncluded(changes, folder);
    // One of them is of the same source.
    const common = await buildDeb({...options, package: 'fxsuite-common', out: join(folder, 'one')});
    assert.is(common.changes, join(folder, 'one/fxsuite_3.1_all.changes'));
    const text = await readFile(common.changes ?? '', 'utf8');
    assert.match(text, /^Source: fxsuite\nBinary: fxsuite-common\nArchitecture: all\n/m);
    assert.equal(await readFile(common.packages[0]?.file ?? ''), await readFile(packages[2]?.file ?? ''));
  }),
);

/** What a .buildinfo says of source and packages. */
function uploadOf(text: string): readonly (string | undefined)[] {
  const [fields] = parseStanzas(text, 'buildinfo');
  const kinds = ['Md5', 'Sha1', 'Sha256'].map((kind) => `Checksums-${kind}`);
  return ['Source', 'Binary', 'Architecture', 'Version', ...kinds].map((name) => fields?.get(name));
}

async function assertIncluded(changes: string, folder: string): Promise<void> {
  const repository = join(folder, 'own');
  const keyFiles = [await makeKeyFile(folder, 'ed25519')];
  await initApt({
    repository,
    origin: 'own',
    architectures: ['amd64'],
    suites: ['stable', 'unstable'],
    keyFiles,
  });
  const published = await publishApt({repository, files: [changes]});
  assert.equal(
    [published.suite, published.added.map((name) => name.split(' ')[0]).sort(), published.leftOut?.length],
    ['unstable', ['fxsuite', 'fxsuite-common', 'fxsuite-worker'], 1],
  );
  const base = join(folder, 'reprepro');
  await mkdir(join(base, 'conf'), {recursive: true});
  const distribution = 'Codename: unstable\nComponents: main\nArchitectures: amd64 source\n';
  await writeFile(join(base, 'conf/distributions'), distribution);
  const options = {reject: false, all: true} as const;
  const taken = await execa('reprepro', ['-b', base, 'include', 'unstable', changes], options);
  if (taken.code === 'ENOENT') skip('reprepro include', 'it is not installed');
  else {
    assert.is(taken.exitCode, 0, taken.all);
    const {stdout} = await execa('reprepro', ['-b', base, 'list', 'unstable']);
    assert.equal(
      stdout
        .split('\n')
        .map((line) => line.split(': ')[1])
        .sort(),
      [...['fxsuite 2:3.1', 'fxsuite-common 2:3.1', 'fxsuite-worker 2:3.1']],
    );
  }
  const env = {HOME: join(folder, 'aptly')};
  await mkdir(env.HOME);
  await writeFile(join(env.HOME, '.aptly.conf'), JSON.stringify({rootDir: env.HOME}));
  const created = await execa('aptly', ['repo', 'create', 'test'], {...options, env});
  if (created.code === 'ENOENT') return skip('aptly repo include', 'it is not installed');
  const flags = ['-accept-unsigned', '-ignore-signatures', '-no-remove-files', '-repo=test'];
  const included = await execa('aptly', ['repo', 'include', ...flags, changes], {...options, env});
  assert.is(included.exitCode, 0, included.all);
  const {stdout} = await execa('aptly', ['repo', 'show', '-with-packages', 'test'], {env});
  for (const name of SPLIT) assert.match(stdout, name.replace(/\.deb$/, '').replace('_3.1', '_2:3.1'));
}

debian('several packages are written all or none, whatever stops the build', () =>
  inFolder(async (folder) => {
    Object.assign(process.env, {FLAVOUR: 'server'});
    const project = await debianProject('split', join(folder, 'project'));
    const out = join(folder, 'out');
    const options = {source: project, out, cwd: folder, changes: true};
    await mkdir(out);
    const old = [...SPLIT.slice(0, 2), 'fxsuite_3.1_amd64.changes'].sort();
    for (const name of old) await writeFile(join(out, name), 'old');
    const assertOld = async (further: readonly string[] = []) => {
      assert.equal((await readdir(out)).sort(), [...old, ...further].sort());
      for (const name of old) assert.is(await readFile(join(out, name), 'utf8'), 'old', name);
    };
    // The second cannot be built, and somebody stops it while the third is written.
    const requirements = join(project, 'requirements-worker.txt');
    const text = await readFile(requirements, 'utf8');
    await writeFile(requirements, 'no-such-thing==1.0\n');
    await rejects(buildDeb(options), 'E_COMMAND', /no-such-thing|pip/);
    await assertOld();
    await writeFile(requirements, text);
    const controller = new AbortController();
    let packed = 0;
    const report = (event: ReportEvent) => {
      if (event.type !== 'done' || event.name !== 'pack') return;
      packed += 1;
      if (packed === 3) controller.abort(new Error('enough'));
    };
    const stopped = await buildDeb({...options, report, signal: controller.signal}).catch((error) => error);
    assert.is(stopped.message, 'enough');
    await assertOld();
    // A folder is in the way of the last.
    await mkdir(join(out, SPLIT[2] ?? '', 'inside'), {recursive: true});
    await rejects(buildDeb(options), 'E_IO', /fxsuite-common_3\.1_all\.deb/);
    await assertOld([SPLIT[2] ?? '']);
    await rm(join(out, SPLIT[2] ?? ''), {recursive: true});
    await buildDeb(options);
    assert.equal((await readdir(out)).sort(), [...SPLIT, 'fxsuite_3.1_amd64.changes'].sort());
    for (const name of old) assert.is.not(await readFile(join(out, name), 'latin1'), 'old', name);
  }),
);

debian('verify compares every package, and says which of them differ', () =>
  inFolder(async (folder) => {
    Object.assign(process.env, {FLAVOUR: 'server'});
    const source = await debianProject('split', join(folder, 'project'));
    const moment = 'date +%N > "$MKVENVDEB_STAGED_PREFIX/moment"';
    const hooks = {beforePack: [['sh', '-c', moment]]};
    const moments = (differences: readonly Difference[]) =>
      differences.flatMap(({path}) => (path?.endsWith('moment') ? [path] : []));
    const {equal, packages} = await verifyReproducible({source, cwd: folder, hooks});
    assert.is(equal, false);
    assert.equal(
      packages.map((one) => [one.package, one.equal, ...moments(one.differences)]),
      [
        ['fxsuite', false, 'opt/fxsuite/moment'],
        ['fxsuite-worker', false, 'opt/worker/moment'],
        ['fxsuite-common', true],
      ],
    );
  }),
);

debian('a script that makes the virtualenv is refused, and built with the hook that replaces it', () =>
  inFolder(async (folder) => {
    const project = await debianProject('application', join(folder, 'project'));
    await writeTree(project, {
      'tools/assets.sh':
        'cd "$(dirname "$0")/.." && mkdir made && sort words > made/sorted && cp -r made "$1"\n',
      words: 'b\na\n',
    });
    const options = {source: project, out: join(folder, 'out'), cwd: folder};
    await rejects(
      buildDeb(options),
      'E_OPTION',
      /debian\/rules:13: Not understood in override_dh_virtualenv: \.\/debian\/build_virtualenv[\s\S]*hooks\.after_install/,
    );
    const lines = [
      'debian: true',
      'debian_ignore: [override_dh_virtualenv]',
      'prefix: /opt/venvs/fxserver',
      'no_index: true',
      'find_links: [wheels]',
      'hooks:',
      `  after_install: [[sh, -c, 'sh "$MKVENVDEB_SOURCE/tools/assets.sh" "$MKVENVDEB_STAGED_PREFIX/assets"']]`,
    ];
    await writeFile(join(project, 'mkvenvdeb.yaml'), `${lines.join('\n')}\n`);
    const {packages} = await buildDeb(options);
    const file = packages[0]?.file ?? '';
    const tree = await treeOf(file);
    for (const path of [
      '/opt/venvs/fxserver/assets/sorted',
      '/usr/lib/systemd/system/fxserver.service',
      '/etc/fxserver/log.yaml',
    ]) {
      assert.ok(tree.has(path), path);
    }
    assert.is(existsSync(join(project, 'made')), false);
    const {stdout} = await execa('dpkg-deb', ['--info', file]);
    for (const member of ['config', 'templates', 'triggers', 'preinst', 'postinst'])
      assert.match(stdout, new RegExp(` ${member} `));
    const {stdout: templates} = await execa('dpkg-deb', ['--info', file, 'templates']);
    assert.is(
      templates,
      (await execa('po2debconf', [join(project, 'debian/fxserver-py3.templates')])).stdout,
    );
    const fields = await fieldsOf(file);
    for (const one of [/\badduser\b/, /\bdebconf\b/, /python3 \(<< 3\.12\)/])
      assert.match(fields.Depends ?? '', one);
    assert.equal([fields.Version, fields.Provides], ['1.95.0', 'fxserver (= 1.95.0)']);
  }),
);

debian.run();
