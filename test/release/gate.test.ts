import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loadConfig} from '../../lib/config/load.js';
import {cellsOf, optionsOf} from '../../lib/release/cell-options.js';
import {runCli} from '../helpers/cli.js';
import {configuration, git, makeReleaseProject, type ReleaseProject} from '../helpers/release-project.js';
import {rejects, skip} from '../helpers/suite.js';

const gate = suite('release/gate');
let folder: string;
let project: ReleaseProject;

gate.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gate-'));
  project = await makeReleaseProject(folder);
});

gate.after(() => rm(folder, {recursive: true, force: true}));

const NO_PYTHON = 'sdist: false\nwheel: false\n';
const run = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runCli(['release', ...args], {
    cwd: project.folder,
    env: {XDG_STATE_HOME: join(folder, 'state'), CI: '', JENKINS_URL: '', ...env},
  });
const tags = async () => (await git(project.remote, 'tag')).stdout;

gate('a package that apt would not install is not published', async () => {
  if ((await execa('apt-get', ['--version'], {reject: false})).exitCode !== 0)
    return skip('the gate with apt', 'there is no apt-get');
  await project.push({'mkvenvdeb.yaml': `depends: [no-such-package-anywhere]\n${configuration(NO_PYTHON)}`});
  const {exitCode, stderr} = await run();
  const told = /apt would not install tiny-shop=\S+-1[\s\S]*no-such-package-anywhere/;
  assert.match(stderr, told);
  // Where this machine has no lists of packages it cannot tell, and says so.
  if (exitCode !== 0) assert.is(await tags(), '');
  else assert.match(stderr, /has no package lists/);
});

gate('a gate command gets every file, and no account', async () => {
  const seen = join(folder, 'seen');
  const command = `printf '%s\\n' "$MKVENVDEB_FILES" "$MKVENVDEB_VERSION" "[$TWINE_PASSWORD$MY_TOKEN$OTHER_TOKEN]" > ${seen}; ls >> ${seen}; exit $(cat code)`;
  const section = `gate:\n  command: [sh, -c, ${JSON.stringify(command)}]\npass_environment: [OTHER_TOKEN]\n`;
  await project.push({'mkvenvdeb.yaml': configuration(section), code: '3'});
  const before = await tags();
  const secrets = {TWINE_PASSWORD: 'a', MY_TOKEN: 'b', OTHER_TOKEN: 'c'};
  const failed = await run([], secrets);
  assert.is(failed.exitCode, 1);
  assert.match(failed.stderr, /Command failed: gate \(exit code 3\)/);
  assert.is(await tags(), before);
  const lines = (await readFile(seen, 'utf8')).split('\n');
  assert.equal(
    lines.slice(0, 3).map((line) => line.replace(/^.*\//, '').replace(/\d+\.\d+\.\d+/, 'V')),
    ['tiny_shop-V.tar.gz', 'tiny_shop-V-py3-none-any.whl', 'tiny-shop_V-1_all.deb'],
  );
  assert.match(lines[3] ?? '', /^\d+\.\d+\.\d+$/);
  assert.equal(lines.slice(4), [
    '[c]',
    'backend',
    'code',
    'mkvenvdeb.yaml',
    'pyproject.toml',
    'tiny_shop.py',
    '',
  ]);
});

gate('cells that make one name with different bytes are told', async () => {
  const section = `${NO_PYTHON}gate: {install: false}\ncells: [{id: a}, {id: b, options: {section: web}}]\n`;
  await project.push({'mkvenvdeb.yaml': configuration(section)});
  const {exitCode, stderr} = await run();
  assert.is(exitCode, 1);
  assert.match(stderr, /cells a and b differ: give one of them a revision of its own/);
});

gate('a project that does not take the version is not published', async () => {
  await project.push({
    'mkvenvdeb.yaml': configuration('wheel: false\nversion_home: {file: VERSION}\ngate: {install: false}\n'),
    'pyproject.toml': (await readFile(join(project.folder, 'pyproject.toml'), 'utf8')).replace('"0"', '"7"'),
  });
  const {exitCode, stderr} = await run();
  assert.is(exitCode, 1);
  assert.match(stderr, /Project makes version 7, not \S+: tiny_shop-7\.tar\.gz/);
});

/** The section, and what is said of it. */
const WRONG: readonly (readonly [string, RegExp])[] = [
  [
    'tag: "--force{version}"',
    /mkvenvdeb\.yaml:\d+: Option "release\.tag" is not the name of a tag with \{version\} at its end/,
  ],
  ['tag: "v{version}-x"', /Option "release\.tag" is not the name of a tag/],
  ['remote: "ext::sh -c id"', /Option "release\.remote" is not a git remote/],
  ['remote: "--upload-pack=id"', /Option "release\.remote" is not a git remote/],
  ['version_home: {fil: x}', /Unknown option in "release\.version_home": fil\s+Did you mean "file"/],
  ['cells: [{id: ../x}]', /Option "release\.cells\[0\]\.id" is not a name for a cell/],
  ['cells: [{id: a}, {id: a}]', /Option "release\.cells\[1\]\.id" names two cells/],
  ['cells: [{id: a, options: {packge: x}}]', /Unknown option: packge/],
  ['cells: [{id: a, options: {version: "1"}}]', /Option "version" is the release's own/],
  ['apt: [{suite: stable}]', /needs either repository or command/],
  ['index: {upload_ur: x}', /upload_url/],
  ['test: [[]]', /release\.test/],
];
for (const [section, message] of WRONG) {
  gate(`${section} is refused`, async () => {
    const {folder: cwd} = project;
    await writeFile(join(cwd, 'mkvenvdeb.yaml'), configuration(`${section}\n`));
    const load = async () => {
      const config = await loadConfig({cwd, project: cwd});
      for (const cell of cellsOf(config)) optionsOf(cell, cwd);
    };
    await rejects(load(), 'E_OPTION', message);
  });
}

gate('names of a repository cannot paint the screen, and lead nowhere', async () => {
  await project.push({'mkvenvdeb.yaml': configuration('version_home: {file: ../../outside}\n')});
  assert.match((await run(['--dry-run'])).stderr, /File leads out of the project: \.\.\/\.\.\/outside/);
  await project.push({'mkvenvdeb.yaml': configuration('branch: "\\e[2J"\n'.replace('branch', 'remote'))});
  const {stderr} = await run(['--dry-run']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
  assert.not.match(stderr, /\u001b/);
});

gate.run();
