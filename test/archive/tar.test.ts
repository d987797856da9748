import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type FileDigest, layOutTar, packTar} from '../../lib/archive/tar.js';
import type {Entry} from '../../lib/model.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {entry, MTIME} from './helper.js';

const tar = suite('archive/tar');

async function packed(entries: readonly Entry[], onDigest?: (digest: FileDigest) => void): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of packTar(entries, {mtime: MTIME, onDigest})) parts.push(part);
  return Buffer.concat(parts);
}

const listed = (archive: Buffer): string[] =>
  execFileSync('tar', ['-tvf', '-', '--full-time', '--utc', '--quoting-style=literal'], {
    input: archive,
    encoding: 'utf8',
  })
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));

const md5 = (data: string | Buffer) => createHash('md5').update(data).digest('hex');
const tree: readonly Entry[] = [
  entry('opt', {type: 'directory'}),
  entry('opt/app', {type: 'directory', mode: 0o750}),
  entry('opt/app/run', {text: 'hello', mode: 0o755}),
  entry('opt/app/empty'),
  entry('opt/app/same', {type: 'hardlink', target: 'opt/app/run', mode: 0o755}),
  entry('opt/app/link', {type: 'symlink', target: '/usr/bin/pypy3'}),
];

tar('puts the root first and each name under ./', async () => {
  assert.equal(listed(await packed(tree)), [
    'drwxr-xr-x root/root 0 2023-11-14 22:13:20 ./',
    'drwxr-xr-x root/root 0 2023-11-14 22:13:20 ./opt/',
    'drwxr-x--- root/root 0 2023-11-14 22:13:20 ./opt/app/',
    '-rwxr-xr-x root/root 5 2023-11-14 22:13:20 ./opt/app/run',
    '-rw-r--r-- root/root 0 2023-11-14 22:13:20 ./opt/app/empty',
    'hrwxr-xr-x root/root 0 2023-11-14 22:13:20 ./opt/app/same link to ./opt/app/run',
    'lrwxrwxrwx root/root 0 2023-11-14 22:13:20 ./opt/app/link -> /usr/bin/pypy3',
  ]);
});

tar('gives the digest of each regular file, of a hard link that of its target', async () => {
  const digests: FileDigest[] = [];
  const conffile = entry('etc/app.conf', {text: 'x', conffile: true});
  await packed([...tree, conffile], (digest) => digests.push(digest));
  assert.equal(digests, [
    {path: 'opt/app/run', md5: md5('hello'), size: 5, conffile: false},
    {path: 'opt/app/empty', md5: md5(''), size: 0, conffile: false},
    {path: 'opt/app/same', md5: md5('hello'), size: 5, conffile: false},
    {path: 'etc/app.conf', md5: md5('x'), size: 1, conffile: true},
  ]);
});

tar('ends with two zero blocks and nothing more', async () => {
  const archive = await packed([]);
  assert.is(archive.length, 3 * 512);
  assert.ok(archive.subarray(512).every((byte) => byte === 0));
});

tar('knows its length and where distributions change beforehand', async () => {
  const entries = [
    entry('a', {text: 'a'.repeat(513)}),
    entry('b'.repeat(200), {text: 'b', distribution: 'one'}),
    entry('c', {text: 'c', distribution: 'one'}),
    entry('d', {text: 'd', distribution: 'two'}),
    entry('e', {type: 'symlink', target: 't'.repeat(2000)}),
  ];
  const archive = await packed(entries);
  const layout = layOutTar(entries);
  assert.is(layout.length, archive.length);
  const starts = layout.boundaries.map((offset) => archive.toString('latin1', offset, offset + 13));
  assert.equal(starts, ['././@LongLink', './d\0'.padEnd(13, '\0'), '././@LongLink']);
});

tar('reads small, large and empty files from the disk', async () => {
  await inFolder(async (folder) => {
    const contents = [0, 1, 512, 1 << 20, (1 << 20) + 1, 5_000_000].map((size) =>
      Buffer.alloc(size, `${size}/`),
    );
    const entries = contents.map((content, index) => {
      const source = join(folder, `${index}`);
      writeFileSync(source, content);
      return entry(`${index}`, {source, size: content.length});
    });
    const digests: FileDigest[] = [];
    const archive = await packed(entries, (digest) => digests.push(digest));
    assert.equal(
      digests.map((digest) => digest.md5),
      contents.map(md5),
    );
    for (const [index, content] of contents.entries()) {
      const found = execFileSync('tar', ['-xOf', '-', `./${index}`], {input: archive, maxBuffer: 1e8});
      assert.ok(found.equals(content), `content of ${index}`);
    }
  });
});

for (const [title, size, real] of [
  ['a small file that grew', 10, 11],
  ['a small file that shrank', 10, 9],
  ['a large file that grew', 3_000_000, 3_000_001],
  ['a large file that shrank', 3_000_000, 2_000_000],
] as const) {
  tar(`names ${title} while it was packed`, () =>
    inFolder(async (folder) => {
      const source = join(folder, 'x');
      writeFileSync(source, Buffer.alloc(real));
      await rejects(
        packed([entry('opt/x', {source, size})]),
        'E_PAYLOAD',
        /^File changed .*: opt\/x \(\d+ bytes/,
      );
    }),
  );
}

for (const size of [10, 3_000_000]) {
  tar(`names a file of ${size} bytes that is gone`, () =>
    inFolder(async (folder) => {
      const gone = entry('opt/x', {source: join(folder, 'x'), size});
      await rejects(packed([gone]), 'E_IO', /No such file .*\/x$/m);
    }),
  );
}

tar('refuses a file that has no content', async () => {
  await rejects(
    packed([{...entry('opt/x'), data: undefined}]),
    'E_PAYLOAD',
    /neither content nor source: opt\/x/,
  );
});

const openFiles = () => readdirSync('/proc/self/fd').length;

tar('closes the file it reads when nobody wants the rest', () =>
  inFolder(async (folder) => {
    const source = join(folder, 'large');
    writeFileSync(source, Buffer.alloc(20_000_000));
    const before = openFiles();
    for await (const _ of packTar([entry('x', {source, size: 20_000_000})], {mtime: MTIME})) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.is(openFiles(), before);
  }),
);

tar('stops when aborted, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const entries = Array.from({length: 100}, (_, index) => entry(`${index}`, {text: 'x'}));
  let error: unknown;
  try {
    for await (const _ of packTar(entries, {mtime: MTIME, signal: controller.signal}))
      controller.abort(reason);
  } catch (caught) {
    error = caught;
  }
  assert.is(error, reason);
});

tar.run();
