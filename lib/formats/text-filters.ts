import {readShellLine} from './shell-words.js';

/** Gives the text of a file; undefined where there is none that may be read. */
export type ReadText = (path: string) => string | undefined;

/**
 * What a pipe of grep, sed, cut, head, tail, tr and awk prints, by the forms in which makefiles pick one line or word
 * out of a text. undefined for everything else.
 */
export function runFilters(
  filters: readonly string[],
  input: string | undefined,
  read: ReadText,
): string | undefined {
  let text = input;
  for (const [index, filter] of filters.entries()) {
    const {commands, beyond} = readShellLine(filter);
    const [{words = [], environment = {}} = {}, ...others] = commands;
    if (beyond !== undefined || others.length > 0 || Object.keys(environment).length > 0) return undefined;
    const [name = '', ...args] = words;
    // Only the first may name files: a later one would leave out what comes to it.
    const found = FILTERS[name]?.(args, {text, read: index === 0 ? read : () => undefined});
    if (found === undefined) return undefined;
    text = found;
  }
  return text;
}

/** Split at the pipes that no quotes protect. */
export const splitPipe = (text: string): readonly string[] =>
  (text.match(/(?:'[^']*(?:'|$)|"(?:[^"\\]|\\.?)*(?:"|$)|\\.?|[^|'"\\])+|\|/gs) ?? [])
    .filter((part) => part !== '|')
    .map((part) => part.trim());

interface Input {
  readonly text: string | undefined;
  readonly read: ReadText;
}
type Filter = (args: readonly string[], input: Input) => string | undefined;

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** What is read: the files that are named, else what comes from the command before. */
function inputOf(files: readonly string[], {text, read}: Input): string | undefined {
  if (files.length === 0) return text;
  const texts = files.map(read);
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** Letters and words of a command line whose options are single letters, some with a value. */
function letters(
  args: readonly string[],
  withValue: string,
): {options: ReadonlyMap<string, string>; words: readonly string[]} {
  const options = new Map<string, string>();
  const words: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!/^-./.test(word)) {
      words.push(word);
      continue;
    }
    for (let left = word.slice(1); left !== ''; left = left.slice(1)) {
      const [letter = ''] = left;
      if (!withValue.includes(letter)) options.set(letter, '');
      else if (options.has(letter)) return {options: new Map([['twice', '']]), words};
      else {
        options.set(letter, left.length > 1 ? left.slice(1) : (rest.shift() ?? ''));
        break;
      }
    }
  }
  return {options, words};
}

const known = (options: ReadonlyMap<string, string>, letters: string): boolean =>
  [...options.keys()].every((letter) => letters.includes(letter));

/** Longer than those of people; JavaScript refuses some of them only when they are used. */
const LONGEST_PATTERN = 500;

/** regex(7) as JavaScript has it; undefined for what differs. In a basic one, what is special needs the backslash. */
function pattern(text: string, extended: boolean, flags: string): RegExp | undefined {
  if (text.length > LONGEST_PATTERN) return undefined;
  if (/\[\^?\[[:.=]|\[\^?\]|\\[<>`'bBsSwWd]/.test(text)) return undefined;
  const swap = (part: string): string => {
    if (part.startsWith('[')) return part.replaceAll('\\', '\\\\');
    if (extended) return part;
    return part.length === 2 ? part.slice(1) : `\\${part}`;
  };
  const source = text.replace(/\[[^\]]*(?:\]|$)|\\[(){}|+?]|[(){}|+?]/g, swap);
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

const grep =
  (extended: boolean): Filter =>
  (args, input) => {
    const {options, words} = letters(args, 'me');
    const [first = '', ...others] = words;
    const [wanted, files] = options.has('e') ? [options.get('e') ?? '', words] : [first, others];
    const fits = pattern(wanted, extended || options.has('E'), options.has('i') ? 'i' : '');
    const text = inputOf(files, input);
    if (!fits || text === undefined || !known(options, 'Eeimhosvc')) return undefined;
    const most = options.has('m') ? Number(options.get('m')) : Number.POSITIVE_INFINITY;
    const found = linesOf(text)
      .filter((line) => fits.test(line) !== options.has('v'))
      .slice(0, most);
    if (options.has('c')) return `${found.length}\n`;
    return joined(options.has('o') ? found.flatMap((line) => line.match(fits)?.[0] ?? []) : found);
  };

const sed: Filter = (args, input) => {
  const {options, words} = letters(args, 'e');
  const [first = '', ...others] = words;
  const [script, files] = options.has('e') ? [options.get('e') ?? '', words] : [first, others];
  const [, separator = '', wanted = '', by = '', flags = ''] =
    /^s([/,#|:;@!])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1([gpi]*)$/s.exec(script) ?? [];
  const fits = pattern(
    wanted.replaceAll(`\\${separator}`, separator),
    options.has('r') || options.has('E'),
    flags.replace('p', ''),
  );
  const text = inputOf(files, input);
  if (separator === '' || !fits || text === undefined || !known(options, 'neErs')) return undefined;
  if (/\\[A-Za-z]/.test(by)) return undefined;
  const [quiet, prints] = [options.has('n'), flags.includes('p')];
  if (quiet !== prints) return undefined;
  const replace = (line: string) =>
    line.replace(fits, (...found) =>
      by.replace(/\\([0-9])|\\(.)|&/gs, (_whole, group, plain) =>
        plain === undefined ? String(found[Number(group ?? 0)] ?? '') : plain,
      ),
    );
  const lines = linesOf(text).filter((line) => !quiet || line.search(fits) >= 0);
  return joined(lines.map(replace));
};

const cut: Filter = (args, input) => {
  const {options, words} = letters(args, 'dfc');
  const text = inputOf(words, input);
  const number = Number(options.get('f') ?? options.get('c'));
  if (text === undefined || !(number > 0) || !known(options, 'dfcs')) return undefined;
  if (options.has('c')) return joined(linesOf(text).map((line) => line.charAt(number - 1)));
  const separator = options.get('d') ?? '\t';
  return joined(
    linesOf(text).map((line) =>
      line.includes(separator) ? (line.split(separator)[number - 1] ?? '') : line,
    ),
  );
};

const ends =
  (last: boolean): Filter =>
  (args, input) => {
    const plain = args.map((word) => (/^-\d+$/.test(word) ? `-n${word.slice(1)}` : word));
    const {options, words} = letters(plain, 'n');
    const [text, count] = [inputOf(words, input), Number(options.get('n') ?? 10)];
    if (text === undefined || !(count > 0) || !known(options, 'n')) return undefined;
    return joined(last ? linesOf(text).slice(-count) : linesOf(text).slice(0, count));
  };

const ESCAPES: Readonly<Record<string, string>> = {'\\n': '\n', '\\t': '\t'};

const tr: Filter = ([option = '', set = '', ...others], {text}) => {
  const characters = ESCAPES[set] ?? set;
  if (text === undefined || option !== '-d' || others.length > 0 || /[[\]\\]|.-./.test(characters)) {
    return undefined;
  }
  return [...text].filter((character) => !characters.includes(character)).join('');
};

const awk: Filter = (args, input) => {
  const [separator, rest] = args[0]?.startsWith('-F')
    ? args[0] === '-F'
      ? [args[1], args.slice(2)]
      : [args[0].slice(2), args.slice(1)]
    : [undefined, args];
  const [script = '', ...files] = rest;
  const [, wanted, field] =
    /^\s*(?:\/((?:\\.|[^/\\])*)\/\s*)?\{\s*print\s*\$(\d+)\s*(?:;\s*)?\}\s*$/.exec(script) ?? [];
  const fits = pattern(wanted ?? '', true, '');
  const text = inputOf(files, input);
  if (field === undefined || !fits || text === undefined || (separator?.length ?? 1) !== 1) return undefined;
  const fields = (line: string) => (separator ? line.split(separator) : line.trim().split(/\s+/));
  const lines = linesOf(text).filter((line) => fits.test(line));
  return joined(lines.map((line) => (field === '0' ? line : (fields(line)[Number(field) - 1] ?? ''))));
};

const FILTERS: Readonly<Record<string, Filter>> = {
  cat: (args, input) => (args.some((word) => word.startsWith('-')) ? undefined : inputOf(args, input)),
  grep: grep(false),
  egrep: grep(true),
  sed,
  cut,
  head: ends(false),
  tail: ends(true),
  tr,
  awk,
};
