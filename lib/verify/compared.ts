import {compareDebs, type Difference} from '../archive/compare.js';
import type {DebFile} from '../model.js';
import type {VariationName} from '../variations/names.js';

/** A difference between the two builds. */
export interface BuildDifference extends Difference {
  /**
   * What brings it about: each of them by itself, or all of them where it takes several at once. Empty where it is
   * there with nothing varied (chance or the clock). Only with `explain`.
   */
  readonly variations?: readonly VariationName[];
}

/** A package of the first build, compared with that of the second. */
export interface VerifiedPackage
  extends Pick<DebFile, 'package' | 'version' | 'architecture' | 'sha256' | 'size'> {
  readonly equal: boolean;
  /** What differs in the two, and why. */
  readonly differences: readonly BuildDifference[];
}

/** A package, compared with another file. */
export async function compared(deb: DebFile, second: string): Promise<VerifiedPackage> {
  const {package: name, version, architecture, sha256, size, file} = deb;
  const {equal, differences} = await compareDebs(file, second);
  return {package: name, version, architecture, sha256, size, equal, differences};
}
