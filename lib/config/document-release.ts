import {stringify} from 'yaml';
import {type JsonSchema, optionSchemas, toSnakeCase} from './keys.js';

const INTRODUCTION = `
## Release

How releases are made: \`mkvenvdeb release\` reads these, from the file that the commit has, and no build does; there
are no flags for them. They stand below the key \`release\`. See [release.md](release.md).
`;

/** The section of docs/configuration.md on what builds do not read. */
export function releaseSection(): string {
  const {properties = {}} = optionSchemas.get('release') ?? {};
  return (
    INTRODUCTION +
    Object.entries(properties)
      .map(([key, schema]) => entry(key, schema))
      .join('')
  );
}

function entry(key: string, schema: JsonSchema): string {
  const {description = '', spec, example, unit} = schema;
  const parts = partsOf(schema);
  const facts = [
    `Value: ${formOf(schema)}${unit === undefined ? '' : ` (${unit})`}`,
    ...(parts.length > 0 && schema.otherwise === undefined ? [] : [`Default: ${defaultOf(schema)}`]),
    ...(spec === undefined ? [] : [`Rule: ${spec}`]),
  ];
  const lines = [
    `\n### \`release.${toSnakeCase(key)}\`\n`,
    description,
    '',
    ...facts.map((fact) => `- ${fact}`),
  ];
  if (parts.length > 0) lines.push('', '| key | what it says |', '| --- | --- |', ...parts);
  if (example !== undefined)
    lines.push(
      '',
      '```yaml',
      stringify({release: {[toSnakeCase(key)]: example}}, {lineWidth: 0}).trimEnd(),
      '```',
    );
  return `${lines.join('\n')}\n`;
}

/** Rows for the keys inside of an option, or of each item of a list. */
function partsOf({properties, items, anyOf = []}: JsonSchema): readonly string[] {
  const inner = properties ?? items?.properties ?? anyOf.find((one) => one.properties)?.properties ?? {};
  return Object.entries(inner).map(([key, schema]) => {
    const {description = ''} = schema;
    const value =
      schema.default === undefined && schema.otherwise === undefined ? '' : ` Default: ${defaultOf(schema)}.`;
    return `| \`${toSnakeCase(key)}\` | ${description}${value} |`;
  });
}

const VALUES: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  integer: 'whole number',
  object: 'map',
  array: 'list',
};

const formOf = ({type = '', form, anyOf}: JsonSchema): string =>
  (anyOf || type === 'array' || type === 'string' ? form : undefined) ?? VALUES[type] ?? 'text or map';

function defaultOf({default: value, otherwise}: JsonSchema): string {
  if (otherwise !== undefined) return otherwise;
  if (value === undefined) return 'none';
  if (typeof value === 'object')
    return Object.keys(value as object).length === 0 ? 'empty' : JSON.stringify(value);
  return `\`${String(value)}\``;
}
