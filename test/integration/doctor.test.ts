import {existsSync} from 'node:fs';
import {chmod, mkdir, rm, symlink} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openCaller} from '../../lib/context.js';
import {examinePython} from '../../lib/doctor/python.js';
import {examineMachine, type MachineReport} from '../../lib/index.js';
import {runCli} from '../helpers/cli.js';
import {makeProject} from '../helpers/projects.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {writeTree} from '../helpers/wheels.js';

/** What doctor says, against this machine and against ones that lack something. */
const doctor = suite('integration/doctor');
const own = await ownTemporaryFolder();
const python = '/usr/bin/python3';
const empty = join(own, 'empty');
const bare = join(own, 'bare');
const {PATH = ''} = process.env;

doctor.before(async () => {
  await mkdir(empty);
  await mkdir(bare);
  await symlink('/usr/bin/python3', join(bare, 'python3'));
  // Each interpreter on the search path is asked, and a developer's machine has dozens.
  process.env.PATH = bare;
});

const find = ({findings}: MachineReport, subject: string) => findings.find((one) => one.subject === subject);
const states = ({findings}: MachineReport, state: string) =>
  findings.filter((one) => one.state === state).map(({subject}) => subject);

doctor('this machine can build, and what is told of it is true', async () => {
  const shims = join(own, 'shims');
  // As those of version managers, where that version is not installed.
  await writeTree(shims, {'python3.99': '#!/bin/sh\necho not installed >&2\nexit 127\n'});
  await chmod(join(shims, 'python3.99'), 0o755);
  process.env.PATH = `${shims}:/usr/bin:/bin`;
  const report = await examineMachine({python, noIndex: true, cwd: empty});
  process.env.PATH = bare;
  assert.not.match(JSON.stringify(report), /python3\.99/);
  if (existsSync('/usr/bin/pypy3')) {
    const others = report.findings.filter(({subject}) => subject === 'other interpreter');
    assert.match(
      others.map(({found}) => found).join(),
      /^\/usr\/bin\/pypy3\.\d+: PyPy 7\.\S+ Python 3\.\S+ package/,
    );
  }
  assert.equal(states(report, 'error'), []);
  assert.ok(report.canBuild);
  const {stdout} = await execa('dpkg', ['-S', '/usr/bin/python3.11'], {env: {PATH}});
  const owner = stdout.split(':')[0] ?? '';
  assert.match(
    find(report, 'interpreter')?.found ?? '',
    new RegExp(`^/usr/bin/python3\\.11: CPython 3\\.11\\.\\d+, package ${owner} `),
  );
  assert.match(find(report, 'compiler')?.found ?? '', /\d+\.\d+/);
  assert.match(find(report, 'pip')?.found ?? '', /^\d+\.\d+/);
  assert.is(find(report, 'index')?.found, 'not asked');
});

doctor('what is missing is named, with the command that installs it', async () => {
  const args = ['doctor', '--json', '--no-index', '--python', 'python3'];
  const {stdout, exitCode, stderr} = await runCli(args, {cwd: empty, env: {PATH: bare}});
  assert.is(exitCode, 0, stderr);
  const report = JSON.parse(stdout) as MachineReport;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  for (const [subject, packages] of [
    ['compiler', 'build-essential'],
    ['git', 'git'],
    ['network namespace', 'util-linux'],
  ] as const) {
    assert.is(find(report, subject)?.state, 'warning', subject);
    assert.is(find(report, subject)?.cure, `${sudo}apt-get install ${packages}`);
  }
  assert.match(report.install ?? '', /apt-get install build-essential git util-linux/);
});

doctor('without the interpreter nothing can be built', async () => {
  const {stdout, exitCode} = await runCli(['doctor', '--no-index'], {cwd: empty, env: {PATH: bare}});
  assert.is(exitCode, 1);
  assert.match(stdout, /^error +interpreter +Interpreter not found: pypy3$/m);
  assert.match(
    stdout,
    /^ {4}cure: .*apt-get install pypy3 pypy3-dev python3-pip-whl python3-setuptools-whl python3-wheel-whl$/m,
  );
  assert.match(stdout, /^ok +other interpreter +\/usr\/bin\/python3\.11: CPython/m);
  assert.match(stdout, /^This machine cannot build\.$/m);
});

doctor('an interpreter that no package owns is told with the options that it needs', async () => {
  const caller = openCaller({cwd: empty});
  const database = {
    ownerOf: () => undefined,
    installed: () => undefined,
    controlFile: () => undefined,
    isEmpty: false,
  };
  const options = {
    config: {python, interpreterDepends: [], targetPython: undefined, noIndex: true},
    caller,
    database,
  };
  const [own] = (await examinePython(options)).findings;
  assert.is(own?.state, 'error');
  assert.match(own?.hint ?? '', /interpreter_depends and target_python/);
  const told = {...options, config: {...options.config, interpreterDepends: ['python3']}};
  assert.is((await examinePython(told)).findings[0]?.state, 'ok');
});

for (const [title, status, state] of [
  ['refuses the password', 401, 'error'],
  ['has no pip, but answers', 404, 'ok'],
] as const) {
  doctor(`an index that ${title}`, async () => {
    const server = createServer((_request, response) =>
      response.writeHead(status, {'WWW-Authenticate': 'Basic realm="x"'}).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const indexUrl = `http://jo:c4nary-of-doctor@127.0.0.1:${port}/simple`;
    const report = await examineMachine({python, indexUrl, cwd: empty});
    server.close();
    assert.is(find(report, 'index')?.state, state, find(report, 'index')?.found);
    assert.not.match(JSON.stringify(report), /c4nary/);
  });
}

doctor('an index that is not there', async () => {
  const report = await examineMachine({python, indexUrl: 'http://127.0.0.1:9/simple', cwd: empty});
  assert.is(find(report, 'index')?.state, 'error');
  assert.is(report.canBuild, false);
});

doctor(
  'a wrong configuration and a folder that is a file are findings, a wrong flag is wrong input',
  async () => {
    const project = await makeProject(join(own, 'wrong'));
    await writeTree(project, {'mkvenvdeb.yaml': 'no_such_key: 1\n'});
    await writeTree(empty, {file: ''});
    const out = join(empty, 'file', 'out');
    const report = await examineMachine({python, noIndex: true, source: project, out, cwd: own});
    assert.match(find(report, 'project')?.found ?? '', /no_such_key/);
    assert.equal(states(report, 'error'), ['project', 'out']);
    assert.match(find(report, 'out')?.found ?? '', /file\/out cannot be written to$/);
    assert.is(report.canBuild, false);
    assert.is((await runCli(['doctor', '--no-such-flag'])).exitCode, 2);
  },
);

doctor.after(async () => {
  process.env.PATH = PATH;
  await rm(own, {recursive: true, force: true});
});
doctor.run();
