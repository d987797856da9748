import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildDeb} from '../../lib/index.js';
import {fieldsOf, treeOf, unpack} from '../helpers/deb.js';
import {debianProject} from '../helpers/debian-folders.js';
import {inFolder, rejects} from '../helpers/suite.js';
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
    const {packages, distributions} = await buildDeb({
      source: project,
      out: join(folder, 'out'),
      cwd: folder,
    });
    assert.equal(
      packages.map(({file}) => file.slice(join(folder, 'out').length + 1)),
      ['fxsuite_3.1_amd64.deb', 'fxsuite-worker_3.1_amd64.deb', 'fxsuite-common_3.1_all.deb'],
    );
    assert.equal(
      distributions.map(({name}) => name),
      ['fxdep', 'tiny'],
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

debian('files for an upload are refused where there would be several, or none', () =>
  inFolder(async (folder) => {
    Object.assign(process.env, {FLAVOUR: 'server'});
    const project = await debianProject('split', join(folder, 'project'));
    const options = {source: project, out: join(folder, 'out'), cwd: folder};
    for (const key of ['changes', 'buildinfo'] as const) {
      await rejects(
        buildDeb({...options, [key]: true}),
        'E_OPTION',
        new RegExp(`"${key}" is for one package, .*: fxsuite, fxsuite-worker, fxsuite-common`),
      );
      const common = {...options, package: 'fxsuite-common', [key]: true};
      await rejects(buildDeb(common), 'E_OPTION', /packages with a virtualenv: fxsuite-common/);
    }
    assert.is(existsSync(join(folder, 'out')), false);
    const {changes = ''} = await buildDeb({...options, package: 'fxsuite', changes: true});
    assert.match(await readFile(changes, 'utf8'), /^Binary: fxsuite$/m);
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
