import {chmod, mkdir, mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import type {Server} from 'node:http';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canary, findIn, startHosts, type Way, watchArguments} from '../helpers/canaries.js';
import {type CliResult, runCli} from '../helpers/cli.js';
import {unpack} from '../helpers/deb.js';
import {makeProject} from '../helpers/projects.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {makeSdist, makeWheel, writeTree} from '../helpers/wheels.js';

/** Credentials, given in every way there is, must be seen nowhere: not on a screen, in a file, or by another process. */
const secrets = suite('integration/secrets');
const own = await ownTemporaryFolder();

/** Ways to give a password; each has a host of its own, and a distribution that is only there. */
const NAMES = ['index', 'extra', 'links', 'netrc', 'url', 'option', 'git', 'requires', 'args'] as const;
const ways: readonly Way[] = [...NAMES, 'proxy'].map((name, index) => ({
  name,
  host: name === 'proxy' ? 'index.example' : `127.0.0.${index + 2}`,
  folder: join(own, 'hosts', name),
}));
const ALL = [...NAMES, 'proxy', 'token'].map(canary);
let server: Server;
let port: number;

const encoded = (way: string) => encodeURIComponent(canary(way));
const hostOf = (name: string) => ways.find((one) => one.name === name)?.host;
const url = (way: string, path = 'simple', password = encoded(way)) =>
  `http://jo:${password}@${hostOf(way)}:${port}/${path}`;

/** A repository that is served as plain files. */
async function makeRepository(folder: string): Promise<void> {
  const project = await makeProject(join(own, 'git-project'), {name: 'fxgit', commands: {}});
  const git = (...args: string[]) =>
    execa('git', ['-c', 'user.name=jo', '-c', 'user.email=jo@example.org', ...args], {cwd: project});
  await git('init', '--quiet');
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'x');
  await git('clone', '--quiet', '--bare', '.', join(folder, 'git', 'fxgit.git'));
  await execa('git', ['update-server-info'], {cwd: join(folder, 'git', 'fxgit.git')});
}

secrets.before(async () => {
  for (const {name, folder} of ways) {
    if (name === 'git') await makeRepository(folder);
    // pip runs its back end for its metadata, with what pip itself is given.
    else if (name === 'extra') await makeSdist(folder, {name: `fx${name}`});
    else await makeWheel(folder, {name: `fx${name}`});
  }
  ({server, port} = await startHosts(ways));
});

secrets.after(async () => {
  server.close();
  await rm(own, {recursive: true, force: true});
});

