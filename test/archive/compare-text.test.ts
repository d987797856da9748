import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {explainContent} from '../../lib/archive/compare-content.js';

const kinds = suite('archive/compare-text');

const UUIDS = ['6fa459ea-ee8a-3ca4-894e-db77e160355e', '16fd2706-8baf-433b-82eb-8c7fada847da'];
const HASHES = ['0123456789abcdef', 'fedcba9876543211'];

for (const [title, a, b, kind] of [
  ['lines in another order', 'b\na\n', 'a\nb\n', 'text-order'],
  ['words of one line in another order', 'x = {"a", "b"}', 'x = {"b", "a"}', 'text-order'],
  ['lines that are more', 'a\nb\n', 'a\nb\nc\n', 'text'],
  ['UUIDs', `id ${UUIDS[0]}`, `id ${UUIDS[1]}`, 'text-random'],
  ['hashes', `id=${HASHES[0]}`, `id=${HASHES[1]}`, 'text-random'],
  ['hashes of different length', `id=${HASHES[0]}`, `id=${HASHES[1]}0`, 'text'],
  ['words that are hexadecimal by chance', 'deadbeef', 'cafebabe', 'text'],
  ['dates', 'on 2026-11-27', 'on 2027-12-31', 'text-time'],
  ['dates with times', '"2026-11-27T10:00:00Z"', '"2027-12-31T10:00:00Z"', 'text-time'],
  ['times', 'at 10:00:01', 'at 10:00:02', 'text-time'],
  ['seconds', 'BUILT = 1700000000', 'BUILT = 1734560000.5', 'text-time'],
  ['dates as mail has them', 'Fri, 27 Nov 2026', 'Sat, 28 Nov 2026', 'text-time'],
  ['days of a mail date', 'on 27 Nov 2026', 'on 28 Nov 2026', 'text-time'],
  ['numbers that are no time', 'jobs = 2', 'jobs = 1', 'text'],
  ['versions', 'version 1.10', 'version 1.9', 'text'],
  ['paths', 'from /tmp/a/x', 'from /var/b/x', 'text-path'],
  ['addresses of files', '{"url":"file:///a"}', '{"url":"file:///b"}', 'text-path'],
  ['modes', 'tool 0644', 'tool 0600', 'text-mode'],
  ['modes with a file type', 'tool 100755', 'tool 100700', 'text-mode'],
  ['numbers that could be modes, of which no umask makes one the other', 'n 0644', 'n 0655', 'text'],
  ['names', 'by root', 'by nobody', 'text'],
] as const) {
  kinds(`${title}: ${kind}`, () => {
    const found = explainContent('x', Buffer.from(a), Buffer.from(b));
    assert.is(found.kind, kind, found.detail);
    assert.is(found.cause === undefined, kind === 'text');
    assert.is(found.cure === undefined, kind === 'text');
  });
}

kinds('bytecode with the same bytes in another order is that of a set', () => {
  const pyc = (body: string) =>
    Buffer.concat([Buffer.from('a70d0d0a01000000', 'hex'), Buffer.alloc(8), Buffer.from(body)]);
  const kindOf = (a: string, b: string) => explainContent('x.pyc', pyc(a), pyc(b)).kind;
  assert.is(kindOf('z\x03onez\x03two', 'z\x03twoz\x03one'), 'pyc-order');
  assert.is(kindOf('z\x03onez\x03two', 'z\x03onez\x03tow2'), 'pyc-body');
  assert.is(kindOf('z\x03one', 'z\x03onf'), 'pyc-body');
});

kinds.run();
