import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ReleaseResult} from '../../lib/index.js';
import {releaseWith} from '../../lib/release/release.js';
import type {ChildTask} from '../helpers/release-child.js';
import {
  configuration,
  contentsOf,
  copyFolder,
  git,
  makeReleaseProject,
  type ReleaseProject,
} from '../helpers/release-project.js';
import {long, root} from '../helpers/suite.js';

const releases = suite('release/release');
const CHILD = join(root, 'dist', 'test', 'helpers', 'release-child.js');
let folder: string;
let project: ReleaseProject;

releases.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'release-'));
  project = await makeReleaseProject(folder, 'test: [sh, -c, "test ! -e fails"]\ngate: {install: false}\n');
});

releases.after(() => rm(folder, {recursive: true, force: true}));

type Told = ReleaseResult & {
  readonly message?: string;
  readonly issues?: readonly string[];
  readonly hint?: string;
};

interface Ended {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly told: Told;
}

async function run(
  task: Partial<ChildTask> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const whole: ChildTask = {
    place: join(folder, 'public'),
    remote: project.remote,
    ...task,
    options: {project: project.folder, ...task.options},
  };
  const variables = {XDG_STATE_HOME: join(folder, 'state'), CI: '', JENKINS_URL: '', ...env};
  const ended = await execa(process.execPath, [CHILD, JSON.stringify(whole)], {
    env: variables,
    reject: false,
  });
  const told = ended.stdout === '' ? {} : JSON.parse(ended.stdout);
  if (ended.stderr !== '') throw new Error(ended.stderr);
  return {exitCode: ended.exitCode, signal: ended.signal, told};
}

/** Everything that anybody can see: files and tags. */
async function publicState(): Promise<Readonly<Record<string, string>>> {
  const {stdout} = await git(
    project.remote,
    'for-each-ref',
    '--format=%(refname) %(*objectname)',
    'refs/tags',
  );
  return {...(await contentsOf(join(folder, 'public'))), tags: stdout};
}

/** Everything that a release changes. */
const CHANGED = ['state', 'public', 'remote.git', 'project'];
const save = async (name: string) => {
  for (const one of CHANGED)
    if ((await readdir(folder)).includes(one))
      await copyFolder(join(folder, one), join(folder, `${name}-${one}`));
};
const restore = async (name: string) => {
  for (const one of CHANGED) {
    await rm(join(folder, one), {recursive: true, force: true});
    if ((await readdir(folder)).includes(`${name}-${one}`))
      await copyFolder(join(folder, `${name}-${one}`), join(folder, one));
  }
};

const month = () => {
  const day = new Date();
  return `${day.getUTCFullYear() - 2000}.${day.getUTCMonth() + 1}`;
};

let wanted: Readonly<Record<string, string>>;

releases('a release puts everything everywhere, and the tag last', async () => {
  await save('begin');
  const {exitCode, told} = await run();
  assert.is(exitCode, 0, JSON.stringify(told));
  assert.ok(told.released);
  assert.is(told.version, `${month()}.0`);
  assert.equal(
    told.targets.map(({name, outcome}) => `${name} ${outcome}`),
    ['index published', 'apt published', 'tag published'],
  );
  wanted = await publicState();
  assert.equal(Object.keys(wanted).sort(), [
    `apt/tiny-shop_${month()}.0-1_all.deb`,
    `index/tiny_shop-${month()}.0-py3-none-any.whl`,
    `index/tiny_shop-${month()}.0.tar.gz`,
    'tags',
  ]);
  const {stdout: head} = await git(project.folder, 'rev-parse', 'HEAD');
  assert.is(wanted.tags, `refs/tags/v${month()}.0 ${head}`);
  assert.is((await git(project.folder, 'status', '--short')).stdout, '', 'the tree of the user is clean');
});

releases('the same commit is not released again', async () => {
  const {exitCode, told} = await run();
  assert.is(exitCode, 0);
  assert.is(told.released, false);
  assert.match(told.reason ?? '', /released already: tag v/);
});

/** Before the gate, nothing is public; a killed run goes on, or is abandoned and made anew. */
const BEFORE = long
  ? ['step test', 'step sdist', 'done wheel', 'done deb', 'step gate']
  : ['done wheel', 'done deb'];
