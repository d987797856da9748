/** Debian's name by Node's; others are taken as they are. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: 'i386',
  arm: 'armhf',
  ppc64: 'ppc64el',
};

/** Multiarch tuple by Debian's name of an architecture (/usr/share/dpkg/cputable, ostable). */
const MULTIARCH: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  armel: 'arm-linux-gnueabi',
  armhf: 'arm-linux-gnueabihf',
  i386: 'i386-linux-gnu',
  loong64: 'loongarch64-linux-gnu',
  mips64el: 'mips64el-linux-gnuabi64',
  ppc64el: 'powerpc64le-linux-gnu',
  riscv64: 'riscv64-linux-gnu',
  s390x: 's390x-linux-gnu',
};

/** What a Debian architecture calls its ABI, where it is not the base of its processor (/usr/share/dpkg/tupletable). */
const ABI: Readonly<Record<string, string>> = {armel: 'eabi', armhf: 'eabihf', mips64el: 'abi64'};

/** The Debian architecture of this machine: the one that dpkg-buildpackage says, else by what Node was built for. */
export const hostArchitecture = (
  machine: string,
  environment: Readonly<Record<string, string | undefined>>,
): string => environment.DEB_HOST_ARCH ?? ARCHITECTURES[machine] ?? machine;

/** What dpkg-buildpackage puts into the environment of debian/rules (dpkg-architecture(1)), as far as rules use it. */
export function architectureVariables(architecture: string): Readonly<Record<string, string>> {
  const multiarch = MULTIARCH[architecture] ?? `${architecture}-linux-gnu`;
  const cpu = multiarch.split('-')[0] ?? architecture;
  const values = {
    ARCH: architecture,
    ARCH_ABI: ABI[architecture] ?? 'base',
    ARCH_LIBC: 'gnu',
    ARCH_OS: 'linux',
    ARCH_CPU: architecture === 'armhf' || architecture === 'armel' ? 'arm' : architecture,
    ARCH_BITS: /64|s390x/.test(architecture) ? '64' : '32',
    ARCH_ENDIAN: architecture === 's390x' ? 'big' : 'little',
    GNU_CPU: architecture === 'i386' ? 'i686' : cpu,
    GNU_SYSTEM: multiarch.slice(multiarch.indexOf('-') + 1),
    GNU_TYPE: architecture === 'i386' ? 'i686-linux-gnu' : multiarch,
    MULTIARCH: multiarch,
  };
  return Object.fromEntries(
    ['BUILD', 'HOST', 'TARGET'].flatMap((kind) =>
      Object.entries(values).map(([name, value]) => [`DEB_${kind}_${name}`, value]),
    ),
  );
}

/** True when a package with that Architecture field is built on this machine (Policy 5.6.8). */
export function isForHost(field: string, host: string): boolean {
  const cpu = host === 'armhf' || host === 'armel' ? 'arm' : host;
  const names = new Set(['all', 'any', 'linux-any', `any-${cpu}`, `linux-${cpu}`, host]);
  return field.split(' ').some((one) => names.has(one));
}
