import {compareDebianVersions} from '../policy/version.js';
import type {IndexedPackage} from './packages-index.js';

/** The versions of each package and architecture of an index, as dpkg orders them. */
export function slotsOf(packages: readonly IndexedPackage[]): readonly (readonly IndexedPackage[])[] {
  const slots = new Map<string, IndexedPackage[]>();
  for (const one of packages) {
    const key = `${one.package} ${one.architecture}`;
    const slot = slots.get(key);
    if (slot === undefined) slots.set(key, [one]);
    else slot.push(one);
  }
  return [...slots.values()].map((slot) => slot.sort((a, b) => compareDebianVersions(a.version, b.version)));
}
