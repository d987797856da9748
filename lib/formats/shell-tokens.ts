/** A part of a word of sh(1). */
export type WordPart =
  | {readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean}
  /** `$name`, `${name:-fallback}`; `@` and `*` are names too. */
  | {readonly kind: 'variable'; readonly name: string; readonly isQuoted: boolean; readonly fallback?: string}
  /** What only a shell could tell: a command substitution, arithmetic, a cut variable. */
  | {readonly kind: 'unknown'};

export interface Word {
  readonly parts: readonly WordPart[];
  /** The whole word where it has no variables. */
  readonly text?: string;
  /** Some of it stood between quotes: it is no keyword. */
  readonly isQuoted: boolean;
  /** `name=value`, where the word may set a variable. */
  readonly assignment?: {readonly name: string; readonly value: Word};
}

/** A word or an operator; a line break is one. */
export interface ShellToken {
  readonly word?: Word;
  readonly operator?: string;
}

const OPERATOR = /(?:&&|\|\||;;|[;|&()\n])/y;
const BLANK = /(?:[ \t\r]|\\\n)+|#[^\n]*/y;
const REDIRECTION = /\d*(?:<<-?|>>|<&|>&|<>|>\||[<>])[ \t]*/y;
const PLAIN = /[^\s;|&()<>"'\\$`]+/y;
const SINGLE = /'([^']*)'/y;
const ESCAPED = /\\([\s\S])/y;
const VARIABLE = /\$(?:([A-Za-z_]\w*|[0-9@*#?$!-])|\{([A-Za-z_]\w*|\d+|[@*#?])(?::?-([^{}$`"']*))?\})/y;
const IN_QUOTES = /(?:[^"\\$`]|\\[^$`"\\\n])+/y;

/** Quotes in substitutions in quotes …: a recursion of ours must end. */
const DEEPEST = 200;

/** Split a script into words and operators; undefined when a quote does not end. */
export function tokenizeShell(text: string): readonly ShellToken[] | undefined {
  try {
    return [...new Tokenizer(text).tokens()];
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Tokenizer {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Here-documents that begin with the next line. */
  #waiting: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  *tokens(): Generator<ShellToken> {
    while (this.#at < this.#text.length) {
      if (this.#match(BLANK)) continue;
      const redirection = this.#match(REDIRECTION);
      if (redirection) {
        const target = this.#word();
        if (redirection[0].includes('<<')) this.#waiting.push(target.text ?? '');
        continue;
      }
      const operator = this.#match(OPERATOR)?.[0];
      if (operator === undefined) yield {word: this.#word()};
      else yield {operator};
      if (operator === '\n') this.#skipDocuments();
    }
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #word(): Word {
    const parts: WordPart[] = [];
    for (;;) {
      const before = this.#at;
      this.#part(parts);
      if (this.#at === before) break;
    }
    if (parts.length === 0) throw new SyntaxError('no word');
    return toWord(parts);
  }

  #part(parts: WordPart[]): void {
    const plain = this.#match(PLAIN);
    if (plain) return void parts.push({kind: 'text', text: plain[0], isQuoted: false});
    const quoted = this.#match(SINGLE) ?? this.#match(ESCAPED);
    if (quoted) {
      const text = quoted[0] === '\\\n' ? '' : (quoted[1] ?? '');
      return void parts.push({kind: 'text', text, isQuoted: true});
    }
    const next = this.#text[this.#at];
    if (next === "'") throw new SyntaxError('a quote does not end');
    if (next === '"') this.#doubleQuoted(parts);
    else this.#expansion(parts, false);
  }

  #doubleQuoted(parts: WordPart[]): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new SyntaxError('quotes in substitutions in quotes, too deep');
    // Even an empty one is a word.
    parts.push({kind: 'text', text: '', isQuoted: true});
    while (this.#text[this.#at] !== '"') {
      const before = this.#at;
      if (before >= this.#text.length) throw new SyntaxError('a quote does not end');
      const plain = this.#match(IN_QUOTES) ?? this.#match(ESCAPED);
      if (plain) parts.push({kind: 'text', text: (plain[1] ?? plain[0]).replace(/^\n$/, ''), isQuoted: true});
      else this.#expansion(parts, true);
      // A backslash with nothing behind it.
      if (this.#at === before) throw new SyntaxError('a quote does not end');
    }
    this.#at += 1;
    this.#depth -= 1;
  }

  #expansion(parts: WordPart[], isQuoted: boolean): void {
    const variable = this.#match(VARIABLE);
    if (variable) {
      const [, plain, braced, fallback] = variable;
      const name = plain ?? braced ?? '';
      return void parts.push({
        kind: 'variable',
        name,
        isQuoted,
        ...(fallback === undefined ? {} : {fallback}),
      });
    }
    const next = this.#text[this.#at];
    if (next === '$' && /[({]/.test(this.#text[this.#at + 1] ?? '')) this.#skipNested();
    else if (next === '`') this.#skipBackticks();
    else if (next === '$') return void (parts.push({kind: 'text', text: '$', isQuoted}) && this.#at++);
    else return;
    parts.push({kind: 'unknown'});
  }

  /** `$( … )` and `${ … }`, as deep as they go. */
  #skipNested(): void {
    let depth = 0;
    do {
      if (this.#match(SINGLE) ?? this.#match(ESCAPED)) continue;
      const character = this.#text[this.#at];
      if (character === undefined) throw new SyntaxError('a substitution does not end');
      if (character === '"') {
        this.#doubleQuoted([]);
        continue;
      }
      if (character === '(' || character === '{') depth += 1;
      if (character === ')' || character === '}') depth -= 1;
      this.#at += 1;
    } while (depth > 0 || this.#text[this.#at - 1] === '$');
  }

  #skipBackticks(): void {
    const end = this.#text.indexOf('`', this.#at + 1);
    if (end < 0) throw new SyntaxError('a substitution does not end');
    this.#at = end + 1;
  }

  #skipDocuments(): void {
    for (const end of this.#waiting.splice(0)) {
      for (let line: string | undefined; line !== end; ) {
        if (this.#at >= this.#text.length) return;
        const stop = this.#text.indexOf('\n', this.#at);
        const next = stop < 0 ? this.#text.length : stop + 1;
        line = this.#text.slice(this.#at, next).replace(/\n$/, '').replace(/^\t+/, '');
        this.#at = next;
      }
    }
  }
}

function toWord(parts: readonly WordPart[]): Word {
  const isText = parts.every(({kind}) => kind === 'text');
  const text = isText ? parts.map((part) => (part.kind === 'text' ? part.text : '')).join('') : undefined;
  const isQuoted = parts.some((part) => part.kind === 'text' && part.isQuoted);
  const [first, ...rest] = parts;
  const [, name, start = ''] =
    first?.kind === 'text' && !first.isQuoted ? (/^([A-Za-z_]\w*)=(.*)$/s.exec(first.text) ?? []) : [];
  return {
    parts,
    ...(text === undefined ? {} : {text}),
    isQuoted,
    ...(name === undefined
      ? {}
      : {assignment: {name, value: toWord([{kind: 'text', text: start, isQuoted: true}, ...rest])}}),
  };
}
