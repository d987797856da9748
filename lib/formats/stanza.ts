import {MkvenvdebError} from '../errors.js';

/**
 * Fields of one stanza in their order. Lines after the first of a value are kept as they are, their leading blank
 * included: `'Short text\n Long text\n .\n More'`.
 */
export type Stanza = ReadonlyMap<string, string>;

const LINE_BREAK = /\r?\n/;
const BLANK = /^[ \t]*$/;
/** deb822(5): printable ASCII without the colon, not beginning with `#` or `-`. */
const NAME = /[!"$-,.-9;-~][!-9;-~]*/.source;
const FIELD = new RegExp(`^(${NAME}):(.*)$`);
const WHOLE_NAME = new RegExp(`^${NAME}$`);

/**
 * Parse deb822(5) text: stanzas of fields, parted by blank lines; lines that begin with `#` are comments.
 *
 * @param name used in the error
 * @throws E_FORMAT with the line for what is no field, continues nothing, or is there twice
 */
export function parseStanzas(text: string, name: string): Stanza[] {
  const stanzas: Map<string, string>[] = [];
  let fields = new Map<string, string>();
  let last: string | undefined;
  const seen = new Set<string>();
  let index = 0;
  const damaged = (what: string) => new MkvenvdebError('E_FORMAT', `${what} in line ${index} of ${name}`);
  for (const line of text.split(LINE_BREAK)) {
    index += 1;
    if (line.startsWith('#')) continue;
    if (line === '' || BLANK.test(line)) {
      fields = new Map();
      seen.clear();
      last = undefined;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      if (last === undefined) throw damaged('Continuation of no field');
      fields.set(last, `${fields.get(last)}\n${line.trimEnd()}`);
    } else {
      const [, field, value] = FIELD.exec(line) ?? [];
      if (field === undefined || value === undefined) throw damaged('No field');
      if (seen.has(field.toLowerCase())) throw damaged(`Field ${field} twice`);
      if (fields.size === 0) stanzas.push(fields);
      seen.add(field.toLowerCase());
      fields.set(field, value.trim());
      last = field;
    }
  }
  return stanzas;
}

/**
 * Write one stanza, with its final line break.
 *
 * @throws E_FORMAT for a name that is none, and for a value whose line break would begin a field or end the stanza
 */
export function formatStanza(stanza: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [field, value] of stanza) {
    if (!WHOLE_NAME.test(field) || BREAKING.test(value)) {
      throw new MkvenvdebError(
        'E_FORMAT',
        `Field cannot be written: ${JSON.stringify(`${field}: ${value}`)}`,
        {
          hint: 'Lines after the first begin with a space; a blank one is written as " ."',
        },
      );
    }
    const isBlank = value === '' || value.startsWith('\n');
    text += `${field}:${isBlank ? '' : ' '}${value}\n`;
  }
  return text;
}

/** A line break behind which no continuation stands: blanks, then something else. */
const BREAKING = /\r|\n(?![ \t]+[^ \t\n])/;
