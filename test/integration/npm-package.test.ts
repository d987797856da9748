import {mkdir, mkdtemp, readdir, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {root, skip} from '../helpers/suite.js';

const npmPackage = suite('npm package');
const PYTHON = '/usr/bin/python3';
let folder: string;
let tarball: string;

npmPackage.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-npm-'));
  // Its scripts would compile dist anew, under the feet of the tests beside this one.
  await execa('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {cwd: root});
  const [file = ''] = await readdir(folder);
  tarball = join(folder, file);
});

npmPackage.after(() => rm(folder, {recursive: true, force: true}));

for (const [tool, ...args] of [
  ['publint', 'run', '--strict'],
  ['attw', '--profile', 'esm-only'],
] as const) {
  npmPackage(`${tool} finds nothing`, async () => {
    const command = join(root, 'node_modules', '.bin', tool);
    const {exitCode, all} = await execa(command, [...args, tarball], {reject: false, all: true});
    assert.is(exitCode, 0, all);
  });
}

npmPackage('holds what it needs to run, and neither tests nor sources', async () => {
  const {stdout} = await execa('tar', ['-tzf', tarball]);
  const files = stdout.split('\n').map((file) => file.replace(/^package\//, ''));
  for (const needed of [
    'dist/cli/mkvenvdeb.js',
    'dist/cli/LICENSES',
    'dist/lib/index.d.ts',
    'LICENSE',
    'package.json',
  ]) {
    assert.ok(files.includes(needed), needed);
  }
  const strange = /(^|\/)(test|fixtures|bench|coverage)\/|(?<!\.d)\.ts$/;
  assert.equal(
    files.filter((file) => strange.test(file)),
    [],
  );
});

npmPackage('installs where there is no compiler, and builds a project there', async () => {
  const env = await bareEnvironment();
  assert.is(
    (await execa('sh', ['-c', 'command -v gcc cc make'], {env, extendEnv: false, reject: false})).stdout,
    '',
  );
  const home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(home, 'package.json'), '{"private": true}');
  const options = {cwd: home, env, extendEnv: false, reject: false, all: true} as const;
  const installed = await execa('npm', ['install', '--prefer-offline', '--no-audit', tarball], options);
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ENOTCACHED/.test(installed.all)) {
    return skip('npm install of the package', 'the npm registry cannot be reached');
  }
  assert.is(installed.exitCode, 0, installed.all);
  if ((await execa(PYTHON, ['--version'], {reject: false})).failed) {
    return skip('a build with the installed package', `there is no ${PYTHON}`);
  }

  await mkdir(join(home, 'tiny'));
  await writeFile(join(home, 'tiny', 'pyproject.toml'), '[project]\nname = "tiny"\nversion = "1.0"\n');
  await writeFile(join(home, 'tiny', 'tiny.py'), 'def main():\n    print("tiny")\n');
  const args = ['build', 'tiny', '--no-index', '--python', PYTHON, '--maintainer', 'Jo Doe <jo@example.org>'];
  const built = await execa(join(home, 'node_modules', '.bin', 'mkvenvdeb'), args, options);
  assert.is(built.exitCode, 0, built.all);
  assert.equal(await readdir(join(home, 'deb_dist')), ['tiny_1.0-1_all.deb']);

  const script = 'import("mkvenvdeb").then(({buildDeb}) => console.log(typeof buildDeb))';
  assert.is((await execa('node', ['-e', script], options)).stdout, 'function');
});

/** An environment whose PATH holds Node, npm and a shell, and nothing that could compile. */
async function bareEnvironment(): Promise<Record<string, string>> {
  const path = join(folder, 'path');
  await mkdir(path);
  const npm = (await execa('sh', ['-c', 'command -v npm'])).stdout;
  for (const tool of [process.execPath, npm, '/bin/sh']) await symlink(tool, join(path, basename(tool)));
  const env: Record<string, string> = {PATH: path};
  for (const name of [
    'HOME',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'NODE_EXTRA_CA_CERTS',
    'SSL_CERT_FILE',
  ]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

npmPackage.run();
