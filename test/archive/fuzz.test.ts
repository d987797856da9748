import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {compareDebs} from '../../lib/archive/compare.js';
import {readDeb} from '../../lib/archive/read.js';
import {writeDeb} from '../../lib/archive/write.js';
import {MkvenvdebError} from '../../lib/errors.js';
import {inFolder, long} from '../helpers/suite.js';
import {compressed} from './compress-helper.js';
import {controlTar, debFile, debOf, tarOf} from './deb-helper.js';
import {controlText, entry, MTIME} from './helper.js';

const fuzz = suite('archive/fuzz');
const RUNS = long ? 20_000 : 300;
/** Reading a package of this size takes milliseconds; so much more means that it hangs. */
const HANG = 20_000;

const data = await tarOf([
  entry('opt', {type: 'directory'}),
  entry('opt/file', {text: 'hello '.repeat(200)}),
  entry(`opt/${'n'.repeat(150)}`, {text: 'x'}),
  entry('opt/peer', {type: 'hardlink', target: 'opt/file'}),
  entry('opt/link', {type: 'symlink', target: 't'.repeat(150)}),
]);
const bases = [
  await debOf({data}),
  await debOf({data: await compressed('gzip', data), dataName: 'data.tar.gz'}),
  await debOf({data: await compressed('xz', data), dataName: 'data.tar.xz'}),
  await debOf({data: await compressed('zstd', data), dataName: 'data.tar.zst'}),
  await debOf({data: Buffer.alloc(0)}),
];

/** One change: somewhere in the file (as a part of its length) bytes are replaced, put in or cut out. */
interface Change {
  readonly place: number;
  readonly removed: number;
  readonly bytes: Uint8Array;
}

const changes = fc.array(
  fc.record({
    place: fc.double({min: 0, max: 1, noNaN: true}),
    removed: fc.oneof({weight: 4, arbitrary: fc.constant(-1)}, fc.integer({min: 0, max: 700})),
    bytes: fc.oneof(fc.uint8Array({minLength: 1, maxLength: 4}), fc.uint8Array({maxLength: 600})),
  }),
  {minLength: 1, maxLength: 4},
);

/** `removed: -1` replaces bytes by as many. */
const applied = (base: Buffer, list: readonly Change[]): Buffer =>
  list.reduce((content, {place, removed, bytes}) => {
    const at = Math.floor(place * content.length);
    const end = at + (removed < 0 ? bytes.length : removed);
    return Buffer.concat([content.subarray(0, at), bytes, content.subarray(end)]);
  }, base);

/** Settles as the promise does; a hang is an error. */
async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('It hangs')), HANG);
  });
  return Promise.race([promise, hang]).finally(() => clearTimeout(timer));
}

async function isReadOrRefused(folder: string, content: Buffer): Promise<boolean> {
  const file = debFile(folder, content);
  try {
    await inTime(
      readDeb(file, {
        visit: async (_, parts) => {
          for await (const _ of parts);
        },
      }),
    );
    return true;
  } catch (error) {
    assert.ok(error instanceof MkvenvdebError && error.code === 'E_FORMAT', (error as Error).stack);
    return false;
  }
}

fuzz('a damaged package is read or refused, nothing else', () =>
  inFolder(async (folder) => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bases), changes, async (base, list) => {
        if (!(await isReadOrRefused(folder, applied(base, list)))) refused += 1;
      }),
      {numRuns: RUNS},
    );
    assert.ok(refused > RUNS / 2, `only ${refused} of ${RUNS} were refused`);
  }),
);

/** Make the checksum of the header at that block right, so that what it says is looked at. */
function withChecksum(tar: Buffer, block: number): Buffer {
  const header = tar.subarray(block * 512, block * 512 + 512);
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return tar;
}

fuzz('a header that is wrong under a right checksum is read or refused', () =>
  inFolder(async (folder) => {
    const control = await controlTar();
    const blocks = Array.from({length: data.length / 512}, (_, index) => index).filter(
      (index) => data.toString('latin1', index * 512 + 257, index * 512 + 262) === 'ustar',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...blocks),
        fc.integer({min: 0, max: 511}),
        fc.uint8Array({minLength: 1, maxLength: 12}),
        async (block, offset, bytes) => {
          const tar = Buffer.from(data);
          tar.set(bytes.subarray(0, 512 - offset), block * 512 + offset);
          await isReadOrRefused(folder, await debOf({control, data: withChecksum(tar, block)}));
        },
      ),
      {numRuns: RUNS},
    );
  }),
);

fuzz('checking and comparing survive what reading survives', () =>
  inFolder(async (folder) => {
    const whole = debFile(folder, bases[0] as Buffer, 'whole.deb');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bases), changes, async (base, list) => {
        const readable = await isReadOrRefused(folder, applied(base, list));
        const file = `${folder}/x.deb`;
        const issues = await inTime(checkDeb(file, {forbidden: ['/build']}));
        assert.is(
          issues.some(({code}) => code === 'unreadable' || code === 'lost-data'),
          !readable,
        );
        if (readable) await inTime(compareDebs(whole, file));
      }),
      {numRuns: RUNS / 3},
    );
  }),
);

const names = fc.string({
  unit: fc.constantFrom('a', 'b', 'é', '日', ' ', '.x', 'n'.repeat(60)),
  minLength: 1,
  maxLength: 6,
});

fuzz('what is written is read back as it was', () =>
  inFolder(async (folder) => {
    const file = `${folder}/x.deb`;
    const trees = fc.uniqueArray(
      fc.record({
        name: names,
        text: fc.string({maxLength: 2000}),
        mode: fc.integer({min: 0, max: 0o7777}),
        mtime: fc.integer({min: 0, max: 2 ** 40}),
      }),
      {selector: ({name}) => name, maxLength: 12},
    );
    await fc.assert(
      fc.asyncProperty(
        trees,
        fc.constantFrom('gzip' as const, 'none' as const),
        async (tree, compression) => {
          const entries = tree.map(({name, ...fields}) => entry(`x${name}`, fields));
          await writeDeb({
            file,
            entries,
            control: () => [{name: 'control', data: controlText(), mode: 0o644}],
            compression,
            mtime: MTIME,
          });
          const found = new Map<string, string>();
          const contents = await readDeb(file, {
            visit: async ({path}, parts) => {
              const all: Buffer[] = [];
              for await (const part of parts) all.push(part);
              found.set(path, Buffer.concat(all).toString());
            },
          });
          assert.equal(
            contents.entries.slice(1).map(({path, mode, mtime}) => ({path, mode, mtime})),
            entries.map(({path, mode, mtime}) => ({path, mode, mtime})),
          );
          assert.equal(
            [...found.values()],
            entries.map((one) => Buffer.from(one.data ?? '').toString()),
          );
        },
      ),
      {numRuns: RUNS / 3},
    );
  }),
);

fuzz.run();
