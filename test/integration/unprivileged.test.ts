import {chmod, mkdir, mkdtemp, readFile, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type ReproReport, VARIATIONS} from '../../lib/index.js';
import {type Attempts, tries, withServer} from '../helpers/attempts.js';
import {runAsNobody, unable} from '../helpers/places.js';
import {skip} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

/** What a user without rights gets of the kernel: namespaces of its own where there are such, a reason where not. */
const unprivileged = suite('integration/unprivileged');
const NOBODY = 65534;
const GONE = 'Network is unreachable';
let own: string;

/** Runs a command as somebody to whom the kernel gives no user namespace, as an administrator may set it. */
const DENIED = [
  ...['unshare', '--user', '--map-user=1000', '--map-group=1000', '--keep-caps'],
  ...[
    'sh',
    '-c',
    'echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all "$@"',
    'sh',
  ],
];

/** Why there is nothing to prove here: nobody gets a namespace; undefined where they do. */
async function noNamespaces(): Promise<string | undefined> {
  const why = await unable('--mount');
  if (why !== undefined) return why;
  const user = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const {exitCode, stderr} = await execa(user[0] as string, [...user.slice(1), 'unshare', '--user', 'true'], {
    reject: false,
  });
  return exitCode === 0 ? undefined : `this kernel gives users no namespace: ${stderr}`;
}

unprivileged.before(async () => {
  own = await mkdtemp('/var/tmp/mkvenvdeb-unprivileged-');
  await chmod(own, 0o755);
  for (const name of ['home', 'tmp']) {
    await mkdir(join(own, name));
    await chmod(join(own, name), 0o777);
  }
});

/** A project that takes over the name of the host, and whose hook does something more. */
const project = (name: string, more = ''): Promise<string> =>
  writeTree(join(own, name), {
    'mkvenvdeb.yaml': `package: tiny
version: "1.0"
maintainer: Jo Doe <jo@example.org>
source_date_epoch: 1700000000
no_index: true
skip_install: true
python: /usr/bin/python3
hooks:
  after_install:
    - [sh, -c, 'bin/python "$MKVENVDEB_SOURCE/hook.py"']
`,
    'hook.py': `import socket\nopen("host.txt", "w").write("built on %s\\n" % socket.gethostname())\n${more}`,
  });

const run = (args: readonly string[], under: readonly string[] = []) => {
  const env = {HOME: join(own, 'home'), TMPDIR: join(own, 'tmp')};
  return runAsNobody(args, {cwd: join(own, 'tmp'), below: own, env, under});
};

async function verify(under?: readonly string[]): Promise<ReproReport> {
  const left = VARIATIONS.filter((name) => name !== 'hostname').flatMap((name) => ['--no-vary', name]);
  const {stdout, stderr} = await run(['verify', await project('verified'), '--json', ...left], under);
  assert.match(stdout, /^\{/, stderr);
  return JSON.parse(stdout) as ReproReport;
}

const hostnameOf = ({variations}: ReproReport) => variations.find(({name}) => name === 'hostname');

unprivileged('the second build has another host name, and what takes it over is found', async () => {
  const why = await noNamespaces();
  if (why !== undefined) return skip('another host name without rights', why);
  const report = await verify();
  assert.equal(hostnameOf(report), {name: 'hostname', value: 'another-host'});
  const found = report.packages[0]?.differences.find(({path}) => path === 'opt/tiny/host.txt');
  assert.match(found?.detail ?? '', /"built on .+" and "built on another-host"/);
});

unprivileged('where the kernel gives no namespace, the report says why it has the same', async () => {
  const why = await noNamespaces();
  if (why !== undefined) return skip('no host name of its own', why);
  const report = await verify(DENIED);
  const {value, why: reason = ''} = hostnameOf(report) ?? {};
  assert.is(value, undefined);
  assert.match(reason, /^this user may not make a user namespace \(unshare: .+\)$/);
  assert.ok(report.equal);
});

for (const [title, under, isolation] of [
  ['has no network', [], 'namespace'],
  ['has one where the kernel gives no namespace, with a warning', DENIED, 'settings'],
] as const) {
  unprivileged(`an offline build ${title}`, async () => {
    const why = await noNamespaces();
    if (why !== undefined) return skip('offline without rights', why);
    await withServer(async (port) => {
      const [result, out] = [join(own, 'tmp', isolation), join(own, 'tmp', `${isolation}.out`)];
      const source = await project(isolation, tries(result, port));
      const {stdout, stderr, exitCode} = await run(
        ['build', source, '--offline', '--json', '--out', out],
        under,
      );
      assert.is(exitCode, 0, stderr);
      const {tcp, udp, question, name} = JSON.parse(await readFile(result, 'utf8')) as Attempts;
      const is = isolation === 'namespace' ? [GONE, GONE, GONE] : ['reached', 'reached', 'answered'];
      assert.equal([tcp, udp, question], is);
      if (isolation === 'namespace') assert.is(name, 'not resolved');
      const built = JSON.parse(stdout);
      assert.is(built.isolation, isolation);
      assert.is(stderr.includes('"code":"no-network-namespace"'), isolation === 'settings');
      assert.is((await stat(built.packages[0].file)).uid, NOBODY);
    });
  });
}

unprivileged.after(() => rm(own, {recursive: true, force: true, maxRetries: 3}));
unprivileged.run();
