/** One simple command: variables set for it alone, then its words. */
export interface SimpleCommand {
  readonly environment: Readonly<Record<string, string>>;
  readonly words: readonly string[];
}

export interface ShellLine {
  readonly commands: readonly SimpleCommand[];
  /** What stands in the way of reading it without a shell, such as a pipe; the commands are then empty. */
  readonly beyond?: string;
}

interface Token {
  readonly kind: 'word' | 'operator';
  readonly text: string;
  /** True when a part of it was quoted: `''` is a word, `'a=b'` sets no variable. */
  readonly quoted?: boolean;
}

/**
 * Read a line of sh(1) that is nothing but simple commands, joined by `;` or `&&`: quotes, backslashes, variables,
 * comments. Everything else (pipes, redirections, loops, command substitution) is told as `beyond`.
 */
export function readShellLine(text: string, variables: Readonly<Record<string, string>> = {}): ShellLine {
  const tokens: Token[] = [];
  const beyond = tokenize(text, variables, tokens);
  if (beyond !== undefined) return {commands: [], beyond};
  const commands: SimpleCommand[] = [];
  for (const group of splitAtOperators(tokens)) {
    const [first] = group;
    if (first && KEYWORDS.has(first.text) && !first.quoted) return {commands: [], beyond: first.text};
    if (group.length > 0) commands.push(toCommand(group));
  }
  return {commands};
}

const KEYWORDS: ReadonlySet<string> = new Set(
  [
    'if',
    'then',
    'else',
    'elif',
    'fi',
    'for',
    'while',
    'until',
    'do',
    'done',
    'case',
    'esac',
    '{',
    '}',
    '!',
  ].concat(['function']),
);

function splitAtOperators(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const groups: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'operator') groups.push([]);
    else groups.at(-1)?.push(token);
  }
  return groups;
}

function toCommand(tokens: readonly Token[]): SimpleCommand {
  const environment: Record<string, string> = {};
  let index = 0;
  for (; index < tokens.length; index++) {
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(tokens[index]?.text ?? '') ?? [];
    if (name === undefined) break;
    environment[name] = value;
  }
  return {environment, words: tokens.slice(index).map(({text}) => text)};
}

/** Fill `tokens`; gives what cannot be read, if anything. */
function tokenize(
  text: string,
  variables: Readonly<Record<string, string>>,
  tokens: Token[],
): string | undefined {
  let word: string | undefined;
  let quoted = false;
  const end = () => {
    if (word !== undefined) tokens.push({kind: 'word', text: word, quoted});
    [word, quoted] = [undefined, false];
  };
  for (let index = 0; index < text.length; ) {
    const rest = text.slice(index);
    const [blank] = /^[ \t\n]+/.exec(rest) ?? [];
    const [operator] = /^(?:&&|;)/.exec(rest) ?? [];
    const [beyond] = operator === undefined ? (/^(?:\|\||[|<>&()`]|\$\()/.exec(rest) ?? []) : [];
    if (beyond !== undefined) return beyond;
    if (blank !== undefined || operator !== undefined) {
      end();
      if (operator !== undefined) tokens.push({kind: 'operator', text: operator});
      index += (blank ?? operator ?? '').length;
    } else if (rest.startsWith('#') && word === undefined) {
      break;
    } else {
      const part = readPart(rest, variables);
      if (typeof part === 'string') return part;
      word = (word ?? '') + part.text;
      quoted ||= part.quoted;
      index += part.length;
    }
  }
  end();
  return undefined;
}

interface Part {
  readonly text: string;
  readonly length: number;
  readonly quoted: boolean;
}

const VARIABLE = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/;

/** One piece of a word at the beginning of a text; a text alone says what cannot be read. */
function readPart(rest: string, variables: Readonly<Record<string, string>>): Part | string {
  const single = /^'([^']*)'/.exec(rest);
  if (single) return {text: single[1] ?? '', length: single[0].length, quoted: true};
  const double = /^"((?:[^"\\]|\\.)*)"/s.exec(rest);
  if (double) {
    const inner = double[1] ?? '';
    if (/(?<!\\)(?:`|\$\()/.test(inner)) return '$(';
    const text = inner.replace(
      /\\([$`"\\])|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/g,
      (_whole, plain, one, two) => (plain === undefined ? (variables[one ?? two] ?? '') : plain),
    );
    return {text, length: double[0].length, quoted: true};
  }
  if (/^['"]/.test(rest)) return 'a quote that does not end';
  const escaped = /^\\(.)/s.exec(rest);
  if (escaped) return {text: escaped[1] ?? '', length: 2, quoted: true};
  const variable = VARIABLE.exec(rest);
  if (variable) {
    const text = variables[variable[1] ?? variable[2] ?? ''] ?? '';
    return {text, length: variable[0].length, quoted: false};
  }
  return {text: rest.charAt(0), length: 1, quoted: false};
}
