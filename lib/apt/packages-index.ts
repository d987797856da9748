import {MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import {compareDebianVersions} from '../policy/version.js';
import {FIELDS, type IndexedPackage, PackageView} from './package-view.js';

export type {IndexedPackage} from './package-view.js';

/** As an index lists them: by name, versions as dpkg orders them. What is written does not depend on history. */
export function comparePackages(a: IndexedPackage, b: IndexedPackage): number {
  return (
    compareBytes(a.package, b.package) ||
    compareDebianVersions(a.version, b.version) ||
    compareBytes(a.architecture, b.architecture) ||
    compareBytes(a.version, b.version)
  );
}

const BREAK = '\n\n';

/**
 * Read a Packages file that we wrote. Nothing is copied: the stanzas are views of the given bytes.
 *
 * @throws E_FORMAT when a stanza lacks what every one has
 */
export function parsePackages(bytes: Buffer, name: string): readonly IndexedPackage[] {
  const packages: IndexedPackage[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(BREAK, start, 'latin1');
    const end = found < 0 ? bytes.length : found + BREAK.length;
    packages.push(parsePackage(new PackageView(bytes, start, end), name));
    start = end;
  }
  return packages;
}

function parsePackage(view: PackageView, name: string): IndexedPackage {
  const missing = FIELDS.find((field) => view.find(field) === undefined);
  if (missing) throw new MkvenvdebError('E_FORMAT', `A package has no ${missing} in ${name}`);
  const {package: pack, version, architecture, filename, size, sha256, bytes} = view;
  return {package: pack, version, architecture, filename, size, sha256, bytes};
}

/**
 * As parsePackages, for who has proven the bytes and looks at few of the packages: each is read when it is asked for
 * something, and holds nothing but its bytes.
 */
export function viewPackages(bytes: Buffer): readonly IndexedPackage[] {
  const packages: IndexedPackage[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(BREAK, start, 'latin1');
    const end = found < 0 ? bytes.length : found + BREAK.length;
    packages.push(new PackageView(bytes, start, end));
    start = end;
  }
  return packages;
}

/** What became of an index. */
export interface MergedIndex {
  /** In order. */
  readonly packages: readonly IndexedPackage[];
  /** Of those given: what was not there. */
  readonly added: readonly IndexedPackage[];
}

/**
 * Add packages to those of an index.
 *
 * @throws E_PUBLISH for the same version with other bytes, and for one that dpkg holds equal but is spelled differently
 */
export function mergePackages(old: readonly IndexedPackage[], given: readonly IndexedPackage[]): MergedIndex {
  const slots = new Map<string, IndexedPackage[]>();
  const added: IndexedPackage[] = [];
  for (const one of given) {
    const slot = `${one.package} ${one.architecture}`;
    const others = slots.get(slot) ?? slotIn(old, one);
    slots.set(slot, others);
    const same = others.find(({version}) => compareDebianVersions(version, one.version) === 0);
    if (same === undefined) {
      added.push(one);
      others.push(one);
    } else assertSame(same, one);
  }
  const sorted = sortPackages(added);
  return {packages: mergeSorted(old, sorted), added: sorted};
}

/** Names are read once: a view finds them anew each time. */
function sortPackages(packages: readonly IndexedPackage[]): readonly IndexedPackage[] {
  const named = packages.map((one) => ({name: one.package, one}));
  named.sort((a, b) => compareBytes(a.name, b.name) || comparePackages(a.one, b.one));
  return named.map(({one}) => one);
}

/** What an index has of the name and architecture of a package. */
function slotIn(old: readonly IndexedPackage[], one: IndexedPackage): IndexedPackage[] {
  const slot: IndexedPackage[] = [];
  const {package: name, architecture} = one;
  for (let at = lowerBound(old, (other) => compareBytes(other.package, name)); at < old.length; at += 1) {
    const other = old[at] as IndexedPackage;
    if (other.package !== name) break;
    if (other.architecture === architecture) slot.push(other);
  }
  return slot;
}

/** The first that is not below, in a sorted list. */
function lowerBound<T>(list: readonly T[], compare: (one: T) => number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(list[middle] as T) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function assertSame(there: IndexedPackage, given: IndexedPackage): void {
  const name = `${given.package} ${given.version} (${given.architecture})`;
  if (there.version !== given.version) {
    throw new MkvenvdebError(
      'E_PUBLISH',
      `Version is spelled in two ways: ${name} is there as ${there.version}`,
      {
        hint: 'dpkg holds both for equal; give the package a newer version, in one spelling for ever',
      },
    );
  }
  if (there.sha256 === given.sha256) return;
  throw new MkvenvdebError('E_PUBLISH', `Package is there with other bytes: ${name}`, {
    issues: [`published: sha256 ${there.sha256}`, `given: sha256 ${given.sha256}`],
    hint: 'A version once published stays as it is: give the new build a new version',
  });
}

/** Few go into many, or many into nothing: each place is searched for. */
function mergeSorted(a: readonly IndexedPackage[], b: readonly IndexedPackage[]): readonly IndexedPackage[] {
  const merged: IndexedPackage[] = [];
  let taken = 0;
  const takeUntil = (end: number) => {
    for (; taken < end; taken += 1) merged.push(a[taken] as IndexedPackage);
  };
  for (const one of b) {
    takeUntil(lowerBound(a, (other) => comparePackages(other, one)));
    merged.push(one);
  }
  takeUntil(a.length);
  return merged;
}
