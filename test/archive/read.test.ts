import {execFileSync} from 'node:child_process';
import {linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DebContents, readDeb} from '../../lib/archive/read.js';
import type {DebEntry} from '../../lib/archive/read-tar.js';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {
  arOf,
  controlTar,
  debFile,
  debOf,
  END,
  padded,
  ROOT,
  rawHeader,
  tarOf,
  VERSION,
} from './deb-helper.js';
import {controlText, entry, MTIME} from './helper.js';

const read = suite('archive/read');
const METHODS = ['xz', 'gzip', 'zstd', 'none'] as const;
const long = 'n'.repeat(200);

const tree: readonly Entry[] = [
  entry('opt', {type: 'directory'}),
  entry('opt/日本', {type: 'directory', mode: 0o2750}),
  entry('opt/run', {text: 'hello', mode: 0o755}),
  entry('opt/empty'),
  entry(`opt/${long}`, {text: 'x'.repeat(200_000)}),
  entry('opt/peer', {type: 'hardlink', target: `opt/${long}`}),
  entry('opt/link', {type: 'symlink', target: `/é/${long}`}),
];

/** Read a package from bytes, with the content of its files. */
async function reading(content: Buffer): Promise<DebContents & {contents: Record<string, string>}> {
  return inFolder(async (folder) => readAll(debFile(folder, content)));
}

async function readAll(file: string): Promise<DebContents & {contents: Record<string, string>}> {
  const contents: Record<string, string> = {};
  const visit = async ({path}: DebEntry, content: AsyncIterable<Buffer>) => {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    contents[path] = Buffer.concat(parts).toString();
  };
  return {...(await readDeb(file, {visit})), contents};
}

for (const compression of METHODS) {
  read(`${compression}: gives back what was written`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.deb');
      const postinst = '#!/bin/sh\nset -e\n';
      const control = () => [
        {name: 'control', data: controlText(), mode: 0o644},
        {name: 'postinst', data: postinst, mode: 0o755},
      ];
      await writeDeb({file, entries: tree, control, compression, mtime: MTIME});
      const found = await readAll(file);
      assert.is(found.version, '2.0');
      assert.equal(found.compression, {control: compression, data: compression});
      assert.is(found.control.get('Package'), 'example');
      assert.equal(
        found.members.map(({path, mode, data}) => [path, mode, data.toString()]),
        [
          ['control', 0o644, controlText()],
          ['postinst', 0o755, postinst],
        ],
      );
      assert.equal(
        found.entries
          .slice(1)
          .map(({path, type, mode, owner, group, mtime, target, size}) => [
            path,
            type,
            mode,
            owner,
            group,
            mtime,
            target,
            size,
          ]),
        tree.map(({path, type, mode, owner, group, mtime, target, size}) => [
          path,
          type,
          mode,
          owner,
          group,
          mtime,
          target,
          size,
        ]),
      );
      assert.is(found.entries[0]?.name, './');
      assert.equal(
        [...new Set(found.entries.map(({format, uid, gid}) => `${format} ${uid} ${gid}`))],
        ['gnu 0 0'],
      );
      assert.equal(
        found.contents,
        Object.fromEntries(
          tree
            .filter(({type}) => type === 'file')
            .map(({path, data}) => [path, Buffer.from(data ?? '').toString()]),
        ),
      );
      assert.equal([found.tars.control.notes, found.tars.data.notes], [[], []]);
    }),
  );

  read(`${compression}: reads what dpkg-deb wrote`, () =>
    inFolder(async (folder) => {
      const root = join(folder, 'tree');
      mkdirSync(join(root, 'DEBIAN'), {recursive: true});
      mkdirSync(join(root, 'opt', long), {recursive: true});
      writeFileSync(join(root, 'DEBIAN/control'), controlText('Depends: python3,\n pypy3\n'));
      writeFileSync(join(root, 'opt', long, long), 'deep');
      linkSync(join(root, 'opt', long, long), join(root, 'opt/peer'));
      symlinkSync(`/${long}`, join(root, 'opt/link'));
      const file = join(folder, 'x.deb');
      execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '--build', root, file], {
        stdio: 'pipe',
      });
      const found = await readAll(file);
      assert.is(found.control.get('Depends'), 'python3,\n pypy3');
      assert.is(found.compression.data, compression);
      const listed = execFileSync('dpkg-deb', ['-c', file], {encoding: 'utf8'}).trim().split('\n');
      assert.equal(
        found.entries.map(({name}) => name),
        listed.map((line) => line.replace(/^.*?(\.\/)/, '$1').replace(/ (?:->|link to) .*$/, '')),
      );
      const deep = `opt/${long}/${long}`;
      const other = found.contents[deep] === undefined ? 'opt/peer' : deep;
      assert.equal(found.contents, {[other]: 'deep'});
      assert.is(found.entries.find(({type}) => type === 'hardlink')?.target, other);
      assert.is(found.entries.find(({type}) => type === 'symlink')?.target, `/${long}`);
    }),
  );
}