interface Case {
  readonly name: string;
  /** Further lines of requirements.txt. */
  readonly lines?: readonly string[];
  readonly tree?: Readonly<Record<string, string>>;
  /** What of the configuration is otherwise. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  /** All lines of requirements.txt. @default one for each way */
  readonly only?: readonly string[];
  /** Further variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A project that gets a distribution by each way, and what a run of the command line on it says and leaves. */
async function run({name, lines = [], tree = {}, config = {}, args, only, env: given = {}}: Case) {
  const folder = join(own, 'cases', name);
  const requirements = [
    `--extra-index-url ${url('option')}`,
    `fxurl @ ${url('url', 'files/fxurl-1.0-py3-none-any.whl')}`,
    `fxgit @ git+${url('git', 'git/fxgit.git')}`,
    ...['fxindex', 'fxextra', 'fxlinks', 'fxnetrc', 'fxoption', 'fxargs', ...lines],
  ];
  const options = {
    python: '/usr/bin/python3',
    index_url: url('index', 'simple', '$' + '{CANARY_INDEX}'),
    extra_index_urls: [url('extra'), `http://${hostOf('netrc')}:${port}/simple`],
    find_links: [url('links', 'links/'), '/usr/share/python-wheels'],
    build_requires: [`fxrequires @ ${url('requires', 'files/fxrequires-1.0-py3-none-any.whl')}`],
    pip_args: ['--extra-index-url', url('args')],
    requirements: ['requirements.txt'],
    netrc: 'netrc',
    pass_environment: ['FX_TOKEN'],
    write_lock: 'out/lock.txt',
    ...{out: 'out', work_dir: 'work', changes: true, buildinfo: true, sbom: 'both'},
    ...config,
  };
  await writeTree(folder, {
    // A project has no password in it: here they stand beside.
    'requirements.txt': (only ?? requirements).map((line) => `${line}\n`).join(''),
    'mkvenvdeb.yaml': JSON.stringify(options),
    netrc: `machine ${hostOf('netrc')} login jo password ${canary('netrc')}\n`,
  });
  const project = await makeProject(join(folder, 'project'), {tree});
  for (const place of LEFT) await mkdir(join(folder, place), {recursive: true});
  const env = {
    CANARY_INDEX: encoded('index'),
    FX_TOKEN: canary('token'),
    SSH_AUTH_SOCK: '/nonexistent/agent',
    XDG_CACHE_HOME: join(own, 'cache'),
    TMPDIR: join(folder, 'tmp'),
    // A developer's machine has programs that pip asks for their versions, and stand-ins that are slow to answer.
    PATH: '/usr/bin:/bin',
    ...given,
  };
  const stop = watchArguments(ALL.flatMap((text) => [text, encodeURIComponent(text)]));
  const outcome = await runCli([...args, '--config', join(folder, 'mkvenvdeb.yaml'), project], {
    cwd: folder,
    env,
  });
  return {...outcome, folder, project, seen: stop()};
}

const LEFT = ['out', 'work', 'tmp'];

/** Nothing of it holds a canary: what was said, what is left, what other processes could see. */
async function assertUnseen(outcome: CliResult & {folder: string; seen: readonly string[]}): Promise<void> {
  const said = join(outcome.folder, 'said');
  await writeTree(said, {stdout: outcome.stdout, stderr: outcome.stderr});
  const places = [...LEFT.map((name) => join(outcome.folder, name)), join(own, 'cache'), said];
  const {hits} = await findIn(ALL, places);
  assert.equal(hits, []);
  assert.equal(outcome.seen, [], 'seen among the arguments of a process');
}

/** Prints and writes down whatever a back end can see of what pip was told. */
const SPY = `import os, sys
def look(place):
    lines = ["%s=%s" % pair for pair in os.environ.items()]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            lines.append(open("/proc/%s/cmdline" % pid).read().replace("\\0", " "))
        except OSError:
            pass
    for top, folders, files in os.walk(os.environ["HOME"]):
        lines += ["in HOME: " + name for name in files]
    print("\\n".join(lines), flush=True)
    with open(place, "w") as stream:
        stream.write("\\n".join(line for line in lines if not line.startswith("FX_TOKEN=")))
`;

/** The back end of a project that looks around first, and then works or fails. */
async function spying(dump: string, then = ''): Promise<Readonly<Record<string, string>>> {
  const backend = await readFile(join(own, 'git-project', 'backend', 'backend.py'), 'utf8');
  const looking = `import spy, sys\nspy.look("${dump}/backend")\n${then}\n${backend}`;
  return {'spy.py': SPY, 'backend/spy.py': SPY, 'backend/backend.py': looking};
}

secrets('a build that gets something by each way shows and leaves no password', async () => {
  const dump = join(own, 'dump');
  await mkdir(dump);
  const look = `import os, sys; sys.path.insert(0, os.environ["MKVENVDEB_SOURCE"]); import spy; spy.look("${dump}/hook")`;
  const outcome = await run({
    name: 'good',
    tree: await spying(dump),
    config: {hooks: {after_install: [['bin/python', '-c', look]]}},
    args: ['build', '--verbose', '--keep-work'],
  });
  assert.is(outcome.exitCode, 0, outcome.stderr);
  assert.equal((await readdir(dump)).sort(), ['backend', 'hook']);
  assert.equal((await findIn(ALL, [dump])).hits, [], 'seen by a back end or a hook');
  // pip asks rustc for its version, and rustup writes its settings then.
  for (const file of ['backend', 'hook'])
    assert.is(
      /^(?:in HOME: (?!settings\.toml)|SSH_AUTH_SOCK|NETRC|PIP_INDEX).*/m.exec(
        await readFile(join(dump, file), 'utf8'),
      )?.[0],
      undefined,
    );
  assert.match(outcome.stderr, /work folder kept/);
  const files = await readdir(join(outcome.folder, 'out'));
  assert.is(files.length, 5, files.join());
  const lock = await readFile(join(outcome.folder, 'out', 'lock.txt'), 'utf8');
  for (const name of NAMES.filter((one) => one !== 'requires'))
    assert.match(lock, new RegExp(`^fx${name}==`, 'm'));
  const deb = join(outcome.folder, 'out', files.find((file) => file.endsWith('.deb')) ?? '');
  await unpack(deb, join(outcome.folder, 'out'));
  await assertUnseen(outcome);
  for (const command of ['inspect', 'check'] as const) {
    for (const flags of [[], ['--json']]) {
      const shown = await runCli([command, deb, ...flags]);
      await assertUnseen({...outcome, ...shown});
    }
  }
});

secrets('the scanner finds a canary in every form, packed and unpacked', async () => {
  const folder = join(own, 'planted');
  const basic = Buffer.from(`jo:${canary('index')}`).toString('base64');
  await writeTree(folder, {plain: canary('index'), encoded: encoded('index'), basic: `Basic ${basic}`});
  await makeWheel(folder, {name: 'fxplanted', files: {'token.py': canary('index')}});
  await execa('tar', ['-czf', 'packed.tar.gz', 'plain'], {cwd: folder});
  const {hits} = await findIn([canary('index')], [folder]);
  for (const name of ['plain', 'encoded', 'basic', 'fxplanted.*token.py', 'packed.*gz'])
    assert.ok(
      hits.some((hit) => new RegExp(name).test(hit)),
      `not found in ${name}`,
    );
  const stop = watchArguments([canary('index')]);
  await execa('sleep', ['0.2', '0'], {argv0: canary('index')});
  assert.ok(stop().length > 0, 'not seen among arguments');
});

for (const [name, change] of [
  ['a wrong hash', {lines: ['fxindex==1.0 --hash=sha256:00'], args: ['build', '--verbose']}],
  ['a password that is refused', {config: {index_url: 'REFUSED'}, args: ['build', '--json']}],
  ['an option that is wrong', {config: {index_url: 'WRONG'}, args: ['build']}],
  ['plan', {args: ['plan']}],
  ['plan for programs', {args: ['plan', '--json']}],
] as const) {
  secrets(`${name} shows and leaves no password`, async () => {
    const given = 'config' in change ? change.config.index_url : '';
    const refused = url('index', 'simple', encoded('option'));
    const config =
      given === '' ? {} : {index_url: given === 'REFUSED' ? refused : refused.replace('http', 'gopher')};
    const outcome = await run({name: name.replaceAll(' ', '-'), ...change, config});
    assert.is(outcome.exitCode === 0, name.startsWith('plan'), outcome.stderr);
    await assertUnseen(outcome);
  });
}

secrets('a back end that prints all it sees and fails shows no password', async () => {
  const outcome = await run({
    name: 'failing',
    tree: await spying(await mkdtemp(join(own, 'failing-')), 'sys.exit(3)'),
    args: ['build', '--json', '--keep-work'],
  });
  assert.is(outcome.exitCode, 1, outcome.stderr);
  assert.match(
    outcome.stderr,
    /"line":"FX_TOKEN=\*\*\*\*".*"type":"error".*build of project \(exit code 3\)/s,
  );
  await assertUnseen(outcome);
});

/** One index, and nothing else that has a password. */
const one = (indexUrl: string, extra: readonly string[] = []) => ({
  index_url: indexUrl,
  extra_index_urls: extra,
  find_links: ['/usr/share/python-wheels'],
  build_requires: [],
  pip_args: [],
  compression: 'none',
});

/** Knows the password of one index by its URL and that of another by its host; writes down what it is asked. */
async function makeKeyring(folder: string): Promise<void> {
  await writeTree(folder, {
    keyring: `#!/bin/sh
echo "$*" >>"\${0%/*}/asked"
case "$*" in
"get http://${hostOf('index')}:${port}/simple jo") echo '${canary('index')}' ;;
"get ${hostOf('links')}:${port} jo") echo '${canary('links')}' ;;
*) exit 1 ;;
esac
`,
  });
  await chmod(join(folder, 'keyring'), 0o755);
}

const alone = (way: string, user = 'jo') => `http://${user}@${hostOf(way)}:${port}/simple`;

for (const command of ['verify', 'doctor'] as const) {
  secrets(`${command} with the passwords of a keyring shows and leaves none`, async () => {
    const bin = join(own, 'keyrings', command);
    await makeKeyring(bin);
    const outcome = await run({
      name: `keyring-${command}`,
      only: ['fxindex', 'fxlinks'],
      config: {...one(alone('index'), [alone('links')]), keyring: true},
      args: [command, '--verbose'],
      env: {PATH: `${bin}:/usr/bin:/bin`},
    });
    assert.is(outcome.exitCode, 0, outcome.stdout + outcome.stderr);
    assert.equal((await readFile(join(bin, 'asked'), 'utf8')).trimEnd().split('\n'), [
      `get http://${hostOf('index')}:${port}/simple jo`,
      `get http://${hostOf('links')}:${port}/simple jo`,
      `get ${hostOf('links')}:${port} jo`,
    ]);
    if (command === 'doctor')
      assert.match(outcome.stdout, /^ok +keyring +has the passwords\nok +pip .*\n.*\nok +index +answers/m);
    await assertUnseen(outcome);
  });
}

secrets('a keyring that is missing, or knows nothing, is told before anything is written', async () => {
  const bin = join(own, 'keyrings', 'none');
  await makeKeyring(bin);
  const empty = join(own, 'keyrings', 'empty');
  await mkdir(empty);
  for (const [name, PATH, said] of [
    ['missing', empty, /Program not found: keyring.*\n.*apt install python3-keyring/],
    [
      'ignorant',
      `${bin}:/usr/bin:/bin`,
      /The keyring has no password for http:\/\/127\.\S+\/simple\n.*keyring set/,
    ],
  ] as const) {
    const config = {...one(alone('index', 'ann')), keyring: true};
    const outcome = await run({name, only: ['fxindex'], config, args: ['build'], env: {PATH}});
    assert.is(outcome.exitCode, 2, outcome.stderr);
    assert.match(outcome.stderr, said);
    assert.equal(await readdir(join(outcome.folder, 'out')), []);
  }
});

secrets('a proxy that wants a password', async () => {
  const outcome = await run({
    name: 'proxy',
    only: ['fxproxy'],
    config: {...one('http://index.example/simple'), pip_args: ['--trusted-host', 'index.example']},
    args: ['build', '--verbose'],
    env: {http_proxy: `http://jo:${encoded('proxy')}@127.0.0.1:${port}`},
  });
  assert.is(outcome.exitCode, 0, outcome.stderr);
  assert.match(await readFile(join(outcome.folder, 'out', 'lock.txt'), 'utf8'), /^fxproxy==1\.0/m);
  await assertUnseen(outcome);
});

secrets.run();
