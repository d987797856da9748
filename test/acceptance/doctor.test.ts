import {chmod, cp, mkdir, readdir, realpath, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Chroot, NoChroot, openChroot, SERVER} from '../helpers/chroot.js';
import {installCli} from '../helpers/installed-cli.js';
import {makeProject} from '../helpers/projects.js';
import {skip} from '../helpers/suite.js';

/** A small Debian with Node and nothing else: what doctor says is done to the letter, and then it can build. */
const doctor = suite('acceptance/doctor');
/** Answers what apt-get asks, and leaves out what only people read. */
const SETTINGS = {
  '/etc/apt/apt.conf.d/90test': 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n',
  '/etc/dpkg/dpkg.cfg.d/90test': [
    'force-unsafe-io',
    ...['doc', 'man', 'locale', 'info'].map((name) => `path-exclude=/usr/share/${name}/*`),
    '',
  ].join('\n'),
};
const NO_NETWORK = /Could not (?:resolve|connect)|Temporary failure resolving|Unable to connect/;
const PROXIES = ['http_proxy', 'https_proxy', 'no_proxy'];

/** Put Node and the libraries that Debian's own needs beside it, and the command as npm would. */
async function bringNode(chroot: Chroot): Promise<void> {
  const node = await realpath(process.execPath);
  const {stdout} = await execa('ldd', [node]);
  const libraries = stdout.match(/\/\S+(?= \()/g) ?? [];
  // Asked inside: links of the chroot lead elsewhere from here.
  const missing = await chroot.ok([
    'sh',
    '-c',
    'for file; do [ -e "$file" ] || echo "$file"; done',
    'sh',
    ...libraries,
  ]);
  for (const file of missing.split('\n').filter(Boolean)) {
    await mkdir(dirname(chroot.path(file)), {recursive: true});
    await cp(file, chroot.path(file), {dereference: true});
  }
  await cp(node, chroot.path('/usr/local/bin/node'));
  await installCli(chroot.path('/opt/mkvenvdeb'));
}

/** Run the command in there; standard output, and what it exited with. */
async function mkvenvdeb(chroot: Chroot, ...args: readonly string[]) {
  const {exitCode, stdout, stderr} = await chroot.run([
    ...['node', '/opt/mkvenvdeb/dist/cli/mkvenvdeb.js'],
    ...args,
  ]);
  return {exitCode, stdout, said: `${stdout}\n${stderr}`};
}

async function follow(chroot: Chroot, line: string): Promise<string | undefined> {
  const env = Object.fromEntries(PROXIES.map((name) => [name, process.env[name] ?? '']));
  const {exitCode, stdout, stderr} = await chroot.run(['sh', '-c', line], {env});
  if (exitCode === 0) return undefined;
  const said = `${line}: exit code ${exitCode}\n${stdout}\n${stderr}`;
  assert.match(said, NO_NETWORK);
  return 'the archive of this distribution cannot be reached';
}

let chroot: Chroot | undefined;
let without: string | undefined;
doctor.before(async () => {
  try {
    chroot = await openChroot(SERVER);
  } catch (error) {
    if (!(error instanceof NoChroot)) throw error;
    without = error.message;
    return;
  }
  for (const [path, text] of Object.entries(SETTINGS)) await writeFile(chroot.path(path), text);
  await bringNode(chroot);
  await makeProject(chroot.path('/srv/project'));
  // Node looks for a file of the user where it starts, and dpkg's folders are those of root.
  await chmod(chroot.path('/srv'), 0o755);
});

// What the first of them installs the second finds there: Node, compiler and git are missing once.
for (const [name, args, missing] of [
  ['PyPy', [], /^apt-get update && apt-get install pypy3 pypy3-dev \S.* build-essential git faketime$/],
  ['CPython', ['--python', 'python3'], /^apt-get install python3 python3-dev \S.*$/],
] as const) {
  doctor(`what it says to install for ${name} is all that a build needs`, async () => {
    if (chroot === undefined) return skip(`a machine without ${name}`, without ?? '');
    const bare = await mkvenvdeb(chroot, 'doctor', '--no-index', ...args);
    assert.is(bare.exitCode, 1, bare.said);
    const [, line = ''] = /^Everything that is missing: (.*)$/m.exec(bare.stdout) ?? [];
    assert.match(line, missing);
    const why = await follow(chroot, line);
    if (why !== undefined) return skip(`a machine without ${name}`, why);
    const ready = await mkvenvdeb(chroot, 'doctor', '--no-index', ...args);
    assert.is(ready.exitCode, 0, ready.said);
    assert.match(ready.stdout, /^This machine can build\.$/m);
    assert.not.match(ready.stdout, /^(?:warning|error)|missing/m);

    const out = `/srv/${name}`;
    const build = ['build', '/srv/project', '--no-index', '--out', out, ...args];
    const built = await mkvenvdeb(chroot, ...build);
    assert.is(built.exitCode, 0, built.said);
    const [file = ''] = await readdir(chroot.path(out));
    await chroot.ok(['dpkg', '-i', `${out}/${file}`]);
    await chroot.ok(['/opt/tiny/bin/tiny']);
  });
}

doctor.after(() => chroot?.close());
doctor.run();
