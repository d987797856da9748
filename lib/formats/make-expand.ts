import {MkvenvdebError} from '../errors.js';

/** A variable: a text that is expanded where it is used, or one that was when it was set. */
export interface MakeVariable {
  readonly value: string;
  readonly simple: boolean;
  /** What could not be told when it was set; told again where it is used. */
  readonly unknown: readonly string[];
}

export interface MakeScope {
  readonly variables: Pick<ReadonlyMap<string, MakeVariable>, 'get'>;
  /** What a command prints, where that is known without running it. */
  readonly shell: (command: string) => string | undefined;
  /** Names of files that fit a pattern, where that can be told. */
  readonly wildcard?: ((pattern: string) => readonly string[] | undefined) | undefined;
  /** Gets every reference and function that cannot be told. */
  readonly unknown: string[];
  /** Characters that it may still expand to. */
  readonly budget: {left: number};
}

const DEEPEST = 50;
/** Characters that a makefile may expand to, all in all: ten variables that name each other stand for millions. */
export const MOST_EXPANDED = 2_000_000;

function spend({budget}: MakeScope, characters: number): void {
  budget.left -= characters;
  if (budget.left >= 0) return;
  throw new MkvenvdebError('E_OPTION', `Makefile expands to more than ${MOST_EXPANDED} characters`, {
    hint: 'Look for variables that name each other, or write out what they stand for',
  });
}

/**
 * Expand the references and functions in a text as GNU make does (manual, chapters 6 and 8).
 *
 * @throws E_OPTION when the budget is used up
 */
export function expandMake(text: string, scope: MakeScope, depth = 0): string {
  let result = '';
  for (let index = 0; index < text.length; ) {
    if (text[index] !== '$') {
      result += text[index++];
      continue;
    }
    const next = text[index + 1] ?? '';
    if (next === '$') result += '$';
    if (next === '(' || next === '{') {
      const end = closing(text, index + 1);
      result += reference(text.slice(index + 2, end), scope, depth + 1);
      index = end + 1;
    } else {
      if (next !== '$') result += reference(next, scope, depth + 1);
      index += 2;
    }
  }
  spend(scope, 1 + result.length);
  return result;
}

/** Where the bracket that opens at `start` closes; the end of the text where it does not. */
function closing(text: string, start: number): number {
  const [open, close] = text[start] === '(' ? ['(', ')'] : ['{', '}'];
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    if (text[index] === open) depth++;
    if (text[index] === close && --depth === 0) return index;
  }
  return text.length;
}

function reference(inner: string, scope: MakeScope, depth: number): string {
  if (depth > DEEPEST) {
    scope.unknown.push(`$(${inner})`);
    return '';
  }
  const [, name = '', rest = ''] = /^([a-z-]+)[ \t]+(.*)$/s.exec(inner) ?? [];
  if (name !== '') return callFunction(name, rest, {scope, depth, whole: inner});
  const [, variable = '', from, to = ''] = /^([^:=]+):([^=]*)=(.*)$/s.exec(inner) ?? [];
  if (from !== undefined) {
    const pattern = from.includes('%') ? from : `%${from}`;
    const words = reference(variable, scope, depth + 1);
    return substituteWords(pattern, from.includes('%') ? to : `%${to}`, words);
  }
  const found = scope.variables.get(expandMake(inner, scope, depth + 1));
  if (!found) return '';
  scope.unknown.push(...found.unknown);
  return found.simple ? found.value : expandMake(found.value, scope, depth + 1);
}

/** Variables with one more: copies of all of them would cost more than the rest. */
const overlaid =
  (variables: MakeScope['variables'], name: string) =>
  (value: string): MakeScope['variables'] => ({
    get: (key) => (key === name ? simple(value) : variables.get(key)),
  });