read('skips what a visitor does not read, wholly or in part', () =>
  inFolder(async (folder) => {
    const large = [...tree.slice(0, 2), entry('opt/large', {text: 'x'.repeat(3_000_000)}), ...tree.slice(2)];
    const file = debFile(folder, await debOf({data: await tarOf(large)}));
    const seen: string[] = [];
    const visit = async ({path}: DebEntry, content: AsyncIterable<Buffer>) => {
      seen.push(path);
      if (path === 'opt/large') for await (const _ of content) return;
    };
    const {entries} = await readDeb(file, {visit});
    assert.equal(seen, ['opt/large', 'opt/run', 'opt/empty', `opt/${long}`]);
    assert.is(entries.length, large.length + 1);
  }),
);

const openFiles = () => readdirSync('/proc/self/fd').length;

read('passes on what a visitor throws, and closes the file', () =>
  inFolder(async (folder) => {
    const file = debFile(folder, await debOf({data: await tarOf(tree)}));
    const before = openFiles();
    const reason = new Error('no');
    let error: unknown;
    try {
      await readDeb(file, {visit: () => Promise.reject(reason)});
    } catch (caught) {
      error = caught;
    }
    assert.is(error, reason);
    assert.is(openFiles(), before);
  }),
);

read('stops when aborted, with the reason', () =>
  inFolder(async (folder) => {
    const file = debFile(folder, await debOf({data: await tarOf(tree)}));
    const reason = new Error('enough');
    for (const early of [true, false]) {
      const controller = new AbortController();
      if (early) controller.abort(reason);
      let error: unknown;
      try {
        await readDeb(file, {signal: controller.signal, visit: () => controller.abort(reason)});
      } catch (caught) {
        error = caught;
      }
      assert.is(error, reason);
    }
  }),
);

read('names the file that is not there', () =>
  rejects(readDeb('/nowhere/x.deb'), 'E_OPTION', /No such package: .*\/nowhere\/x\.deb/).then(() => {}),
);

read('takes members that begin with _ between the others, and any behind', async () => {
  const extra = Buffer.from('x');
  const found = await reading(
    arOf(
      ['debian-binary', VERSION],
      ['_a', extra],
      ['control.tar', await controlTar()],
      ['_b', extra],
      ['data.tar', await tarOf(tree)],
      ['_gpgorigin', extra],
    ),
  );
  assert.is(found.entries.length, tree.length + 1);
  assert.is(found.archive.length, 6);
});

const [control, data] = [await controlTar(), await tarOf(tree)];
for (const [title, content, message] of [
  ['no ar archive', Buffer.from('hello'), /cannot be read: .*x\.deb: Not a usable ar archive/],
  ['an empty ar archive', arOf(), /first member is not debian-binary/],
  [
    'another first member',
    arOf(['control.tar', control], ['debian-binary', VERSION], ['data.tar', data]),
    /first member is not/,
  ],
  [
    'format 3.0',
    arOf(['debian-binary', Buffer.from('3.0\n')], ['control.tar', control], ['data.tar', data]),
    /format is not 2\.x: "3\.0\\n"/,
  ],
  [
    'a format without line end',
    arOf(['debian-binary', Buffer.from('2.0')], ['control.tar', control], ['data.tar', data]),
    /format is not 2\.x/,
  ],
  [
    'data before control',
    arOf(['debian-binary', VERSION], ['data.tar', data], ['control.tar', control]),
    /second member is not the control archive/,
  ],
  [
    'two control archives',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['control.tar', control], ['data.tar', data]),
    /third member is not the data archive/,
  ],
  [
    'a stranger before data',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['foo', data], ['data.tar', data]),
    /third member is not/,
  ],
  ['no data archive', arOf(['debian-binary', VERSION], ['control.tar', control]), /third member is not/],
  [
    'an unknown compression',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar.lz', data]),
    /data\.tar\.lz has a compression that is not supported/,
  ],
  [
    'a name that lies about the compression',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar.xz', data]),
    /data\.tar\.xz: The xz stream cannot be decoded: it is not an xz stream/,
  ],
  [
    'no control file',
    arOf(['debian-binary', VERSION], ['control.tar', await tarOf([])], ['data.tar', data]),
    /no file control/,
  ],
  [
    'an endless control archive',
    await debOf({control: await controlTar([entry('x', {data: Buffer.alloc(65 << 20), size: 65 << 20})])}),
    /control.tar: a member of 68157440 bytes is over the limit of 67108864.*\n.*limits.controlSize/s,
  ],
  [
    'two paragraphs',
    await debOf({control: await controlTar([], `${controlText()}\n${controlText()}`)}),
    /not exactly one paragraph/,
  ],
  ['no field', await debOf({control: await controlTar([], 'hello\n')}), /No field in line 1 of control/],
] as const) {
  read(`refuses ${title}`, () => rejects(reading(content), 'E_FORMAT', message).then(() => {}));
}

