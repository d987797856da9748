import {createHash} from 'node:crypto';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {AR_MAGIC, arHeader, arPadding} from '../../lib/archive/ar.js';
import {loadLzma} from '../../lib/archive/lzma.js';
import {encodeTarHeader, padded, TAR_BLOCK} from '../../lib/archive/tar-header.js';

const MTIME = 1_700_000_000;
const WORDS =
  'a small package that reads its own papers and says what every other one would say as well'.split(' ');

export type SmallCompression = 'xz' | 'gzip';

/**
 * Write packages of about 1 kB each, as dpkg-deb would make them, hundreds of times as quickly: one file, md5sums, a
 * control file of some 400 bytes.
 *
 * @param numbers of the first and behind the last; they are in the names
 */
export async function writeSmallDebs(
  folder: string,
  [first, end]: readonly [number, number],
  compression: SmallCompression = 'xz',
): Promise<void> {
  mkdirSync(folder, {recursive: true});
  const lzma = await loadLzma();
  // A preset with a small dictionary: that of the usual one is cleared for each, which takes ten times as long.
  const pack = (bytes: Buffer) =>
    compression === 'xz' ? lzma.encode(bytes, 0) : gzipSync(bytes, {level: 6});
  const suffix = compression === 'xz' ? 'xz' : 'gz';
  for (let number = first; number < end; number += 1) {
    const name = `small-${String(number).padStart(6, '0')}`;
    const path = `usr/share/doc/${name}/text`;
    const text = `${number}: ${sentence(number, 40)}\n`;
    const md5sums = `${createHash('md5').update(text).digest('hex')}  ${path}\n`;
    const members: readonly (readonly [string, Uint8Array])[] = [
      ['debian-binary', Buffer.from('2.0\n')],
      [`control.tar.${suffix}`, pack(tar({control: controlOf(name, number), md5sums}))],
      [`data.tar.${suffix}`, pack(tar({[path]: text}))],
    ];
    const parts = members.flatMap(([member, bytes]) => [
      arHeader({name: member, mtime: MTIME, size: bytes.length}),
      bytes,
      arPadding(bytes.length),
    ]);
    writeFileSync(join(folder, `${name}_1.${number}-1_amd64.deb`), Buffer.concat([AR_MAGIC, ...parts]));
  }
}

/** Words that differ from package to package, and are the same in every run. */
const sentence = (seed: number, length: number): string =>
  Array.from(
    {length},
    (_, index) => WORDS[(seed * 31 + index * index * 7 + (seed >> 3)) % WORDS.length],
  ).join(' ');

const controlOf = (name: string, number: number): string =>
  `Package: ${name}
Version: 1.${number}-1
Architecture: amd64
Maintainer: Jo Doe <jo@example.org>
Installed-Size: 5
Depends: libc6 (>= 2.${number % 30}), python3:any
Section: python
Priority: optional
Homepage: https://example.org/${name}
Description: ${sentence(number, 6)}
 ${sentence(number + 1, 12)}
 ${sentence(number + 2, 12)}
`;

function tar(files: Readonly<Record<string, string>>): Buffer {
  const owner = {owner: 'root', group: 'root', mtime: MTIME};
  const folders = new Set(['./']);
  for (const path of Object.keys(files)) {
    const parts = path.split('/').slice(0, -1);
    for (const index of parts.keys()) folders.add(`./${parts.slice(0, index + 1).join('/')}/`);
  }
  const parts = [...folders].map((name) =>
    encodeTarHeader({name, type: 'directory', mode: 0o755, size: 0, ...owner}),
  );
  for (const [path, text] of Object.entries(files)) {
    const content = Buffer.alloc(padded(Buffer.byteLength(text)));
    const size = content.write(text);
    parts.push(encodeTarHeader({name: `./${path}`, type: 'file', mode: 0o644, size, ...owner}), content);
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)]);
}
