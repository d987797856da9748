import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {findNeedles, makeNeedle, NeedleScanner} from '../../lib/formats/needles.js';
import {quotedForms, shellQuote} from '../../lib/formats/quoting.js';

const test = suite('needles');

const paths = [
  '/tmp/work/stage',
  '/tmp/a folder/x',
  `/tmp/it's "x" $HOME`,
  '/tmp/grün/日本',
  '/tmp/😀/back\\slash',
];

/** Python's own spellings of a path: the oracle for ours. */
const spellings = `
import json, marshal, pathlib, pickle, shlex, sys, urllib.parse
path = sys.argv[1]
def out(name, data):
    data = data.encode() if isinstance(data, str) else data
    print(name, data.hex())
out('text', path)
out('shlex.quote', shlex.quote(path))
out('file URL', pathlib.Path(path).as_uri())
out('quote', urllib.parse.quote(path))
out('quote of a value', urllib.parse.quote(path, safe=''))
out('urlencode', urllib.parse.urlencode({'path': path}, quote_via=urllib.parse.quote))
out('json.dumps', json.dumps(path))
out('json.dumps, not ASCII', json.dumps(path, ensure_ascii=False))
out('ascii', ascii(path))
out('repr of bytes', repr(path.encode()))
out('marshal', marshal.dumps(path))
out('marshal of code', marshal.dumps(compile('pass', path + '/x.py', 'exec')))
out('pickle', pickle.dumps(path))
out('UTF-16', path.encode('utf-16-le'))
`;

for (const path of paths) {
  test(`finds ${path} in every spelling that Python has for it`, () => {
    const output = execFileSync('/usr/bin/python3', ['-X', 'utf8', '-c', spellings, path], {
      encoding: 'utf8',
    });
    const lines = output.trim().split('\n');
    assert.is(lines.length, 14);
    for (const line of lines) {
      const [, name = '', hex = ''] = /^(.*) ([0-9a-f]+)$/.exec(line) ?? [];
      const content = Buffer.concat([Buffer.from('before '), Buffer.from(hex, 'hex'), Buffer.from(' after')]);
      assert.is(findNeedles(content, [makeNeedle(path, false)]).length, 1, name);
    }
  });
}

test('finds the spellings of JavaScript and PHP', () => {
  const [path = ''] = paths.slice(2);
  for (const text of [
    JSON.stringify(path),
    JSON.stringify(path).replaceAll('/', '\\/'),
    encodeURI(path),
    encodeURIComponent(path).toLowerCase(),
  ]) {
    const content = Buffer.from(text);
    const needle = makeNeedle(text === text.toLowerCase() ? path.toLowerCase() : path, false);
    assert.is(findNeedles(content, [needle]).length, 1, text);
  }
});

test('tells where and how the first one is spelled', () => {
  const content = Buffer.from('x %2Ftmp%2Fwork /tmp/work');
  const [hit] = findNeedles(content, [makeNeedle('/tmp/work', false)]);
  assert.is(hit?.offset, 2);
  assert.is(hit?.form, 'url');
});

const bounded: readonly (readonly [string, boolean])[] = [
  ['/home/jo', true],
  ['/home/jo/x', true],
  ['"/home/jo"', true],
  ['/home/jo\0', true],
  ['/home/jo.', true],
  ['/home/joanna', false],
  ['/home/jo-2', false],
  ['/home/jo_x', false],
  ['/home/joß', false],
  ['/home/joanna and /home/jo', true],
];

for (const [text, found] of bounded) {
  test(`a bounded needle ${found ? 'is' : 'is not'} in ${JSON.stringify(text)}`, () => {
    const needle = makeNeedle('/home/jo', true);
    assert.is(findNeedles(Buffer.from(text), [needle]).length, found ? 1 : 0);
    assert.is(findNeedles(Buffer.from(text), [makeNeedle('/home/jo', false)]).length, 1);
  });
}

test('finds a needle across pieces of any size, in reused memory', () => {
  const content = Buffer.from(`${'.'.repeat(50)}/home/joanna /home/jo`);
  for (let size = 1; size < content.length; size++) {
    const scanner = new NeedleScanner([makeNeedle('/home/jo', true), makeNeedle('/home/joanna', false)]);
    const memory = Buffer.alloc(size);
    for (let at = 0; at < content.length; at += size) {
      scanner.push(memory.subarray(0, content.copy(memory, 0, at, at + size)));
    }
    const hits = scanner.end().map(({needle, offset}) => [needle.path, offset]);
    assert.equal(
      hits.sort(),
      [
        ['/home/jo', 63],
        ['/home/joanna', 50],
      ],
      `pieces of ${size}`,
    );
  }
});

test('shellQuote is shlex.quote', () => {
  for (const text of [...paths, '', 'a', 'a=b', 'ü', '~', '*', 'a@b%c+d,e:f']) {
    const wanted = execFileSync(
      '/usr/bin/python3',
      ['-X', 'utf8', '-c', 'import shlex, sys; print(shlex.quote(sys.argv[1]))', text],
      {encoding: 'utf8'},
    );
    assert.is(`${shellQuote(text)}\n`, wanted);
  }
});

test('every quoted form that a shell reads gives the text back', () => {
  for (const text of [...paths, 'plain']) {
    const forms = quotedForms(text).map(({open, inner, close}) => open + inner + close);
    assert.is(new Set(forms).size, forms.length);
    const read = forms.filter((form) => {
      try {
        return (
          execFileSync('/bin/sh', ['-c', `printf %s ${form}`], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          }) === text
        );
      } catch {
        return false;
      }
    });
    assert.ok(read.length >= 3, `${text}: ${read.join(' ')}`);
  }
});

test.run();
