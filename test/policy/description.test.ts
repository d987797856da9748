import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {describeProject, formatDescription} from '../../lib/policy/description.js';

const description = suite('policy/description');

const describe = (summary?: string) =>
  describeProject({
    ...{package: 'ware-house', project: 'Ware_House', version: '14.2.1', summary},
    ...{prefix: '/opt/ware-house', interpreter: 'PyPy 3.9'},
  });

for (const [summary, wanted] of [
  ['Python package index', 'Python package index'],
  ['A Python package index.', 'Python package index'],
  ['The first index...', 'first index'],
  ['ware-house: an index of all', 'index of all'],
  ['Ware_House - index of all', 'index of all'],
  ['Ware-House is the index of all', 'index of all'],
  ['Ware-houses for all', 'Ware-houses for all'],
  ['ware-house-like thing', 'Python application: ware-house-like thing'],
  ['Index', 'Python application: Index'],
  ['An analysis tool', 'analysis tool'],
  ['Andromeda tools', 'Andromeda tools'],
  ['A-B tests', 'A-B tests'],
  [' two  lines\n of\ttext ', 'two lines of text'],
  ['A ware-house.', 'Python application in a virtual environment'],
  ['', 'Python application in a virtual environment'],
  [undefined, 'Python application in a virtual environment'],
  [`a ${'x'.repeat(78)} y`, `${'x'.repeat(78)}`],
  [`of ${'x'.repeat(90)}`, 'of'],
  [`of ${'x'.repeat(76)}`, `of ${'x'.repeat(76)}`],
  [`${'four '.repeat(15)}five, six`, 'four '.repeat(15).trim()],
  [`${'four '.repeat(15)}five six`, `${'four '.repeat(15)}five`],
  [`${'four '.repeat(14)}five - dash - more`, `${'four '.repeat(14)}five`],
  [`of \u{1F600}${'\u{1F600}'.repeat(75)} more`, `of ${'\u{1F600}'.repeat(76)}`],
] as const) {
  description(`the synopsis of ${JSON.stringify(summary)?.slice(0, 40)} is ${wanted.slice(0, 40)}`, () =>
    assert.is(describe(summary).split('\n')[0], wanted),
  );
}

description('the extended description names project, version, place and interpreter', () => {
  for (const word of ['Ware_House 14.2.1', '/opt/ware-house', 'PyPy 3.9']) assert.match(describe('x'), word);
});

for (const [title, text, wanted] of [
  ['a synopsis alone', 'short', 'short'],
  ['blanks around it', '\n  short  \n\n', 'short'],
  ['empty lines', 'short\none\n\n\ntwo\n', 'short\n one\n .\n .\n two'],
  ['lines to be shown as they are', 'short\nlist:\n  - one\n  - two', 'short\n list:\n   - one\n   - two'],
  [
    'a debian/control description',
    'short\n one\n .\n  - as it is\n two',
    'short\n one\n .\n  - as it is\n two',
  ],
  ['a line that begins with a dot', 'short\n.hidden\nx', 'short\n  .hidden\n x'],
  ['a long word', `short\n${'x'.repeat(100)} y`, `short\n ${'x'.repeat(100)}\n y`],
] as const) {
  description(`writes ${title}`, () => assert.is(formatDescription(text), wanted));
}

description('wraps long lines so that none is over 79 characters', () => {
  const lines = formatDescription(`short\n${'word '.repeat(100)}`).split('\n');
  assert.is(lines.length, 8);
  for (const line of lines) assert.ok(line.length <= 79, line);
  assert.is(lines[1]?.length, 75);
});

description.run();
