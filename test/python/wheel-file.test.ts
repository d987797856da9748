import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
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
    /^Wheel is not readable: .*x-1\.zip: no end record/s,
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
    /^Wheel is not readable: .*x-1\.zip: .*unsafe name "..\/x"/s,
  ],
  [
    'has a name twice',
    (file: string) => writeArchive(file, [{name: 'x'}, {name: './x'}]),
    /"\.\/x" is there twice/,
  ],
  [
    'has a file that is a folder as well',
    (file: string) => writeArchive(file, [{name: 'x'}, {name: 'x/y'}]),
    /lies in what is a file/,
  ],
  [
    'has an escape in a name',
    (file: string) => writeArchive(file, [{name: '\u001b[2J'}]),
    /"\\u001b\[2J" has a control/,
  ],
  [
    'has a symlink',
    (file: string) => writeArchive(file, [{name: 'x', mode: 0o120777}]),
    /neither file nor folder/,
  ],
  [
    'has a name that no disk takes',
    (file: string) => writeArchive(file, [{name: 'n'.repeat(256)}]),
    /too long/,
  ],
  [
    'is a bomb',
    (file: string) => writeArchive(file, [{name: 'x', zeros: 300_000_000}]),
    /with "x" it unpacks to more than \d+ bytes\n.*limit_size/s,
  ],
  [
    'has members that share their bytes',
    (file: string) => {
      writeArchive(file, [{name: 'a', text: 'x'.repeat(99)}, {name: 'b'}]);
      const bytes = readFileSync(file);
      // The second record of the directory names the offset of the first.
      bytes.writeUInt32LE(0, bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 42);
      writeFileSync(file, bytes);
    },
    /"b" shares bytes/,
  ],
  [
    'has a wrong checksum',
    (file: string) => {
      writeArchive(file, [{name: 'x-1.dist-info/METADATA', text: 'Name: x\nVersion: 1\n'}]);
      writeFileSync(
        file,
        readFileSync(file).toString('latin1').replace('Version: 1', 'Version: 2'),
        'latin1',
      );
    },
    /"x-1.dist-info\/METADATA" has another checksum/,
  ],
  [
    'lies about a size',
    (file: string) => {
      writeArchive(file, [{name: 'x-1.dist-info/METADATA', text: 'Name: x\n'}]);
      const bytes = readFileSync(file);
      bytes.writeUInt32LE(200_000_000, bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 24);
      writeFileSync(file, bytes);
    },
    /size of .* is not what it says/,
  ],
  [
    'is encrypted',
    (file: string) => {
      writeArchive(file, [{name: 'x'}]);
      const bytes = readFileSync(file);
      bytes.writeUInt16LE(1, bytes.lastIndexOf('PK\x01\x02', undefined, 'latin1') + 8);
      writeFileSync(file, bytes);
    },
    /encrypted member "x"/,
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