const file = rawHeader({});
for (const [title, content, message] of [
  ['nothing', Buffer.alloc(0), /it is empty/],
  ['what is no tar archive', Buffer.alloc(2048, 'x'), /broken number|wrong checksum/],
  ['a wrong checksum', Buffer.concat([Buffer.from(ROOT).fill('z', 5, 6), END]), /wrong checksum at 0/],
  ['half a header', file.subarray(0, 300), /truncated/],
  ['content that is cut off', Buffer.concat([rawHeader({size: 600}), padded('x')]), /truncated/],
  ['a few zeros at the end', Buffer.concat([file, Buffer.alloc(100)]), /truncated/],
  ['a member behind the end', Buffer.concat([file, END, file]), /something follows its end, at 1536/],
  [
    'a member behind one zero block',
    Buffer.concat([file, Buffer.alloc(512), file]),
    /something follows its end, at 1024/,
  ],
  ['garbage behind the end', Buffer.concat([file, END, padded('x')]), /something follows its end/],
  [
    'a long name and no member',
    Buffer.concat([rawHeader({name: `./${long}`}).subarray(0, 1024), END]),
    /without a member/,
  ],
  [
    'an endless name',
    Buffer.concat([rawHeader({size: 70_000}, {156: 'L'}), Buffer.alloc(70_656, 'x'), file, END]),
    /strange length/,
  ],
  ['an empty long name', Buffer.concat([rawHeader({}, {156: 'L'}), file, END]), /strange length/],
  [
    'a folder with content',
    Buffer.concat([rawHeader({type: 'directory', size: 1}), padded('x'), END]),
    /link or folder has content/,
  ],
  [
    'a symlink with content',
    Buffer.concat([rawHeader({type: 'symlink', target: 'x', size: 1}), padded('x'), END]),
    /link or folder has content/,
  ],
  [
    'a hard link with content',
    Buffer.concat([rawHeader({type: 'hardlink', target: 'x', size: 1}), padded('x'), END]),
    /link or folder has content/,
  ],
  ['an unknown type', Buffer.concat([rawHeader({}, {156: '7'}), END]), /type that dpkg does not know: "7"/],
  ['a sparse file', Buffer.concat([rawHeader({}, {156: 'S'}), END]), /type that dpkg does not know/],
  [
    'an old file whose name ends in a slash',
    Buffer.concat([rawHeader({name: './f/'}, {156: '\0'}), END]),
    /file to dpkg and a folder to tar/,
  ],
  [
    'a file whose name ends in a slash',
    Buffer.concat([rawHeader({name: './f/'}), END]),
    /file to dpkg and a folder to tar/,
  ],
  ['a size that is no number', Buffer.concat([rawHeader({}, {124: 'abc'}), END]), /broken number/],
  ['a negative size', Buffer.concat([rawHeader({}, {124: '\xff'.repeat(12)}), END]), /negative size/],
  ['a mode that is no number', Buffer.concat([rawHeader({}, {100: '0x1'}), END]), /broken number at 100/],
  // tar-stream saw these before we did, and said so in its own words.
  [
    'a long name of 64 GiB',
    Buffer.concat([rawHeader({}, {124: '777777777777', 156: 'L'}), END]),
    /strange length/,
  ],
  // What dpkg refused and we did not, found by comparing.
  [
    'an owner out of range',
    Buffer.concat([rawHeader({}, {108: `\x80${'\xff'.repeat(7)}`}), END]),
    /number out of range at 108/,
  ],
  ['a group of blanks', Buffer.concat([rawHeader({}, {116: ' '.repeat(8)}), END]), /broken number at 116/],
  [
    'a negative group',
    Buffer.concat([rawHeader({}, {116: '\xff'.repeat(8)}), END]),
    /number out of range at 116/,
  ],
  [
    'a time beyond all time',
    Buffer.concat([rawHeader({}, {136: `\x80${'\xff'.repeat(11)}`}), END]),
    /number out of range at 136/,
  ],
  ['a member without a name', Buffer.concat([rawHeader({}, {0: '\0\0\0'}), END]), /no name at 0/],
  [
    'a root that is a link',
    Buffer.concat([rawHeader({name: './'}, {156: '2', 157: '/etc'}), END]),
    /its root is a symlink/,
  ],
  ['an absurd size', Buffer.concat([rawHeader({}, {124: `\x80${'\xff'.repeat(11)}`}), END]), /absurd size/],
  [
    'a broken PAX header',
    Buffer.concat([rawHeader({size: 8}, {156: 'x'}), padded('9 a=bcd\n'), file, END]),
    /PAX header has a broken/,
  ],
  [
    'a PAX header that changes a size',
    Buffer.concat([rawHeader({size: 10}, {156: 'x'}), padded('10 size=1\n'), file, END]),
    /PAX header changes the size/,
  ],
] as const) {
  read(`refuses a data archive with ${title}`, async () => {
    await rejects(reading(await debOf({data: content})), 'E_FORMAT', message);
  });
}

