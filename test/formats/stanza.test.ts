import {readFileSync} from 'node:fs';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {formatStanza, parseStanzas} from '../../lib/formats/stanza.js';
import {throws} from '../helpers/suite.js';

const stanza = suite('formats/stanza');

const parsed = (text: string) => parseStanzas(text, 'file').map((fields) => Object.fromEntries(fields));

for (const [title, text, wanted] of [
  ['nothing', '', []],
  ['blank lines only', '\n \n\t\n', []],
  ['one field without final line break', 'A: b', [{A: 'b'}]],
  ['values are trimmed', 'A:\t b \t\n', [{A: 'b'}]],
  ['no blank after the colon, and a colon inside', 'A:b:c: d', [{A: 'b:c: d'}]],
  ['an empty value', 'A:\nB: c\n', [{A: '', B: 'c'}]],
  ['continuation lines keep their blanks', 'A: b\n c\n .\n\t d  \nE: f', [{A: 'b\n c\n .\n\t d', E: 'f'}]],
  ['a value that begins on the next line', 'Files:\n a b\n c', [{Files: '\n a b\n c'}]],
  ['stanzas, parted by any number of blank lines', '\n\nA: 1\n\n\n \nA: 2\n', [{A: '1'}, {A: '2'}]],
  ['comments, also inside a value', '# x\nA: b\n# y\n c\n#\nD: e', [{A: 'b\n c', D: 'e'}]],
  ['line breaks of Windows', 'A: b\r\n c\r\n\r\nD: e\r\n', [{A: 'b\n c'}, {D: 'e'}]],
] as const) {
  stanza(`reads ${title}`, () => assert.equal(parsed(text), wanted));
}

for (const [text, message] of [
  [' a', /Continuation of no field in line 1 of file/],
  ['A: b\n\n c', /Continuation of no field in line 3/],
  ['A: b\nnonsense', /No field in line 2/],
  ['A b: c', /No field in line 1/],
  ['-A: c', /No field in line 1/],
  ['Ä: c', /No field in line 1/],
  [': c', /No field in line 1/],
  ['A: b\na: c', /Field a twice in line 2/],
] as const) {
  stanza(`refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseStanzas(text, 'file'), 'E_FORMAT', message);
  });
}

stanza('writes what it reads', () => {
  const text = 'A: b\n c\n .\n d\nFiles:\n a\n b\nE: f\n';
  assert.is(parseStanzas(text, 'file').map(formatStanza).join(''), text);
});

for (const [field, value] of [
  ['A', 'b\nX: y'],
  ['A', 'b\n\nPackage: y'],
  ['A', 'b\n '],
  ['A', 'b\n \t'],
  ['A', 'b\n'],
  ['A', 'b\r\nX: y'],
  ['A', 'b\rX: y'],
  ['A b', 'c'],
  ['A:', 'c'],
  ['', 'c'],
  ['A\nB', 'c'],
] as const) {
  stanza(`does not write ${JSON.stringify(`${field}: ${value}`)}`, () => {
    throws(() => formatStanza([[field, value]]), 'E_FORMAT', /cannot be written/);
  });
}

stanza("reads dpkg's status file as dpkg-query does", async () => {
  const file = '/var/lib/dpkg/status';
  const ours = parseStanzas(readFileSync(file, 'utf8'), file);
  const names = ['Package', 'Version', 'Depends', 'Description'];
  const format = `${names.map((name) => `\${${name}}`).join('\v')}\f`;
  const {stdout} = await execa('dpkg-query', ['-W', '-f', format], {stripFinalNewline: false});
  const theirs = stdout.replace(/ +\n/g, '\n').split('\f').slice(0, -1);
  const own = new Set(ours.map((fields) => names.map((name) => fields.get(name) ?? '').join('\v')));
  const wrong = theirs.filter((one) => !own.has(one)).map((one) => one.slice(0, 80));
  assert.ok(theirs.length > 50);
  assert.equal(wrong, []);
});

stanza.run();
