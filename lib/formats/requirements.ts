import {normalizeName} from './names.js';

/** A dependency specifier (PEP 508). */
export interface Requirement {
  readonly name: string;
  readonly normalizedName: string;
  readonly extras: readonly string[];
  /** Version clauses as they are written, without parentheses; empty when there are none. */
  readonly specifier: string;
  /** Of a direct reference: `name @ URL`. */
  readonly url?: string;
  readonly marker?: string;
}

/** What a line of a requirement file says; `line` counts from 1 and is the first of continued lines. */
export type RequirementLine = {readonly line: number; readonly text: string} & (
  | {readonly kind: 'requirement'; readonly requirement: Requirement; readonly hashes: readonly string[]}
  /** A URL or a path; `name` where an `#egg=` or the archive's file name tells it. */
  | {
      readonly kind: 'location';
      readonly location: string;
      readonly name?: string;
      readonly hashes: readonly string[];
    }
  | {readonly kind: 'editable'; readonly location: string; readonly name?: string}
  | {readonly kind: 'include'; readonly of: 'requirements' | 'constraints'; readonly path: string}
  /** Any other option, by its long name: `--index-url`. */
  | {readonly kind: 'option'; readonly name: string; readonly value?: string}
  /** A line that pip refuses. */
  | {readonly kind: 'unknown'}
);

/** The first line of a requirement file that `write_lock` wrote: such a file may be written anew. */
export const LOCK_HEADER = '# Written by mkvenvdeb --write-lock for one interpreter on one kind of machine.';

/** A line of a requirement or constraint file, and the file that it stands in. */
export type FileLine = RequirementLine & {
  /** Absolute path. */
  readonly file: string;
  /** True in constraint files and what they include. */
  readonly constraint: boolean;
};

const NAME = '([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)';
const EXTRAS = '(?:\\[([A-Za-z0-9._,\\s-]*)\\])?';
const HEAD = new RegExp(`^${NAME}\\s*${EXTRAS}\\s*`);
const CLAUSES =
  /^(?:===|~=|==|!=|<=|>=|<|>)\s*[^\s,;()=<>!~]+(?:\s*,\s*(?:===|~=|==|!=|<=|>=|<|>)\s*[^\s,;()=<>!~]+)*\s*,?$/;

