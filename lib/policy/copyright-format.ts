import {formatStanza} from '../formats/stanza.js';

/** Write a paragraph; what a text brings cannot begin a field of its own. */
export const formatParagraph = (fields: readonly (readonly [string, string])[]): string =>
  formatStanza(fields);

/** A text as the lines below a field: each indented by a blank, blank ones a full stop (deb822(5)). */
export const licenceLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/[^\P{Cc}\t]/gu, '').trimEnd())
    .map((line) => (line.trim() === '' ? '\n .' : `\n ${line.startsWith('.') ? ' ' : ''}${line}`))
    .join('');
