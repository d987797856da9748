import {mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {script} from '../../lib/python/interpreter.js';
import {CPYTHON, PYPY} from '../helpers/python.js';
import {type ArchiveMember, writeArchive} from '../helpers/sdist.js';
import {inFolder} from '../helpers/suite.js';
import {listing} from '../helpers/traces.js';

/** The program alone: what it is given was looked at before, and it looks again. */
const test = suite('python/unpack-wheels');

const HOSTILE: readonly (readonly [string, readonly ArchiveMember[], RegExp])[] = [
  ['a path that climbs out', [{name: '../evil.py'}], /leads out of the archive: '\.\.\/evil\.py'/],
  ['a deeper path that climbs out', [{name: 'x/../../evil.py'}], /leads out/],
  ['an absolute path', [{name: '/tmp/mkvenvdeb-evil.py'}], /leads out/],
  ['a symlink', [{name: 'x', mode: 0o120777, text: '/etc'}], /neither file nor folder/],
  ['a device', [{name: 'x', mode: 0o020666}], /neither file nor folder/],
  ['a name twice', [{name: 'x.py'}, {name: './x.py'}], /is there twice/],
  ['a file that is a folder', [{name: 'x'}, {name: 'x/'}], /is there twice/],
  ['an escape in a name', [{name: 'x\u001b[2J.py'}], /control character in its name: 'x\\x1b\[2J/],
  ['a name that no disk takes', [{name: `${'n'.repeat(256)}.py`}], /too long/],
];

for (const python of [CPYTHON, PYPY]) {
  for (const [title, members, message] of HOSTILE) {
    test(`${python} refuses a wheel with ${title} and unpacks nothing`, () =>
      inFolder(async (above) => {
        const folder = join(above, 'folder');
        mkdirSync(folder, {mode: 0o755});
        const wheel = writeArchive(join(above, 'x-1-py3-none-any.zip'), [{name: 'good.py'}, ...members]);
        // Its mode is set anew, which is a change of its own.
        const before = (await listing(above)).filter((line) => !line.startsWith('folder '));
        const {exitCode, stderr} = await execa(
          python,
          ['-s', '-B', script('unpack_wheels.py'), folder, '1', wheel],
          {reject: false, cwd: above},
        );
        assert.is.not(exitCode, 0);
        assert.match(stderr, message);
        assert.equal(
          (await listing(above)).filter((line) => !line.startsWith('folder ')),
          before,
        );
        assert.equal(readdirSync(folder), []);
      }));
  }

  test(`${python} unpacks names that differ in case only, side by side`, () =>
    inFolder(async (above) => {
      const folder = join(above, 'folder');
      mkdirSync(folder);
      const wheel = writeArchive(join(above, 'x-1-py3-none-any.zip'), [{name: 'X.py'}, {name: 'x.py'}]);
      await execa(python, ['-s', '-B', script('unpack_wheels.py'), folder, '1', wheel]);
      assert.equal(readdirSync(folder).sort(), ['X.py', '__pycache__', 'x.py']);
    }));
}

test.run();
