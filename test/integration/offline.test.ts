import {mkdir, readFile, rm, stat, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {buildDeb, planDeb} from '../../lib/index.js';
import {findIsolation} from '../../lib/python/offline.js';
import {type Attempts, tries, withServer} from '../helpers/attempts.js';
import {runCli} from '../helpers/cli.js';
import {makeProject} from '../helpers/projects.js';
import {rejects, skip} from '../helpers/suite.js';
import {ownTemporaryFolder} from '../helpers/traces.js';

/** Offline means that not even code which heeds no settings reaches a network; proven by code that tries. */
const offline = suite('integration/offline');
const own = await ownTemporaryFolder();
const python = '/usr/bin/python3';

const REACHED = {tcp: 'reached', udp: 'reached', question: 'answered'};
const GONE = 'Network is unreachable';

/** Build with a back end and a hook that try; gives what each of them reached, and the result. */
const attempt = (name: string, options: {readonly offline: boolean}) =>
  withServer(async (port) => {
    const results = ['backend', 'hook'].map((who) => join(own, `${name}.${who}`));
    const [backend = '', hook = ''] = results;
    const source = await makeProject(join(own, name));
    const file = join(source, 'backend', 'backend.py');
    const text = await readFile(file, 'utf8');
    await makeProject(source, {tree: {'backend/backend.py': tries(backend, port) + text}});
    const hooks = {afterInstall: [['bin/python', '-c', tries(hook, port)]]};
    const out = join(own, `${name}.out`);
    const result = await buildDeb({source, python, noIndex: true, out, hooks, cwd: own, ...options});
    const read = async (one: string) => JSON.parse(await readFile(one, 'utf8')) as Attempts;
    return {...result, found: await Promise.all(results.map(read))};
  });

offline('without it, a back end and a hook reach a server', async () => {
  const {found, isolation} = await attempt('open', {offline: false});
  for (const {tcp, udp, question} of found) assert.equal({tcp, udp, question}, REACHED);
  assert.is(found.length, 2);
  assert.is(isolation, undefined);
});

offline('with it they do not, and the files are those of the same user', async () => {
  const {by} = await findIsolation(process.env.PATH ?? '', {});
  if (by !== 'namespace') return skip('a namespace without network', 'this machine makes none');
  const {found, isolation, warnings, packages} = await attempt('closed', {offline: true});
  for (const {tcp, udp, question, resolvers, name, seconds} of found) {
    assert.equal({tcp, udp, question}, {tcp: GONE, udp: GONE, question: GONE});
    assert.equal(new Set(resolvers), new Set([GONE]));
    // Nobody waits for a name server that cannot be there.
    assert.is(name, 'not resolved');
    assert.ok(seconds < 1, `${seconds} s`);
  }
  assert.is(found.length, 2);
  assert.is(isolation, 'namespace');
  assert.not.ok(warnings.some(({code}) => code === 'no-network-namespace'));
  assert.is((await stat(packages[0]?.file ?? '')).uid, process.getuid?.());
});

offline('where there is no namespace, a warning says so', async () => {
  const bin = join(own, 'bin');
  await mkdir(bin);
  for (const name of ['sh', 'git']) await symlink(`/usr/bin/${name}`, join(bin, name));
  const source = await makeProject(join(own, 'bare'));
  const args = ['build', source, '--offline', '--python', python, '--json', '--out', join(own, 'bare.out')];
  const {stdout, stderr, exitCode} = await runCli(args, {env: {PATH: bin}});
  assert.is(exitCode, 0, stderr);
  assert.is(JSON.parse(stdout).isolation, 'settings');
  assert.match(stderr, /"code":"no-network-namespace"/);
});

offline('what can only be fetched is refused at once, all of it', async () => {
  const source = await makeProject(join(own, 'remote'), {
    tree: {
      'requirements.txt':
        'fxa\n-r more.txt\n./local.whl\nfxf @ file:///x/fxf-1.0-py3-none-any.whl\n--index-url https://jo:hunter2@index.example/s\n',
      'more.txt': 'fxb @ https://files.example/fxb.whl\ngit+git@code.example:fxc\ngit+file:///srv/fxd\n',
    },
  });
  const options = {source, python, offline: true, cwd: own, findLinks: ['https://links.example/']};
  const error = await rejects(planDeb(options), 'E_OPTION', /^Offline, nothing can be fetched: 4 places/);
  assert.equal(error.issues, [
    'https://links.example/',
    `${source}/more.txt:1: fxb @ https://files.example/fxb.whl`,
    `${source}/more.txt:2: git+git@code.example:fxc`,
    `${source}/requirements.txt:5: --index-url https://****@index.example/s`,
  ]);
  const index = {source, python, offline: true, indexUrl: 'https://index.example/', cwd: own};
  await rejects(planDeb(index), 'E_OPTION', /"offline" excludes an index URL/);
});

offline.after(() => rm(own, {recursive: true, force: true}));
offline.run();
