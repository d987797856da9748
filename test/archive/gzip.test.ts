import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {rejects} from '../helpers/suite.js';
import {compressed, decompressed, someData} from './compress-helper.js';

const gzip = suite('archive/gzip');
const MIB = 1 << 20;
const big = someData(9 * MIB + 17);
const byGzip = (data: Buffer): Buffer => execFileSync('gzip', ['-nc'], {input: data, maxBuffer: 1e9});

gzip('is read by gzip itself', async () => {
  const file = await compressed('gzip', big, {level: 9, boundaries: [2 * MIB]});
  assert.ok(execFileSync('gzip', ['-dc'], {input: file, maxBuffer: 1e9}).equals(big));
});

gzip('gives the same bytes with one thread and with three, in large chunks and in small ones', async () => {
  const one = await compressed('gzip', big, {boundaries: [3 * MIB]});
  assert.ok(one.equals(await compressed('gzip', big, {boundaries: [3 * MIB], workers: 3, chunk: 512})));
});

gzip('writes neither time nor name into the header', async () => {
  assert.is(
    (await compressed('gzip', someData(100), {level: 9})).toString('hex', 0, 10),
    '1f8b0800000000000203',
  );
});

gzip('reads what gzip wrote, one member or two', async () => {
  const file = byGzip(big);
  assert.ok((await decompressed('gzip', file)).equals(big));
  assert.ok((await decompressed('gzip', Buffer.concat([file, file]))).equals(Buffer.concat([big, big])));
});

const file = byGzip(someData(100_000));
const changed = (offset: number) => {
  const copy = Buffer.from(file);
  copy[offset] = (copy[offset] as number) ^ 0x55;
  return copy;
};
for (const [title, data, message] of [
  ['garbage at the end', Buffer.concat([file, Buffer.from('garbage')]), /incorrect header check/],
  ['zeros at the end', Buffer.concat([file, Buffer.alloc(512)]), /Something follows the gzip data/],
  ['a member without its last byte', file.subarray(0, -1), /unexpected end/],
  ['half a member', file.subarray(0, file.length >> 1), /unexpected end/],
  ['nothing at all', Buffer.alloc(0), /unexpected end/],
  ['a wrong magic number', changed(1), /incorrect header check/],
  ['a changed byte in the data', changed(file.length >> 1), /incorrect data check|invalid/],
  ['a changed check', changed(file.length - 6), /incorrect data check/],
] as const) {
  gzip(`refuses ${title}`, async () => {
    await rejects(decompressed('gzip', data), 'E_FORMAT', message);
    await rejects(decompressed('gzip', data, 100), 'E_FORMAT', message);
  });
}

gzip.run();
