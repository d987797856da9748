import {mkdir, readFile, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeProject} from '../helpers/projects.js';
import {cli, root} from '../helpers/suite.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {writeTree} from '../helpers/wheels.js';

/** What a back end and a hook can see of who called, exactly: the table of docs/secrets.md. */
const clean = suite('integration/clean-environment');
const own = await ownTemporaryFolder();

interface Row {
  readonly names: readonly string[];
  readonly value: string;
}

/** The table, a row for each line that begins with names. */
async function readTable(): Promise<readonly Row[]> {
  const text = await readFile(join(root, 'docs', 'secrets.md'), 'utf8');
  return [...text.matchAll(/^\| (`[^|]+) \| ([^|]*) \|$/gm)].map(([, first = '', value = '']) => {
    const names = [...first.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const both = first.includes('in both cases') ? names.map((name) => name.toUpperCase()) : [];
    return {names: [...names, ...both], value};
  });
}

interface Seen {
  readonly env: Readonly<Record<string, string>>;
  readonly open: readonly string[];
  readonly input: string;
  readonly umask: number;
  readonly home: readonly string[];
  readonly cwd: string;
}

const LOOK = `import json, os
def look(place):
    # The folder that is listed is open as well, and no more when its link is read.
    numbers = [fd for fd in os.listdir("/proc/self/fd") if os.path.lexists("/proc/self/fd/" + fd)]
    mask = os.umask(0o022)
    os.umask(mask)
    home = sorted(os.listdir(os.environ["HOME"]))
    seen = dict(env=dict(os.environ), open=sorted(numbers), input=os.read(0, 9).decode(), umask=mask, home=home, cwd=os.getcwd())
    with open(place, "w") as stream:
        json.dump(seen, stream)
`;

/** Called in every way that could matter, with a secret in each. */
const JUNK = {
  AWS_SECRET_ACCESS_KEY: 'x',
  CI_JOB_TOKEN: 'x',
  SSH_AUTH_SOCK: '/nonexistent/agent',
  GIT_DIR: '/nonexistent',
  PIP_INDEX_URL: 'https://jo:x@index.example/simple',
  PYTHONPATH: '/nonexistent',
  PYTHONSTARTUP: '/nonexistent',
  DISTUTILS_DEBUG: '1',
  CFLAGS: '-O9',
  LC_ALL: 'C',
  TZ: 'Asia/Tokyo',
  PWD: '/nonexistent',
  SHLVL: '7',
};

let table: readonly Row[];
let caller: Readonly<Record<string, string>>;
let seen: Readonly<Record<'backend' | 'hook', Seen>>;

clean.before(async () => {
  table = await readTable();
  const ofCaller = table.filter(({value}) => value.startsWith("the caller's")).flatMap(({names}) => names);
  const urls = Object.fromEntries(ofCaller.map((name) => [name, `http://127.0.0.1:9/${name}`]));
  caller = {...urls, PATH: '/usr/bin:/bin'};
  const project = await makeProject(join(own, 'project'));
  const text = await readFile(join(project, 'backend', 'backend.py'), 'utf8');
  const dump = join(own, 'dump');
  await mkdir(dump);
  const hook = `${LOOK}\nlook("${dump}/hook")`;
  await writeTree(project, {
    'backend/backend.py': `${LOOK}\nlook("${dump}/backend")\n${text}`,
    'mkvenvdeb.yaml': JSON.stringify({
      ...{python: '/usr/bin/python3', no_index: true, out: '../out'},
      hooks: {after_install: [['bin/python', '-c', hook]]},
    }),
  });
  const env = {...JUNK, ...caller, HOME: own, XDG_CACHE_HOME: join(own, 'cache')};
  // Node sees to the first few by itself.
  const script = 'umask 077; exec 9<"$1" 77<"$1"; exec "$@"';
  const command = ['-c', script, 'bash', process.execPath, cli, 'build', project];
  const {exitCode, stderr} = await execa('/bin/bash', command, {
    env,
    extendEnv: false,
    input: 'typed',
    reject: false,
  });
  assert.is(exitCode, 0, stderr);
  const read = async (who: string) => JSON.parse(await readFile(join(dump, who), 'utf8')) as Seen;
  seen = {backend: await read('backend'), hook: await read('hook')};
});

/** Whether a row of the table is about a program of this kind, which finds setuptools installed or does not need it. */
const concerns = (who: string, {value}: Row): boolean =>
  !value.startsWith('back ends only') && (who === 'hook' || !value.startsWith('hooks only'));

for (const who of ['backend', 'hook'] as const) {
  clean(`a ${who} sees the variables of the table and no others`, () => {
    const wanted = table.filter((row) => concerns(who, row)).flatMap(({names}) => names);
    assert.ok(wanted.length > 30, 'the table was not found');
    // Node itself hands this one on while coverage is measured.
    const found = Object.keys(seen[who].env).filter((name) => name !== 'NODE_V8_COVERAGE');
    assert.equal(found.sort(), wanted.sort());
  });

  clean(`a ${who} sees the values of the table`, () => {
    const {env} = seen[who];
    for (const {names, value} of table) {
      const literals = [...value.matchAll(/`([^`]*)`/g)].map(([, one]) => one);
      if (value.replace(/`[^`]*`|, /g, '') === '')
        assert.equal(
          names.map((name) => env[name]),
          literals,
          names.join(),
        );
      if (!value.startsWith("the caller's")) continue;
      const own = (name: string) =>
        name === 'PATH' && who === 'hook' ? `${env.VIRTUAL_ENV}/bin:${caller.PATH}` : caller[name];
      assert.equal(
        names.map((name) => env[name]),
        names.map(own),
      );
    }
  });

  clean(`a ${who} has no file open, no input, an empty home and umask 022`, () => {
    const {open, input, umask, home, env, cwd} = seen[who];
    assert.equal({open, input, umask, home}, {open: ['0', '1', '2'], input: '', umask: 0o022, home: []});
    if (who === 'hook') assert.is(cwd, env.MKVENVDEB_STAGED_PREFIX);
    else assert.is(basename(dirname(cwd)), 'src');
  });
}

clean.after(() => rm(own, {recursive: true, force: true}));
clean.run();
