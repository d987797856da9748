import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {fixture, inFolder, update} from '../helpers/suite.js';
import {someData} from './compress-helper.js';
import {controlText, entry, MTIME, someMd5sums} from './helper.js';

const golden = suite('archive/golden');

/** SHA-256 of a package for each compressor: the same on every Node version and machine, or somebody says why not. */
const file = fixture('golden', 'archive.json');
const wanted: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};

/** Long enough for two gzip members and for a thread; one name needs a long-name record. */
const data = someData(3 << 19);
const entries: readonly Entry[] = [
  entry('opt', {type: 'directory'}),
  entry('opt/one', {data, size: data.length, distribution: 'one'}),
  entry(`opt/${'é'.repeat(100)}`, {text: 'two '.repeat(200_000), distribution: 'two', mode: 0o755}),
  entry('opt/link', {type: 'symlink', target: 'one'}),
];

for (const [compression, level] of [
  ['xz', undefined],
  ['xz', 1],
  ['gzip', undefined],
  ['gzip', 1],
  ['zstd', 3],
  ['none', undefined],
] as const) {
  const name = `${compression}${level === undefined ? '' : ` level ${level}`}`;
  golden(`${name}: the bytes are those that were laid down`, () =>
    inFolder(async (folder) => {
      const {sha256} = await writeDeb({
        file: join(folder, 'x.deb'),
        entries,
        control: (digests) => [
          {name: 'control', data: controlText(), mode: 0o644},
          {name: 'md5sums', data: someMd5sums(digests), mode: 0o644},
        ],
        compression,
        level,
        mtime: MTIME,
      });
      if (update) {
        wanted[name] = sha256;
        writeFileSync(file, `${JSON.stringify(wanted, undefined, 2)}\n`);
      }
      assert.is(sha256, wanted[name]);
    }),
  );
}

golden.run();
