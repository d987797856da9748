/** What a POSIX shell reads as it is: the set of Python's shlex.quote. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as Python's shlex.quote writes it: bare if it may be, else in single quotes; sh, csh and fish read it. */
export const shellQuote = (text: string): string =>
  PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

/** A text between its two quotes, escaped the way one of the writers below does. */
export interface Quoted {
  readonly open: string;
  readonly inner: string;
  readonly close: string;
}

const backslashed = (text: string, characters: RegExp): string => text.replace(characters, '\\$&');

/**
 * Every way in which the tools that write scripts, activation files and generated Python spell a path, the ones with
 * quotes first, the bare one last: shlex.quote and uv (`'"'"'`), the shell manuals (`'\''`), Python's repr, JSON,
 * distlib and old virtualenvs (quotes around it, nothing escaped), backslashes alone. Doubles are left out.
 */
export function quotedForms(text: string): readonly Quoted[] {
  const forms: readonly Quoted[] = [
    {open: "'", inner: text.replaceAll("'", `'"'"'`), close: "'"},
    {open: "'", inner: text.replaceAll("'", `'\\''`), close: "'"},
    {open: "'", inner: backslashed(text, /[\\']/g), close: "'"},
    {open: "'", inner: text, close: "'"},
    {open: '"', inner: backslashed(text, /[\\"$`]/g), close: '"'},
    {open: '"', inner: backslashed(text, /[\\"]/g), close: '"'},
    {open: '"', inner: text, close: '"'},
    {open: '', inner: backslashed(text, /[^\w@%+=:,./\x80-\uffff-]/g), close: ''},
    {open: '', inner: text, close: ''},
  ];
  const seen = new Set<string>();
  return forms.filter(({open, inner, close}) => {
    const whole = open + inner + close;
    return !seen.has(whole) && seen.add(whole);
  });
}
