import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {bar, bytes, choosePaint, plain, table, width} from '../../bin/present.js';

const present = suite('bin/present');

const amounts: readonly (readonly [number, string])[] = [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_876, '9.9 kB'],
  [99_949, '99.9 kB'],
  [99_950, '100 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [130_000_000, '130 MB'],
  [-9_876, '-9.9 kB'],
  [5e15, '5000 TB'],
];
for (const [count, text] of amounts)
  present(`${count} bytes are ${text}`, () => assert.is(bytes(count), text));

const columns: readonly (readonly [string, number])[] = [
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['', 0],
];
for (const [text, wanted] of columns)
  present(`${JSON.stringify(text)} takes ${wanted} columns`, () => assert.is(width(text), wanted));

present('columns are aligned, numbers to the right, without blanks at the end', () =>
  assert.equal(
    table(
      [{head: 'name'}, {head: 'size', align: 'right'}, {head: 'note'}],
      [
        ['日本', '5', ''],
        ['warehouse', '1234', 'x'],
      ],
    ),
    ['name       size  note', '日本          5', 'warehouse  1234  x'],
  ),
);

present('a name cannot paint the screen', () =>
  assert.equal(table([{}], [['a\u001b[2Jb\u202e']]), ['a\\x1b[2Jb\\u{202e}']),
);

present('a bar is as long as its share, and never nothing for something', () => {
  assert.is(bar(10, 10, 4), '████');
  assert.is(bar(5, 10, 4), '██');
  assert.is(bar(1, 1_000_000, 4), '▏');
  assert.is(bar(0, 10, 4), '');
});

const paints: readonly (readonly [string, boolean | undefined, Record<string, string>, boolean])[] = [
  ['a terminal', true, {}, true],
  ['a pipe', undefined, {}, false],
  ['a terminal with NO_COLOR', true, {NO_COLOR: '1'}, false],
  ['a terminal with an empty NO_COLOR', true, {NO_COLOR: ''}, true],
  ['a dumb terminal', true, {TERM: 'dumb'}, false],
  ['a pipe with FORCE_COLOR', false, {FORCE_COLOR: '1'}, true],
  ['a terminal with FORCE_COLOR=0', true, {FORCE_COLOR: '0'}, false],
];
for (const [where, isTTY, environment, coloured] of paints)
  present(`${where} is ${coloured ? '' : 'not '}coloured`, () => {
    const text = choosePaint(isTTY, environment)('bad', 'x');
    assert.is(text === 'x', !coloured);
  });

present('a coloured table is as wide as a plain one', () => {
  const paint = choosePaint(true, {});
  const [row = ''] = table([{tone: 'bad'}, {}], [['a', 'b']], paint);
  assert.is(row, `${paint('bad', 'a')}  b`);
  assert.equal(table([{tone: 'bad'}, {}], [['a', 'b']], plain), ['a  b']);
});

present.run();
