import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compressXz} from '../../lib/archive/xz.js';
import {rejects} from '../helpers/suite.js';
import {compressed, decompressed, inChunks, someData} from './compress-helper.js';

const xz = suite('archive/xz');
const MIB = 1 << 20;
const big = Buffer.alloc(20 * MIB + 17, someData(100_003));
const small = someData(100_000);

const byXz = (data: Buffer, ...options: string[]): Buffer =>
  execFileSync('xz', [...options, '-c'], {input: data, maxBuffer: 1e9});

/** What `xz -lvv` says: of each block its uncompressed size and flags. */
function listed(file: Buffer): {streams: number; check: string; blocks: {size: number; flags: string}[]} {
  return inFile(file, (path) => {
    const lines = execFileSync('xz', ['--robot', '-lvv', path], {encoding: 'utf8'})
      .split('\n')
      .map((line) => line.split('\t'));
    const [, streams = '', , , , , check = ''] = lines.find(([kind]) => kind === 'file') ?? [];
    const blocks = lines
      .filter(([kind]) => kind === 'block')
      .map((fields) => ({size: Number(fields[7]), flags: fields[12] ?? ''}));
    return {streams: Number(streams), check, blocks};
  });
}

function inFile<T>(data: Buffer, use: (path: string) => T): T {
  const folder = execFileSync('mktemp', ['-d'], {encoding: 'utf8'}).trim();
  try {
    writeFileSync(join(folder, 'x.xz'), data);
    return use(join(folder, 'x.xz'));
  } finally {
    execFileSync('rm', ['-r', folder]);
  }
}

for (const [level, data] of [
  [0, big],
  [6, small],
  [7, someData(MIB / 2)],
] as const) {
  xz(`gives the bytes of multi-threaded xz at level ${level}`, async () => {
    const wanted = byXz(data, `-${level}`, '-T2', '--block-size=16MiB');
    assert.ok((await compressed('xz', data, {level})).equals(wanted));
  });
}

xz('takes level 7 for 8 and 9, whose dictionaries no block fills', async () => {
  const [seven, nine] = await Promise.all([7, 9].map((level) => compressed('xz', small, {level})));
  assert.ok(seven?.equals(nine as Buffer));
});

xz('gives the same bytes with one thread and with three, in large chunks and in small ones', async () => {
  const settings = {level: 0, boundaries: [8 * MIB, 16 * MIB]};
  const one = await compressed('xz', big, settings);
  assert.ok(one.equals(await compressed('xz', big, {...settings, workers: 2, chunk: 512})));
  assert.ok(one.equals(await compressed('xz', big, {...settings, workers: 3, chunk: 5 * MIB})));
});

xz('writes one stream with CRC64, blocks cut at boundaries, and sizes in their headers', async () => {
  const {streams, check, blocks} = listed(
    await compressed('xz', big, {level: 0, boundaries: [8 * MIB, 16 * MIB]}),
  );
  assert.is(streams, 1);
  assert.is(check, 'CRC64');
  assert.equal(
    blocks.map(({size}) => size),
    [8 * MIB, 8 * MIB, 4 * MIB + 17],
  );
  assert.equal([...new Set(blocks.map(({flags}) => flags))], ['cu']);
});

xz('is read by xz itself', async () => {
  const file = await compressed('xz', big, {level: 0, boundaries: [8 * MIB]});
  assert.ok(execFileSync('xz', ['-dc'], {input: file, maxBuffer: 1e9}).equals(big));
});

for (const options of [
  ['-6'],
  ['-9'],
  ['-1', '--check=none'],
  ['-1', '--check=crc32'],
  ['-1', '--check=sha256'],
  ['--x86', '--lzma2=preset=1'],
  ['-0', '-T2', '--block-size=100KiB'],
]) {
  xz(`reads what xz ${options.join(' ')} wrote`, async () => {
    const data = someData(MIB / 2);
    assert.ok((await decompressed('xz', byXz(data, ...options))).equals(data));
  });
}

xz('reads a stream that comes byte by byte', async () => {
  const data = someData(3000);
  assert.ok((await decompressed('xz', byXz(data), 1)).equals(data));
});

const stream = byXz(small);
const changed = (offset: number) => {
  const copy = Buffer.from(stream);
  copy[offset] = (copy[offset] as number) ^ 0x55;
  return copy;
};
for (const [title, data, message] of [
  ['a second stream', Buffer.concat([stream, stream]), /follows the first xz stream/],
  ['an empty second stream', Buffer.concat([stream, byXz(Buffer.alloc(0))]), /follows the first xz stream/],
  ['stream padding', Buffer.concat([stream, Buffer.alloc(4)]), /follows the first xz stream/],
  ['garbage at the end', Buffer.concat([stream, Buffer.from('x')]), /follows the first xz stream/],
  ['a stream without its last byte', stream.subarray(0, -1), /xz stream is truncated/],
  ['half a stream', stream.subarray(0, stream.length >> 1), /xz stream is truncated/],
  ['nothing at all', Buffer.alloc(0), /xz stream is truncated/],
  ['a wrong magic number', changed(1), /not an xz stream/],
  ['a wrong stream header', changed(9), /corrupt/],
  ['a changed byte in the data', changed(stream.length >> 1), /corrupt/],
  ['a changed check', changed(stream.length - 40), /corrupt/],
  ['a changed footer', changed(stream.length - 5), /corrupt/],
  ['gzip data', execFileSync('gzip', ['-c'], {input: small}), /not an xz stream/],
] as const) {
  xz(`refuses ${title}`, async () => {
    await rejects(decompressed('xz', data), 'E_FORMAT', message);
    await rejects(decompressed('xz', data, 100), 'E_FORMAT', message);
  });
}

xz('refuses a dictionary for which it has no memory', async () => {
  const data = byXz(small, '--lzma2=dict=512MiB');
  await rejects(decompressed('xz', data), 'E_FORMAT', /more memory/);
});

xz('ends its threads when aborted, with the reason', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 300);
  let error: unknown;
  try {
    await compressed('xz', big, {level: 7, workers: 2, signal: controller.signal});
  } catch (caught) {
    error = caught;
  }
  assert.is(error, reason);
});

xz('reads no further ahead than its threads can take', async () => {
  let read = 0;
  const source = async function* () {
    for await (const chunk of inChunks(big, MIB)) {
      yield chunk;
      read += chunk.length;
    }
  };
  const layout = {length: big.length, boundaries: [8 * MIB, 16 * MIB]};
  const readAtOutput: number[] = [];
  for await (const _ of compressXz(source(), {layout, level: 0, workers: 1})) readAtOutput.push(read / MIB);
  // The header; block by block; the index.
  assert.equal(readAtOutput.slice(0, 3), [0, 7, 15]);
});

xz('passes on what is wrong with its source', async () => {
  const reason = new Error('unreadable');
  const source = async function* () {
    yield big.subarray(0, 18 * MIB);
    throw reason;
  };
  let error: unknown;
  try {
    for await (const _ of compressXz(source(), {
      layout: {length: big.length, boundaries: []},
      level: 0,
      workers: 2,
    }));
  } catch (caught) {
    error = caught;
  }
  assert.is(error, reason);
});

xz.run();
