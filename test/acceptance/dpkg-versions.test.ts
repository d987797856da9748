import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readDeb} from '../../lib/archive/read.js';
import type {DebEntry} from '../../lib/archive/read-tar.js';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {someData} from '../archive/compress-helper.js';
import {arOf, controlTar, END, padded, ROOT, rawHeader, VERSION} from '../archive/deb-helper.js';
import {hard} from '../archive/hard-tree.js';
import {controlText, entry, MTIME, someMd5sums} from '../archive/helper.js';
import {type Chroot, NoChroot, openUnpacked} from '../helpers/chroot.js';
import {skip} from '../helpers/suite.js';

const versions = suite('acceptance/dpkg-versions');

/** What dpkg needs in its PATH, and what runs that. Buster (1.19) has left the mirrors. */
const PROGRAMS = ['base-files', 'coreutils', 'dash', 'diffutils', 'dpkg', 'libc-bin', 'tar'];
const RELEASES = ['bullseye', 'bookworm', 'trixie', 'sid'] as const;
const COMPRESSIONS = ['xz', 'gzip', 'zstd', 'none'] as const;
/** Whether Debian's dpkg of that release reads zstd: it does from 1.21.18 on. */
const reads = (release: string, compression: string) => compression !== 'zstd' || release !== 'bullseye';

const named = (bytes: number) => `opt/app/${'b'.repeat(bytes - './opt/app/'.length)}`;
const large = someData(5 << 20);
const tree: readonly Entry[] = [
  ...hard.filter(({type}) => type !== 'symlink'),
  // With the dot and the slash in front, at the edge of what a header holds, and of what its owner fields name.
  ...[98, 99, 100, 101, 102].map((bytes) => entry(named(bytes), {text: String(bytes)})),
  entry('opt/app/large', {data: large, size: large.length}),
  entry('opt/app/late', {text: 'its time needs base-256', mtime: 10_000_000_000}),
  entry('opt/app/of games', {text: 'x', owner: 'games', group: 'games', mode: 0o640}),
  entry('opt/app/owned', {type: 'directory', owner: 'games', group: 'root', mode: 0o2770}),
  ...hard.filter(({type}) => type === 'symlink'),
  ...[99, 100, 101].map((bytes) =>
    entry(`opt/app/link to ${bytes}`, {type: 'symlink', target: 't'.repeat(bytes)}),
  ),
];

const pack = (file: string, compression: (typeof COMPRESSIONS)[number]) =>
  writeDeb({
    file,
    entries: tree,
    control: (digests) => [
      {name: 'control', data: controlText(), mode: 0o644},
      {name: 'md5sums', data: someMd5sums(digests), mode: 0o644},
    ],
    compression,
    level: compression === 'none' ? undefined : 1,
    mtime: MTIME,
  });

/** A dpkg with an empty system of its own below /case: nothing that it unpacks can leave the chroot. */
class Dpkg {
  readonly #chroot: Chroot;
  constructor(chroot: Chroot) {
    this.#chroot = chroot;
    const users = 'root:x:0:0::/:\ngames:x:5:60::/:\n';
    const groups = 'root:x:0:\ngames:x:60:\n';
    for (const folder of ['/etc', '/case/etc']) {
      mkdirSync(chroot.path(folder), {recursive: true});
      writeFileSync(chroot.path(`${folder}/passwd`), users);
      writeFileSync(chroot.path(`${folder}/group`), groups);
    }
    for (const name of ['updates', 'info', 'triggers'])
      mkdirSync(chroot.path(`/case/var/lib/dpkg/${name}`), {recursive: true});
    for (const name of ['status', 'available']) writeFileSync(chroot.path(`/case/var/lib/dpkg/${name}`), '');
  }

  path(inside: string): string {
    return this.#chroot.path(inside);
  }

  run(...command: string[]) {
    return this.#chroot.run(command, {env: {LC_ALL: 'C.UTF-8'}});
  }

  dpkg(...args: string[]) {
    return this.run('dpkg', '--root=/case', '--force-script-chrootless', ...args);
  }
}

