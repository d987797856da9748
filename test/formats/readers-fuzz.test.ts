import {writeFileSync} from 'node:fs';
import {open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readPylock} from '../../lib/config/pylock.js';
import {readElf} from '../../lib/formats/elf.js';
import {undefinedSymbols} from '../../lib/formats/elf-symbols.js';
import {openElf} from '../../lib/formats/elf-tables.js';
import {readPycHeader} from '../../lib/formats/pyc.js';
import {scanTar} from '../../lib/formats/tar-scan.js';
import {listZip, readZipMember} from '../../lib/formats/zip.js';
import {assertUnpackable} from '../../lib/formats/zip-members.js';
import {byteChange} from '../archive/mutate-bytes.js';
import {hold, Outcomes} from '../helpers/fuzz.js';
import {units} from '../helpers/hostile-shapes.js';
import {writeArchive} from '../helpers/sdist.js';
import {inFolder} from '../helpers/suite.js';
import {textReaders} from '../helpers/text-readers.js';
import {makeWheel} from '../helpers/wheels.js';

const fuzz = suite('formats/readers-fuzz');
const outcomes = new Outcomes();
fuzz.after(() => console.log(outcomes.table()));

/** One change of a text: at that part of it characters are taken out, others put in. */
const change = fc.record({
  place: fc.double({min: 0, max: 1, noNaN: true}),
  removed: fc.oneof({weight: 3, arbitrary: fc.constant(0)}, fc.nat(40)),
  added: fc.oneof(
    fc.constantFrom(...units),
    fc.tuple(fc.constantFrom(...units), fc.integer({min: 1, max: 300})).map(([unit, n]) => unit.repeat(n)),
    fc.string({unit: 'binary', maxLength: 12}),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const applied = (text: string, {place, removed, added}: Change): string => {
  const at = Math.floor(place * text.length);
  return text.slice(0, at) + added + text.slice(at + removed);
};

const anything = fc.oneof(
  fc.string({unit: 'binary', maxLength: 200}),
  fc.array(fc.constantFrom(...units), {maxLength: 60}).map((parts) => parts.join('')),
);

for (const {name, sample, read} of textReaders) {
  fuzz(`${name}: what is valid is read`, async () => {
    await outcomes.of(name, () => void read(sample));
    assert.is(outcomes.accepted(name), 1);
  });

  fuzz(`${name}: any text, and what was valid and is changed, is read or refused`, async () => {
    await hold(anything, 150, async (text) => void (await outcomes.of(name, () => void read(text))));
    await hold(fc.array(change, {minLength: 1, maxLength: 4}), 250, async (changes) => {
      const text = changes.reduce(applied, sample);
      await outcomes.of(name, () => void read(text));
    });
  });
}

fuzz('pylock: tables of any shape are read or refused', async () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      {depthSize: 'small', withCrossShrink: true},
      fc.constantFrom<unknown>('', 'x', '1.0', '../x', 1, true, null, 'sha256'),
      fc.array(tie('any'), {maxLength: 3}),
      fc.dictionary(
        fc.constantFrom(
          ...['name', 'version', 'marker', 'vcs', 'directory', 'archive', 'sdist', 'wheels', 'hashes', 'url'],
          ...['path', 'type', 'commit-id', 'subdirectory', 'editable'],
        ),
        tie('any'),
        {maxKeys: 5},
      ),
    ),
  })).any;
  await hold(
    fc.record({'lock-version': fc.constant('1.0'), packages: fc.oneof(fc.array(value), value)}),
    1500,
    (table) => outcomes.of('pylock, tables', () => void readPylock(table, 'pylock.toml')).then(() => {}),
  );
});

/** Changes of a few bytes of a binary file, several at once. */
const bytes = fc.array(byteChange, {minLength: 1, maxLength: 3});
const changed = (content: Buffer, changes: readonly ((content: Buffer) => Buffer)[]): Buffer =>
  changes.reduce((before, one) => one(before), content);

fuzz('ELF files that were changed are read or refused', async () => {
  // Its tables lie at the beginning and at the end, and both are short in it.
  const content = await readFile('/bin/true');
  const read = (given: Buffer) => {
    readElf(given, 'x.so');
    const tables = openElf(given, 'x.so');
    if (tables) undefinedSymbols(tables);
  };
  await outcomes.of('ELF', () => read(content));
  assert.is(outcomes.accepted('ELF'), 1);
  await hold(bytes, 400, (list) => outcomes.of('ELF', () => read(changed(content, list))));
  const fields = fc.tuple(fc.nat(1023), fc.uint8Array({minLength: 1, maxLength: 8}));
  await hold(fc.array(fields, {minLength: 1, maxLength: 3}), 800, (list) => {
    const given = Buffer.from(content);
    for (const [at, part] of list) given.set(part, at);
    return outcomes.of('ELF', () => read(given));
  });
});

fuzz('zip archives that were changed are read or refused', () =>
  inFolder(async (folder) => {
    const content = await readFile(await makeWheel(folder, {name: 'example', commands: {x: 'example:main'}}));
    const file = join(folder, 'changed.whl');
    const read = async (given: Buffer) => {
      writeFileSync(file, given);
      const handle = await open(file);
      try {
        const members = await listZip(handle);
        assertUnpackable(members, 1e6);
        for (const member of members) await readZipMember(handle, member);
      } finally {
        await handle.close();
      }
    };
    await outcomes.of('zip', () => read(content));
    assert.is(outcomes.accepted('zip'), 1);
    await hold(bytes, 400, (list) => outcomes.of('zip', () => read(changed(content, list))));
    // The directory at the end is what is believed.
    const inDirectory = fc.tuple(fc.nat(500), fc.uint8Array({minLength: 1, maxLength: 8}));
    await hold(fc.array(inDirectory, {minLength: 1, maxLength: 3}), 600, (list) => {
      const given = Buffer.from(content);
      for (const [back, part] of list) given.set(part, Math.max(0, given.length - part.length - back));
      return outcomes.of('zip', () => read(given));
    });
  }),
);

fuzz('tar streams and bytecode that were changed are read or refused', () =>
  inFolder(async (folder) => {
    const packed = writeArchive(join(folder, 'x.tar.gz'), [
      {name: 'x-1.0', type: 'folder'},
      {name: 'x-1.0/PKG-INFO', text: 'Name: x\nVersion: 1.0\n'},
      {name: 'x-1.0/l', type: 'symlink', target: 'PKG-INFO'},
    ]);
    const {gunzipSync} = await import('node:zlib');
    const content = gunzipSync(await readFile(packed));
    async function* inPieces(given: Buffer) {
      for (let at = 0; at < given.length; at += 700) yield given.subarray(at, at + 700);
    }
    const read = (given: Buffer) => scanTar(inPieces(given), (name) => name.endsWith('PKG-INFO'), 1e6);
    const {found} = (await outcomes.of('tar', () => read(content))) ?? {};
    assert.equal([...(found ?? new Map()).keys()], ['x-1.0/PKG-INFO']);
    await hold(
      bytes,
      500,
      async (list) => void (await outcomes.of('tar', () => read(changed(content, list)))),
    );
    await hold(fc.uint8Array({maxLength: 40}), 300, (given) =>
      outcomes.of('bytecode', () => void readPycHeader(given, 'x.pyc')),
    );
  }),
);

fuzz.run();
