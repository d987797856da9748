import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {publishApt} from '../../lib/index.js';
import {type KnownVersion, versionProblems} from '../../lib/release/check-version.js';
import {checkVersion, nextVersion} from '../../lib/release/next-version.js';
import {openAptPlace} from '../helpers/apt-place.js';
import {runCli} from '../helpers/cli.js';
import {rejects} from '../helpers/suite.js';

const version = suite('release/next-version');
const today = new Date();
const series = `${today.getUTCFullYear() - 2000}.${today.getUTCMonth() + 1}`;
const debian = `${series}.5-1`;
let folder: string;

version.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'version-'));
});

version.after(() => rm(folder, {recursive: true, force: true}));

const git = (cwd: string, ...args: readonly string[]) =>
  execa('git', ['-c', 'user.name=Jo', '-c', 'user.email=jo@example.org', ...args], {cwd});

async function newProject(name: string, tags: readonly string[] = []): Promise<string> {
  const project = join(folder, name);
  await mkdir(project);
  await git(project, 'init', '-q');
  await writeFile(join(project, 'file'), '');
  await git(project, 'add', '.');
  await git(project, 'commit', '-qm', 'First');
  for (const tag of tags) await git(project, 'tag', '-am', tag, tag);
  return project;
}

version('the first of a month ends in 0, the next in 1', async () => {
  const project = await newProject('first', ['v13.12.7', 'other-14.1.3', 'vendor']);
  assert.is(await nextVersion({project}), `${series}.0`);
  await git(project, 'tag', '-am', 'x', `v${series}.0`);
  assert.is(await nextVersion({project}), `${series}.1`);
  const {stdout} = await runCli(['version', 'next', '--json'], {cwd: project});
  assert.equal(JSON.parse(stdout), {version: `${series}.1`});
});

version('tags that only the remote has count, and so do versions of the apt repository', async () => {
  const remote = await newProject('remote, with blanks', [`v${series}.3`]);
  const project = await newProject('local', [`v${series}.1`]);
  await git(project, 'remote', 'add', 'origin', remote);
  assert.is(await nextVersion({project}), `${series}.2`);
  assert.is(await nextVersion({project, remotes: ['origin']}), `${series}.4`);
  const place = await openAptPlace();
  try {
    const repository = await place.newRepository();
    const files = [
      await place.makeDeb({version: `${series}.5`}),
      await place.makeDeb({name: 'other', version: '99'}),
    ];
    await publishApt({repository, files});
    const options = {project, remotes: ['origin'], repository, package: 'app'};
    assert.is(await nextVersion(options), `${series}.6`);
    const error = await rejects(checkVersion(`${series}.4`, options), 'E_PUBLISH', /not newer/);
    assert.equal(error.issues, [`older than ${debian} (suite stable)`]);
    await checkVersion(`${series}.6`, options);
    const {exitCode, stderr} = await runCli(['version', 'check', `${series}.3`, '--remotes', 'origin'], {
      cwd: project,
    });
    assert.is(exitCode, 1);
    assert.match(stderr, `there already: ${series}.3 (tag of origin)`);
  } finally {
    await place.close();
  }
});

version('a remote that does not answer is no reason to guess', async () => {
  const project = await newProject('alone');
  await rejects(
    nextVersion({project, remotes: [join(folder, 'nowhere')]}),
    'E_PUBLISH',
    /cannot be asked: .*nowhere/,
  );
  await rejects(nextVersion({project, remotes: ['--upload-pack=touch x']}), 'E_OPTION', /Not a git remote/);
  await rejects(nextVersion({project, repository: 'x'}), 'E_OPTION', /"package" is missing/);
  await rejects(checkVersion('x1', {project}), 'E_OPTION', /not a Python version/);
});

const python = (text: string): KnownVersion => ({version: text, kind: 'python', where: 'tag'});
const deb = (text: string): KnownVersion => ({version: text, kind: 'debian', where: 'suite s'});

/** A version, one that exists, and what is said of it. */
for (const [given, known, wanted] of [
  ['26.1.3', python('26.1.2'), undefined],
  ['26.1.10', python('26.1.9'), undefined],
  ['26.1.3', python('26.1.3'), 'there already: 26.1.3 (tag)'],
  ['26.1.3', python('26.1.4'), 'older than 26.1.4 (tag)'],
  ['26.1.3', python('26.01.03'), 'the same as 26.01.03 (tag), spelled differently'],
  ['26.01.03', python('26.1.3'), 'the same as 26.1.3 (tag), spelled differently'],
  ['26.1', python('26.1.0'), 'the same as 26.1.0 (tag), spelled differently'],
  ['26.1.0', python('26.1'), 'the same as 26.1 (tag), spelled differently'],
  ['26.1.3.dev0', python('26.1.3'), 'older than 26.1.3 (tag)'],
  ['26.1.3', python('26.1.3.dev0'), undefined],
  ['26.1.3', python('26.1.3rc1'), undefined],
  ['26.1.3.post1', python('26.1.3'), undefined],
  ['26.1.3', python('not a version'), undefined],
  ['1!1.0', python('26.1.3'), undefined],
  ['26.1.3', deb('26.1.2-9'), undefined],
  ['26.1.3', deb('26.1.3-1'), 'there already: 26.1.3-1 (suite s)'],
  ['26.1.3', deb('26.01.3-1'), 'the same as 26.01.3-1 (suite s), spelled differently'],
  ['26.1.3', deb('26.1.3+local-1'), 'older than 26.1.3+local-1 (suite s)'],
  ['26.1.3', deb('26.1.3~rc1-1'), undefined],
  ['26.1.3', deb('1:1.0-1'), 'older than 1:1.0-1 (suite s)'],
] as const)
  version(`${given} after ${known.version}: ${wanted ?? 'fine'}`, () =>
    assert.equal(versionProblems(given, [known]), wanted === undefined ? [] : [wanted]),
  );

version.run();
