import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {readPycHeader} from '../../lib/formats/pyc.js';
import {inFolder} from '../helpers/suite.js';

const test = suite('bytecode');

const program = `
import importlib.util, py_compile, sys, _imp
source = sys.argv[1]
for name in ('TIMESTAMP', 'CHECKED_HASH', 'UNCHECKED_HASH'):
    mode = getattr(py_compile.PycInvalidationMode, name)
    py_compile.compile(source, cfile=source + '.' + name, invalidation_mode=mode)
print(int.from_bytes(importlib.util.MAGIC_NUMBER[:2], 'little'))
print(importlib.util.source_hash(open(source, 'rb').read()).hex())
`;

for (const python of ['/usr/bin/python3', '/usr/bin/pypy3']) {
  test(`reads the headers that ${python} writes`, () =>
    inFolder(async (folder) => {
      const source = join(folder, 'x.py');
      await writeFile(source, 'x = 1\n');
      const output = execFileSync(python, ['-c', program, source], {encoding: 'utf8'});
      const [magic = '', sourceHash = ''] = output.split('\n');
      const header = (name: string) => readPycHeader(readFileSync(`${source}.${name}`), name);
      const stamped = header('TIMESTAMP');
      assert.is(stamped.magic, Number(magic));
      assert.is(stamped.kind, 'timestamp');
      assert.is(stamped.kind === 'timestamp' && stamped.sourceSize, 6);
      assert.equal(header('CHECKED_HASH'), {magic: Number(magic), kind: 'checked-hash', sourceHash});
      assert.equal(header('UNCHECKED_HASH'), {magic: Number(magic), kind: 'unchecked-hash', sourceHash});
    }));
}

const refused: readonly (readonly [string, Buffer])[] = [
  ['an empty file', Buffer.alloc(0)],
  ['a header that is cut off', Buffer.from('a70d0d0a000000', 'hex')],
  ['another file', Buffer.from('#!/usr/bin/python3\nprint(1)\n')],
  ['flags that nobody has defined', Buffer.from('a70d0d0a040000000000000000000000', 'hex')],
  ['a check without a hash', Buffer.from('a70d0d0a020000000000000000000000', 'hex')],
];

for (const [title, content] of refused) {
  test(`refuses ${title}`, () =>
    assert.throws(
      () => readPycHeader(content, 'x.pyc'),
      (error: unknown) =>
        error instanceof MkvenvdebError && error.code === 'E_FORMAT' && /x\.pyc/.test(error.message),
    ));
}

test.run();
