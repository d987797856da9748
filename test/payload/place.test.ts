import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Entry} from '../../lib/model.js';
import {moveInto} from '../../lib/payload/place.js';
import {inFolder, rejects} from '../helpers/suite.js';

const place = suite('payload/place');

const file = (path: string): Entry => ({
  path,
  type: 'file',
  mode: 0o644,
  owner: 'root',
  group: 'root',
  mtime: 0,
  size: 0,
});

for (const [count, message, issues] of [
  [1, /^The tree has that already: opt\/app\/f00\n/, 0],
  [3, /^The tree has 3 of the files already\nopt\/app\/f00\nopt\/app\/f01\nopt\/app\/f02\n/, 3],
  [30, /^The tree has 30 of the files already\n.*\nand 10 more\n/s, 21],
] as const) {
  place(`${count} files that are there already are refused, and nothing is moved`, () =>
    inFolder(async (folder) => {
      const names = Array.from({length: count}, (_, index) => `f${String(index).padStart(2, '0')}`);
      for (const top of ['from', 'to']) {
        await mkdir(join(folder, top, 'opt/app'), {recursive: true});
        for (const name of names) await writeFile(join(folder, top, 'opt/app', name), top);
      }
      const entries = [...names, 'more'].map((name) => file(`opt/app/${name}`));
      const places = {from: join(folder, 'from'), to: join(folder, 'to'), at: 'opt/app'};
      const error = await rejects(moveInto(entries, places), 'E_PAYLOAD', message);
      assert.is(error.issues.length, issues);
      assert.equal((await readdir(join(folder, 'to/opt/app'))).sort(), names);
    }),
  );
}

place.run();
