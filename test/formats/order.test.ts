import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compareBytes, sortedByBytes} from '../../lib/formats/order.js';

const order = suite('formats/order');
const byBuffer = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
/** Whole characters of one to four bytes. */
const texts = fc.array(
  fc.string({unit: fc.constantFrom('a', 'b', '/', 'é', '日', '\uffff', '𝄞', '\u{10000}'), maxLength: 5}),
);

order('texts are sorted as their UTF-8 bytes are', () => {
  fc.assert(
    fc.property(texts, (list) => {
      const wanted = [...list].sort(byBuffer);
      assert.equal([...list].sort(compareBytes), wanted);
      assert.equal(
        sortedByBytes(
          list.map((text) => ({text})),
          ({text}) => text,
        ).map(({text}) => text),
        wanted,
      );
    }),
    {numRuns: 2000},
  );
});

order('what has the same text stays in its order', () => {
  const list = ['b1', 'a1', 'b2', 'a2'];
  assert.equal(
    sortedByBytes(list, (one) => one.charAt(0)),
    ['a1', 'a2', 'b1', 'b2'],
  );
});

order.run();
