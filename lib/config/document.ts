import {stringify} from 'yaml';
import {describeOptions, type OptionDescription, type OptionKind} from './describe.js';
import {releaseSection} from './document-release.js';
import {inputSchema, type JsonSchema, optionSchemas, propertiesOf, toSnakeCase} from './keys.js';
import type {BuildOptions} from './schema/index.js';

const INTRODUCTION = `# Configuration

<!-- Generated from lib/config/schema by test/config/document.test.ts: UPDATE=1 npm test -->

Options come from three places. A flag wins over \`mkvenvdeb.yaml\` (or \`.yml\`) in the project folder, that over
\`[tool.mkvenvdeb]\` in \`pyproject.toml\`, that over the default; where two of them set the same option, the list or
map of the stronger one replaces the other's. \`--config FILE\` names another file.

Paths in a file are relative to the file, paths in flags to the working folder. Unknown keys are errors. Quote what
YAML would read as a number: \`version: "1.10"\`.

Editors that know JSON schema can check the file: put this comment on its first line.

\`\`\`yaml
# yaml-language-server: $schema=node_modules/mkvenvdeb/docs/mkvenvdeb.schema.json
\`\`\`
`;

const VALUES: Readonly<Record<OptionKind, string>> = {
  text: 'text',
  number: 'whole number',
  boolean: 'true or false',
  choice: 'one of',
  list: 'list of texts',
  names: 'true, false or list of texts',
  map: 'map of texts',
  json: 'list',
  item: 'text or map',
  items: 'list of texts or maps',
};

/** docs/configuration.md, whole. */
export function configurationPage(): string {
  const options = describeOptions();
  const groups = [...new Set(options.map(({group}) => group))];
  const sections = groups.map((group) => {
    const entries = options.filter((option) => option.group === group).map(entry);
    return `\n## ${group}\n${entries.join('')}`;
  });
  return INTRODUCTION + sections.join('') + releaseSection();
}

function entry(option: OptionDescription): string {
  const {key, flag, kind, choices, description, unit, spec, example, sample, path} = option;
  const value = choices ? `one of ${choices.map((choice) => `\`${choice}\``).join(', ')}` : VALUES[kind];
  const facts = [
    `Value: ${value}${unit === undefined ? '' : ` (${unit})`}`,
    `Default: ${shownDefault(option)}`,
    `Flag: \`${flag}${FLAG_VALUES[kind]}\`${REPEATABLE.has(kind) ? ', repeatable' : ''}`,
    ...(sample === undefined ? [] : [`Such as: \`${flag} '${sample}'\``]),
    ...(spec === undefined ? [] : [`Rule: ${spec}`]),
  ];
  const lines = [`\n### \`${key}\`\n`, description, '', ...facts.map((fact) => `- ${fact}`)];
  if (example !== undefined) {
    const nested = path.reduceRight<unknown>((inner, part) => ({[toSnakeCase(part)]: inner}), example);
    lines.push('', '```yaml', stringify(nested, {lineWidth: 0}).trimEnd(), '```');
  }
  return `${lines.join('\n')}\n`;
}

const FLAG_VALUES: Readonly<Record<OptionKind, string>> = {
  text: ' TEXT',
  number: ' N',
  boolean: '',
  choice: ' NAME',
  list: ' TEXT',
  names: ' NAME|true|false',
  map: ' NAME=VALUE',
  json: ' JSON',
  item: ' TEXT|JSON',
  items: ' TEXT|JSON',
};
/** Each use of such a flag gives one item. */
const REPEATABLE: ReadonlySet<OptionKind> = new Set(['list', 'names', 'map', 'json', 'items']);

function shownDefault({default: value, otherwise}: OptionDescription): string {
  if (otherwise !== undefined) return otherwise;
  if (value === undefined) return 'none';
  if (typeof value === 'object')
    return Object.keys(value as object).length === 0 ? 'empty' : JSON.stringify(value);
  return `\`${String(value)}\``;
}

/** docs/mkvenvdeb.schema.json: what mkvenvdeb.yaml may hold, in its spelling. */
export const configurationSchema = (): object => ({
  ...(inSnakeCase(inputSchema) as object),
  title: 'mkvenvdeb.yaml',
  description:
    'Configuration of mkvenvdeb, which turns a Python project into a Debian package of its virtualenv.',
});

/** What only we read; "Default" of these options depends on something else. */
const OWN_KEYWORDS = new Set(['form', 'unit', 'spec', 'path', 'otherwise']);

function inSnakeCase(schema: JsonSchema): unknown {
  const converted = Object.entries(schema)
    .filter(([keyword]) => !OWN_KEYWORDS.has(keyword))
    .map(([keyword, value]): [string, unknown] => {
      if (keyword === 'properties') {
        const properties = Object.entries(value as Readonly<Record<string, JsonSchema>>);
        return [
          keyword,
          Object.fromEntries(properties.map(([key, inner]) => [toSnakeCase(key), inSnakeCase(inner)])),
        ];
      }
      if (keyword === 'example') return ['examples', [value]];
      if (keyword === 'items') return [keyword, inSnakeCase(value as JsonSchema)];
      if (keyword === 'anyOf') return [keyword, (value as readonly JsonSchema[]).map(inSnakeCase)];
      return [keyword, value];
    });
  return Object.fromEntries(converted);
}

export interface ConfigurationTextOptions {
  /** What it does not say, for a comment at the top. */
  readonly untranslated: readonly string[];
  /** The values are what shall hold; else they are suggestions, and stand there as comments. */
  readonly whole: boolean;
}

/** A mkvenvdeb.yaml with these values, each below what the option means. */
export function configurationText(
  values: BuildOptions,
  {untranslated, whole}: ConfigurationTextOptions,
): string {
  const head = [
    '# yaml-language-server: $schema=node_modules/mkvenvdeb/docs/mkvenvdeb.schema.json',
    '# Every option: docs/configuration.md of mkvenvdeb. Paths are relative to this file.',
    ...(untranslated.length === 0
      ? []
      : ['#', '# Not translated:', ...untranslated.map((one) => `# - ${one}`)]),
  ];
  const blocks = [...optionSchemas].flatMap(([key, {description = ''}]) => {
    const value = values[key as keyof BuildOptions];
    if (value === undefined || isEmpty(value)) return [];
    const yaml = stringify(spelledForFile(key, value), {lineWidth: 0}).trimEnd();
    return [`${wrap(description)}\n${whole ? yaml : yaml.replace(/^/gm, '# ')}`];
  });
  return `${[head.join('\n'), ...blocks].join('\n\n')}\n`;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Keys of the options in snake case; those of maps that belong to the user as they are. */
function spelledForFile(key: string, value: unknown): object {
  const nested = propertiesOf(optionSchemas.get(key)) !== undefined && typeof value === 'object';
  const inner = nested
    ? Object.fromEntries(Object.entries(value as object).map(([name, one]) => [toSnakeCase(name), one]))
    : value;
  return {[toSnakeCase(key)]: inner};
}

/** Comment lines of at most 100 characters. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length > 97) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `# ${line}`).join('\n');
}
