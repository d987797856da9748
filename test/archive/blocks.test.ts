import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cutBlocks, planBlocks} from '../../lib/archive/blocks.js';
import {long} from '../helpers/suite.js';

const blocks = suite('archive/blocks');
const sizes = {maximum: 100, minimum: 40};

for (const [title, length, boundaries, wanted] of [
  ['leaves a short stream whole', 90, [], [90]],
  ['leaves a stream of one block whole', 100, [], [100]],
  ['cuts at the maximum', 250, [], [100, 100, 50]],
  ['cuts at the first boundary past the minimum', 200, [30, 40, 90], [40, 50, 100, 10]],
  ['takes no boundary before the minimum', 200, [39], [100, 100]],
  ['counts the minimum from the last cut', 250, [110, 130, 145], [100, 45, 100, 5]],
  ['cuts at a boundary that lies at the maximum once', 150, [100], [100, 50]],
  ['makes no empty block of a boundary at the end', 100, [100], [100]],
  ['plans nothing for an empty stream', 0, [], []],
] as const) {
  blocks(title, () => assert.equal(planBlocks({length, boundaries}, sizes), wanted));
}

const layouts = fc
  .record({
    length: fc.integer({min: 1, max: 2000}),
    boundaries: fc.uniqueArray(fc.integer({min: 1, max: 1999})),
  })
  .map(({length, boundaries}) => ({
    length,
    boundaries: boundaries.filter((one) => one < length).sort((a, b) => a - b),
  }));

blocks('fills the stream, keeps the maximum, and ends short blocks at a boundary', () => {
  const holds = fc.property(layouts, (layout) => {
    const planned = planBlocks(layout, sizes);
    let end = 0;
    for (const length of planned) {
      end += length;
      assert.ok(length > 0 && length <= sizes.maximum);
      if (length < sizes.maximum && end < layout.length) {
        assert.ok(length >= sizes.minimum);
        assert.ok(layout.boundaries.includes(end));
      }
    }
    assert.is(end, layout.length);
  });
  fc.assert(holds, {numRuns: long ? 20_000 : 500});
});

async function* inChunks(data: Buffer, size: number) {
  for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}

blocks('gives the same blocks however the stream arrives', async () => {
  const data = Buffer.from(Array.from({length: 250}, (_, index) => index));
  for (const size of [1, 7, 100, 250]) {
    const found: Buffer[] = [];
    for await (const block of cutBlocks(
      inChunks(data, size),
      [100, 45, 105],
      (length) => new Uint8Array(length),
    ))
      found.push(Buffer.from(block));
    assert.equal(
      found.map(({length}) => length),
      [100, 45, 105],
    );
    assert.ok(Buffer.concat(found).equals(data));
  }
});

for (const [title, lengths] of [
  ['shorter', [100, 100]],
  ['longer', [100, 100, 51]],
] as const) {
  blocks(`refuses a stream when its plan is ${title}`, async () => {
    let error: unknown;
    try {
      for await (const _ of cutBlocks(
        inChunks(Buffer.alloc(250), 60),
        lengths,
        (length) => new Uint8Array(length),
      ));
    } catch (caught) {
      error = caught;
    }
    assert.instance(error, RangeError);
  });
}

blocks.run();
