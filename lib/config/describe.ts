import {type JsonSchema, optionSchemas, propertiesOf, toKebabCase, toSnakeCase} from './keys.js';
import {optionGroups} from './schema/index.js';

/**
 * How a value is given as text: `names` may also stand without one (true), `json` has parts of its own, `item` and
 * the `items` of a list may be either: a text or something with parts of its own.
 */
export type OptionKind =
  | 'text'
  | 'number'
  | 'boolean'
  | 'choice'
  | 'list'
  | 'names'
  | 'map'
  | 'json'
  | 'item'
  | 'items';

/** One option, or one of a nested group, as documentation and command line need to know it. */
export interface OptionDescription {
  /** Where it stands in BuildOptions: `['indexUrl']`, `['scripts', 'postinst']`. */
  readonly path: readonly string[];
  /** As YAML and TOML spell it: `index_url`, `scripts.postinst`. */
  readonly key: string;
  /** As the command line spells it: `--index-url`, `--scripts-postinst`. */
  readonly flag: string;
  /** Heading that it stands below. */
  readonly group: string;
  readonly kind: OptionKind;
  readonly choices?: readonly string[];
  readonly description: string;
  /** Undefined where the default is none, or depends on something else: then `otherwise` says it. */
  readonly default?: unknown;
  readonly otherwise?: string;
  /** What a number counts. */
  readonly unit?: string;
  /** The rule that a value obeys. */
  readonly spec?: string;
  readonly example?: unknown;
  /** Of an option given as JSON: what one use of the flag may be. */
  readonly sample?: string;
}

/** Every option in the order of the documentation. */
export function describeOptions(): readonly OptionDescription[] {
  return Object.entries(optionGroups).flatMap(([group, options]) =>
    Object.keys(options).flatMap((key) => {
      const schema = optionSchemas.get(key) ?? {};
      const nested = Object.entries(propertiesOf(schema) ?? {});
      const inner = nested.map(([name, innerSchema]) => describe([key, name], innerSchema, group));
      return schema.properties === undefined ? [describe([key], schema, group), ...inner] : inner;
    }),
  );
}

function describe(path: readonly string[], schema: JsonSchema, group: string): OptionDescription {
  const {description = '', default: value, otherwise, unit, spec, example} = schema;
  const kind = kindOf(schema);
  return {
    path,
    key: path.map(toSnakeCase).join('.'),
    flag: `--${path.map(toKebabCase).join('-')}`,
    group,
    kind,
    ...(schema.enum ? {choices: schema.enum.map(String)} : {}),
    description,
    ...(value === undefined ? {} : {default: value}),
    ...(otherwise === undefined ? {} : {otherwise}),
    ...(unit === undefined ? {} : {unit}),
    ...(spec === undefined ? {} : {spec}),
    ...(example === undefined ? {} : {example}),
    ...(kind === 'json' && Array.isArray(example) ? {sample: JSON.stringify(example[0])} : {}),
  };
}

function kindOf({type, enum: choices, items, anyOf}: JsonSchema): OptionKind {
  if (propertiesOf({anyOf}) !== undefined) return 'boolean';
  if (anyOf) return anyOf.some((one) => one.type === 'boolean') ? 'names' : 'item';
  if (choices) return 'choice';
  if (type === 'boolean') return 'boolean';
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array' && items?.anyOf) return 'items';
  if (type === 'array') return items?.type === 'string' ? 'list' : 'json';
  return type === 'object' ? 'map' : 'text';
}
