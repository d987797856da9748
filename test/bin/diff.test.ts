import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {differencesText} from '../../bin/commands/diff.js';
import type {Difference} from '../../lib/index.js';

const diff = suite('bin/diff');

const later = (member: string, path: string): Difference => ({
  member,
  path,
  kind: 'mtime',
  detail: '1 and 2',
  cause: 'Built for different moments',
  cure: 'Set SOURCE_DATE_EPOCH',
});
const many = ['', 'a', 'b', 'c', 'd', 'e'].map((path) => later('data.tar', path));

diff('one difference is told with cause and cure', () =>
  assert.is(
    differencesText([later('control.tar', '')], false),
    'control.tar ./: mtime: 1 and 2\n    cause: Built for different moments\n    cure: Set SOURCE_DATE_EPOCH',
  ),
);

diff('those of one cause stand together, with a few examples', () =>
  assert.is(
    differencesText([...many, {member: 'data.tar', path: 'x', kind: 'text', detail: 'Line 1'}], false),
    [
      'data.tar: mtime: 6 times',
      '    data.tar ./: 1 and 2',
      '    data.tar a: 1 and 2',
      '    data.tar b: 1 and 2',
      '    and 3 more (--verbose shows all)',
      '    cause: Built for different moments',
      '    cure: Set SOURCE_DATE_EPOCH',
      'data.tar x: text: Line 1',
    ].join('\n'),
  ),
);

diff('verbose shows all of them', () => {
  const text = differencesText(many, true);
  for (const path of ['./', 'a', 'b', 'c', 'd', 'e']) assert.match(text, `\n    data.tar ${path}: 1 and 2\n`);
  assert.not.match(text, 'more');
});

diff.run();
