import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {measureFolders} from '../../lib/archive/inspect-tree.js';
import type {DebEntry} from '../../lib/archive/tar-entry.js';

const tree = suite('archive/inspect-tree');
/** Of a file, so many levels of folders are counted, the root among them. */
const DEEPEST = 100;

const path = fc
  .array(fc.constantFrom('a', 'b', 'long'), {minLength: 1, maxLength: 4})
  .chain((parts) =>
    fc.constantFrom(0, 0, 0, 95, 97, 200).map((deep) => [...Array(deep).fill('d'), ...parts].join('/')),
  );
const entries = fc.array(
  fc.record({path, type: fc.constantFrom('file', 'file', 'directory', 'symlink'), size: fc.nat(9)}),
  {maxLength: 20},
);

/** By the definition: each file in each folder above it. */
function measured(list: readonly {path: string; type: string; size: number}[]) {
  const found = new Map([['', {size: 0, files: 0}]]);
  const at = (folder: string) => {
    const sums = found.get(folder) ?? {size: 0, files: 0};
    found.set(folder, sums);
    return sums;
  };
  for (const one of list) {
    const parts = one.path.split('/');
    if (one.type === 'directory') at(one.path);
    else
      for (let level = 0; level < Math.min(DEEPEST, parts.length); level += 1) {
        const sums = at(parts.slice(0, level).join('/'));
        sums.size += one.size;
        sums.files += 1;
      }
  }
  return found;
}

tree('every folder has the sum of what is below it, the largest first', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const folders = measureFolders(list as unknown as readonly DebEntry[]);
      assert.equal(new Map(folders.map(({path: folder, ...sums}) => [folder, sums])), measured(list));
      for (const [index, {size, path: folder}] of folders.entries()) {
        const next = folders[index + 1];
        assert.ok(next === undefined || next.size < size || (next.size === size && folder < next.path));
      }
    }),
    {numRuns: 1000},
  );
});

tree.run();
