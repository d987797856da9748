import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parsePo} from '../../lib/formats/po.js';
import {throws} from '../helpers/suite.js';

const po = suite('formats/po');

const HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n';
const messagesOf = (text: string) => Object.fromEntries(parsePo(HEADER + text, 'de.po'));

const CASES: readonly (readonly [title: string, text: string, wanted: Record<string, string>])[] = [
  ['one line', 'msgid "a"\nmsgstr "b"\n', {a: 'b'}],
  ['lines that go on', 'msgid ""\n"a "\n"b"\nmsgstr "c"\n"d"\n', {'a b': 'cd'}],
  ['escapes', 'msgid "\\"a\\"\\n"\nmsgstr "\\tb\\\\\\x41\\101"\n', {'"a"\n': '\tb\\AA'}],
  ['all escapes of C', 'msgid "a"\nmsgstr "\\r\\b\\f\\v\\a"\n', {a: '\r\b\f\v\x07'}],
  ['blanks between words', 'msgid   "a"\nmsgstr\t "b"\n', {a: 'b'}],
  ['comments between lines', '#. Type: x\n#: f:1\nmsgid "a"\n# why\nmsgstr "b"\n', {a: 'b'}],
  ['line breaks of Windows', 'msgid "a"\r\nmsgstr "b"\r\n', {a: 'b'}],
  ['no empty ones', 'msgid "a"\nmsgstr ""\n\nmsgid "b"\nmsgstr "c"\n', {b: 'c'}],
  ['no fuzzy ones', '#, fuzzy\nmsgid "a"\nmsgstr "b"\n\nmsgid "c"\nmsgstr "d"\n', {c: 'd'}],
  ['no fuzzy ones among other flags', '#, c-format, fuzzy\n#| msgid "x"\nmsgid "a"\nmsgstr "b"\n', {}],
  ['no obsolete ones', '#~ msgid "a"\n#~ msgstr "b"\n', {}],
  ['no context', 'msgctxt "x"\nmsgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "c"\n', {a: 'c'}],
  ['no plural forms', 'msgid "a"\nmsgid_plural "as"\nmsgstr[0] "b"\nmsgstr[1] "c"\n', {}],
];
for (const [title, text, wanted] of CASES) {
  po(`reads ${title}`, () => assert.equal(messagesOf(text), wanted));
}

po('what is no PO file, or in another charset, is refused with its place', () => {
  throws(() => messagesOf('msgid a\n'), 'E_PAYLOAD', /Line 4 is none of a PO file: de\.po/);
  for (const line of ['xmsgid "a"', 'msgid "a"\nx"b"', 'msgid "a"\n"b"x'])
    throws(() => messagesOf(`${line}\n`), 'E_PAYLOAD', /Line [45] is none of a PO file/);
  throws(() => parsePo(HEADER.replace('UTF-8', 'UTF-8x'), 'de.po'), 'E_PAYLOAD', /\(UTF-8x\)/);
  throws(() => parsePo('"a"\n', 'de.po'), 'E_PAYLOAD', /Line 1 /);
  const latin = HEADER.replace('UTF-8', 'ISO-8859-1');
  throws(() => parsePo(latin, 'de.po'), 'E_PAYLOAD', /not UTF-8: de\.po \(ISO-8859-1\)[\s\S]*msgconv/);
  throws(() => parsePo('msgid ""\nmsgstr "x"\n', 'de.po'), 'E_PAYLOAD', /de\.po \(none\)/);
});

po.run();
