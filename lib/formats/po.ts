import {MkvenvdebError} from '../errors.js';

/** Translations by the text that they translate: those that somebody has approved. */
export type Messages = ReadonlyMap<string, string>;

/** One entry while it is read: its texts by keyword, and whether a translator has to look at it again. */
interface Draft {
  readonly texts: Map<string, string>;
  fuzzy: boolean;
}

const KEYWORD = /^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d+\])?)[ \t]+"(.*)"$/;
const CONTINUED = /^"(.*)"$/;
const ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/g;
const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
};

/**
 * Read a PO file (GNU gettext manual, "The Format of PO Files"). Fuzzy, obsolete and empty translations are left out,
 * and those with a context or plural forms: debconf has neither.
 *
 * @param file used in messages
 * @throws E_PAYLOAD for a line that is none of a PO file, and for another charset than UTF-8
 */
export function parsePo(text: string, file: string): Messages {
  const messages = new Map<string, string>();
  for (const {texts, fuzzy} of drafts(text, file)) {
    const [id = '', translation = ''] = [texts.get('msgid'), texts.get('msgstr')];
    if (id === '') assertCharset(translation, file);
    else if (!fuzzy && translation !== '' && !texts.has('msgctxt')) messages.set(id, translation);
  }
  return messages;
}

function drafts(text: string, file: string): readonly Draft[] {
  const all: Draft[] = [];
  let [current, keyword, fuzzy]: [Draft | undefined, string, boolean] = [undefined, '', false];
  for (const [index, given] of text.split('\n').entries()) {
    const line = given.trim();
    if (line === '' || line.startsWith('#')) {
      if (/^#,.*\bfuzzy\b/.test(line)) fuzzy = true;
      continue;
    }
    const [, word, first = ''] = KEYWORD.exec(line) ?? [];
    const [, more] = CONTINUED.exec(line) ?? [];
    if (word !== undefined) {
      // A context stands before the text that it is for.
      const begins = word === 'msgctxt' || (word === 'msgid' && keyword !== 'msgctxt');
      if (begins || current === undefined) {
        current = {texts: new Map(), fuzzy};
        all.push(current);
        fuzzy = false;
      }
      keyword = word;
      current.texts.set(word, unescaped(first));
    } else if (more !== undefined && current !== undefined) {
      current.texts.set(keyword, `${current.texts.get(keyword) ?? ''}${unescaped(more)}`);
    } else {
      throw new MkvenvdebError('E_PAYLOAD', `Line ${index + 1} is none of a PO file: ${file}`, {
        hint: 'Check it with msgfmt -c',
      });
    }
  }
  return all;
}

const unescaped = (text: string): string =>
  text.replace(ESCAPE, (_whole, sequence: string) => {
    if (/^x/.test(sequence) && sequence.length > 1)
      return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    if (/^[0-7]/.test(sequence)) return String.fromCharCode(Number.parseInt(sequence, 8));
    return ESCAPED[sequence] ?? sequence;
  });

/** The header is the translation of the empty text. */
function assertCharset(header: string, file: string): void {
  const charset = /^Content-Type:.*charset=([^\s;]+)/im.exec(header)?.[1] ?? 'none';
  if (/^(?:utf-?8|us-ascii|ascii)$/i.test(charset)) return;
  throw new MkvenvdebError('E_PAYLOAD', `Charset of translations is not UTF-8: ${file} (${charset})`, {
    hint: 'Convert them with msgconv -t UTF-8',
  });
}