for (const kill of BEFORE) {
  releases(`killed at "${kill}" and resumed, it ends in the same public state`, async () => {
    await restore('begin');
    assert.is((await run({kill})).signal, 'SIGKILL');
    assert.equal(Object.keys(await publicState()), ['tags']);
    if (kill === 'done deb') {
      const again = await run();
      assert.is(again.exitCode, 1);
      assert.match(again.told.message ?? '', /was not finished, and nothing of it is public/);
    }
    const {exitCode, told} = await run({options: {resume: true}});
    assert.is(exitCode, 0, JSON.stringify(told));
    assert.equal(await publicState(), wanted);
  });
}

releases('killed before the gate, it can be abandoned and made anew', async () => {
  await restore('begin');
  assert.is((await run({kill: 'step test'})).signal, 'SIGKILL');
  const dry = await run({options: {dryRun: true}});
  assert.is(dry.exitCode, 1, 'as the release would end');
  assert.match(dry.told.message ?? '', /was not finished/);
  const {exitCode, told} = await run({options: {abandon: true}});
  assert.is(exitCode, 0, JSON.stringify(told));
  assert.equal(await publicState(), wanted);
});

/** Behind the gate: each has to go on with the bytes that passed it. */
const BEHIND = ['publish index 1', 'publish apt 0', 'verify index', 'published tag'];
if (long)
  BEHIND.push(
    'stage apt',
    'publish index 0',
    'published index',
    'published apt',
    'publish tag 0',
    'verify tag',
  );
let isSaved = false;
for (const kill of BEHIND) {
  releases(`killed at "${kill}" and resumed, it ends in the same public state`, async () => {
    await restore(isSaved ? 'gated' : 'begin');
    if (!isSaved) {
      assert.is((await run({kill: 'done gate'})).signal, 'SIGKILL');
      // The gate is written down after it is told of.
      assert.is((await run({options: {resume: true}, kill: 'preflight index'})).signal, 'SIGKILL');
      assert.is((await run({options: {resume: true}, kill: 'step prepare'})).signal, 'SIGKILL');
      await save('gated');
      isSaved = true;
    }
    assert.is((await run({options: {resume: true}, kill})).signal, 'SIGKILL');
    if (kill === 'publish index 1') {
      const again = await run({options: {abandon: true}});
      assert.is(again.exitCode, 1);
      assert.match(again.told.message ?? '', /was not finished, and may be public in part/);
    }
    const {exitCode, told} = await run({options: {resume: true}});
    assert.is(exitCode, 0, JSON.stringify(told));
    assert.equal(await publicState(), wanted);
  });
}

for (const [fail, message] of [
  [
    'publish apt 0',
    /^Release [\d.]+ is partly public: there is index \S+; missing is apt \S+ \(begun\), tag origin$/,
  ],
  ['verify apt', /^Release [\d.]+ is partly public: there is index \S+, apt \S+; missing is tag origin$/],
] as const) {
  releases(`a place that fails at "${fail}" ends with 3 and one line that says what is public`, async () => {
    await restore('gated');
    const {exitCode, told} = await run({options: {resume: true}, fail});
    assert.is(exitCode, 3);
    assert.match(told.message ?? '', message);
    assert.equal(told.issues, [`Place fails at ${fail}`]);
    assert.match(told.hint ?? '', /--resume/);
    assert.is((await run({options: {resume: true}})).exitCode, 0);
    assert.equal(await publicState(), wanted);
  });
}

releases('what passed the gate and was changed then is not published', async () => {
  await restore('gated');
  const [file = ''] = Object.keys(await contentsOf(join(folder, 'state'))).filter((name) =>
    name.endsWith('.whl'),
  );
  await execa('sh', ['-c', 'echo >> "$0"', join(folder, 'state', file)]);
  const {exitCode, told} = await run({options: {resume: true}});
  assert.is(exitCode, 1);
  assert.match(told.message ?? '', /changed or lost: .*\.whl/);
  assert.equal(Object.keys(await publicState()), ['tags']);
});

