import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parse} from 'yaml';
import {describeOptions} from '../../lib/config/describe.js';
import {configurationPage, configurationSchema} from '../../lib/config/document.js';
import {type JsonSchema, toSnakeCase} from '../../lib/config/keys.js';
import {fixture, root, update} from '../helpers/suite.js';

const document = suite('config/document');

for (const [file, text] of [
  ['configuration.md', configurationPage()],
  ['mkvenvdeb.schema.json', `${JSON.stringify(configurationSchema(), undefined, 2)}\n`],
] as const) {
  document(`docs/${file} says what the schema says (UPDATE=1 writes it)`, () => {
    const path = join(root, 'docs', file);
    if (update) writeFileSync(path, text);
    assert.fixture(readFileSync(path, 'utf8'), text);
  });
}

/** As much of a JSON schema validator as our schema needs; an unknown keyword fails. */
function validate(value: unknown, schema: JsonSchema, path = '$'): string[] {
  const {type, enum: choices, items, anyOf, properties, required = [], additionalProperties} = schema;
  if (anyOf) return anyOf.some((one) => validate(value, one).length === 0) ? [] : [`${path} fits nothing`];
  if (choices) return choices.includes(value) ? [] : [`${path} is not one of ${choices.join()}`];
  const actual = Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (type !== undefined && type !== actual) return [`${path} is ${actual}, not ${type}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => validate(item, items ?? {}, `${path}[${index}]`));
  if (actual !== 'object') return [];
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  const missing = required.filter((key) => !entries.some(([name]) => name === key));
  return [
    ...missing.map((key) => `${path}.${key} is missing`),
    ...entries.flatMap(([key, item]) => {
      const inner = properties?.[key] ?? additionalProperties;
      if (inner === false) return [`${path}.${key} is unknown`];
      return typeof inner === 'object' ? validate(item, inner, `${path}.${key}`) : [];
    }),
  ];
}

const schema = configurationSchema() as JsonSchema;

// By the types of entries: names alone would follow links to folders round in circles.
const configurations = readdirSync(fixture(), {recursive: true, withFileTypes: true})
  .filter((entry) => entry.name === 'mkvenvdeb.yaml')
  .map((entry) => relative(fixture(), join(entry.parentPath ?? entry.path, entry.name)))
  .filter((file) => !file.startsWith('bad'))
  .sort();

document('there are configurations among the fixtures', () => assert.ok(configurations.length > 0));

for (const file of configurations) {
  document(`fixtures/${file} fits the JSON schema`, () =>
    assert.equal(validate(parse(readFileSync(fixture(file), 'utf8')), schema), []),
  );
}

for (const file of [
  'unknown-key',
  'unknown-nested-key',
  'version-number',
  'hook',
  'compression',
  'file-mode-number',
]) {
  document(`fixtures/bad/${file} does not fit it`, () =>
    assert.ok(
      validate(parse(readFileSync(fixture('bad', file, 'mkvenvdeb.yaml'), 'utf8')), schema).length > 0,
    ),
  );
}

const page = readFileSync(join(root, 'docs', 'debian-side.md'), 'utf8');
for (const [index, [, block = '']] of [...page.matchAll(/```yaml\n(.*?)```/gs)].entries()) {
  document(`example ${index + 1} of docs/debian-side.md fits the JSON schema`, () =>
    assert.equal(validate(parse(block), schema), []),
  );
}

document('every option of the Debian side is on its page', () => {
  const keys = describeOptions().filter(({group}) => group === 'System' || group === 'Debian');
  assert.equal(
    keys.map(({path: [key = '']}) => toSnakeCase(key)).filter((key) => !page.includes(key)),
    [],
  );
});

document('every option has a description that is a sentence, and a flag of its own', () => {
  const options = describeOptions();
  for (const {key, description} of options) assert.match(description, /^[A-Z].*\.$/s, key);
  assert.is(new Set(options.map(({flag}) => flag)).size, options.length);
});

document('every example is a value that the schema accepts', () => {
  for (const {path, example, key} of describeOptions()) {
    if (example === undefined) continue;
    const nested = key.split('.').reduceRight<unknown>((inner, part) => ({[part]: inner}), example);
    assert.equal(validate(nested, schema), [], path.join('.'));
  }
});

document.run();
