import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {globBase, globToRegExp, isGlob} from '../../lib/formats/glob.js';

const glob = suite('formats/glob');

for (const [pattern, path, wanted] of [
  ['conf/*.yml', 'conf/a.yml', true],
  ['conf/*.yml', 'conf/.yml', true],
  ['conf/*.yml', 'conf/sub/a.yml', false],
  ['conf/**/*.yml', 'conf/a.yml', true],
  ['conf/**/*.yml', 'conf/sub/deep/a.yml', true],
  ['**', 'any/thing', true],
  ['lib/**', 'lib/a/b', true],
  ['lib/**', 'other/a', false],
  ['a?c', 'abc', true],
  ['a?c', 'a/c', false],
  ['[a-c].py', 'b.py', true],
  ['[!a-c].py', 'b.py', false],
  ['[!a-c].py', 'd.py', true],
  ['a.py', 'axpy', false],
  ['(a|b)+$', '(a|b)+$', true],
  ['a[', 'a[', true],
  ['new*line', 'new\nline', true],
] as const) {
  glob(`${pattern} ${wanted ? 'matches' : 'does not match'} ${JSON.stringify(path)}`, () =>
    assert.is(globToRegExp(pattern).test(path), wanted),
  );
}

glob('the folder before the first wildcard is the base', () => {
  assert.is(globBase('/p/conf/*.yml'), '/p/conf');
  assert.is(globBase('/p/co*/x'), '/p');
  assert.is(globBase('*.yml'), '');
  assert.ok(isGlob('a/[b]'));
  assert.not.ok(isGlob('a/b{c}'));
});

glob('a set the wrong way round is refused, and what is longer than a path fits none', () => {
  assert.throws(
    () => globToRegExp('[z-a]'),
    (error: unknown) => error instanceof MkvenvdebError && /^Not a pattern of file names/.test(error.message),
  );
  assert.not.ok(globToRegExp('*'.repeat(5000)).test('x'));
  assert.ok(globToRegExp('*'.repeat(4000)).test('x'));
});

glob.run();
