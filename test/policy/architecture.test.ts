import {readFileSync, realpathSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readElfHeader} from '../../lib/formats/elf.js';
import type {Entry} from '../../lib/model.js';
import * as lib from '../../lib/policy/architecture.js';
import {debianArchitecture} from '../../lib/policy/architectures.js';
import {inFolder, rejects} from '../helpers/suite.js';

const architecture = suite('policy/architecture');
const architectureOf = async (entries: readonly Entry[]) => lib.architectureOf(await lib.programsOf(entries));

interface Machine {
  readonly machine: number;
  readonly bits: number;
  readonly order: 'little' | 'big';
  readonly flags?: number;
  readonly type?: number;
  readonly osAbi?: number;
}

/** The header of a shared library for some machine. */
function elf({machine, bits, order, flags = 0, type = 3, osAbi = 0}: Machine): Buffer {
  const bytes = Buffer.alloc(64);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, order === 'little' ? 1 : 2, 1, osAbi]);
  const put = (value: number, offset: number, size: number) =>
    order === 'little' ? bytes.writeUIntLE(value, offset, size) : bytes.writeUIntBE(value, offset, size);
  put(type, 16, 2);
  put(machine, 18, 2);
  put(flags, bits === 64 ? 48 : 36, 4);
  return bytes;
}

const entry = (path: string, data: Uint8Array): Entry => ({
  ...{path, type: 'file', mode: 0o644, owner: 'root', group: 'root', mtime: 0},
  ...{size: data.length, data},
});

/** Machine numbers and flags from /usr/include/elf.h. */
const MACHINES: readonly (readonly [string, Machine])[] = [
  ['amd64', {machine: 62, bits: 64, order: 'little'}],
  ['x32', {machine: 62, bits: 32, order: 'little'}],
  ['i386', {machine: 3, bits: 32, order: 'little'}],
  ['arm64', {machine: 183, bits: 64, order: 'little'}],
  ['armhf', {machine: 40, bits: 32, order: 'little', flags: 0x5000400}],
  ['armhf', {machine: 40, bits: 32, order: 'little', flags: 0x5000000}],
  ['armel', {machine: 40, bits: 32, order: 'little', flags: 0x5000200}],
  ['ppc64el', {machine: 21, bits: 64, order: 'little', flags: 2}],
  ['ppc64', {machine: 21, bits: 64, order: 'big', flags: 1}],
  ['powerpc', {machine: 20, bits: 32, order: 'big'}],
  ['riscv64', {machine: 243, bits: 64, order: 'little', flags: 5}],
  ['s390x', {machine: 22, bits: 64, order: 'big'}],
  ['loong64', {machine: 258, bits: 64, order: 'little', flags: 0x43}],
  ['mips', {machine: 8, bits: 32, order: 'big', flags: 0x70001007}],
  ['mipsel', {machine: 8, bits: 32, order: 'little', flags: 0x70001007}],
  ['mips64el', {machine: 8, bits: 64, order: 'little', flags: 0x80000007}],
  ['mipsn32el', {machine: 8, bits: 32, order: 'little', flags: 0x80000027}],
  ['mipsr6el', {machine: 8, bits: 32, order: 'little', flags: 0x90001407}],
  ['mips64r6el', {machine: 8, bits: 64, order: 'little', flags: 0xa0000407}],
  ['mipsn32r6', {machine: 8, bits: 32, order: 'big', flags: 0xa0000427}],
  ['alpha', {machine: 0x9026, bits: 64, order: 'little'}],
  ['hppa', {machine: 15, bits: 32, order: 'big'}],
  ['m68k', {machine: 4, bits: 32, order: 'big'}],
  ['sh4', {machine: 42, bits: 32, order: 'little'}],
  ['sparc64', {machine: 43, bits: 64, order: 'big'}],
  ['ia64', {machine: 50, bits: 64, order: 'little'}],
];

