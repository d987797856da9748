import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {relocatePyvenv} from '../../lib/relocate/pyvenv.js';

const test = suite('pyvenv.cfg');

const cases: readonly (readonly [string, string, string, string])[] = [
  [
    'an interpreter in bin',
    '/usr/local/bin/python3.11',
    'home = /x\nbase-prefix = /x\n',
    'home = /usr/local/bin\nbase-prefix = /usr/local\n',
  ],
  [
    'a portable PyPy without bin',
    '/opt/pypy/pypy3',
    'home = /x\nbase-prefix = /x\n',
    'home = /opt/pypy\nbase-prefix = /opt/pypy\n',
  ],
  ['no final newline', '/usr/bin/pypy3.9', 'home = /x', 'home = /usr/bin'],
  [
    'other spacing and case',
    '/usr/bin/pypy3.9',
    'Home=/x\r\nversion = 3.9\r\n',
    'Home=/usr/bin\r\nversion = 3.9\r\n',
  ],
  ['lines that are no settings', '/usr/bin/pypy3.9', '# home\n\nhome\n', '# home\n\nhome\n'],
  [
    'a command over the whole line',
    '/usr/bin/pypy3.9',
    'a = 1\ncommand = x -m venv --prompt a = b\nb = 2\n',
    'a = 1\nb = 2\n',
  ],
];

for (const [title, target, given, wanted] of cases) {
  test(`handles ${title}`, () => assert.is(relocatePyvenv(given, {target, promptName: 'app'}), wanted));
}

test.run();
