import {readdirSync, readFileSync, realpathSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {undefinedSymbols} from '../../lib/formats/elf-symbols.js';
import {openElf} from '../../lib/formats/elf-tables.js';
import {isProgram} from '../helpers/shlibdeps.js';
import {inFolder, long} from '../helpers/suite.js';

const symbols = suite('formats/elf-symbols');

/** Ours, as `NAME` or `NAME@VERSION`, sorted. */
function ours(bytes: Uint8Array): readonly string[] {
  const tables = openElf(bytes, 'x');
  const found = tables === undefined ? [] : undefinedSymbols(tables);
  return found.map(({name, version}) => (version === undefined ? name : `${name}@${version}`)).sort();
}

/** The undefined symbols that objdump lists, and those of which a program keeps a copy. */
async function byObjdump(file: string): Promise<readonly string[]> {
  const {stdout} = await execa('objdump', ['-w', '-T', '-R', file], {env: {LC_ALL: 'C'}});
  const copies = new Set([...stdout.matchAll(/^\S+ +R_\w+_COPY +(\S+?)(?:@.*)?$/gm)].map(([, name]) => name));
  // Address, flags, section, size, then version (if any), visibility (if any) and name.
  const line = /^[0-9a-f]+ .{7} (\S+)\t[0-9a-f]+ +(?:\(?([\w.]+)\)? +)?(?:\.\w+ +)?(\S+)$/gm;
  return [...stdout.matchAll(line)]
    .filter(([, section, , name]) => section === '*UND*' || copies.has(name))
    .map(([, , version = 'Base', name]) => (version === 'Base' ? String(name) : `${name}@${version}`))
    .sort();
}

symbols('of programs and libraries of this machine are those that objdump lists', async () => {
  const candidates = ['/usr/bin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'].flatMap(
    (folder) => {
      try {
        return readdirSync(folder).map((name) => join(folder, name));
      } catch {
        return [];
      }
    },
  );
  const step = long ? 5 : 60;
  const sample = candidates.filter((_, index) => index % step === 0);
  let some = 0;
  for (const file of [...sample, '/bin/sh', '/usr/bin/python3', '/usr/bin/pypy3']) {
    if (!(await isProgram(realpathSync(file)).catch(() => false))) continue;
    const found = ours(readFileSync(file));
    assert.equal(found, await byObjdump(file), file);
    if (found.some((one) => one.includes('@'))) some++;
  }
  assert.ok(some > 8, `only ${some} files`);
});

const PROGRAM = '#include <stdio.h>\nint main(void) { fputs("x", stdout); return 0; }\n';

symbols('of a program that copies a variable are with its version', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'program');
    await execa('gcc', ['-no-pie', '-fno-pie', '-mcmodel=small', '-o', file, '-x', 'c', '-'], {
      input: PROGRAM,
    });
    const found = ours(readFileSync(file));
    assert.equal(found, await byObjdump(file));
    assert.ok(
      found.some((one) => /^stdout@GLIBC_/.test(one)),
      String(found),
    );
  }),
);

for (const style of ['sysv', 'gnu']) {
  symbols(`are found without section headers too, with a hash table of ${style}`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.so');
      const source = 'extern int one, two; int *a = &one, *b = &two; int three(void) { return one; }';
      await execa('gcc', ['-shared', '-fPIC', `-Wl,--hash-style=${style}`, '-o', file, '-x', 'c', '-'], {
        input: source,
      });
      const bytes = readFileSync(file);
      const wanted = await byObjdump(file);
      assert.ok(wanted.includes('one') && wanted.includes('two'));
      bytes.fill(0, 40, 48).writeUInt16LE(0, 60);
      assert.equal(ours(bytes), wanted);
    }),
  );
}

symbols('of a library of 32 bits are read as well', () =>
  inFolder(async (folder) => {
    const [source, object, file] = ['x.s', 'x.o', 'x.so'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(source, '.data\n.long one\n.long two\n.globl three\nthree: .long one\n');
    await execa('as', ['--32', '-o', object, source]);
    await execa('ld', ['-m', 'elf_i386', '-shared', '-o', file, object]);
    assert.equal(ours(readFileSync(file)), await byObjdump(file));
    assert.equal(ours(readFileSync(file)), ['one', 'two']);
  }),
);

symbols('an object file has none', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.o');
    await execa('gcc', ['-c', '-o', file, '-x', 'c', '/dev/null']);
    assert.equal(ours(readFileSync(file)), []);
  }),
);

symbols('survive any damage: an answer or E_FORMAT', () => {
  const content = readFileSync(realpathSync('/bin/sh'));
  const place = fc.oneof(fc.nat(63), fc.nat(4000), fc.nat(content.length - 1));
  const damage = fc.array(fc.tuple(place, fc.nat(255)), {minLength: 1, maxLength: 12});
  fc.assert(
    fc.property(damage, (changes) => {
      const bytes = Buffer.from(content);
      for (const [offset, value] of changes) bytes[offset] = value;
      try {
        ours(bytes);
      } catch (error) {
        assert.ok(error instanceof MkvenvdebError && error.code === 'E_FORMAT', String(error));
      }
    }),
    {numRuns: long ? 10_000 : 500},
  );
});

symbols.run();
