import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {begin} from '../../lib/archive/ahead.js';

const ahead = suite('archive/ahead');

/** A stream that tells what becomes of it. */
function stream(values: readonly (number | Error)[]) {
  const events: string[] = [];
  async function* numbers(): AsyncGenerator<number> {
    events.push('begun');
    try {
      for (const value of values) {
        if (value instanceof Error) throw value;
        yield value;
      }
    } finally {
      events.push('ended');
    }
  }
  return {events, numbers};
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function all(source: AsyncIterable<number>): Promise<readonly number[]> {
  const list: number[] = [];
  for await (const one of source) list.push(one);
  return list;
}

ahead('begins before it is read, and gives everything', async () => {
  const {events, numbers} = stream([1, 2, 3]);
  const begun = begin(numbers);
  await turn();
  assert.equal(events, ['begun']);
  assert.equal(await all(begun), [1, 2, 3]);
  assert.equal(events, ['begun', 'ended']);
});

ahead('ends what nobody reads, and what is left', async () => {
  for (const taken of [0, 1]) {
    const {events, numbers} = stream([1, 2, 3]);
    const begun = begin(numbers);
    if (taken === 1) assert.is((await begun.next()).value, 1);
    await begun.return();
    assert.equal(events, ['begun', 'ended']);
    assert.equal(await all(begun), taken === 0 ? [1] : []);
  }
});

ahead('what fails, fails where it is read, and harms nobody who does not', async () => {
  const reason = new Error('broken');
  const open = () => {
    throw reason;
  };
  for (const failing of [stream([reason]).numbers, open as never]) {
    await assert.equal(await all(begin(failing)).catch((error) => error), reason);
    await begin(failing).return();
    await turn();
  }
});

ahead.run();
