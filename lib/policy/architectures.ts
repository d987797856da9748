import type {ElfHeader} from '../formats/elf.js';

const EM_MIPS = 8;
const EM_ARM = 40;

/** Debian's name by `machine/bits/byte order` (elf.h, /usr/share/dpkg/cputable), release architectures and ports. */
const BY_MACHINE: Readonly<Record<string, string>> = {
  '2/32/big': 'sparc',
  '3/32/little': 'i386',
  '4/32/big': 'm68k',
  '15/32/big': 'hppa',
  '18/32/big': 'sparc',
  '20/32/big': 'powerpc',
  '21/64/big': 'ppc64',
  '21/64/little': 'ppc64el',
  '22/32/big': 's390',
  '22/64/big': 's390x',
  '42/32/little': 'sh4',
  '43/64/big': 'sparc64',
  '50/64/little': 'ia64',
  '62/32/little': 'x32',
  '62/64/little': 'amd64',
  '183/64/little': 'arm64',
  '195/32/little': 'arc',
  '243/64/little': 'riscv64',
  '258/64/little': 'loong64',
  '36902/64/little': 'alpha',
};

/** e_flags of ARM: the float ABI. Files from before binutils 2.23 (2012) have neither bit. */
const ARM_SOFT_FLOAT = 0x200;
/** e_flags of MIPS: the N32 ABI, and release 6 of the instruction set in its 32 and 64 bit form. */
const MIPS_N32 = 0x20;
const MIPS_RELEASE_6 = new Set([0x9, 0xa]);

/** The Debian architecture whose programs have such a header; undefined for machines that Debian has not (GPUs, BPF). */
export function debianArchitecture(header: ElfHeader): string | undefined {
  const {machine, bits, littleEndian, flags, osAbi} = header;
  if (![0, 3, 97].includes(osAbi)) return undefined;
  if (machine === EM_MIPS) {
    const release6 = MIPS_RELEASE_6.has(flags >>> 28);
    const abi = bits === 64 ? '64' : (flags & MIPS_N32) !== 0 ? 'n32' : '';
    return `mips${abi}${release6 ? 'r6' : ''}${littleEndian ? 'el' : ''}`;
  }
  // Every wheel for ARM of 32 bits is hard float (manylinux armv7l), so that is what an old file is taken for.
  if (machine === EM_ARM && bits === 32 && littleEndian)
    return (flags & ARM_SOFT_FLOAT) !== 0 ? 'armel' : 'armhf';
  return BY_MACHINE[`${machine}/${bits}/${littleEndian ? 'little' : 'big'}`];
}

/** True when an architecture restriction (`amd64`, `any`, `linux-any`, `any-arm`) names this one (Policy 11.1.1). */
export function matchesArchitecture(architecture: string, restriction: string): boolean {
  if (architecture === restriction) return true;
  if (architecture === 'all') return false;
  const cpu = architecture === 'x32' ? 'amd64' : /^arm(?:el|hf)$/.test(architecture) ? 'arm' : architecture;
  return ['any', 'linux-any', `any-${cpu}`, `linux-${cpu}`].includes(restriction);
}

/** GNU triplets where they are not `ARCHITECTURE-linux-gnu` (/usr/share/dpkg/cputable, tupletable). */
const TRIPLETS: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  armel: 'arm-linux-gnueabi',
  armhf: 'arm-linux-gnueabihf',
  loong64: 'loongarch64-linux-gnu',
  mips64: 'mips64-linux-gnuabi64',
  mips64el: 'mips64el-linux-gnuabi64',
  mips64r6: 'mipsisa64r6-linux-gnuabi64',
  mips64r6el: 'mipsisa64r6el-linux-gnuabi64',
  mipsn32: 'mips64-linux-gnuabin32',
  mipsn32el: 'mips64el-linux-gnuabin32',
  ppc64: 'powerpc64-linux-gnu',
  ppc64el: 'powerpc64le-linux-gnu',
  x32: 'x86_64-linux-gnux32',
};

/** Folder below /usr/lib that libraries of an architecture lie in (Policy 9.1.1): `x86_64-linux-gnu`. */
export const multiarchTriplet = (architecture: string): string =>
  TRIPLETS[architecture] ?? `${architecture}-linux-gnu`;
