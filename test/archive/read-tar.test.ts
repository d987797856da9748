import {execFileSync} from 'node:child_process';
import {linkSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {resolveLimits} from '../../lib/archive/limits.js';
import {readTar} from '../../lib/archive/read-tar.js';
import {MkvenvdebError} from '../../lib/errors.js';
import {hold} from '../helpers/fuzz.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {END, padded, rawHeader, tarOf} from './deb-helper.js';
import {entry} from './helper.js';
import {byteChange} from './mutate-bytes.js';
import {tarChange, tarEnd, tarParts} from './mutate-tar.js';
import {type ReadArchive, readByTarStream} from './tar-stream-reader.js';

/** Our own reader against tar-stream, which read every member before: the same members, the same refusals. */
const reader = suite('archive/read-tar');
const {data: limits} = resolveLimits({}, 1 << 20);

/** How the visitor of a file reads it, by turns. */
type Reading = 'whole' | 'parts';

async function* cut(tar: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < tar.length; at += length) yield tar.subarray(at, at + length);
}

async function readByUs(tar: Buffer, piece: number, reading: Reading): Promise<ReadArchive> {
  const contents: Buffer[] = [];
  const {entries, notes, length} = await readTar(cut(tar, piece), {
    limits,
    visit: async (_, content) => {
      const parts: Buffer[] = [];
      if (reading === 'parts' || !content.whole) for await (const part of content) parts.push(part);
      contents.push(reading === 'whole' && content.whole ? content.whole : Buffer.concat(parts));
    },
  });
  assert.is(length, tar.length);
  return {entries, contents, notes};
}

/** What comes of reading: an archive, or the code and message of what is wrong with it. */
const outcome = (read: Promise<ReadArchive>): Promise<ReadArchive | string> =>
  read.catch((error) => {
    assert.instance(error, MkvenvdebError, (error as Error).stack);
    return `${error.code}: ${error.message}`;
  });

/** @returns whether the archive was read */
async function agree(tar: Buffer, piece = 1 << 20): Promise<boolean> {
  const theirs = await outcome(readByTarStream(cut(tar, piece), limits));
  for (const reading of ['whole', 'parts'] as const)
    assert.equal(await outcome(readByUs(tar, piece, reading)), theirs);
  return typeof theirs !== 'string';
}

const long = 'n'.repeat(120);

for (const format of ['gnu', 'oldgnu', 'ustar', 'v7', 'pax', 'posix'])
  reader(`what tar writes in format ${format} is read as tar-stream reads it`, () =>
    inFolder(async (folder) => {
      const tree = join(folder, 'tree');
      mkdirSync(join(tree, 'opt', 'd'.repeat(60)), {recursive: true});
      writeFileSync(join(tree, 'opt/file'), 'x'.repeat(3000));
      writeFileSync(join(tree, 'opt/empty'), '');
      writeFileSync(join(tree, 'opt/größe'), 'utf-8 in its name');
      linkSync(join(tree, 'opt/file'), join(tree, 'opt/peer'));
      symlinkSync('/etc/é', join(tree, 'opt/link'));
      execFileSync('mkfifo', [join(tree, 'opt/fifo')]);
      writeFileSync(join(tree, 'opt', 'd'.repeat(60), 'f'.repeat(60)), 'a prefix in ustar');
      if (format !== 'v7' && format !== 'ustar') {
        writeFileSync(join(tree, 'opt', long), 'long');
        symlinkSync(`/${long}`, join(tree, 'opt/far'));
      }
      const file = ['-C', tree, '--sort=name', `--format=${format}`, '-cf', '-', '.'];
      // v7 knows neither a prefix nor a fifo.
      const exclude = format === 'v7' ? ['--exclude', './opt/d*', '--exclude', './opt/fifo'] : [];
      const tar = execFileSync('tar', [...exclude, ...file], {maxBuffer: 1 << 24});
      for (const piece of [1 << 20, 700, 512, 1]) assert.ok(await agree(tar, piece), String(piece));
    }),
  );

/** A member that only extends the next. */
const extension = (flag: string, content: string): Buffer =>
  Buffer.concat([
    rawHeader({name: '././@LongLink', size: Buffer.byteLength(content)}, {156: flag}),
    padded(content),
  ]);
const file = (name = './f'): Buffer => rawHeader({name});

