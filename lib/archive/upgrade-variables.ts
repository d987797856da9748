import type {Word, WordPart} from '../formats/shell-script.js';

/** A script may double a text again and again. */
const LONGEST_TEXT = 64 << 10;

/** Variables of a script of sh(1) that is read and not run; what cannot be told is undefined. */
export class ShellVariables {
  readonly #args: readonly string[];
  readonly #values = new Map<string, readonly string[] | undefined>([['DPKG_ROOT', ['']]]);

  /** @param args of the script: `$1` and those behind it */
  constructor(args: readonly string[]) {
    this.#args = args;
    for (const [index, value] of args.entries()) this.#values.set(String(index + 1), [value]);
    for (let index = args.length + 1; index < 10; index += 1) this.#values.set(String(index), ['']);
    this.#values.set('@', args);
    this.#values.set('*', args);
    this.#values.set('#', [String(args.length)]);
  }

  set(name: string, values: readonly string[] | undefined): void {
    this.#values.set(name, values);
  }

  /** The value of a word that is not split; undefined when it cannot be told. */
  text(word: Word): string | undefined {
    let text = '';
    for (const part of word.parts) {
      const value = this.#value(part);
      if (value === undefined) return undefined;
      text += value.join(' ');
      if (text.length > LONGEST_TEXT) return undefined;
    }
    return text;
  }

  /** Words after expansion and splitting. */
  words(words: readonly Word[]): readonly string[] | undefined {
    const found: string[] = [];
    for (const word of words) {
      const [only] = word.parts;
      const value = word.parts.length === 1 && only ? this.#value(only) : undefined;
      if (only?.kind === 'variable' && word.parts.length === 1) {
        if (value === undefined) return undefined;
        found.push(
          ...(only.isQuoted ? value : value.flatMap((one) => one.split(/\s+/).filter((part) => part !== ''))),
        );
        continue;
      }
      // Quotes around nothing but a variable begin with an empty text.
      const rest = word.parts.filter((part) => part.kind !== 'text' || part.text !== '');
      const [inner] = rest;
      if (rest.length === 1 && inner?.kind === 'variable' && inner.name === '@') {
        found.push(...this.#args);
        continue;
      }
      const text = this.text(word);
      if (text === undefined) return undefined;
      found.push(text);
    }
    return found;
  }

  #value(part: WordPart): readonly string[] | undefined {
    if (part.kind === 'text') return [part.text];
    if (part.kind === 'unknown') return undefined;
    const value = this.#values.get(part.name);
    if (part.fallback === undefined) return value;
    return value === undefined || value.join('') === '' ? [part.fallback] : value;
  }
}
