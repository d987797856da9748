import {readdirSync, readFileSync, realpathSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import type {ElfFile} from '../../lib/formats/elf.js';
import {readElf, readElfHeader} from '../../lib/formats/elf.js';
import {inFolder, long, throws} from '../helpers/suite.js';

const elf = suite('formats/elf');

const SELF = realpathSync('/bin/sh');
const TYPES: Record<string, string> = {DYN: 'shared', EXEC: 'executable', REL: 'relocatable', CORE: 'core'};

/** The same facts in the words of readelf. */
async function byReadelf(file: string) {
  const {stdout} = await execa('readelf', ['-hldW', file], {env: {LC_ALL: 'C'}});
  const header = (name: string) => new RegExp(`^ +${name}: +(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  const dynamic = (tag: string) =>
    [...stdout.matchAll(new RegExp(`\\(${tag}\\) +[^\\[]*\\[(.*)\\]`, 'g'))].map((match) => match[1]);
  return {
    bits: Number(header('Class').slice(3)),
    littleEndian: header('Data').includes('little'),
    type: TYPES[header('Type').split(' ')[0] ?? ''],
    flags: Number(header('Flags').split(',')[0]),
    interpreter: /Requesting program interpreter: (.*)\]/.exec(stdout)?.[1],
    needed: dynamic('NEEDED'),
    soname: dynamic('SONAME')[0],
    rpath: dynamic('RPATH')[0],
    runpath: dynamic('RUNPATH')[0],
  };
}

const facts = ({bits, littleEndian, type, flags, interpreter, needed, soname, rpath, runpath}: ElfFile) => ({
  ...{bits, littleEndian, type, flags, interpreter, needed, soname, rpath, runpath},
});

elf('tells of the programs and libraries of this machine what readelf tells', async () => {
  const folders = ['/usr/bin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu'];
  const files = folders.flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
  const isElf = (file: string) =>
    statSync(file, {throwIfNoEntry: false})?.isFile() && readElf(readFileSync(file), file);
  const step = long ? 3 : 60;
  const sample = files.filter((_, index) => index % step === 0).filter(isElf);
  assert.ok(sample.length > 10, `only ${sample.length} ELF files`);
  for (const file of [...sample, '/usr/bin/pypy3']) {
    const ours = readElf(readFileSync(file), file);
    assert.equal(ours && facts(ours), await byReadelf(file), file);
  }
});

elf('reads SONAME, RPATH and RUNPATH of a library of our own', () =>
  inFolder(async (folder) => {
    const build = (name: string, flags: string[]) =>
      execa('gcc', ['-shared', '-o', join(folder, name), '-x', 'c', '/dev/null', ...flags]);
    await build('run.so', ['-Wl,-soname,librun.so.1,-rpath,$ORIGIN/libs,--enable-new-dtags']);
    await build('old.so', ['-Wl,-rpath,/opt/x,--disable-new-dtags']);
    for (const name of ['run.so', 'old.so']) {
      const ours = readElf(readFileSync(join(folder, name)), name);
      assert.equal(ours && facts(ours), await byReadelf(join(folder, name)));
      assert.ok(ours?.runpath === '$ORIGIN/libs' || ours?.rpath === '/opt/x');
    }
  }),
);

elf('reads a library of 32 bits', () =>
  inFolder(async (folder) => {
    const [object, library] = [join(folder, 'x.o'), join(folder, 'x.so')];
    await execa('as', ['--32', '-o', object, '/dev/null']);
    await execa('ld', [
      '-m',
      'elf_i386',
      '-shared',
      '-soname',
      'libx.so.1',
      '-rpath',
      '/x',
      '-o',
      library,
      object,
    ]);
    const ours = readElf(readFileSync(library), library);
    assert.equal(ours && facts(ours), await byReadelf(library));
    assert.is(ours?.bits, 32);
    assert.is(ours?.soname, 'libx.so.1');
  }),
);

elf('reads an object file, which has no dynamic section', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.o');
    await execa('gcc', ['-c', '-o', file, '-x', 'c', '/dev/null']);
    assert.equal(readElf(readFileSync(file), file)?.type, 'relocatable');
    assert.equal(readElf(readFileSync(file), file)?.needed, []);
  }),
);

elf('reads through a positional reader and asks only for what it needs', () => {
  const content = readFileSync(SELF);
  let asked = 0;
  const file = readElf((position, length) => {
    asked += length;
    return content.subarray(position, position + length);
  }, SELF);
  assert.equal(file, readElf(content, SELF));
  assert.ok(asked < content.length / 2);
});

for (const [title, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('#!/bin/sh\n'.repeat(20))],
  ['a Windows program', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200)])],
  ['an ELF header that is cut', readFileSync(SELF).subarray(0, 63)],
  ['an unknown class', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 3, 1, 1]), Buffer.alloc(57)])],
  [
    'an unknown byte order',
    Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 3, 1]), Buffer.alloc(57)]),
  ],
] as const) {
  elf(`${title} is no ELF file`, () => {
    assert.is(readElfHeader(bytes), undefined);
    assert.is(readElf(bytes, 'x'), undefined);
  });
}

const patched = (change: (bytes: Buffer) => void) => {
  const bytes = Buffer.from(readFileSync(SELF));
  change(bytes);
  return bytes;
};
for (const [title, bytes] of [
  ['is cut behind its header', readFileSync(SELF).subarray(0, 64)],
  ['has program headers outside', patched((bytes) => bytes.writeBigUInt64LE(2n ** 40n, 32))],
  [
    'has program headers at the end of all numbers',
    patched((bytes) => bytes.writeBigUInt64LE(2n ** 64n - 1n, 32)),
  ],
  ['has program headers of one byte', patched((bytes) => bytes.writeUInt16LE(1, 54))],
] as const) {
  elf(`a file that ${title} is E_FORMAT with its name`, () => {
    throws(() => readElf(bytes, 'bad.so'), 'E_FORMAT', /ELF file is damaged \(program headers\): bad\.so/);
  });
}

elf('never asks for more than a table can be', () => {
  const bytes = patched((content) => {
    content.writeUInt16LE(65_535, 54);
    content.writeUInt16LE(65_534, 56);
  });
  const read = (position: number, length: number) => {
    assert.ok(length < 2 ** 25);
    return bytes.subarray(position, position + length);
  };
  throws(() => readElf(read, 'bad.so'), 'E_FORMAT', /program headers/);
});

elf('survives any damage: an answer, undefined or E_FORMAT', () => {
  const content = readFileSync(SELF);
  const damage = fc.array(
    fc.tuple(fc.oneof(fc.nat(63), fc.nat(2000), fc.nat(content.length - 1)), fc.nat(255)),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(damage, fc.oneof(fc.constant(content.length), fc.nat(4096)), (changes, length) => {
      const bytes = Buffer.from(content.subarray(0, length));
      for (const [offset, value] of changes) if (offset < length) bytes[offset] = value;
      try {
        readElf(bytes, 'x');
      } catch (error) {
        assert.ok(error instanceof MkvenvdebError && error.code === 'E_FORMAT', String(error));
      }
    }),
    {numRuns: long ? 20_000 : 1000},
  );
});

elf.run();
