import {z} from 'zod';
import {fileSchema} from './schema/index.js';

/** What we read of a JSON schema that zod wrote. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly form?: string;
  readonly unit?: string;
  readonly spec?: string;
  readonly path?: string;
  readonly otherwise?: string;
}

/** What a configuration file may hold as JSON schema, with the names of the API. */
export const inputSchema = z.toJSONSchema(fileSchema, {io: 'input'}) as unknown as JsonSchema;

/** Schema of every option, by its name in the API. */
export const optionSchemas: ReadonlyMap<string, JsonSchema> = new Map(
  Object.entries(inputSchema.properties ?? {}),
);

/** The schemas of a part (a key, an index) of a value that has one of these; of a union its branches and itself. */
export const schemasIn = (schemas: readonly JsonSchema[], part: PropertyKey): readonly JsonSchema[] =>
  schemas.flatMap((schema) => {
    const inner = typeof part === 'number' ? schema.items : schema.properties?.[String(part)];
    return inner === undefined ? [] : branches(inner);
  });

const branches = (schema: JsonSchema): readonly JsonSchema[] => [
  ...(schema.anyOf ?? []).flatMap(branches),
  schema,
];

/** The schemas of the value at a path. */
export const schemasAt = (path: readonly PropertyKey[]): readonly JsonSchema[] =>
  path.reduce<readonly JsonSchema[]>(schemasIn, [inputSchema]);

/** The options inside of a group; a group may also be switched on and off as a whole. */
export const propertiesOf = ({properties, anyOf = []}: JsonSchema = {}): JsonSchema['properties'] =>
  anyOf.some(({type}) => type === 'boolean')
    ? anyOf.find((one) => one.properties !== undefined)?.properties
    : properties;

/** `indexUrl` → `index_url`, as YAML and TOML spell it. */
export const toSnakeCase = (key: string): string =>
  key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** `indexUrl` → `index-url`, as flags spell it. */
export const toKebabCase = (key: string): string => toSnakeCase(key).replaceAll('_', '-');

/** How the user spells keys: as in the API, in a file, or as flags. */
export type Spelling = 'api' | 'file' | 'flag';

const SPELL: Readonly<Record<Spelling, (key: string) => string>> = {
  api: (key) => key,
  file: toSnakeCase,
  flag: toKebabCase,
};

/** The place of a value as the user spells it: `scripts.postinst`, `files[0].mode`, `--index-url`. */
export function spellPath(path: readonly PropertyKey[], spelling: Spelling): string {
  if (spelling === 'flag') {
    const names = path.filter((part) => typeof part === 'string');
    const nested = propertiesOf(optionSchemas.get(names[0] ?? '')) !== undefined;
    return `--${names
      .slice(0, nested ? 2 : 1)
      .map(toKebabCase)
      .join('-')}`;
  }
  const spelled = path.map((part, index) => {
    if (typeof part === 'number') return `[${part}]`;
    // Keys of a map (environment, links) are the user's own.
    const own = index > 0 && propertiesOf(optionSchemas.get(String(path[0]))) === undefined;
    const text = own ? String(part) : SPELL[spelling](String(part));
    return index === 0 ? text : `.${text}`;
  });
  return spelled.join('');
}
