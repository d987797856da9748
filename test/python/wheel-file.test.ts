import {execFileSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readWheelFile} from '../../lib/python/wheel-file.js';
import {CPYTHON, writeWheels} from '../helpers/python.js';
import {writeArchive} from '../helpers/sdist.js';
import {inFolder, rejects} from '../helpers/suite.js';

const test = suite('python/wheel-file');

test('tells what a wheel is and how old', () =>
  inFolder(async (folder) => {
    const metadata = ['Summary: It is', 'Requires-Python: >=3.8'];
    writeWheels(folder, [{name: 'Fx.One', version: '1.0', requires: ['x>1'], metadata}]);
    const {metadata: found, newestMember} = await readWheelFile(join(folder, 'Fx_One-1.0-py3-none-any.whl'));
    assert.is(found.name, 'Fx.One');
    assert.is(found.version, '1.0');
    assert.is(found.summary, 'It is');
    assert.is(found.requiresPython, '>=3.8');
    assert.equal(found.requiresDist, ['x>1']);
    assert.is(newestMember, Date.UTC(2020, 1, 2, 2, 2, 2) / 1000);
  }));

test('of several members the newest counts, and METADATA of others does not', () =>
  inFolder(async (folder) => {
    const info = 'x-1.dist-info/METADATA';
    const file = writeArchive(join(folder, 'x-1-py3-none-any.zip'), [
      {
        name: `vendored/${info}`,
        text: 'Metadata-Version: 2.1\nName: vendored\nVersion: 2\n',
        mtime: 1_500_000_000,
      },
      {name: info, text: 'Metadata-Version: 2.1\nName: x\nVersion: 1\n', mtime: 1_400_000_000},
    ]);
    const {metadata, newestMember} = await readWheelFile(file);
    assert.is(metadata.name, 'x');
    assert.is(newestMember, 1_500_000_000);
  }));

for (const [title, make, message] of [
  [
    'is no archive',
    (file: string) => writeFileSync(file, 'nonsense'),
    /^Wheel is not readable: .*x-1\.zip\n.*zip archive/s,
  ],
  [
    'is cut off',
    (file: string) => execFileSync('sh', ['-c', 'head -c 100 "$1" > "$2"', 'sh', CPYTHON, file]),
    /^Wheel is not readable: .*x-1\.zip/,
  ],
  [
    'has no METADATA',
    (file: string) => writeArchive(file, [{name: 'x.py'}]),
    /^Wheel without METADATA: .*x-1\.zip\n.*PyPA/s,
  ],
  [
    'has METADATA without a name',
    (file: string) => writeArchive(file, [{name: 'x-1.dist-info/METADATA', text: 'Version: 1\n'}]),
    /x-1\.zip/,
  ],
  [
    'leads out of its folder',
    (file: string) => writeArchive(file, [{name: '../x'}]),
    /^Wheel is not readable: .*x-1\.zip\n.*unsafe name/s,
  ],
] as const) {
  test(`what ${title} is named`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x-1.zip');
      make(file);
      await rejects(readWheelFile(file), 'E_FORMAT', message);
    }));
}

test.run();