releases('a push whose test fails publishes nothing, and the next one is released', async () => {
  await restore('begin');
  await project.push({fails: ''});
  const failed = await run();
  assert.is(failed.exitCode, 1);
  assert.match(failed.told.message ?? '', /Command failed: test/);
  assert.equal(Object.keys(await publicState()), ['tags']);
  await git(project.folder, 'rm', '-q', 'fails');
  await project.push({}, 'Mend it [skip ci]');
  const skipped = await run({}, {CI: 'true'});
  assert.is(skipped.exitCode, 0);
  assert.match(skipped.told.reason ?? '', /says \[skip ci\]/);
  const {exitCode, told} = await run();
  assert.is(exitCode, 0, JSON.stringify(told));
  assert.is(told.version, `${month()}.0`);
});

releases('killed at the end of a month and resumed in the next, it keeps its version', async () => {
  await restore('begin');
  const now = new Date();
  const turn = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  const ahead = Math.round((turn - now.getTime()) / 1000);
  assert.is((await run({kill: 'step sdist', ahead: ahead - 3600})).signal, 'SIGKILL');
  const resumed = await run({options: {resume: true}, ahead: ahead + 3600});
  assert.is(resumed.told.version, `${month()}.0`, JSON.stringify(resumed.told));
  await project.push({
    'mkvenvdeb.yaml': configuration('sdist: false\nwheel: false\ngate: {install: false}\n'),
  });
  const next = new Date(turn);
  const {told} = await run({ahead: ahead + 7200});
  assert.is(
    told.version,
    `${next.getUTCFullYear() - 2000}.${next.getUTCMonth() + 1}.0`,
    JSON.stringify(told),
  );
});

releases('all problems of the preflight are told at once, and a dry run reaches them', async () => {
  await restore('begin');
  await git(project.folder, 'commit', '-q', '--allow-empty', '-m', 'Not pushed');
  for (const dryRun of [true, false]) {
    const {exitCode, told} = await run({options: {dryRun}, fail: 'preflight apt'});
    assert.is(exitCode, 1);
    assert.match(told.message ?? '', /Release cannot be made: 2 problems/);
    assert.match(
      told.issues?.join('\n') ?? '',
      /branch: Commit is not on branch main of origin[\s\S]*apt .*: Place fails/,
    );
  }
  assert.equal(Object.keys(await publicState()), ['tags']);
});

releases(
  'who waited for a release of the same commit finds it released, and can abandon its own',
  async () => {
    await restore('begin');
    assert.is((await run({kill: 'step test'})).signal, 'SIGKILL');
    const before = process.env.XDG_STATE_HOME;
    process.env.XDG_STATE_HOME = join(folder, 'state');
    const unused = async (): Promise<never> => {
      throw new Error('nothing is to be published');
    };
    let given = 0;
    const lockRemote = async () => {
      await git(project.remote, 'tag', 'v26.1.0', 'main');
      const giveBack = async () => {
        given += 1;
      };
      return {ref: 'refs/x', renew: unused, giveBack};
    };
    const parts = {targetsOf: unused, lockRemote};
    const told = await releaseWith({project: project.folder, abandon: true}, parts);
    assert.match(told.reason ?? '', /released already: tag v26\.1\.0/);
    assert.is(given, 1);
    const again = await releaseWith({project: project.folder, abandon: true}, parts);
    assert.is(again.released, false);
    const resumed = await run({options: {resume: true}});
    assert.match(resumed.told.message ?? '', /no unfinished release/);
    if (before === undefined) delete process.env.XDG_STATE_HOME;
    else process.env.XDG_STATE_HOME = before;
  },
);

releases('a configuration that is wrong is told by the name that it has in the project', async () => {
  await restore('begin');
  await project.push({'mkvenvdeb.yaml': 'python: /usr/bin/python3\nwrong: 1\n'});
  const {exitCode, told} = await run();
  assert.is(exitCode, 2);
  assert.match(told.message ?? '', `${join(project.folder, 'mkvenvdeb.yaml')}:2: Unknown option`);
});

releases('a dry run changes nothing and tells every step to the last', async () => {
  await restore('begin');
  const before = await contentsOf(folder);
  const {exitCode, told} = await run({options: {dryRun: true}});
  assert.is(exitCode, 0, JSON.stringify(told));
  assert.match(told.steps?.at(-1) ?? '', /^publish: tag origin$/);
  assert.equal(Object.keys(await contentsOf(folder)).sort(), Object.keys(before).sort());
});

releases.run();
