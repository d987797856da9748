import {MkvenvdebError} from '../errors.js';

/** Everything that `verify` makes different for the second build, in the order in which it is told. */
export const VARIATIONS = [
  'path',
  'file-system',
  'folder-order',
  'user',
  'umask',
  'home',
  'hostname',
  'time-zone',
  'locale',
  'environment',
  'hash-seed',
  'nursery',
  'date',
  'threads',
  'cpus',
] as const;

/** Stable name of one of them. */
export type VariationName = (typeof VARIATIONS)[number];

/**
 * What is to be varied.
 *
 * @param noVary names of what shall stay as it is
 * @param flag how messages name the option
 * @throws E_OPTION that names everything that is none, and what there is
 */
export function wantedVariations(noVary: unknown, flag = false): ReadonlySet<VariationName> {
  const option = flag ? '--no-vary' : '"noVary"';
  const names: readonly unknown[] | undefined =
    noVary === undefined ? [] : Array.isArray(noVary) ? noVary : undefined;
  if (names === undefined) {
    throw new MkvenvdebError('E_OPTION', `Option ${option} is not a list: ${String(noVary)}`, {hint: CHOICE});
  }
  const unknown = names.filter((name) => !VARIATIONS.some((known) => known === name));
  if (unknown.length > 0) {
    const list = unknown.map(String).join(', ');
    throw new MkvenvdebError('E_OPTION', `Option ${option} names no variation: ${list}`, {hint: CHOICE});
  }
  return new Set(VARIATIONS.filter((name) => !names.includes(name)));
}

const CHOICE = `Choose of: ${VARIATIONS.join(', ')}`;