for (const [title, members] of [
  ['a long name without its NUL', [extension('L', long), file()]],
  ['a long name that ends early', [extension('L', `./short\0${long}`), file()]],
  ['a long name that is none', [extension('L', '\0'), file()]],
  ['two long names for one member', [extension('L', './a\0'), extension('L', './b\0'), file()]],
  ['a long name and a PAX header', [extension('L', './a\0'), extension('x', '10 path=b\n'), file()]],
  ['a global PAX header', [extension('g', '10 path=g\n'), file(), extension('x', '13 comment=c\n'), file()]],
  [
    'a global PAX header between a PAX header and its member',
    [
      extension('x', '13 comment=c\n'),
      extension('g', '10 path=g\n'),
      file(),
      extension('x', '6 a=b\n'),
      file(),
    ],
  ],
  ['a time before 1970', [rawHeader({}, {136: '\xff'.repeat(12)})]],
  ['a link that is long and one that is not', [extension('K', `${long}\0`), rawHeader({type: 'symlink'})]],
  ['no magic', [rawHeader({}, {257: '\0'.repeat(8)})]],
  ['a prefix of ustar', [rawHeader({}, {257: 'ustar\x0000', 345: './opt\0'})]],
  ['a prefix where GNU has none', [rawHeader({}, {345: './opt\0'})]],
  ['names that are not UTF-8', [rawHeader({}, {2: '\xe9\xff\0', 265: '\xe9\0', 297: '\xff\0'})]],
] as const)
  reader(`the same comes of ${title}`, async () => {
    assert.ok(await agree(Buffer.concat([...members, END])));
  });

for (const [title, members] of [
  ['a name without a member', [file(), extension('L', './a\0')]],
  ['a file that ends in a slash', [file('./f/')]],
  ['a root that is a file', [file('.')]],
  ['a PAX header that names nothing', [extension('x', '8 path=\n'), file()]],
  ['a PAX header with a size', [extension('x', '9 size=1\n'), file()]],
  ['a file that is cut off', [rawHeader({size: 5000}), Buffer.alloc(600, 'x')]],
] as const)
  reader(`both refuse ${title}`, async () => {
    assert.not(await agree(Buffer.concat([...members, END])));
  });

const PARTS = tarParts(
  await tarOf([
    entry('opt', {type: 'directory'}),
    entry('opt/file', {text: 'hello '.repeat(200)}),
    entry(`opt/${long}`, {text: 'x'}),
    entry('opt/empty'),
    entry('opt/peer', {type: 'hardlink', target: 'opt/file'}),
    entry('opt/link', {type: 'symlink', target: `/etc/größe/${long}`}),
  ]),
);
const mutation = fc.record({
  changes: fc.array(tarChange, {maxLength: 3}),
  bytes: fc.oneof({weight: 8, arbitrary: fc.constant(undefined)}, byteChange),
  end: tarEnd,
  piece: fc.constantFrom(1 << 20, 4096, 777, 100),
});

reader('whatever is changed in an archive, both say the same of it', async () => {
  let [read, cases] = [0, 0];
  await hold(mutation, 2500, async ({changes, bytes, end, piece}) => {
    const parts = changes.reduce((changed, change) => change(changed), PARTS);
    const tar = Buffer.concat([...parts.flatMap(({header, content}) => [header, content]), end]);
    cases += 1;
    read += Number(await agree(bytes ? bytes(tar) : tar, piece));
  });
  assert.ok(read > cases / 10 && read < cases, `${read} of ${cases}`);
});

reader(
  'a content is read in parts, by two loops, or not at all, and the next one is not harmed',
  async () => {
    const texts = ['a'.repeat(3000), 'b'.repeat(3_000_000), '', 'c'.repeat(700), 'd'];
    const tar = await tarOf(texts.map((text, index) => entry(`f${index}`, {text})));
    for (const piece of [1 << 22, 65_536, 1000])
      for (const visited of ['whole', 'first', 'twice', 'nothing']) {
        const seen: string[] = [];
        await readTar(cut(tar, piece), {
          limits,
          visit: async ({path}, content) => {
            let text = '';
            const go = async (most: number) => {
              let count = 0;
              for await (const part of content) {
                text += part;
                count += 1;
                if (count === most) break;
              }
            };
            if (visited === 'first' || visited === 'twice') await go(1);
            if (visited === 'twice') await go(Number.POSITIVE_INFINITY);
            if (visited === 'whole') text = content.whole?.toString() ?? '';
            seen.push(`${path} ${text[0] ?? '-'} ${text.length}`);
          },
        });
        const all = texts.map((text, index) => `f${index} ${text[0] ?? '-'} ${text.length}`);
        if (visited === 'twice') assert.equal(seen, all);
        assert.is(seen.length, texts.length, `${visited} ${piece}`);
        // The long one is not brought together.
        if (visited === 'whole') assert.equal([seen[0], ...seen.slice(2)], [all[0], ...all.slice(2)]);
      }
  },
);

reader('what a visitor throws is thrown, unless the archive is the reason', async () => {
  const tar = await tarOf([entry('f', {text: 'x'.repeat(2_000_000)})]);
  const visit = async (_: unknown, content: AsyncIterable<Buffer>) => {
    try {
      for await (const _ of content);
    } catch {
      throw new MkvenvdebError('E_CHECK', 'of its own');
    }
    throw new MkvenvdebError('E_CHECK', 'at the end');
  };
  await rejects(readTar(cut(tar, 1000), {limits, visit}), 'E_CHECK', /at the end/);
  await rejects(readTar(cut(tar.subarray(0, 900_000), 1000), {limits, visit}), 'E_FORMAT', /truncated/);
});

reader.run();
