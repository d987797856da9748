import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {rejects} from '../helpers/suite.js';
import {decompressed, someData} from './compress-helper.js';

/** Blocks that tell their sizes are decoded in threads; what comes out is what xz itself gives. */
const decode = suite('archive/xz-decode');
const MIB = 1 << 20;
const data = Buffer.concat([Buffer.alloc(9 * MIB, someData(100_003)), someData(MIB)]);
const byXz = (...options: string[]): Buffer =>
  execFileSync('xz', ['-0', ...options, '-c'], {input: data, maxBuffer: 1e9});

for (const options of [
  ['-T2', '--block-size=3MiB'],
  ['-T2', '--block-list=2MiB,5MiB,1KiB,0'],
  ['-T1', '--block-size=3MiB'],
  ['-T2', '--block-size=3MiB', '--check=crc32'],
  ['-T2', '--block-size=3MiB', '--x86', '--lzma2'],
]) {
  decode(`gives what xz packed with ${options.join(' ')}`, async () =>
    assert.ok((await decompressed('xz', byXz(...options))).equals(data)),
  );
}

const blocks = byXz('-T2', '--block-size=3MiB');
const changed = (offset: number): Buffer => {
  const copy = Buffer.from(blocks);
  copy[offset < 0 ? copy.length + offset : offset] = (copy.at(offset) ?? 0) ^ 1;
  return copy;
};

for (const [title, file, message] of [
  ['a changed byte in the middle', changed(blocks.length >> 1), /cannot be decoded/],
  ['a changed byte of a block header', changed(14), /cannot be decoded/],
  ['a changed index', changed(-20), /cannot be decoded/],
  ['a changed footer', changed(-1), /cannot be decoded/],
  ['an end in a block', blocks.subarray(0, blocks.length >> 1), /truncated/],
  ['an end in the index', blocks.subarray(0, -14), /truncated/],
  ['a second stream', Buffer.concat([blocks, blocks]), /follows the first xz stream/],
  ['padding', Buffer.concat([blocks, Buffer.alloc(4)]), /follows the first xz stream/],
] as const) {
  decode(`refuses ${title}`, async () => {
    await rejects(decompressed('xz', file), 'E_FORMAT', message);
  });
}

decode('every changed byte of headers and index is found', async () => {
  for (const offset of [...Array(24).keys(), ...Array.from({length: 28}, (_, index) => -index - 1)])
    await rejects(decompressed('xz', changed(offset)), 'E_FORMAT', /xz stream/);
});

decode.run();
