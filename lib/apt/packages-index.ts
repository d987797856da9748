import {MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import {compareDebianVersions} from '../policy/version.js';

/** A package as an index lists it. */
export interface IndexedPackage {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
  /** Of the .deb, relative to the root of the repository: `pool/main/w/warehouse/0123456789abcdef/warehouse_26.11.0_amd64.deb`. */
  readonly filename: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** The whole stanza, with the blank line behind it. */
  readonly bytes: Uint8Array;
}

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
    packages.push(parsePackage(bytes.subarray(start, end), name));
    start = end;
  }
  return packages;
}

const FIELDS = ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256'] as const;

function parsePackage(bytes: Buffer, name: string): IndexedPackage {
  const text = `\n${bytes.toString('latin1')}`;
  const [pack, version, architecture, filename, size, sha256] = FIELDS.map((field) => {
    const at = text.indexOf(`\n${field}: `);
    if (at < 0) throw new MkvenvdebError('E_FORMAT', `A package has no ${field} in ${name}`);
    const start = at + field.length + 3;
    return text.slice(start, text.indexOf('\n', start));
  }) as [string, string, string, string, string, string];
  return {package: pack, version, architecture, filename, size: Number(size), sha256, bytes};
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
  const slotOf = (one: IndexedPackage) => `${one.package} ${one.architecture}`;
  const wanted = new Set(given.map(slotOf));
  for (const one of old) {
    const slot = slotOf(one);
    if (!wanted.has(slot)) continue;
    slots.set(slot, [...(slots.get(slot) ?? []), one]);
  }
  const added: IndexedPackage[] = [];
  for (const one of given) {
    const slot = slotOf(one);
    const others = slots.get(slot) ?? [];
    const same = others.find(({version}) => compareDebianVersions(version, one.version) === 0);
    if (same === undefined) {
      added.push(one);
      slots.set(slot, [...others, one]);
    } else assertSame(same, one);
  }
  return {packages: mergeSorted(old, [...added].sort(comparePackages)), added};
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

function mergeSorted(a: readonly IndexedPackage[], b: readonly IndexedPackage[]): readonly IndexedPackage[] {
  const merged: IndexedPackage[] = [];
  let next = 0;
  for (const one of a) {
    for (; next < b.length && comparePackages(b[next] as IndexedPackage, one) < 0; next += 1)
      merged.push(b[next] as IndexedPackage);
    merged.push(one);
  }
  return [...merged, ...b.slice(next)];
}
