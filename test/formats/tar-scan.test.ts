import {execFileSync} from 'node:child_process';
import {mkdir, readFile, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {scanTar} from '../../lib/formats/tar-scan.js';
import {inFolder, rejects} from '../helpers/suite.js';

const tar = suite('formats/tar-scan');

async function* pieces(data: Uint8Array, size: number) {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

async function makeTar(folder: string, ...options: string[]): Promise<Buffer> {
  await mkdir(join(folder, 'x-1.0', 'deep'), {recursive: true});
  await writeFile(join(folder, 'x-1.0', 'big'), Buffer.alloc(3000, 'x'));
  await writeFile(join(folder, 'x-1.0', 'PKG-INFO'), 'Name: x\n');
  await writeFile(join(folder, 'x-1.0', 'deep', 'PKG-INFO'), 'Name: not this\n');
  for (const [name, time] of [
    ['big', 2000],
    ['PKG-INFO', 3000],
    ['deep/PKG-INFO', 1000],
    ['deep', 500],
    ['', 500],
  ] as const) {
    await utimes(join(folder, 'x-1.0', name), time, time);
  }
  execFileSync('tar', [...options, '-cf', 'x.tar', 'x-1.0'], {cwd: folder});
  return readFile(join(folder, 'x.tar'));
}

for (const format of ['gnu', 'ustar', 'pax', 'v7']) {
  for (const size of [1_000_000, 321]) {
    tar(`finds a member and the newest time in ${format}, read in pieces of ${size} bytes`, () =>
      inFolder(async (folder) => {
        const data = await makeTar(folder, `--format=${format}`);
        const {newest, found} = await scanTar(pieces(data, size), (name) => name === 'x-1.0/PKG-INFO');
        assert.is(newest, 3000);
        assert.equal(
          [...found].map(([name, content]) => [name, content.toString()]),
          [['x-1.0/PKG-INFO', 'Name: x\n']],
        );
      }),
    );
  }
}

tar('what is no tar archive, is empty or cut off is refused', () =>
  inFolder(async (folder) => {
    const data = await makeTar(folder);
    const scan = (bytes: Uint8Array) => scanTar(pieces(bytes, 512), (name) => name.endsWith('PKG-INFO'));
    await rejects(scan(Buffer.alloc(1024, 'a')), 'E_FORMAT', /header has a wrong checksum|wrong number/);
    await rejects(scan(Buffer.alloc(1024)), 'E_FORMAT', /it is empty/);
    await rejects(scan(data.subarray(0, data.indexOf('xxxx') + 100)), 'E_FORMAT', /it is cut off/);
  }),
);

tar.run();
