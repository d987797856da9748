import {mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parse} from 'yaml';
import {listApt} from '../../lib/apt/list.js';
import {CI_ENGINES, type CiEngine, initCi} from '../../lib/release/ci.js';
import {openAptPlace} from '../helpers/apt-place.js';
import {runCli} from '../helpers/cli.js';
import {type GitPlaces, gitPlaces} from '../helpers/git-places.js';
import {pythonTools} from '../helpers/python-tools.js';
import {cli, rejects, skip} from '../helpers/suite.js';
import {workflowErrors} from '../helpers/workflow-parser.js';

const ci = suite('release/ci');
const folder = await mkdtemp(join(tmpdir(), 'ci-'));
const place = await openAptPlace();

ci.after(async () => {
  await place.close();
  await rm(folder, {recursive: true, force: true});
});

const SETUP =
  'from setuptools import setup\n\nsetup(name="own-app", version="1.0", py_modules=["own_app"])\n';
const BASE = {
  package: 'own-app',
  maintainer: 'Jo Doe <jo@example.org>',
  python: '/usr/bin/python3',
  no_index: true,
};
const CELLS = [
  {id: 'b12', distribution: 'bookworm', revision: '1~bookworm1'},
  {id: 't13-arm64', distribution: 'trixie', architecture: 'arm64', python: 'pypy3', revision: '1~trixie1'},
];

/** Configurations of all shapes. */
const CONFIGURATIONS: Readonly<Record<string, object>> = {
  nothing: {},
  'one cell, an index': {release: {index: 'https://index.example.org/legacy/', branch: "it's/main"}},
  'cells, an index, a folder': {
    release: {cells: CELLS, index: 'own', apt: [{repository: '/srv/apt'}], tag: "it's-{version}"},
  },
  'cells and a command': {release: {cells: CELLS, apt: [{command: ['dput', '{changes}']}]}},
};

async function newProject(configuration: object): Promise<string> {
  const project = await mkdtemp(join(folder, 'project-'));
  await writeFile(join(project, 'setup.py'), SETUP);
  await writeFile(join(project, 'own_app.py'), 'VALUE = 1\n');
  await writeFile(join(project, 'mkvenvdeb.yaml'), JSON.stringify({...BASE, ...configuration}));
  return project;
}

/** Every script of a pipeline, as a shell gets it. */
function scriptsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(scriptsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    if (key === 'run' && typeof one === 'string') return [one];
    if (key === 'script' && Array.isArray(one)) return [one.join('\n')];
    return scriptsOf(one);
  });
}

/** As Groovy reads a text in three quotes. */
const groovyScripts = (text: string): readonly string[] =>
  [...text.matchAll(/sh '''\n([\s\S]*?)'''/g)].map(([, script = '']) => script.replace(/\\(.)/g, '$1'));

const PARSE_GROOVY = `import sys
from groovy_parser.parser import parse_groovy_content
for file in sys.argv[1:]:
    parse_groovy_content(open(file).read())
    print(file)
`;

async function checkShell(scripts: readonly string[], what: string): Promise<void> {
  assert.ok(scripts.length > 0, `${what}: no scripts`);
  for (const script of scripts) {
    const plain = script.replace(/\$\{\{.*?\}\}/g, 'x');
    await execa('shellcheck', ['--shell=sh', '--exclude=SC2016,SC2086', '-'], {input: plain});
  }
}

ci('GitHub, by its own parser, and every script by shellcheck', async () => {
  const texts: string[] = [];
  for (const [what, configuration] of Object.entries(CONFIGURATIONS)) {
    const {text} = await initCi({project: await newProject(configuration), ci: 'github'});
    texts.push(text);
    await checkShell(scriptsOf(parse(text)), what);
    assert.not.match(text, /^ *- [&*]/m);
  }
  const broken = texts[0]?.replace('runs-on:', 'run-on:') ?? '';
  const found = await workflowErrors([...texts, broken]);
  assert.equal(
    found.slice(0, -1),
    texts.map(() => []),
  );
  assert.ok((found.at(-1) ?? []).length > 0, 'the parser finds nothing');
});

ci('GitLab: jobs with what they need, in stages that there are', async () => {
  for (const [what, configuration] of Object.entries(CONFIGURATIONS)) {
    const {text} = await initCi({project: await newProject(configuration), ci: 'gitlab'});
    const {stages, workflow, variables, default: common, ...jobs} = parse(text);
    for (const [name, job] of Object.entries<Record<string, unknown>>(jobs)) {
      assert.ok(stages.includes(job.stage), `${what}: ${name}`);
      for (const needed of (job.needs as readonly string[]) ?? []) assert.ok(needed in jobs, needed);
    }
    assert.is(
      Object.keys(jobs).join(),
      'cells' in Object(Object(configuration).release) ? 'plan,build,publish' : 'publish',
    );
    assert.ok(workflow.rules.length === 3 && variables.GIT_DEPTH === '0' && common.image);
    await checkShell(scriptsOf(jobs), what);
  }
});

