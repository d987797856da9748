import {resolve} from 'node:path';
import {
  inputSchema,
  type JsonSchema,
  optionSchemas,
  propertiesOf,
  schemasAt,
  schemasIn,
  spellPath,
  toSnakeCase,
} from './keys.js';
import {
  meantIssues,
  nearest,
  type Origin,
  type Problem,
  problemAt,
  type SchemaIssue,
  schemaProblem,
} from './problems.js';
import type {PathKind} from './schema/common.js';
import {type BuildOptions, fileSchema, optionsSchema} from './schema/index.js';
import type {ReleaseSection} from './schema/release.js';

type Values = Readonly<Record<string, unknown>>;

/** Options from one place: the API, the flags, a file. */
export interface Layer extends Origin {
  /** As they were given: keys as in the API, in a file as it spells them. */
  readonly values: Values;
  /** Folder that relative paths start from. */
  readonly base: string;
}

/** All layers as one, with names of the API, and where each value came from. */
export interface Merged {
  readonly options: BuildOptions;
  /** How releases are made; undefined where no file says it. */
  readonly release: ReleaseSection | undefined;
  readonly originOf: (path: readonly PropertyKey[]) => Layer;
}

const isTable = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Rename the keys of a table to those of the API; a key that is not known becomes a problem. */
function rename(layer: Layer, table: Values, parent: string | undefined, problems: Problem[]): Values {
  const schemas =
    parent === undefined
      ? optionSchemas
      : new Map(Object.entries(propertiesOf(optionSchemas.get(parent)) ?? {}));
  const keys = [...schemas.keys()].filter((key) => layer.spelling === 'file' || key !== RELEASE);
  const known = new Map(keys.map((key) => [layer.spelling === 'file' ? toSnakeCase(key) : key, key]));
  const renamed: Record<string, unknown> = {};
  for (const [written, value] of Object.entries(table)) {
    const key = known.get(written);
    if (key === undefined)
      problems.push(
        unknownKey(layer, parent === undefined ? [written] : [parent, written], [...known.keys()]),
      );
    else if (value !== undefined) {
      const nested =
        parent === undefined && propertiesOf(optionSchemas.get(key)) !== undefined && isTable(value);
      const inner = nested ? rename(layer, value, key, problems) : value;
      renamed[key] = parent === RELEASE ? renameInner(inner, schemasAt([RELEASE, key])) : inner;
    }
  }
  return renamed;
}

/** Only files have it, and no build reads it. */
const RELEASE = 'release';

/** Keys further inside, of maps and of those in lists; what is not known is left to the schema. */
function renameInner(value: unknown, schemas: readonly JsonSchema[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => renameInner(item, schemasIn(schemas, index)));
  if (!isTable(value)) return value;
  const names = schemas.flatMap(({properties = {}}) => Object.keys(properties));
  const known = new Map(names.map((name) => [toSnakeCase(name), name]));
  return Object.fromEntries(
    Object.entries(value).map(([written, item]) => {
      const key = known.get(written) ?? written;
      return [key, renameInner(item, schemasIn(schemas, key))];
    }),
  );
}

function unknownKey(origin: Origin, path: readonly PropertyKey[], known: readonly string[]): Problem {
  const key = String(path.at(-1));
  const near = nearest(key, known);
  const place = origin.locate?.(path);
  const parent = path.length > 1 ? ` in "${spellPath(path.slice(0, -1), origin.spelling)}"` : '';
  return {
    text: `${place ? `${place}: ` : ''}Unknown option${parent}: ${key}`,
    hint: near ? `Did you mean "${near}"?` : `Known are ${known.join(', ')}`,
  };
}

const valueAt = (values: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    values,
  );