for (const [title, content, note] of [
  ['no end mark', file, 'no-end-mark'],
  ['one zero block', Buffer.concat([file, Buffer.alloc(512)]), 'lone-zero-block'],
  [
    'a global PAX header',
    Buffer.concat([rawHeader({size: 8}, {156: 'g'}), padded('8 a=bcd\n'), file, END]),
    'global-pax-header',
  ],
  [
    'a long name without NUL',
    Buffer.concat([rawHeader({size: 6}, {156: 'L'}), padded('./long'), file, END]),
    'long-name-without-nul',
  ],
] as const) {
  read(`reads and notes ${title}`, async () => {
    const {tars, entries} = await reading(await debOf({data: content}));
    assert.equal(tars.data.notes, [note]);
    assert.is(entries.length, 1);
  });
}

for (const format of ['gnu', 'ustar', 'v7', 'pax'] as const) {
  read(`reads ${format} as GNU tar writes it`, () =>
    inFolder(async (folder) => {
      mkdirSync(join(folder, 'opt'));
      const name = format === 'v7' || format === 'ustar' ? 'é' : long;
      writeFileSync(join(folder, 'opt', name), 'hello');
      const pax = ['--pax-option=delete=atime,delete=ctime'];
      const data = execFileSync(
        'tar',
        [`--format=${format}`, ...(format === 'pax' ? pax : []), '-c', './opt'],
        {cwd: folder},
      );
      const {entries, contents} = await reading(await debOf({data}));
      assert.equal(
        entries.map(({path}) => path),
        ['opt', `opt/${name}`],
      );
      assert.is(entries.at(-1)?.format, format);
      assert.equal(contents, {[`opt/${name}`]: 'hello'});
    }),
  );
}

read('reads an archive of nothing but its end', async () => {
  assert.equal((await reading(await debOf({data: END}))).entries, []);
});

read('reads names that are not UTF-8, each as its own', async () => {
  const data = Buffer.concat([rawHeader({}, {2: '\xe9'}), rawHeader({}, {2: '\xe8x'}), END]);
  assert.equal(
    (await reading(await debOf({data}))).entries.map(({path}) => path),
    ['\ufffd', '\ufffdx'],
  );
});

for (const [compression, tool] of [
  ['xz', ['xz', '-c']],
  ['zst', ['zstd', '-qc']],
] as const) {
  read(`sees what dpkg silently drops: ${compression} cut at the end of a member`, () =>
    inFolder(async (folder) => {
      const pack = (input: Buffer) => execFileSync(tool[0], [tool[1]], {input});
      const parts = [
        Buffer.concat([ROOT, rawHeader({name: './a'})]),
        Buffer.concat([rawHeader({name: './b'}), END]),
      ];
      const file = debFile(
        folder,
        await debOf({data: Buffer.concat(parts.map(pack)), dataName: `data.tar.${compression}`}),
      );
      const listed = execFileSync('dpkg-deb', ['-c', file], {encoding: 'utf8'});
      assert.match(listed, /\.\/a$/m);
      assert.not.match(listed, /\.\/b$/m);
      await rejects(readDeb(file), 'E_FORMAT', /follows the first/);
    }),
  );
}

read('holds no more than a part of a large file', () =>
  inFolder(async (folder) => {
    const size = 20_000_000;
    const source = join(folder, 'large');
    writeFileSync(source, Buffer.alloc(size, 'x'));
    const file = join(folder, 'x.deb');
    const control = () => [{name: 'control', data: controlText(), mode: 0o644}];
    await writeDeb({
      file,
      entries: [entry('large', {source, size})],
      control,
      compression: 'none',
      mtime: MTIME,
    });
    let [most, total] = [0, 0];
    await readDeb(file, {
      visit: async (_, content) => {
        for await (const part of content) {
          total += part.length;
          most = Math.max(most, part.length);
        }
      },
    });
    assert.is(total, size);
    assert.ok(most <= 1 << 20, `${most} bytes at once`);
  }),
);

read('finds the bytes of the archives', async () => {
  const {tars} = await reading(await debOf({control, data}));
  assert.equal([tars.control.length, tars.data.length], [control.length, data.length]);
  assert.is(tars.data.sha256, execFileSync('sha256sum', {input: data, encoding: 'utf8'}).slice(0, 64));
});

read.run();
