import {chmod, link, mkdir, symlink, utimes, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {CollectOptions} from '../../lib/payload/walk.js';
import {collectTree} from '../../lib/payload/walk.js';
import {inFolder, rejects} from '../helpers/suite.js';

const walk = suite('payload/walk');

const SITE = 'lib/pypy3.9/site-packages';
const collect = (folder: string, options: Partial<CollectOptions> = {}) =>
  collectTree({folder, at: 'opt/app', mtime: () => 7, ...options});
const put = async (folder: string, path: string, mode = 0o644) => {
  await mkdir(dirname(join(folder, path)), {recursive: true});
  await writeFile(join(folder, path), path);
  await chmod(join(folder, path), mode);
};

walk('reads directories, files and symlinks, sorted by bytes', () =>
  inFolder(async (folder) => {
    for (const path of ['b', 'a-b', 'a/x', 'ä', 'Z']) await put(folder, path);
    await mkdir(join(folder, 'empty'));
    await symlink('a', join(folder, 'link'));
    const entries = await collect(folder);
    assert.equal(
      entries.map(({path, type, size}) => [path, type, size]),
      [
        ['opt/app', 'directory', 0],
        ['opt/app/Z', 'file', 1],
        ['opt/app/a', 'directory', 0],
        ['opt/app/a-b', 'file', 3],
        ['opt/app/a/x', 'file', 3],
        ['opt/app/b', 'file', 1],
        ['opt/app/empty', 'directory', 0],
        ['opt/app/link', 'symlink', 0],
        ['opt/app/ä', 'file', 2],
      ],
    );
    assert.equal(entries[4], {
      path: 'opt/app/a/x',
      type: 'file',
      mode: 0o644,
      owner: 'root',
      group: 'root',
      mtime: 7,
      size: 3,
      source: join(folder, 'a/x'),
      distribution: undefined,
    });
    assert.is(entries[7]?.target, 'a');
  }),
);

walk('a tree for / itself has no entry for its root', () =>
  inFolder(async (folder) => {
    await put(folder, 'usr/x');
    assert.equal(
      (await collect(folder, {at: ''})).map(({path}) => path),
      ['usr', 'usr/x'],
    );
  }),
);

walk('asks for time and distribution by the final path', () =>
  inFolder(async (folder) => {
    await put(folder, 'x');
    await utimes(join(folder, 'x'), 99, 99);
    const entries = await collect(folder, {
      distributionOf: (path) => (path === 'opt/app/x' ? 'dist' : undefined),
      mtime: (path, distribution) => path.length + (distribution === 'dist' ? 100 : 0),
      owner: 'daemon',
    });
    assert.equal(
      entries.map(({mtime, distribution, owner, group}) => [mtime, distribution, owner, group]),
      [
        [7, undefined, 'daemon', 'daemon'],
        [109, 'dist', 'daemon', 'daemon'],
      ],
    );
  }),
);

for (const [disk, wanted, kept] of [
  [0o600, 0o644, 0o600],
  [0o664, 0o644, 0o664],
  [0o700, 0o755, 0o700],
  [0o645, 0o755, 0o645],
  [0o4755, 0o755, 0o4755],
  [0o2644, 0o644, 0o2644],
] as const) {
  walk(`mode ${disk.toString(8)} becomes ${wanted.toString(8)}, or stays when modes are kept`, () =>
    inFolder(async (folder) => {
      await put(folder, 'x', disk);
      assert.is((await collect(folder))[1]?.mode, wanted);
      assert.is((await collect(folder, {keepModes: true}))[1]?.mode, kept);
    }),
  );
}

walk('a directory becomes 0755 whatever the umask was', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'd'));
    await chmod(join(folder, 'd'), 0o2700);
    assert.is((await collect(folder))[1]?.mode, 0o755);
    assert.is((await collect(folder, {keepModes: true}))[1]?.mode, 0o2700);
  }),
);

walk('walking backwards gives the same', () =>
  inFolder(async (folder) => {
    for (const path of [`${SITE}/a.py`, `${SITE}/b/c.py`, 'bin/x', 'z']) await put(folder, path);
    await link(join(folder, SITE, 'a.py'), join(folder, SITE, 'b/d.py'));
    assert.equal(await collect(folder, {reverse: true}), await collect(folder));
  }),
);

