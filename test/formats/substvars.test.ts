import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseSubstvars, relationList, substitute} from '../../lib/formats/substvars.js';

const substvars = suite('formats/substvars');

substvars('reads names and values, comments, conditional and added ones', () => {
  const text =
    '# comment\n\nshlibs:Depends=libc6 (>= 2.36)\nmisc:Depends?=adduser\nmisc:Depends+=debconf\nodd line\n';
  assert.equal(
    [...parseSubstvars(text)],
    [
      ['shlibs:Depends', 'libc6 (>= 2.36)'],
      ['misc:Depends', 'adduser, debconf'],
    ],
  );
});

for (const [text, wanted] of [
  ['a!=b\n', [['a', 'b']]],
  ['a= b \r\na+= c \n', [['a', 'b, c']]],
  ['a+=b\n', [['a', 'b']]],
  ['#a=b\n #a=b\n\n', []],
] as const) {
  substvars(`reads ${JSON.stringify(text)}`, () => assert.equal([...parseSubstvars(text)], wanted));
}

substvars('replaces names in values too, and tells those that nobody set', () => {
  const variables = new Map([
    ['a', `\${b} x`],
    ['b', 'y'],
    ['loop', `\${loop}`],
  ]);
  assert.equal(substitute(`\${a}, \${none}, \${}{c}`, variables), {text: `y x, , \${c}`, unknown: ['none']});
  assert.equal(substitute(`\${loop}`, variables).unknown, ['loop']);
  assert.is(substitute(`a\${Newline}b`, variables).text, 'a\nb');
});

for (const [given, wanted] of [
  ['a, , b (>= 1),', ['a', 'b (>= 1)']],
  [' a\n | b,\n c', ['a | b', 'c']],
  ['| a', ['a']],
  ['a  (>=   1)\t[amd64]', ['a (>= 1) [amd64]']],
  ['', []],
] as const) {
  substvars(`a list of relations from ${JSON.stringify(given)}`, () =>
    assert.equal(relationList(given), wanted),
  );
}

substvars.run();
