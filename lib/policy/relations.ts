import {MkvenvdebError} from '../errors.js';
import {isDebianVersion, isPackageName} from '../formats/names.js';
import {compareBytes} from '../formats/order.js';
import {matchesArchitecture} from './architectures.js';

/** The fields of a binary package that name other packages, in dpkg's order. */
export const RELATION_FIELDS = [
  'Pre-Depends',
  'Depends',
  'Recommends',
  'Suggests',
  'Enhances',
  'Conflicts',
  'Breaks',
  'Replaces',
  'Provides',
] as const;
export type RelationField = (typeof RELATION_FIELDS)[number];

/** One package as a relation field names it: `libpq5:any (>= 9.0) [amd64 i386]`. */
export interface Relation {
  readonly package: string;
  /** `any` or an architecture. */
  readonly qualifier?: string;
  readonly operator?: string;
  readonly version?: string;
  /** The relation holds on these architectures only, or on all but those with `!`. */
  readonly architectures?: readonly string[];
}

/** Alternatives: any one of them will do. */
export type Dependency = readonly Relation[];

/** Policy 7.1: in these `|` means something. */
const WITH_ALTERNATIVES: ReadonlySet<RelationField> = new Set([
  'Pre-Depends',
  'Depends',
  'Recommends',
  'Suggests',
]);

const RELATION =
  /^(?<name>[^\s:()[\]<>|,]+)(?::(?<qualifier>[^\s:()[\]<>|,]+))?(?:\s*\(\s*(?<operator>[<>=]+)\s*(?<version>[^\s()<>=][^\s()]*)\s*\))?(?:\s*\[(?<architectures>[^\]]*)\])?$/;

/**
 * Parse the value of a relation field (deb-control(5), Policy 7.1).
 *
 * @throws E_OPTION with everything that dpkg would not take, or would take for something else
 */
export function parseRelations(text: string, field: RelationField): readonly Dependency[] {
  const problems: string[] = [];
  const parts = text.split(',').map((part) => part.trim());
  const dependencies = parts
    .filter((part) => part !== '')
    .map((part): Dependency => {
      const alternatives = part
        .split('|')
        .map((alternative) => parseRelation(alternative.trim(), field, problems));
      if (alternatives.length > 1 && !WITH_ALTERNATIVES.has(field))
        problems.push(`no alternatives in ${field}: ${part}`);
      return alternatives;
    });
  if (/[\r\n]/.test(text)) problems.push('a line break');
  if (problems.length > 0) {
    throw new MkvenvdebError('E_OPTION', `${field} is not a list of packages: ${JSON.stringify(text)}`, {
      issues: problems,
      hint: `Write it like "libpq5, libfoo1 (>= 1.2)": ${problems[0]}`,
    });
  }
  return dependencies;
}

function parseRelation(text: string, field: RelationField, problems: string[]): Relation {
  const {name, qualifier, operator, version, architectures} = RELATION.exec(text)?.groups ?? {};
  const refuse = (why: string) => problems.push(`${why}: ${text}`);
  if (name === undefined) refuse('not NAME (>= VERSION)');
  else if (!isPackageName(name)) refuse('not a package name');
  if (qualifier !== undefined && !/^[a-z0-9][a-z0-9-]*$/.test(qualifier)) refuse('not an architecture');
  if (operator !== undefined && !/^(?:<<|<=|=|>=|>>)$/.test(operator)) {
    refuse(
      /^[<>]$/.test(operator) ? `write ${operator}${operator} or ${operator}=` : `no operator ${operator}`,
    );
  }
  if (version !== undefined && !isDebianVersion(version)) refuse('not a version');
  if (field === 'Provides' && operator !== undefined && operator !== '=') refuse('only = in Provides');
  const names = architectures?.split(/\s+/).filter((one) => one !== '');
  if (names && !isRestriction(names)) refuse('not a list of architectures');
  return {
    package: name ?? '',
    ...(qualifier === undefined ? {} : {qualifier}),
    ...(operator === undefined || version === undefined ? {} : {operator, version}),
    ...(names === undefined ? {} : {architectures: names}),
  };
}

/** Policy 7.1: either all with an exclamation mark or none. */
const isRestriction = (names: readonly string[]): boolean =>
  names.length > 0 &&
  names.every((one) => /^!?[a-z0-9][a-z0-9-]*$/.test(one)) &&
  new Set(names.map((one) => one.startsWith('!'))).size === 1;

/**
 * The relations of several texts, without what does not hold on the architecture.
 *
 * @throws E_OPTION as `parseRelations`
 */
export function relationsOn(
  architecture: string,
  field: RelationField,
  texts: readonly string[],
): readonly Dependency[] {
  return texts
    .flatMap((text) => parseRelations(text, field))
    .map((alternatives) => alternatives.filter(({architectures}) => holds(architectures, architecture)))
    .filter((alternatives) => alternatives.length > 0);
}

/** The value of a field: everything written in one way, sorted and there once. */
export function formatRelations(dependencies: readonly Dependency[]): string {
  const texts = dependencies.map((alternatives) => alternatives.map(formatRelation).join(' | '));
  return [...new Set(texts)].sort(compareBytes).join(', ');
}

/** A binary package's control file knows no restrictions: they are decided when it is built, as dpkg-gencontrol does. */
function holds(restriction: readonly string[] | undefined, architecture: string): boolean {
  if (restriction === undefined) return true;
  const negative = restriction[0]?.startsWith('!') === true;
  const named = restriction.some((one) => matchesArchitecture(architecture, one.replace('!', '')));
  return named !== negative;
}

const formatRelation = ({package: name, qualifier, operator, version}: Relation): string =>
  `${name}${qualifier === undefined ? '' : `:${qualifier}`}${operator === undefined ? '' : ` (${operator} ${version})`}`;