for (const [wanted, machine] of MACHINES) {
  const {machine: number, bits, order, flags = 0} = machine;
  architecture(
    `machine ${number} of ${bits} bits, ${order} endian, flags ${flags.toString(16)} is ${wanted}`,
    async () => assert.is(await architectureOf([entry('x.so', elf(machine))]), wanted),
  );
}

architecture('dpkg knows every name, with the same bits and byte order', async () => {
  const script = 'use Dpkg::Arch qw(debarch_to_abiattrs); print "@{[debarch_to_abiattrs($_)]}\\n" for @ARGV';
  const {stdout} = await execa('perl', ['-e', script, ...MACHINES.map(([name]) => name)]);
  const theirs = stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '));
  assert.equal(
    theirs,
    MACHINES.map(([, {bits, order}]) => `${bits} ${order}`),
  );
});

architecture("this machine's programs have this machine's architecture", async () => {
  const {stdout} = await execa('dpkg', ['--print-architecture']);
  const header = readElfHeader(readFileSync(realpathSync('/bin/sh')));
  assert.is(header && debianArchitecture(header), stdout);
  const source = realpathSync('/usr/bin/dpkg');
  assert.is(await architectureOf([{...entry('bin/x', Buffer.alloc(99)), data: undefined, source}]), stdout);
});

const AMD64 = elf({machine: 62, bits: 64, order: 'little'});
for (const [title, name, data] of [
  ['text', 'x.py', Buffer.from('print()\n'.repeat(20))],
  ['a Windows program', 'cli.exe', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)])],
  ['an object file', 'x.o', elf({machine: 62, bits: 64, order: 'little', type: 1})],
  ['a core dump', 'core', elf({machine: 62, bits: 64, order: 'little', type: 4})],
  ['a program for a GPU', 'x.cubin', elf({machine: 190, bits: 64, order: 'little', type: 2})],
  ['a program for BPF', 'x.bpf', elf({machine: 247, bits: 64, order: 'little', type: 3})],
  ['a library for FreeBSD', 'x.so', elf({machine: 62, bits: 64, order: 'little', osAbi: 9})],
  ['the first bytes of a library', 'x.so', AMD64.subarray(0, 40)],
  ['an empty file', 'x.so', Buffer.alloc(0)],
] as const) {
  architecture(`${title} alone makes a package for all`, async () => {
    assert.is(await architectureOf([entry(name, data)]), 'all');
    assert.is(await architectureOf([entry(name, data), entry('y', AMD64)]), 'amd64');
  });
}

architecture('no file at all makes a package for all', async () =>
  assert.is(await architectureOf([]), 'all'),
);

architecture('a library of GNU (symbols of type IFUNC) counts', async () =>
  assert.is(
    await architectureOf([entry('x', elf({machine: 62, bits: 64, order: 'little', osAbi: 3}))]),
    'amd64',
  ),
);

architecture('a program that is linked for a fixed address counts', async () =>
  assert.is(
    await architectureOf([entry('x', elf({machine: 62, bits: 64, order: 'little', type: 2}))]),
    'amd64',
  ),
);

architecture('two architectures are refused with a file of each', async () => {
  const i386 = elf({machine: 3, bits: 32, order: 'little'});
  const entries = [entry('a.so', AMD64), entry('b.so', AMD64), entry('c.so', i386)];
  await rejects(architectureOf(entries), 'E_PAYLOAD', /a\.so \(amd64\), c\.so \(i386\)\n.*"architecture"/s);
});

architecture('reads no more of a file than its header', () =>
  inFolder(async (folder) => {
    const source = join(folder, 'x.so');
    await writeFile(source, Buffer.concat([AMD64, Buffer.alloc(1000)]));
    assert.is(
      await architectureOf([{...entry('x.so', Buffer.alloc(1064)), data: undefined, source}]),
      'amd64',
    );
  }),
);

architecture('a file that is gone is named', async () => {
  const gone = {...entry('opt/x.so', Buffer.alloc(99)), data: undefined, source: '/nonexistent/x.so'};
  await rejects(architectureOf([gone]), 'E_IO', /reading opt\/x\.so: \/nonexistent\/x\.so/);
});

architecture.run();