ci('Jenkins, by a parser of Groovy, and every script by shellcheck', async () => {
  const files: string[] = [];
  for (const [what, configuration] of Object.entries(CONFIGURATIONS)) {
    const {text, file} = await initCi({project: await newProject(configuration), ci: 'jenkins'});
    files.push(file);
    await checkShell(groovyScripts(text), what);
  }
  const tools = await pythonTools();
  if (typeof tools === 'string') return skip('the parser of Groovy', tools);
  const parser = [join(tools.bin, 'python'), '-c', PARSE_GROOVY] as const;
  // It takes its time: those with the most in them.
  const some = files.slice(1, 3);
  const {stdout} = await execa(parser[0], [...parser.slice(1), ...some]);
  assert.equal(stdout.split('\n'), some);
  const broken = join(folder, 'broken');
  await writeFile(broken, (await readFile(some[0] ?? '', 'utf8')).trimEnd().slice(0, -1));
  assert.is((await execa(parser[0], [...parser.slice(1), broken], {reject: false})).exitCode, 1);
});

ci('what is there is never overwritten, and what cannot be asked for is told', async () => {
  for (const engine of CI_ENGINES) {
    const project = await newProject({});
    const {file, text} = await initCi({project, ci: engine});
    await rejects(initCi({project, ci: engine}), 'E_OPTION', /pipeline already/);
    assert.is(await readFile(file, 'utf8'), text);
  }
  const distribution = `$\{{ secrets.X }}`;
  for (const cell of [
    {id: 'a', distribution},
    {id: 'a', architecture: 'x; rm -rf /'},
  ]) {
    const project = await newProject({release: {cells: [cell]}});
    await rejects(initCi({project, ci: 'github'}), 'E_OPTION', /that a pipeline can ask for/);
    assert.not.ok((await readdir(project)).includes('.github'));
  }
  await rejects(initCi({project: folder, ci: 'travis' as CiEngine}), 'E_OPTION', /Not a CI system/);
});

ci('the command says which file it wrote', async () => {
  const project = await newProject({});
  const {stdout, exitCode} = await runCli(['init', '--ci', 'gitlab', project]);
  assert.is(exitCode, 0);
  assert.is(stdout.trim(), join(project, '.gitlab-ci.yml'));
  assert.is((await runCli(['init', '--ci', 'none', project])).exitCode, 2);
});

/** A clone with the configuration committed, and a place that it releases to. */
async function releasable(): Promise<{readonly places: GitPlaces; readonly repository: string}> {
  const places = await gitPlaces(await mkdtemp(join(folder, 'git-')));
  const repository = await place.newRepository();
  const cells = CELLS.map(({id, revision}) => ({id, revision}));
  const release = {
    cells,
    sdist: false,
    wheel: false,
    apt: [{repository}],
    version: {pattern: 'MAJOR.MINOR.PATCH'},
  };
  await writeFile(join(places.clone, 'setup.py'), SETUP);
  await writeFile(join(places.clone, 'own_app.py'), 'VALUE = 1\n');
  await writeFile(join(places.clone, 'mkvenvdeb.yaml'), JSON.stringify({...BASE, release}));
  await places.git('add', '.');
  await places.git('commit', '--quiet', '-m', 'configuration');
  await places.git('push', '--quiet', 'origin', 'main');
  return {places, repository};
}

ci('the scripts of a pipeline release a commit, and run again they do nothing', async () => {
  const {places, repository} = await releasable();
  const {text} = await initCi({project: places.clone, ci: 'gitlab'});
  const jobs = parse(text);
  const home = join(folder, 'home');
  await mkdir(home, {recursive: true});
  const {PATH, GNUPGHOME} = process.env;
  const base = {
    PATH,
    GNUPGHOME,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    MKVENVDEB: `${process.execPath} ${cli}`,
  };
  /** The last script of a job: those before it install, and say where a server is. */
  const run = (job: string, env: Record<string, string> = {}) =>
    execa('sh', ['-c', jobs[job].script.at(-1)], {
      cwd: places.clone,
      env: {...base, CI: 'true', ...env},
      extendEnv: false,
      all: true,
    });
  const plan = async () => {
    await run('plan');
    return (await readFile(join(places.clone, 'plan.env'), 'utf8')).trim().replace('VERSION=', '');
  };
  const VERSION = await plan();
  assert.match(VERSION, /^\d+\.\d+\.\d+$/);
  for (const {CELL} of jobs.build.parallel.matrix) await run('build', {VERSION, CELL: CELL[0]});
  // One that fails before it has a journal is run again like any other, though its folder is kept.
  await rename(places.bare, `${places.bare}-away`);
  assert.match((await run('publish', {VERSION}).catch((error) => error)).all, /Git remote cannot be asked/);
  await rename(`${places.bare}-away`, places.bare);
  await run('publish', {VERSION});
  const found = (await listApt({repository})).map(({version}) => version).sort();
  assert.equal(found, [`${VERSION}-1~bookworm1`, `${VERSION}-1~trixie1`]);
  const refs = await places.refs();
  assert.is(refs.get(`refs/tags/v${VERSION}^{}`), await places.git('rev-parse', 'HEAD'));
  assert.is([...refs.keys()].filter((ref) => ref.startsWith('refs/mkvenvdeb/')).join(), '');
  assert.is(await plan(), '');
  for (const job of ['build', 'publish']) await run(job, {VERSION: '', CELL: 'b12'});
  assert.equal((await listApt({repository})).length, 2);
});

ci.run();
