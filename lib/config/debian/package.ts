import {relationList, type Substvars, substitute} from '../../formats/substvars.js';
import type {BuildOptions} from '../schema/index.js';
import type {BinaryPackage} from './control.js';

export interface FieldsContext {
  readonly variables: Substvars;
  readonly warn: (message: string, hint?: string) => void;
  readonly problem: (text: string, hint?: string) => void;
}

const RELATIONS = [
  ['pre-depends', 'preDepends'],
  ['depends', 'depends'],
  ['recommends', 'recommends'],
  ['suggests', 'suggests'],
  ['enhances', 'enhances'],
  ['conflicts', 'conflicts'],
  ['breaks', 'breaks'],
  ['replaces', 'replaces'],
  ['provides', 'provides'],
] as const;

/** Variables that programs of debhelper set, for what is added here without being asked. */
export const FILLED_IN: ReadonlySet<string> = new Set(
  'misc:Depends misc:Pre-Depends misc:Recommends misc:Suggests misc:Breaks misc:Built-Using shlibs:Depends'
    .concat(
      ' shlibs:Pre-Depends shlibs:Recommends shlibs:Suggests python:Depends python:Versions python:Provides',
    )
    .concat(
      ' python3:Depends python3:Provides python3:Recommends python3:Suggests pypy:Depends pypy3:Depends',
    )
    .concat(' perl:Depends sphinxdoc:Depends sphinxdoc:Built-Using mkvenvdeb:Depends')
    .split(' '),
);

/** The control fields of a binary package as options. */
export function fieldValues(binary: BinaryPackage, context: FieldsContext): BuildOptions {
  const {fields, name, further} = binary;
  const {warn, problem} = context;
  const unknown = new Set<string>();
  const text = (key: string): string | undefined => {
    const value = fields.get(key);
    if (value === undefined) return undefined;
    const result = substitute(value, context.variables);
    for (const one of result.unknown) if (!FILLED_IN.has(one)) unknown.add(one);
    return result.text.trim() === '' ? undefined : result.text;
  };
  const relations = RELATIONS.flatMap(([key, option]) => {
    const list = relationList(profilesDropped(text(key) ?? ''));
    return list.length === 0 ? [] : [[option, [...list]] as const];
  });
  const plain = (['section', 'priority', 'maintainer', 'homepage'] as const).flatMap((key) => {
    const value = text(key)?.trim();
    return value === undefined ? [] : [[key, value] as const];
  });
  const description = text('description');
  if (/^yes$/i.test(fields.get('essential') ?? ''))
    problem(`Package is essential: ${name}`, 'No virtualenv is');
  if (/^udeb$/i.test(fields.get('package-type') ?? '')) problem(`Package is an udeb: ${name}`);
  // deb-src-control(5): without a B, they are for the source package.
  const missed = further.filter((key) => !/^X[SC]*-/i.test(key));
  if (missed.length > 0) warn(`Fields of ${name} have no counterpart and are left out: ${missed.join(', ')}`);
  if (unknown.size > 0) {
    warn(
      `Substitution variables of ${name} are set by nobody: ${[...unknown].join(', ')}`,
      'They stand for nothing',
    );
  }
  return {
    package: name,
    ...Object.fromEntries(plain),
    ...Object.fromEntries(relations),
    ...(description === undefined ? {} : {description: plainDescription(description)}),
  };
}

/** Restrictions to build profiles (`<!nocheck>`) are decided with no profile set, as in a plain build. */
const profilesDropped = (text: string): string =>
  text
    .split(',')
    .filter((part) => !/<(?!!)[^<>]*>/.test(part))
    .map((part) => part.replace(/(?<!\s)\s*<![^<>]*>/g, ''))
    .join(',');

/** The value of a Description field as the option has it: without the blank before each line, ` .` as empty. */
function plainDescription(value: string): string {
  const [first = '', ...rest] = value.split('\n');
  const lines = rest.map((line) => (/^\s\s*\.$/.test(line) ? '' : line.replace(/^[ \t]/, '')));
  return [first, ...lines].join('\n');
}