interface Call {
  readonly scope: MakeScope;
  readonly depth: number;
  readonly whole: string;
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** Functions over texts that are expanded before. */
const FUNCTIONS: Readonly<Record<string, (args: readonly string[]) => string>> = {
  strip: ([text = '']) => words(text).join(' '),
  subst: ([from = '', to = '', text = '']) => (from === '' ? text : text.replaceAll(from, to)),
  patsubst: ([from = '', to = '', text = '']) => substituteWords(from, to, text),
  filter: ([patterns = '', text = '']) => filterWords(patterns, text, true),
  'filter-out': ([patterns = '', text = '']) => filterWords(patterns, text, false),
  findstring: ([part = '', text = '']) => (text.includes(part) ? part : ''),
  firstword: ([text = '']) => words(text)[0] ?? '',
  lastword: ([text = '']) => words(text).at(-1) ?? '',
  word: ([index = '', text = '']) => words(text)[Number(index) - 1] ?? '',
  wordlist: ([from = '', to = '', text = '']) =>
    words(text)
      .slice(Number(from) - 1, Number(to))
      .join(' '),
  words: ([text = '']) => String(words(text).length),
  sort: ([text = '']) => [...new Set(words(text))].sort().join(' '),
  addprefix: ([prefix = '', text = '']) =>
    words(text)
      .map((word) => prefix + word)
      .join(' '),
  addsuffix: ([suffix = '', text = '']) =>
    words(text)
      .map((word) => word + suffix)
      .join(' '),
  notdir: ([text = '']) =>
    words(text)
      .map((word) => word.slice(word.lastIndexOf('/') + 1))
      .join(' '),
  dir: ([text = '']) =>
    words(text)
      .map((word) => word.slice(0, word.lastIndexOf('/') + 1) || './')
      .join(' '),
  basename: ([text = '']) =>
    words(text)
      .map((word) => word.replace(/\.[^./]*$/, ''))
      .join(' '),
};

/** Functions decide by the number of their arguments how far commas count: the last takes the rest. */
const ARITY: Readonly<Record<string, number>> = {
  strip: 1,
  subst: 3,
  patsubst: 3,
  filter: 2,
  'filter-out': 2,
  findstring: 2,
  firstword: 1,
  lastword: 1,
  word: 2,
  wordlist: 3,
  words: 1,
  sort: 1,
  addprefix: 2,
  addsuffix: 2,
  notdir: 1,
  dir: 1,
  basename: 1,
};

const simple = (value: string): MakeVariable => ({value, simple: true, unknown: []});

function callFunction(name: string, rest: string, {scope, depth, whole}: Call): string {
  const expand = (text: string) => expandMake(text, scope, depth);
  const plain = FUNCTIONS[name];
  if (plain) {
    const args = splitArguments(rest, ARITY[name] ?? 1).map(expand);
    // Each word of one may meet each of another, or be replaced by it.
    const [one = 0, two = 0] = args.map(({length}) => length).sort((a, b) => b - a);
    if (one * two > MOST_EXPANDED) spend(scope, one * two);
    return plain(args);
  }
  if (name === 'if') {
    const [condition = '', yes = '', no = ''] = splitArguments(rest, 3);
    return expand(expand(condition.trim()) === '' ? no : yes);
  }
  if (name === 'or' || name === 'and') {
    const values = splitArguments(rest, Number.POSITIVE_INFINITY).map((one) => expand(one.trim()));
    if (name === 'or') return values.find((value) => value !== '') ?? '';
    return values.includes('') ? '' : (values.at(-1) ?? '');
  }
  if (name === 'foreach') {
    const [variable = '', list = '', body = ''] = splitArguments(rest, 3);
    const set = overlaid(scope.variables, expand(variable).trim());
    return words(expand(list))
      .map((word) => expandMake(body, {...scope, variables: set(word)}, depth))
      .join(' ');
  }
  if (name === 'wildcard') {
    const found = words(expand(rest)).map((one) => scope.wildcard?.(one));
    if (!found.includes(undefined)) return found.flatMap((paths) => paths ?? []).join(' ');
  }
  const printed = name === 'shell' ? scope.shell(expand(rest).trim()) : undefined;
  if (printed === undefined) scope.unknown.push(`$(${whole})`);
  return printed ?? '';
}

/** Split at commas outside of brackets, into at most that many. */
export function splitArguments(text: string, most: number): readonly string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if ('({'.includes(character)) depth++;
    if (')}'.includes(character)) depth--;
    if (character === ',' && depth === 0 && parts.length < most) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

/** The part of a word that `%` stands for; undefined where the pattern does not fit. */
function stem(pattern: string, word: string): string | undefined {
  const [before = '', after] = pattern.split('%', 2);
  if (after === undefined) return word === pattern ? '' : undefined;
  const fits = word.length >= before.length + after.length && word.startsWith(before) && word.endsWith(after);
  return fits ? word.slice(before.length, word.length - after.length) : undefined;
}

const substituteWords = (from: string, to: string, text: string): string =>
  words(text)
    .map((word) => {
      const middle = stem(from, word);
      return middle === undefined ? word : to.replace('%', () => middle);
    })
    .join(' ');

function filterWords(patterns: string, text: string, wanted: boolean): string {
  const all = words(patterns);
  return words(text)
    .filter((word) => all.some((pattern) => stem(pattern, word) !== undefined) === wanted)
    .join(' ');
}
