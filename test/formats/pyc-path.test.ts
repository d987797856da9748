import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compiledPath} from '../../lib/formats/pyc-path.js';

const pycPath = suite('formats/pyc-path');

const short = (path: string) =>
  Buffer.concat([Buffer.from(['z'.charCodeAt(0) | 0x80, path.length]), Buffer.from(path)]);
const long = (path: string) =>
  Buffer.concat([Buffer.from('u'), Buffer.from(Uint32Array.of(path.length).buffer), Buffer.from(path)]);
/** The digit 1 before its last part is the length of that part. */
const chance = `/opt/app1/${'x'.repeat(43)}/m.py`;

for (const [title, content, wanted] of [
  ['a short path', short('/opt/app/m.py'), '/opt/app/m.py'],
  ['a long one', long(`/opt/${'x'.repeat(300)}/m.py`), `/opt/${'x'.repeat(300)}/m.py`],
  ['a part as long as a byte before it says', short(chance), chance],
  ['no path', Buffer.from('s\u0004m.py'), undefined],
  ['a path that is part of a text', short('see /opt/app/m.py for it'), undefined],
] as const)
  pycPath(`${title}: ${wanted?.slice(0, 30) ?? 'none'}`, () =>
    assert.is(
      compiledPath(Buffer.concat([Buffer.alloc(16), content]), 'a/__pycache__/m.cpython-311.pyc'),
      wanted,
    ),
  );

pycPath.run();