/** Validate one layer; what is wrong becomes problems and is left out of the result. */
function readLayer(layer: Layer, problems: Problem[]): Values {
  const values: Record<string, unknown> = {...rename(layer, layer.values, undefined, problems)};
  const result = (layer.spelling === 'file' ? fileSchema : optionsSchema).safeParse(values);
  const issues = (result.error?.issues ?? []) as readonly SchemaIssue[];
  for (const issue of issues.flatMap(meantIssues)) {
    for (const key of issue.keys ?? []) {
      const names = schemasAt(issue.path).flatMap(({properties = {}}) => Object.keys(properties));
      const known = issue.path[0] === RELEASE ? names.map(toSnakeCase) : names;
      problems.push(unknownKey(layer, [...issue.path, key], known));
    }
    if (issue.keys === undefined) problems.push(schemaProblem(issue, valueAt(values, issue.path), layer));
  }
  for (const issue of result.error?.issues ?? []) delete values[String(issue.path[0])];
  refuseTildes(layer, values, problems);
  return resolvePaths(values, layer.base);
}

/** `~/x` in a file, or quoted: nobody means a folder of that name. */
function refuseTildes(layer: Layer, values: Values, problems: Problem[]): void {
  const look = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'string' && /^~(?:$|[\w.-]*\/)/.test(value)) {
      const says = 'begins with ~, which only a shell takes for a home folder';
      problems.push(problemAt(layer, path, {says, value, hint: `Write the whole path (or ./${value})`}));
    } else if (typeof value === 'object' && value !== null) {
      const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
      for (const key of keys) look((value as Record<PropertyKey, unknown>)[key], [...path, key]);
    }
  };
  for (const [key, value] of Object.entries(values))
    if (optionSchemas.get(key)?.path !== undefined) look(value, [key]);
  const files = (values.files ?? []) as NonNullable<BuildOptions['files']>;
  for (const [index, {source}] of files.entries()) look(source, ['files', index, 'source']);
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const ARCHIVE = /\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$/;

const IS_PATH: Readonly<Record<PathKind, (text: string) => boolean>> = {
  path: () => true,
  command: (text) => text.includes('/'),
  location: (text) => !SCHEME.test(text),
  requirement: (text) =>
    !text.startsWith('-') &&
    !SCHEME.test(text) &&
    !text.includes(' @ ') &&
    (/^\.{0,2}\//.test(text) || /^\.{1,2}$/.test(text) || text.includes('/') || ARCHIVE.test(text)),
};

function resolvePaths(values: Values, base: string): Values {
  const absolute = (value: unknown, schemas: readonly JsonSchema[], above?: PathKind): unknown => {
    const actual = Array.isArray(value) ? 'array' : typeof value;
    const own = schemas.find(({type, path}) => path !== undefined && type === actual)?.path;
    const kind = (own as PathKind | undefined) ?? above;
    if (typeof value === 'string') return kind && IS_PATH[kind](value) ? resolve(base, value) : value;
    if (Array.isArray(value))
      return value.map((item, index) => absolute(item, schemasIn(schemas, index), kind));
    if (!isTable(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, absolute(item, schemasIn(schemas, key), kind)]),
    );
  };
  return absolute(values, [inputSchema]) as Values;
}

/** Put layers over each other, the last one on top: key by key, also inside of nested groups; lists are replaced. */
export function mergeLayers(layers: readonly Layer[], problems: Problem[]): Merged {
  const merged: Record<string, unknown> = {};
  const origins = new Map<string, Layer>();
  for (const layer of layers) {
    for (const [key, value] of Object.entries(readLayer(layer, problems))) {
      const nested = propertiesOf(optionSchemas.get(key)) !== undefined && isTable(value);
      merged[key] = nested ? {...(merged[key] as Values | undefined), ...value} : value;
      origins.set(key, layer);
      if (nested) for (const inner of Object.keys(value)) origins.set(`${key}.${inner}`, layer);
    }
  }
  const top = layers.at(-1) as Layer;
  const originOf = (path: readonly PropertyKey[]) =>
    origins.get(path.slice(0, 2).join('.')) ?? origins.get(String(path[0])) ?? top;
  const {[RELEASE]: release, ...options} = merged;
  return {options: options as BuildOptions, release: release as ReleaseSection | undefined, originOf};
}
