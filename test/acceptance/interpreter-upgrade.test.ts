import {chmod, mkdir, readlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildDeb, packDeb} from '../../lib/index.js';
import {type Chroot, NoChroot, SERVER, withChroot} from '../helpers/chroot.js';
import {fieldsOf, unpack} from '../helpers/deb.js';
import {inFolder, skip} from '../helpers/suite.js';
import {cpython, type InterpreterCase, pypy} from './interpreters.js';

const upgrade = suite('acceptance/interpreter-upgrade');

const MAINTAINER = 'Jo Doe <jo@example.org>';

/** An application, and what it needs: the name of the interpreter's package, its bounds, and the file it links to. */
async function buildApp(folder: string, python: string) {
  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(
    join(project, 'pyproject.toml'),
    '[project]\nname = "app"\nversion = "1.0"\n[project.scripts]\napp = "app:main"\n',
  );
  await writeFile(join(project, 'app.py'), 'def main():\n    print("app")\n');
  const out = join(folder, 'repository');
  const {packages} = await buildDeb({
    source: project,
    python,
    maintainer: MAINTAINER,
    noIndex: true,
    sourceDateEpoch: 1700000000,
    out,
  });
  const file = packages[0]?.file ?? '';
  const {Depends = ''} = await fieldsOf(file);
  const [, name = '', least = '', end = ''] = /(\S+) \(<< ([^)]+)\), \1 \(>= ([^)]+)\)/.exec(Depends) ?? [];
  assert.ok(name, `the bounds are not in ${Depends}`);
  // Relations are sorted: the upper bound comes first.
  return {file, name, end: least, least: end, target: await interpreterOf(await unpack(file, folder))};
}

/** Where the chain of links of `bin/python` leaves the virtualenv. */
async function interpreterOf(tree: string): Promise<string> {
  let link = join(tree, 'opt/app/bin/python');
  for (;;) {
    const target = await readlink(link);
    if (target.startsWith('/usr/')) return target;
    link = join(dirname(link), target);
  }
}

/** A package that stands for an interpreter: says its version and what it was asked to run. */
async function packInterpreter(
  folder: string,
  {name, version, path}: {name: string; version: string; path: string},
): Promise<void> {
  const tree = join(folder, `${name}-${version}`);
  const file = join(tree, path);
  await mkdir(dirname(file), {recursive: true});
  await writeFile(file, `#!/bin/sh\necho "${version} runs $1"\n`);
  await chmod(file, 0o755);
  const out = join(folder, 'repository');
  await packDeb({
    folder: tree,
    package: name,
    version,
    architecture: 'all',
    maintainer: MAINTAINER,
    sourceDateEpoch: 1700000000,
    out,
  });
}

/** Publish what is in the repository, and let the server's apt see it. */
async function publish(server: Chroot, folder: string): Promise<void> {
  const repository = join(folder, 'repository');
  const {stdout} = await execa('apt-ftparchive', ['packages', '.'], {cwd: repository});
  await writeFile(join(repository, 'Packages'), `${stdout}\n`);
  await server.ok(['rm', '-rf', '/srv/repository']);
  await execa('cp', ['-r', repository, server.path('/srv/repository')]);
  await writeFile(server.path('/etc/apt/sources.list'), 'deb [trusted=yes] file:/srv/repository ./\n');
  await server.ok(['sh', '-c', 'rm -rf /etc/apt/sources.list.d/* && apt-get -q update']);
}

const apt = (server: Chroot, ...args: string[]) =>
  server.run(['apt-get', '-qy', '-o', 'APT::Sandbox::User=root', ...args], {
    env: {DEBIAN_FRONTEND: 'noninteractive'},
  });

async function live(
  server: Chroot,
  folder: string,
  app: Awaited<ReturnType<typeof buildApp>>,
): Promise<void> {
  const {name, least, end, target} = app;
  const bare = (version: string) => version.replace('~', '');
  const [first, patch, minor] = [`${bare(least)}.2-1`, `${bare(least)}.9-1`, `${bare(end)}.1-1`];
  const running = async (version: string) =>
    assert.is(await server.ok(['/opt/app/bin/app']), `${version} runs /opt/app/bin/app`);

  await packInterpreter(folder, {name, version: first, path: target});
  await publish(server, folder);
  const installed = await apt(server, 'install', 'app');
  assert.is(installed.exitCode, 0, installed.stderr);
  await running(first);

  await packInterpreter(folder, {name, version: patch, path: target});
  await publish(server, folder);
  assert.is((await apt(server, 'dist-upgrade')).exitCode, 0);
  await running(patch);

  await packInterpreter(folder, {name, version: minor, path: '/usr/bin/of-the-next-series'});
  await publish(server, folder);
  const kept = await apt(server, 'upgrade');
  assert.is(kept.exitCode, 0);
  assert.match(kept.stdout, new RegExp(`kept back:\\s+${name}`), kept.stdout);
  // A full upgrade would take the application away rather than break it, and says so; unattended it may not.
  for (const command of [['dist-upgrade'], ['install', `${name}=${minor}`]]) {
    const refused = await apt(server, '--no-remove', ...command);
    assert.is.not(refused.exitCode, 0, refused.stdout);
    assert.match(refused.stdout, /REMOVED:\s+app/);
  }
  await running(patch);

  await server.ok(['dpkg', '--purge', 'app', name]);
  await server.ok(['sh', '-c', `rm /srv/repository/*_${patch}_* /srv/repository/*_${first}_*`]);
  await execa('sh', ['-c', `rm ${folder}/repository/*_${patch}_* ${folder}/repository/*_${first}_*`]);
  await publish(server, folder);
  const tooLate = await apt(server, 'install', 'app');
  assert.is.not(tooLate.exitCode, 0, tooLate.stdout);
  assert.match(tooLate.stderr + tooLate.stdout, /app : Depends: \S+ \(</);
}

async function check({python}: InterpreterCase): Promise<void> {
  const title = `upgrades of ${python}`;
  for (const tool of [python, 'apt-ftparchive']) {
    const {failed} = await execa(tool, ['--version'], {reject: false});
    if (failed) return skip(title, `${tool} is not installed`);
  }
  await inFolder(async (folder) => {
    const app = await buildApp(folder, python);
    try {
      await withChroot(SERVER, (server) => live(server, folder, app));
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      skip(title, error.message);
    }
  });
}

for (const what of [pypy, cpython]) {
  upgrade(`${what.python}: a patch just works, apt refuses the next series`, () => check(what));
}

upgrade.run();