/** Read a dependency specifier (PEP 508); undefined when it is none. */
export function parseRequirement(text: string): Requirement | undefined {
  const head = HEAD.exec(text.trim());
  if (!head?.[1]) return undefined;
  const name = head[1];
  const extras = (head[2] ?? '')
    .split(',')
    .map((extra) => extra.trim())
    .filter((extra) => extra !== '');
  const base = {name, normalizedName: normalizeName(name), extras};
  const rest = text.trim().slice(head[0].length);
  const direct = /^@\s*(\S+)(?:\s+;\s*(.+))?$/s.exec(rest);
  if (direct?.[1]) {
    return {...base, specifier: '', url: direct[1], ...(direct[2] ? {marker: direct[2].trim()} : {})};
  }
  const semicolon = rest.indexOf(';');
  const before = (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  const marker = semicolon < 0 ? '' : rest.slice(semicolon + 1).trim();
  const specifier = /^\((.*)\)$/.exec(before)?.[1]?.trim() ?? before;
  if (specifier !== '' && !CLAUSES.test(specifier)) return undefined;
  if (semicolon >= 0 && marker === '') return undefined;
  return {...base, specifier, ...(marker === '' ? {} : {marker})};
}

/**
 * Read a requirement file as pip does: lines ending in a backslash are continued, ` #` begins a comment, `${NAME}`
 * is replaced where the environment has it.
 */
export function parseRequirementsFile(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): readonly RequirementLine[] {
  return joinLines(text)
    .map(({line, text}) => ({line, text: text.replace(/(^|\s)#.*$/s, '').trim()}))
    .filter(({text}) => text !== '')
    .map(({line, text}) => ({
      line,
      text: text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => environment[name] || whole),
    }))
    .map(parseLine);
}

function joinLines(text: string): {line: number; text: string}[] {
  const joined: {line: number; pieces: string[]}[] = [];
  let open = false;
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    // A comment ends a continued line, backslash or not; the blank makes it one.
    const comment = /^\s*#/.test(raw);
    const part = comment ? ` ${raw}` : raw;
    const continues = !comment && part.endsWith('\\');
    const content = continues ? part.slice(0, -1) : part;
    const last = joined.at(-1);
    if (open && last) continueLine(last.pieces, content);
    else joined.push({line: index + 1, pieces: [content]});
    open = continues;
  }
  return joined.map(({line, pieces}) => ({line, text: pieces.join('')}));
}

/** Blanks that indent a continued line say nothing; those before it become one. */
function continueLine(pieces: string[], content: string): void {
  const before = pieces.at(-1) ?? '';
  if (!/\s$/.test(before)) {
    if (content !== '') pieces.push(content);
    return;
  }
  pieces[pieces.length - 1] = `${before.trimEnd()} `;
  const more = content.trimStart();
  if (more !== '') pieces.push(more);
}

const SHORT: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-i': '--index-url',
  '-f': '--find-links',
};
const WITHOUT_VALUE = new Set(['--no-index', '--require-hashes', '--pre', '--prefer-binary']);
const WITH_VALUE = new Set([
  '--index-url',
  '--extra-index-url',
  '--find-links',
  '--no-binary',
  '--only-binary',
  '--trusted-host',
  '--use-feature',
  '--pypi-url',
]);

function parseLine({line, text}: {line: number; text: string}): RequirementLine {
  const here = {line, text};
  if (!text.startsWith('-')) return parseRequired(here);
  const [, short, long, value] = /^(?:(-[rceif])|(--[a-z-]+))(?:\s*=\s*|\s+)?(.*)$/s.exec(text) ?? [];
  const name = long ?? SHORT[short ?? ''] ?? '';
  const argument = unquote(value ?? '');
  if (name === '--requirement') return {...here, kind: 'include', of: 'requirements', path: argument};
  if (name === '--constraint') return {...here, kind: 'include', of: 'constraints', path: argument};
  if (name === '--editable') return {...here, kind: 'editable', ...located(argument)};
  if (WITHOUT_VALUE.has(name) && argument === '') return {...here, kind: 'option', name};
  // Several options on one line are legal and rare: their text stays together as the value of the first.
  if (WITH_VALUE.has(name) || WITHOUT_VALUE.has(name))
    return {...here, kind: 'option', name, value: argument};
  return {...here, kind: 'unknown'};
}

function parseRequired(here: {line: number; text: string}): RequirementLine {
  const at = here.text.search(/\s--?[a-zA-Z]/);
  const required = at < 0 ? here.text : here.text.slice(0, at).trimEnd();
  const options = at < 0 ? '' : here.text.slice(at);
  const hashes = [...options.matchAll(/--hash(?:\s*=\s*|\s+)(["']?)([a-z0-9]+:[0-9a-fA-F]+)\1/g)].map(
    (match) => match[2] ?? '',
  );
  const requirement = parseRequirement(required);
  if (requirement && (requirement.url || !/\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$/.test(required))) {
    return {...here, kind: 'requirement', requirement, hashes};
  }
  if (!isLocation(required)) return {...here, kind: 'unknown'};
  return {...here, kind: 'location', ...located(required), hashes};
}

const isLocation = (text: string): boolean =>
  /^[A-Za-z][A-Za-z0-9+.-]*:/.test(text) ||
  text.includes('/') ||
  /^\.{1,2}(?:\[|$)/.test(text) ||
  /\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)(?:\[|$)/.test(text);

/** A URL or path without its marker, and the name that it carries: `#egg=NAME`, or that of an archive. */
function located(text: string): {location: string; name?: string} {
  const location = text.replace(/(?<!\s)\s+;.*$/s, '').trim();
  const egg = /[#&]egg=([A-Za-z0-9._-]+)/.exec(location)?.[1];
  const archive =
    /(?:^|\/)([A-Za-z0-9][A-Za-z0-9._]*)-\d[^/#?]*\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)(?:[?#[]|$)/.exec(
      location,
    )?.[1];
  const name = egg ?? archive;
  return {location, ...(name === undefined ? {} : {name})};
}

const unquote = (text: string): string => /^(["'])(.*)\1$/s.exec(text.trim())?.[2] ?? text.trim();