walk('files that share an inode are linked inside one site-packages only', () =>
  inFolder(async (folder) => {
    const copies = [
      `${SITE}/b.py`,
      `${SITE}/sub/a.py`,
      `${SITE}/0.py`,
      'bin/b',
      `other/${SITE}/b.py`,
      `${SITE}-x/b.py`,
    ];
    await put(folder, 'first');
    for (const path of copies) {
      await mkdir(dirname(join(folder, path)), {recursive: true});
      await link(join(folder, 'first'), join(folder, path));
    }
    const entries = (await collect(folder)).filter(({type}) => type !== 'directory');
    assert.equal(
      entries.map(({path, type, size, target, source}) => [path, type, size, target, source !== undefined]),
      [
        ['opt/app/bin/b', 'file', 5, undefined, true],
        ['opt/app/first', 'file', 5, undefined, true],
        [`opt/app/${SITE}-x/b.py`, 'file', 5, undefined, true],
        [`opt/app/${SITE}/0.py`, 'file', 5, undefined, true],
        [`opt/app/${SITE}/b.py`, 'hardlink', 0, `opt/app/${SITE}/0.py`, false],
        [`opt/app/${SITE}/sub/a.py`, 'hardlink', 0, `opt/app/${SITE}/0.py`, false],
        [`opt/app/other/${SITE}/b.py`, 'file', 5, undefined, true],
      ],
    );
  }),
);

walk('files of two distributions that share an inode stay two files, as their times may differ', () =>
  inFolder(async (folder) => {
    await put(folder, `${SITE}/a.py`);
    await link(join(folder, SITE, 'a.py'), join(folder, SITE, 'b.py'));
    const entries = await collect(folder, {distributionOf: (path) => path.slice(-4)});
    assert.equal(
      entries.filter(({type}) => type === 'hardlink'),
      [],
    );
  }),
);

for (const [target, allowed] of [
  ['x', true],
  ['../lib/x', true],
  ['.', true],
  ['..', true],
  ['/opt/app', true],
  ['/opt/app/lib/../x', true],
  ['/usr/bin/pypy3.9', true],
  ['../../../usr/bin/pypy3.9', true],
  ['../..', false],
  ['../../app2/x', false],
  ['../../../../x', false],
  ['/opt/app2', false],
  ['/opt/app/../x', false],
  ['/usr/bin/pypy3', false],
  ['/', false],
] as const) {
  walk(`a symlink to ${target} is ${allowed ? 'packed' : 'refused'}`, () =>
    inFolder(async (folder) => {
      await mkdir(join(folder, 'bin'));
      await symlink(target, join(folder, 'bin/link'));
      const entries = collect(folder, {linkTargets: ['/usr/bin/pypy3.9']});
      if (allowed) assert.is((await entries)[2]?.target, target);
      else await rejects(entries, 'E_PAYLOAD', /Symlink leads out of the tree: opt\/app\/bin\/link -> /);
    }),
  );
}

walk('a tree for / itself may link to any absolute path, but not above its root', () =>
  inFolder(async (folder) => {
    await symlink('/usr/bin/x', join(folder, 'absolute'));
    assert.is((await collect(folder, {at: ''})).length, 1);
    await symlink('../x', join(folder, 'above'));
    await rejects(collect(folder, {at: ''}), 'E_PAYLOAD', /above -> \.\.\/x/);
  }),
);

walk('refuses what no package may hold, all of it at once, by name', () =>
  inFolder(async (folder) => {
    await execa('mkfifo', [join(folder, 'pipe')]);
    await writeFile(join(folder, 'new\nline'), '');
    await writeFile(join(folder, 'l'.repeat(247)), '');
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from('caf\xe9', 'latin1')]), '');
    await symlink(Buffer.from('caf\xe9', 'latin1'), join(folder, 'badlink'));
    const server = createServer().unref();
    await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
    const error = await rejects(collect(folder), 'E_PAYLOAD', /and 5 more/);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(error.issues, [
      'Line break in a name: "opt/app/new\\nline"',
      'Link target is not UTF-8: opt/app/badlink',
      `Name is not UTF-8: opt/app/caf\ufffd`,
      `Name over 246 bytes: opt/app/${'l'.repeat(247)}`,
      'Pipe cannot be packed: opt/app/pipe',
      'Socket cannot be packed: opt/app/socket',
    ]);
  }),
);

walk('refuses a device', async () => {
  await rejects(collect('/dev/null'), 'E_PAYLOAD', /Device cannot be packed: opt\/app$/m);
});

walk('a tree that is not there is named', async () => {
  await rejects(
    collect('/nonexistent/x'),
    'E_IO',
    /No such file or folder while reading .*: \/nonexistent\/x/,
  );
});

walk.run();
