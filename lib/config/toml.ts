import {parse, TomlError, type TomlTable} from 'smol-toml';
import {MkvenvdebError} from '../errors.js';
import {toSnakeCase} from './keys.js';
import type {Problem} from './problems.js';
import type {FileContent} from './yaml.js';

/** As for YAML: what is read of it has five levels. */
const DEEPEST = 100;

/**
 * Read a TOML file.
 *
 * @throws E_OPTION with line and column when it is broken
 */
export function parseToml(text: string, name: string): TomlTable {
  try {
    return parse(text, {maxDepth: DEEPEST});
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
    throw new MkvenvdebError('E_OPTION', `${name}:${error.line}:${error.column}: Not valid TOML: ${reason}`, {
      cause: error,
    });
  }
}

/** Read `[tool.mkvenvdeb]` of pyproject.toml, or a file of our own whose options stand at the top. */
export function readToml(text: string, name: string, problems: Problem[]): FileContent | undefined {
  let tables: TomlTable;
  try {
    tables = parseToml(text, name);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    problems.push({text: error.message});
    return undefined;
  }
  const isProject = name.split('/').at(-1) === 'pyproject.toml';
  const table = isProject ? (tables.tool as TomlTable | undefined)?.mkvenvdeb : tables;
  if (table === undefined) return undefined;
  if (typeof table !== 'object' || Array.isArray(table)) {
    problems.push({text: `${name}: tool.mkvenvdeb is not a table`});
    return undefined;
  }
  const written = text.split(/\r?\n/);
  let lines: ReadonlyMap<string, number> | undefined;
  const find = (path: readonly PropertyKey[]) => {
    lines ??= linesByKey(written);
    return findLine(lines, isProject ? ['tool', 'mkvenvdeb', ...path] : path);
  };
  return {
    values: table as Record<string, unknown>,
    locate: (path) => {
      const index = find(path);
      return index === undefined ? name : `${name}:${index + 1}`;
    },
    written: (path) => {
      const line = written[find(path) ?? -1];
      return path.every((part) => typeof part === 'string')
        ? /^[^=]*=\s*([^\s#"'[{]+)\s*(?:#.*)?$/s.exec(line ?? '')?.[1]
        : undefined;
    },
  };
}

/**
 * The line that sets each key, by reading headers and keys: the parser itself forgets where things stood. All at once:
 * a file may be wrong in each of its lines.
 */
function linesByKey(lines: readonly string[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  let table: readonly string[] = [];
  for (const [index, line] of lines.entries()) {
    const header = /^\s*\[{1,2}([^\]]+)\]{1,2}/.exec(line)?.[1];
    const key =
      header === undefined
        ? /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line)?.[1]
        : undefined;
    if (header !== undefined) table = parts(header);
    const here = header !== undefined ? table : key !== undefined ? [...table, ...parts(key)] : undefined;
    const name = here?.join('.');
    if (name !== undefined && !found.has(name)) found.set(name, index);
  }
  return found;
}

/** The line of a key, else of the innermost table around it that is one of ours. */
function findLine(lines: ReadonlyMap<string, number>, path: readonly PropertyKey[]): number | undefined {
  const names = path.filter((part) => typeof part === 'string');
  for (let depth = names.length; depth > 0; depth -= 1) {
    if (depth < names.length && depth <= 2) return undefined;
    const start = names.slice(0, depth);
    const line = lines.get(start.join('.')) ?? lines.get(start.map(toSnakeCase).join('.'));
    if (line !== undefined) return line;
  }
  return undefined;
}

const parts = (dotted: string): string[] =>
  dotted.split('.').map((part) => part.trim().replace(/^(["'])(.*)\1$/, '$2'));
