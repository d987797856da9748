import type {Difference} from '../archive/compare.js';
import {openDpkgDatabase} from '../formats/dpkg-database.js';
import {ownVersion} from '../own-version.js';
import type {Buildinfo} from '../policy/read-buildinfo.js';
import {PINNED} from '../python/environment.js';

/** Something that the machine of a build had otherwise than this one. */
export interface MachineDifference {
  readonly what: 'package' | 'tool' | 'architecture' | 'environment';
  /** Of the package or the variable; `mkvenvdeb`, `dpkg`. */
  readonly name: string;
  /** What was recorded; undefined where nothing was. */
  readonly recorded?: string;
  /** What is here; undefined where there is none. */
  readonly here?: string;
}

/** Compare what was recorded of the machine of a build with this one. */
export function compareMachine(recorded: Buildinfo): readonly MachineDifference[] {
  const database = openDpkgDatabase();
  const architecture = database.installed('dpkg')?.architecture;
  return [
    ...differing('tool', 'mkvenvdeb', recorded.toolVersion, ownVersion()),
    ...differing('architecture', 'dpkg', recorded.architecture, architecture ?? recorded.architecture),
    ...recorded.installed.flatMap(({package: name, architecture: foreign, version}) =>
      differing(
        'package',
        foreign === undefined ? name : `${name}:${foreign}`,
        version,
        database.installed(name, foreign)?.version,
      ),
    ),
    // What a build pins is put back as it was recorded; anything else is not ours to set.
    ...Object.entries(recorded.environment).flatMap(([name, value]) =>
      name in PINNED || name === 'SOURCE_DATE_EPOCH' ? [] : differing('environment', name, value, undefined),
    ),
  ];
}

function differing(
  what: MachineDifference['what'],
  name: string,
  recorded: string | undefined,
  here: string | undefined,
): readonly MachineDifference[] {
  if (recorded === here) return [];
  return [{what, name, ...(recorded ? {recorded} : {}), ...(here ? {here} : {})}];
}

/** The variables that a build pins, where they were others: an older version may have pinned other values. */
export const pinnedOtherwise = ({environment}: Buildinfo): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => {
      const pinned: Readonly<Record<string, string>> = PINNED;
      return name in pinned && pinned[name] !== value;
    }),
  );

/** Packages that shape what a kind of difference shows in. */
const SHAPERS: readonly (readonly [kind: RegExp, name: RegExp, what: string])[] = [
  [/^elf/, /^(?:gcc|g\+\+|cpp|clang|binutils|libc6|libgcc|linux-libc)/, 'compiler, linker or C library'],
  [/^pyc-/, /^(?:pypy3|python3|libpython3)/, 'interpreter'],
];

/**
 * Why a package cannot be built again here, as far as the differing machine tells: the packages that make such files,
 * else the version of mkvenvdeb, else everything.
 */
export function likelyCause(
  differences: readonly Difference[],
  machine: readonly MachineDifference[],
): string | undefined {
  if (differences.length === 0 || machine.length === 0) return undefined;
  const show = (some: readonly MachineDifference[]) =>
    some.map(({name, recorded = 'none', here = 'none'}) => `${name} (${recorded}, here ${here})`).join(', ');
  for (const [kind, name, what] of SHAPERS) {
    if (!differences.some((one) => kind.test(one.kind))) continue;
    const guilty = machine.filter((one) => one.what === 'package' && name.test(one.name));
    if (guilty.length > 0) return `Another ${what}: ${show(guilty)}`;
  }
  const tool = machine.filter((one) => one.what === 'tool');
  if (tool.length > 0) return `Another version of mkvenvdeb: ${show(tool)}`;
  return `Another machine: ${show(machine.slice(0, 3))}${machine.length > 3 ? ` and ${machine.length - 3} more` : ''}`;
}
