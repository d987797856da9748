import type {Dependency, Relation, RelationField} from './relations.js';
import {compareDebianVersions} from './version.js';

/** Fields whose relations have to be met, the stronger before the weaker: what one asks for, the next may leave out. */
const STRENGTH: readonly RelationField[] = ['Pre-Depends', 'Depends', 'Recommends', 'Suggests'];

/** The relations of every field. */
export type Relations = Readonly<Partial<Record<RelationField, readonly Dependency[]>>>;

/**
 * Leave out what another relation of the same or a stronger field asks for anyway, as dpkg-gencontrol does:
 * `libpq5, libpq5 (>= 14)` is `libpq5 (>= 14)`.
 */
export function withoutImplied(relations: Relations): Relations {
  const stronger: Dependency[] = [];
  const simplified: Partial<Record<RelationField, readonly Dependency[]>> = {...relations};
  for (const field of STRENGTH) {
    const own = relations[field] ?? [];
    const left = own.filter((one, index) => {
      // Of two that ask for the same, the first stays.
      const others = own.filter(
        (other, at) => at !== index && implies(other, one) && !(index < at && implies(one, other)),
      );
      return others.length === 0 && !stronger.some((other) => implies(other, one));
    });
    simplified[field] = left;
    stronger.push(...left);
  }
  return simplified;
}

/** True when whatever meets the one meets the other: each of its alternatives does. */
const implies = (one: Dependency, other: Dependency): boolean =>
  one.every((alternative) => other.some((wanted) => relationImplies(alternative, wanted)));

function relationImplies(one: Relation, other: Relation): boolean {
  if (one.package !== other.package || one.qualifier !== other.qualifier) return false;
  if (other.operator === undefined || other.version === undefined) return true;
  if (one.operator === undefined || one.version === undefined) return false;
  const order = compareDebianVersions(one.version, other.version);
  switch (other.operator) {
    case '=':
      return one.operator === '=' && order === 0;
    case '>=':
      return ['=', '>=', '>>'].includes(one.operator) && order >= 0;
    case '>>':
      return (['=', '>='].includes(one.operator) && order > 0) || (one.operator === '>>' && order >= 0);
    case '<=':
      return ['=', '<=', '<<'].includes(one.operator) && order <= 0;
    default:
      return (['=', '<='].includes(one.operator) && order < 0) || (one.operator === '<<' && order <= 0);
  }
}
