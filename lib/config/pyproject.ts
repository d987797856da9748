import type {TomlTable} from 'smol-toml';
import {MkvenvdebError} from '../errors.js';
import {type Person, parsePerson} from '../formats/core-metadata.js';
import {isDistributionName} from '../formats/names.js';
import {show} from './problems.js';
import {parseToml} from './toml.js';
import type {ProjectMetadata} from './types.js';

type Table = Readonly<Record<string, unknown>>;

/**
 * Read `[project]` (PEP 621), else `[tool.poetry]`; undefined when pyproject.toml has neither.
 *
 * @throws E_OPTION for broken TOML and for a table that PEP 621 forbids
 */
export function readPyproject(text: string, file: string): ProjectMetadata | undefined {
  const tables = parseToml(text, file);
  const {project} = tables;
  const poetry = asTable(asTable(tables.tool)?.poetry);
  if (project !== undefined) return readProjectTable(project, file, poetry);
  return poetry && readPoetry(poetry);
}

function readProjectTable(value: unknown, file: string, poetry: Table | undefined): ProjectMetadata {
  const table = asTable(value);
  const issues: string[] = [];
  if (!table) throw new MkvenvdebError('E_OPTION', `${file}: project is not a table`);
  const text = (key: string): string | undefined => {
    const found = table[key];
    if (found === undefined || typeof found === 'string') return found;
    issues.push(`project.${key} is not a text: ${show(found)}`);
    return undefined;
  };
  const texts = (key: string): readonly string[] | undefined => {
    const found = table[key];
    if (found === undefined) return undefined;
    if (Array.isArray(found) && found.every((item) => typeof item === 'string')) return found;
    issues.push(`project.${key} is not a list of texts`);
    return undefined;
  };
  const [name, version, summary] = [text('name'), text('version'), text('description')];
  const dynamic = texts('dynamic') ?? [];
  const dependencies = texts('dependencies');
  if (table.name === undefined) issues.push('project.name is missing');
  else if (name !== undefined && !isDistributionName(name))
    issues.push(`project.name is not a name: ${name}`);
  if (table.version === undefined && !dynamic.includes('version') && poetry?.version === undefined) {
    issues.push('project.version is missing, and project.dynamic does not name it');
  }
  refuse(issues, file);
  const maintainers = [...persons(table.maintainers), ...persons(table.authors)];
  return {
    ...defined({
      name,
      version: version ?? optionalText(poetry?.version),
      summary,
      homepage: homepageOf(asTable(table.urls)),
    }),
    maintainers,
    scripts: [
      ...Object.keys(asTable(table.scripts) ?? {}),
      ...Object.keys(asTable(table['gui-scripts']) ?? {}),
    ],
    ...(dependencies === undefined && dynamic.includes('dependencies')
      ? {}
      : {dependencies: dependencies ?? []}),
    dynamic,
  };
}

/** Before version 2 poetry had a table of its own, with version constraints that are not PEP 508. */
function readPoetry(table: Table): ProjectMetadata {
  const list = (key: string) =>
    (Array.isArray(table[key]) ? table[key] : [])
      .filter((item): item is string => typeof item === 'string')
      .map(parsePerson);
  return {
    ...defined({
      name: optionalText(table.name),
      version: optionalText(table.version),
      summary: optionalText(table.description),
      homepage: optionalText(table.homepage),
    }),
    maintainers: [...list('maintainers'), ...list('authors')],
    scripts: Object.keys(asTable(table.scripts) ?? {}),
    dynamic: [],
  };
}

function refuse(issues: readonly string[], file: string): void {
  const [only, ...more] = issues;
  if (only === undefined) return;
  const message = more.length === 0 ? `${file}: ${only}` : `${file}: [project] is not valid`;
  throw new MkvenvdebError('E_OPTION', message, {
    hint: 'PEP 621 says what the [project] table holds',
    ...(more.length === 0 ? {} : {issues}),
  });
}

const asTable = (value: unknown): TomlTable | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TomlTable) : undefined;

const optionalText = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const defined = <T extends Record<string, string | undefined>>(fields: T): {[Key in keyof T]?: string} =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]?: string;
  };

function persons(value: unknown): readonly Person[] {
  return (Array.isArray(value) ? value : [])
    .map((item) => {
      const {name, email} = (asTable(item) ?? {}) as Table;
      return defined({name: optionalText(name), email: optionalText(email)});
    })
    .filter(({name, email}) => name !== undefined || email !== undefined);
}

/** Labels of URLs are compared without case and punctuation ("Well-known Project URLs"). */
export function homepageOf(urls: Table | undefined): string | undefined {
  const found = Object.entries(urls ?? {}).find(
    ([label]) => label.toLowerCase().replace(/[^a-z]/g, '') === 'homepage',
  );
  return optionalText(found?.[1]);
}
