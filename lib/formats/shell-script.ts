import {type ShellToken, tokenizeShell, type Word} from './shell-tokens.js';

export type {Word, WordPart} from './shell-tokens.js';

/** A command of sh(1), as far as it is told apart here: pipes and subshells are groups, redirections are left out. */
export type ShellCommand =
  | {
      readonly kind: 'simple';
      readonly assignments: readonly (readonly [string, Word])[];
      readonly words: readonly Word[];
    }
  | {
      readonly kind: 'if';
      readonly branches: readonly {readonly test: ShellList; readonly body: ShellList}[];
      readonly otherwise: ShellList;
    }
  | {
      readonly kind: 'case';
      readonly word: Word;
      readonly items: readonly {readonly patterns: readonly Word[]; readonly body: ShellList}[];
    }
  | {
      readonly kind: 'for';
      readonly name: string;
      readonly words: readonly Word[] | undefined;
      readonly body: ShellList;
    }
  | {readonly kind: 'loop'; readonly test: ShellList; readonly body: ShellList}
  | {readonly kind: 'and' | 'or'; readonly left: ShellCommand; readonly right: ShellCommand}
  | {readonly kind: 'not'; readonly command: ShellCommand}
  | {readonly kind: 'group'; readonly body: ShellList; readonly isPipe: boolean}
  | {readonly kind: 'function'; readonly name: string; readonly body: ShellCommand};

export type ShellList = readonly ShellCommand[];

/** Deeper than any script of a person; a recursion of ours must end. */
const DEEPEST = 200;

/** Read a script of sh(1); undefined for what is none, or goes beyond what is understood here. */
export function parseShellScript(text: string): ShellList | undefined {
  const tokens = tokenizeShell(text);
  if (tokens === undefined) return undefined;
  const parser = new Parser(tokens);
  try {
    const list = parser.list([]);
    return parser.isAtEnd ? list : undefined;
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

class NotUnderstood extends Error {}

class Parser {
  readonly #tokens: readonly ShellToken[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly ShellToken[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Commands up to one of these words or operators, which is left there. */
  list(ends: readonly string[]): ShellList {
    const commands: ShellCommand[] = [];
    for (;;) {
      while (this.#takeOperator('\n') || this.#takeOperator(';') || this.#takeOperator('&'));
      if (this.isAtEnd || ends.some((end) => this.#isAt(end))) return commands;
      commands.push(this.#andOr());
    }
  }

  #andOr(): ShellCommand {
    let left = this.#pipeline();
    // Who follows a script follows them in each other.
    for (let length = 1; ; length += 1) {
      const kind = this.#takeOperator('&&') ? 'and' : this.#takeOperator('||') ? 'or' : undefined;
      if (kind === undefined) return left;
      if (length > DEEPEST) throw new NotUnderstood();
      this.#skipLines();
      left = {kind, left, right: this.#pipeline()};
    }
  }

  #pipeline(): ShellCommand {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new NotUnderstood();
    const command = this.#takeWord('!') ? ({kind: 'not', command: this.#pipeline()} as const) : this.#piped();
    this.#depth -= 1;
    return command;
  }

  #piped(): ShellCommand {
    const commands = [this.#command()];
    while (this.#takeOperator('|')) {
      this.#skipLines();
      commands.push(this.#command());
    }
    return commands.length === 1
      ? (commands[0] as ShellCommand)
      : {kind: 'group', body: commands, isPipe: true};
  }

  #command(): ShellCommand {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new NotUnderstood();
    const command = this.#compound() ?? this.#simple();
    this.#depth -= 1;
    return command;
  }

  #compound(): ShellCommand | undefined {
    if (this.#takeOperator('(')) return this.#closed(')', (body) => ({kind: 'group', body, isPipe: false}));
    if (this.#takeWord('{')) return this.#closed('}', (body) => ({kind: 'group', body, isPipe: false}));
    if (this.#takeWord('if')) return this.#if();
    if (this.#takeWord('case')) return this.#case();
    if (this.#takeWord('for')) return this.#for();
    if (!this.#takeWord('while') && !this.#takeWord('until')) return undefined;
    const test = this.list(['do']);
    this.#expect('do');
    return this.#closed('done', (body) => ({kind: 'loop', test, body}));
  }

  #closed(end: string, make: (body: ShellList) => ShellCommand): ShellCommand {
    const body = this.list([end]);
    this.#expect(end);
    return make(body);
  }

  #if(): ShellCommand {
    const branches: {test: ShellList; body: ShellList}[] = [];
    do {
      const test = this.list(['then']);
      this.#expect('then');
      branches.push({test, body: this.list(['elif', 'else', 'fi'])});
    } while (this.#takeWord('elif'));
    const otherwise = this.#takeWord('else') ? this.list(['fi']) : [];
    this.#expect('fi');
    return {kind: 'if', branches, otherwise};
  }

  #case(): ShellCommand {
    const word = this.#word();
    this.#skipLines();
    this.#expect('in');
    const items: {patterns: Word[]; body: ShellList}[] = [];
    for (this.#skipLines(); !this.#takeWord('esac'); this.#skipLines()) {
      this.#takeOperator('(');
      const patterns = [this.#word()];
      while (this.#takeOperator('|')) patterns.push(this.#word());
      this.#expect(')');
      items.push({patterns, body: this.list([';;', 'esac'])});
      this.#takeOperator(';;');
    }
    return {kind: 'case', word, items};
  }

  #for(): ShellCommand {
    const name = this.#word().text ?? '';
    this.#skipLines();
    let words: Word[] | undefined;
    if (this.#takeWord('in')) {
      words = [];
      while (this.#tokens[this.#at]?.word) words.push(this.#word());
    }
    while (this.#takeOperator(';') || this.#takeOperator('\n'));
    this.#expect('do');
    return this.#closed('done', (body) => ({kind: 'for', name, words, body}));
  }

  #simple(): ShellCommand {
    const assignments: [string, Word][] = [];
    const words: Word[] = [];
    for (let token = this.#tokens[this.#at]; token?.word; token = this.#tokens[this.#at]) {
      this.#at += 1;
      const {word} = token;
      const assigned = words.length === 0 ? word.assignment : undefined;
      if (assigned) assignments.push([assigned.name, assigned.value]);
      else words.push(word);
      if (words.length === 1 && word.text !== undefined && this.#takeOperator('(')) {
        this.#expect(')');
        this.#skipLines();
        return {kind: 'function', name: word.text, body: this.#command()};
      }
    }
    if (words.length + assignments.length === 0) throw new NotUnderstood();
    return {kind: 'simple', assignments, words};
  }

  #word(): Word {
    const {word} = this.#tokens[this.#at] ?? {};
    if (word === undefined) throw new NotUnderstood();
    this.#at += 1;
    return word;
  }

  #skipLines(): void {
    while (this.#takeOperator('\n'));
  }

  #isAt(text: string): boolean {
    const token = this.#tokens[this.#at];
    return (
      token !== undefined &&
      (token.operator ?? (token.word?.isQuoted ? undefined : token.word?.text)) === text
    );
  }

  #takeWord(text: string): boolean {
    if (this.#tokens[this.#at]?.operator !== undefined) return false;
    return this.#isAt(text) && ++this.#at > 0;
  }

  #takeOperator(text: string): boolean {
    return this.#tokens[this.#at]?.operator === text && ++this.#at > 0;
  }

  #expect(text: string): void {
    if (!this.#isAt(text)) throw new NotUnderstood();
    this.#at += 1;
  }
}
