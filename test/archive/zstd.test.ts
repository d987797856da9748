import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {xxHash64} from '../../lib/archive/xxhash64.js';
import {compressZstd} from '../../lib/archive/zstd.js';
import {parseZstdHeader} from '../../lib/archive/zstd-frame.js';
import {rejects} from '../helpers/suite.js';
import {compressed, decompressed, someData} from './compress-helper.js';

const zstd = suite('archive/zstd');
const MIB = 1 << 20;
const big = someData(5 * MIB + 17);
const medium = someData(MIB + 17);
const small = someData(200_000);
const byZstd = (data: Buffer, ...options: string[]): Buffer =>
  execFileSync('zstd', ['-q', ...options, '-c'], {input: data, maxBuffer: 1e9});

zstd('is read by zstd itself, checksum and all', async () => {
  for (const data of [big, small, Buffer.from('x')]) {
    const file = await compressed('zstd', data, {level: 3});
    assert.ok(execFileSync('zstd', ['-qdc'], {input: file, maxBuffer: 1e9}).equals(data));
    const broken = Buffer.from(file);
    broken[file.length - 1] = (broken[file.length - 1] as number) ^ 1;
    assert.throws(
      () => execFileSync('zstd', ['-qdc'], {input: broken, maxBuffer: 1e9, stdio: 'pipe'}),
      /checksum/,
    );
  }
});

zstd('compresses as well as zstd does', async () => {
  const data = medium;
  const theirs = byZstd(data, '-19').length;
  const ours = (await compressed('zstd', data, {level: 19})).length;
  assert.ok(ours < theirs * 1.01, `${ours} bytes, zstd has ${theirs}`);
});

zstd('gives the same bytes in large chunks and in small ones, with one worker and with three', async () => {
  const one = await compressed('zstd', big, {level: 3});
  assert.ok(one.equals(await compressed('zstd', big, {level: 3, chunk: 512, workers: 3})));
});

zstd('gives the same blocks in a thread as without', async () => {
  const [whole, start] = [big, big.subarray(0, 256 << 10)];
  const [inThread, without] = await Promise.all(
    [whole, start].map((data) => compressed('zstd', data, {level: 3})),
  );
  const blocks = (without as Buffer).subarray(14, -7); // between the header and the empty last block with the checksum
  assert.ok(blocks.equals((inThread as Buffer).subarray(14, 14 + blocks.length)));
});

zstd('writes content size and checksum into the one frame', async () => {
  const header = parseZstdHeader(await compressed('zstd', big));
  assert.is(header.contentSize, big.length);
  assert.ok(header.hasChecksum);
});

for (const options of [
  ['-3'],
  ['-19'],
  ['--fast=5'],
  ['-3', '--no-check'],
  ['-3', '--no-content-size'],
  ['-1', '--long=27'],
  ['-3', '-T2'],
  ['-1', `--stream-size=${small.length}`],
]) {
  zstd(`reads what zstd ${options.join(' ')} wrote`, async () => {
    for (const data of [medium, small, Buffer.alloc(3 * MIB), Buffer.alloc(0)]) {
      const usable = options.some((option) => option.startsWith('--stream')) ? small : data;
      assert.ok((await decompressed('zstd', byZstd(usable, ...options))).equals(usable));
    }
  });
}

zstd('reads a frame that comes byte by byte, and two at the same time', async () => {
  const [one, two] = [someData(3000), someData(400_000)];
  const both = await Promise.all([
    decompressed('zstd', byZstd(one), 1),
    decompressed('zstd', byZstd(two), 10_000),
  ]);
  assert.ok(both[0].equals(one) && both[1].equals(two));
});

const frame = byZstd(small, '-3');
const changed = (offset: number) => {
  const copy = Buffer.from(frame);
  copy[offset] = (copy[offset] as number) ^ 0x55;
  return copy;
};
const unchecked = byZstd(small, '-3', '--no-check');
const wrongSize = Buffer.from(unchecked);
wrongSize.writeUInt32LE(small.length + 1, 5);
/** One of ours, which ends in an empty block, without its checksum and with another content size. */
const wrongEnd = (await compressed('zstd', small)).subarray(0, -4);
wrongEnd.writeUInt8(0xc0, 4);
wrongEnd.writeUInt32LE(small.length + 1, 6);
const wrongBlock = byZstd(medium, '-3', '--no-check', '--no-content-size');
wrongBlock.fill(0xff, 9, 20); // behind the headers of frame and block
const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
for (const [title, data, message] of [
  ['a second frame', Buffer.concat([frame, frame]), /follows the first zstd frame/],
  ['an empty second frame', Buffer.concat([frame, byZstd(Buffer.alloc(0))]), /follows the first zstd frame/],
  ['an empty first frame', Buffer.concat([byZstd(Buffer.alloc(0)), frame]), /follows the first zstd frame/],
  ['a skippable frame first', Buffer.concat([skippable, frame]), /does not begin with a frame/],
  ['garbage at the end', Buffer.concat([frame, Buffer.from('x')]), /follows the first zstd frame/],
  ['a frame without its last byte', frame.subarray(0, -1), /truncated/],
  ['half a frame', frame.subarray(0, frame.length >> 1), /truncated/],
  ['nothing at all', Buffer.alloc(0), /does not begin with a frame/],
  ['a wrong magic number', changed(1), /does not begin with a frame/],
  ['a changed byte in the data', changed(frame.length >> 1), /corrupt/],
  ['a wrong content size and no checksum', wrongSize, /corrupt/],
  ['a wrong content size and an empty last block', wrongEnd, /corrupt/],
  ['a changed block and neither size nor checksum', wrongBlock, /corrupt/],
  ['a changed checksum', changed(frame.length - 1), /corrupt/],
  [
    'a window that dpkg has no memory for',
    byZstd(big, '-1', '--long=28', '--no-content-size'),
    /larger than 128 MiB/,
  ],
  ['a dictionary', Buffer.from('28b52ffd01200000', 'hex'), /dictionary/],
] as const) {
  zstd(`refuses ${title}`, async () => {
    await rejects(decompressed('zstd', data), 'E_FORMAT', message);
    await rejects(decompressed('zstd', data, 100), 'E_FORMAT', message);
  });
}

zstd('ends its thread when aborted, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 300);
  let error: unknown;
  try {
    await compressed('zstd', big, {level: 22, signal: controller.signal});
  } catch (caught) {
    error = caught;
  }
  assert.is(error, reason);
});

zstd('passes on what is wrong with its source', async () => {
  const reason = new Error('unreadable');
  const source = async function* () {
    yield big.subarray(0, 3 * MIB);
    throw reason;
  };
  let error: unknown;
  try {
    for await (const _ of compressZstd(source(), {
      layout: {length: big.length, boundaries: []},
      level: 1,
      workers: 1,
    }));
  } catch (caught) {
    error = caught;
  }
  assert.is(error, reason);
});

for (const length of [0, 1, 3, 4, 8, 31, 32, 33, 64, 1000, 100_003]) {
  zstd(`hashes ${length} bytes as zstd does, in pieces of any size`, () => {
    const data = someData(length + 100).subarray(0, length);
    const wanted = byZstd(data, '--check').subarray(-4);
    for (const piece of [1, 37, 100_000]) {
      const hash = xxHash64();
      for (let at = 0; at < length; at += piece) hash.update(data.subarray(at, at + piece));
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(hash.digest());
      assert.equal(bytes.subarray(0, 4), wanted);
    }
  });
}

zstd.run();
