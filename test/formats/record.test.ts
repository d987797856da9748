import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {formatRecord, parseRecord, recordHash} from '../../lib/formats/record.js';

const test = suite('RECORD');

const row = (path: string, hash = '', size = '') => ({path, hash, size});

const cases: readonly (readonly [string, string, readonly ReturnType<typeof row>[]])[] = [
  ['nothing', '', []],
  ['rows that end in LF', 'a.py,sha256=x,1\nb.py,,\n', [row('a.py', 'sha256=x', '1'), row('b.py')]],
  [
    'rows that end in CR LF, as pip writes them',
    'a.py,sha256=x,1\r\nb.py,,\r\n',
    [row('a.py', 'sha256=x', '1'), row('b.py')],
  ],
  ['a last row without an end', 'a.py,,', [row('a.py')]],
  ['a last row that ends after two fields', 'a.py,', [row('a.py')]],
  ['commas, quotes and line breaks in a name', '"a,""b""\nc.py",,\n', [row('a,"b"\nc.py')]],
  ['empty lines', '\n\na.py,,\n\n', [row('a.py')]],
  ['rows without hash and size', 'a.py\nb.py\n', [row('a.py'), row('b.py')]],
];

for (const [title, text, rows] of cases) {
  test(`reads ${title}`, () => assert.equal(parseRecord(text, 'RECORD'), rows));
}

const unreadable: readonly (readonly [string, string, RegExp])[] = [
  ['an unfinished quote', 'a.py,,\n"b.py,,\n', /not readable: x\/RECORD: line 2/],
  ['text after a quoted field', '"a"b,,\n', /not readable: x\/RECORD: line 1/],
  ['a fourth field', 'a.py,sha256=x,1,more\n', /too many fields: x\/RECORD: a\.py/],
];

for (const [title, text, message] of unreadable) {
  test(`refuses ${title}`, () =>
    assert.throws(
      () => parseRecord(text, 'x/RECORD'),
      (error: unknown) =>
        error instanceof MkvenvdebError && error.code === 'E_FORMAT' && message.test(error.message),
    ));
}

test('writes what Python writes: same order, same quoting, same line ends', () => {
  const paths = [
    'b.py',
    'a.py',
    'a/b.py',
    'a-b.py',
    'A.py',
    'a,b',
    'a"b',
    'a\nb',
    'ü.py',
    '日.py',
    '\u{1f600}.py',
    '\ufffd.py',
  ];
  const rows = paths.map((path) => row(path, 'sha256=x', '1'));
  const program = [
    'import csv, io, json, sys',
    'rows = sorted((row["path"], row["hash"], row["size"]) for row in json.loads(sys.stdin.buffer.read()))',
    'out = io.StringIO(newline="")',
    'csv.writer(out).writerows(rows)',
    'sys.stdout.buffer.write(out.getvalue().encode())',
  ].join('\n');
  const wanted = execFileSync('/usr/bin/python3', ['-c', program], {
    input: JSON.stringify(rows),
    encoding: 'utf8',
  });
  assert.is(formatRecord(rows), wanted);
  assert.equal(new Set(parseRecord(wanted, 'x').map(({path}) => path)), new Set(paths));
});

test('names the hash of an empty file as pip does', () => {
  const empty = createHash('sha256').digest();
  assert.is(recordHash(empty), 'sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
});

test.run();