/** What the tree at a folder is, against what the package says: nothing missing, nothing else, nothing more. */
function assertTree(folder: string, entries: readonly DebEntry[]): void {
  const IDS: Readonly<Record<string, number>> = {root: 0, games: 5};
  const GROUPS: Readonly<Record<string, number>> = {root: 0, games: 60};
  for (const {path, type, mode, mtime, target, owner, group, size} of entries) {
    const at = join(folder, path);
    const found = lstatSync(at);
    // A folder changes its time by what is put into it, and a root that was there is not ours.
    if (path === '') continue;
    if (type !== 'directory') assert.is(found.mtimeMs, mtime * 1000, `time of ${path}`);
    assert.equal([found.uid, found.gid], [IDS[owner], GROUPS[group]], `owner of ${path}`);
    if (type === 'symlink') assert.is(readlinkSync(at), target);
    else assert.is((found.mode & 0o7777).toString(8), mode.toString(8), `mode of ${path}`);
    if (type === 'file') assert.is(found.size, size, `size of ${path}`);
    if (type === 'hardlink') assert.is(found.ino, lstatSync(join(folder, target ?? '')).ino);
  }
  const there = readdirSync(folder, {recursive: true, encoding: 'utf8'}).filter((path) =>
    path.startsWith('opt'),
  );
  assert.equal(
    there.sort(),
    entries
      .map(({path}) => path)
      .filter((path) => path !== '')
      .sort(),
  );
}

let packages: string;
versions.before(async () => {
  packages = await mkdtemp(join(tmpdir(), 'mkvenvdeb-test-'));
  for (const compression of COMPRESSIONS) await pack(join(packages, compression), compression);
});
versions.after(() => rm(packages, {recursive: true, force: true}));

for (const release of RELEASES) {
  versions(`dpkg of ${release} unpacks, verifies and lists what we write`, async () => {
    let chroot: Chroot;
    try {
      chroot = await openUnpacked(PROGRAMS, release);
    } catch (error) {
      if (!(error instanceof NoChroot)) throw error;
      return skip(`dpkg of ${release}`, error.message);
    }
    try {
      const dpkg = new Dpkg(chroot);
      const {stdout} = await dpkg.run('dpkg', '--version');
      console.log(`\ndpkg of ${release}: ${/version (\S+)/.exec(stdout)?.[1]}`);
      for (const compression of COMPRESSIONS)
        await tryPackage(dpkg, join(packages, compression), reads(release, compression));
      await tryRawSizes(dpkg);
    } finally {
      await chroot.close();
    }
  });
}

async function tryPackage(dpkg: Dpkg, file: string, readable: boolean): Promise<void> {
  writeFileSync(dpkg.path('/x.deb'), readFileSync(file));
  const {entries} = await readDeb(file);
  const commands = {
    I: ['dpkg-deb', '-I', '/x.deb'],
    c: ['dpkg-deb', '-c', '/x.deb'],
    x: ['dpkg-deb', '-x', '/x.deb', '/extracted'],
    unpack: ['dpkg', '--root=/case', '--unpack', '/x.deb'],
    verify: ['dpkg', '--root=/case', '--verify', 'example'],
  };
  const outputs: Record<string, string> = {};
  for (const [name, command] of Object.entries(commands)) {
    const {exitCode, stdout, stderr} = await dpkg.run(...command);
    if (readable) assert.is(exitCode, 0, `${file} ${name}: ${stderr}`);
    else if (name !== 'verify') {
      assert.is.not(exitCode, 0, `${file} ${name} was expected to fail`);
      assert.match(stderr, /unknown compression for member '(?:control|data)\.tar\.zst', giving up/);
    }
    outputs[name] = stdout;
  }
  if (!readable) return;
  assert.match(outputs.I ?? '', /^ Package: example$/m);
  assert.is(outputs.c?.trimEnd().split('\n').length, entries.length);
  assert.match(outputs.c ?? '', /^-rw-r----- games\/games +1 .*\.\/opt\/app\/of games$/m);
  assert.is(outputs.verify, '');
  assertTree(dpkg.path('/extracted'), entries);
  assertTree(dpkg.path('/case'), entries);
  assert.equal(readFileSync(dpkg.path('/case/opt/app/large')), large);
  assert.is((await dpkg.dpkg('--purge', 'example')).exitCode, 0);
  assert.not(statSync(dpkg.path('/case/opt'), {throwIfNoEntry: false}));
  await dpkg.run('rm', '-rf', '/extracted');
}

/** A size of 8 GiB and more is written as base-256; that of a small file can be as well. */
async function tryRawSizes(dpkg: Dpkg): Promise<void> {
  const size = `\x80${'\0'.repeat(10)}\x05`;
  const data = Buffer.concat([ROOT, rawHeader({name: './five', size: 5}, {124: size}), padded('12345'), END]);
  const deb = arOf(['debian-binary', VERSION], ['control.tar', await controlTar()], ['data.tar', data]);
  writeFileSync(dpkg.path('/x.deb'), deb);
  const {exitCode, stderr} = await dpkg.dpkg('--unpack', '/x.deb');
  assert.is(exitCode, 0, stderr);
  assert.is(readFileSync(dpkg.path('/case/five'), 'utf8'), '12345');
}

versions.run();
