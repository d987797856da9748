import {readdir} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import {type Messages, parsePo} from '../formats/po.js';
import {readTextFile} from '../formats/text-file.js';

/** Translations by language, in the order in which they are written. */
export type Translations = ReadonlyMap<string, Messages>;

/** A field that is translated (po-debconf(7)): two underscores for a list of choices. */
interface Field {
  readonly name: string;
  /** Between name and value: a colon and blanks. */
  readonly colon: string;
  readonly isList: boolean;
  readonly value: string;
}

/** Which parts of a field are translated, as `#flag:` comments before it say. */
interface Flags {
  readonly isTranslated: (part: number) => boolean;
  /** Parts without a translation stand as they are. */
  readonly isPartial: boolean;
}

const MARKED = /^(__?)([^:\s]+)(:[ \t]*)(.*)$/s;

/**
 * Read the questions of debconf with the translations in `po/` beside them.
 *
 * @throws E_PAYLOAD for what is no UTF-8 and no PO file; E_IO
 */
export async function readTemplates(file: string): Promise<string> {
  const text = await readTextFile(file, 'File of debconf');
  const translations = await readTranslations(join(dirname(file), 'po'));
  if (translations === undefined && !/^_/m.test(text)) return text;
  return localizeTemplates(text, translations ?? new Map(), file);
}

async function readTranslations(folder: string): Promise<Translations | undefined> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw ioError(error, 'reading the translations of debconf');
  }
  const read = new Map<string, Messages>();
  for (const name of names.filter((one) => one.endsWith('.po'))) {
    const file = join(folder, name);
    read.set(basename(name, '.po'), parsePo(await readTextFile(file, 'File of translations'), file));
  }
  // po2debconf(1): the name of the language before there were two of it.
  const norwegian = read.get('nb');
  if (norwegian && !read.has('no')) read.set('no', norwegian);
  return new Map([...read].sort(([a], [b]) => compareBytes(a, b)));
}

/**
 * Turn a file for po-debconf into one that debconf reads: `_Field` becomes `Field`, followed by `Field-LANG.UTF-8` for
 * every language that has all of it. Comments are left out.
 *
 * @param file used in messages
 * @throws E_PAYLOAD for a `#flag:` that is not known
 */
export function localizeTemplates(text: string, translations: Translations, file: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  const made: string[] = [];
  let flags: string[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, marks, name = '', colon = '', first = ''] = MARKED.exec(line) ?? [];
    if (marks === undefined) {
      if (line.startsWith('#flag:')) flags.push(line.slice('#flag:'.length));
      if (!line.startsWith('#')) made.push(line);
      continue;
    }
    const start = index + 1;
    while (/^[ \t]/.test(lines[index + 1] ?? '')) index += 1;
    const value = [first, ...lines.slice(start, index + 1)].join('\n');
    const field = {name, colon, isList: marks === '__', value};
    made.push(...localizedField(field, readFlags(flags, file), translations));
    flags = [];
  }
  return `${made.join('\n').replace(/^DefaultChoice/gm, 'Default')}\n`;
}

function localizedField(field: Field, flags: Flags, translations: Translations): readonly string[] {
  const {name, colon, isList, value} = field;
  const parts = isList ? choicesOf(value) : paragraphsOf(value);
  const own = withoutNote(isList ? value.replace(/\[\s[^[\]]*\],/g, ',') : value);
  return [
    `${name}${colon}${own}`,
    ...[...translations].flatMap(([language, messages]) => {
      const translated = translate(parts, messages, flags);
      return translated === undefined
        ? []
        : [`${name}-${language}.UTF-8:${composed(translated, parts, isList)}`];
    }),
  ];
}

/** po-debconf(7): `[ note for translators]` at the end tells equal texts apart, and is not shown. */
const withoutNote = (text: string): string => text.replace(/\[\s[^[\]]*\]$/, '');

function translate(
  parts: readonly string[],
  messages: Messages,
  {isTranslated, isPartial}: Flags,
): readonly string[] | undefined {
  const translated: string[] = [];
  for (const [index, part] of parts.entries()) {
    const wanted = part !== '' && isTranslated(index + 1);
    const found = wanted ? (messages.get(part) ?? (isPartial ? part : undefined)) : part;
    if (found === undefined) return undefined;
    translated.push(withoutNote(found));
  }
  return translated;
}

/** The value of a translated field, with the blank or line break before it. */
function composed(translated: readonly string[], parts: readonly string[], isList: boolean): string {
  const text = isList
    ? translated.map((one) => one.replaceAll(',', '\\,').replaceAll('\n', ' ')).join(', ')
    : translated
        .map((one, index) => {
          if (index === 0) return one.replaceAll('\n', ' ');
          const paragraph = parts[index] === '' ? '' : `\n ${one.replaceAll('\n', '\n ')}`;
          return index === 1 ? paragraph : `\n .${paragraph}`;
        })
        .join('');
  const trimmed = text.trimEnd();
  return trimmed === '' || trimmed.startsWith('\n') ? trimmed : ` ${trimmed}`;
}

/** Each choice is a text of its own; a comma in one is written `\,`. */
function choicesOf(value: string): readonly string[] {
  const parts = value
    .replace(/^[ \t]/gm, '')
    .split(/(?<!\\), */)
    .map((one) => one.replaceAll('\\,', ','));
  while (parts.at(-1) === '') parts.pop();
  return parts;
}

/** The first line, then each paragraph with its lines joined; those that are indented further are left as they are. */
function paragraphsOf(value: string): readonly string[] {
  const [first = '', ...rest] = value.split('\n').map((line) => line.replace(/^[ \t]/, ''));
  if (rest.length === 0) return [first];
  const paragraphs: string[] = [];
  let text = '';
  for (const line of rest) {
    if (/^\.\s*$/.test(line)) {
      paragraphs.push(text.trimEnd());
      text = '';
      continue;
    }
    const begun = text === '' || text.endsWith('\n');
    if (/^\s/.test(line)) text += `${begun ? '' : '\n'}${line.trimEnd()}\n`;
    else text += `${begun ? '' : ' '}${line}`;
  }
  const last = text.trimEnd();
  return [first, ...paragraphs, ...(last === '' ? [] : [last])];
}

/** po-debconf(7), "SPLITTING" and "partial": `translate:1,3-5`, `translate!:2`, `partial`; `comment` is for others. */
function readFlags(given: readonly string[], file: string): Flags {
  const rules: ((part: number) => boolean)[] = [];
  for (const flag of given) {
    const [, negated, spec] = /^translate(!?):(\S+)$/.exec(flag.trimEnd()) ?? [];
    if (spec !== undefined) rules.push((part) => includes(spec, part) !== (negated === '!'));
    else if (!/^(?:partial\s*$|comment!?:)/.test(flag))
      throw new MkvenvdebError('E_PAYLOAD', `Flag is not known: #flag:${flag} in ${file}`, {
        hint: 'po-debconf(7) knows translate, comment and partial',
      });
  }
  return {
    isTranslated: (part) => rules.length === 0 || rules.some((rule) => rule(part)),
    isPartial: given.some((flag) => flag.trimEnd() === 'partial'),
  };
}

const includes = (spec: string, part: number): boolean =>
  spec.split(',').some((one) => {
    const [from, to = from] = one.split('-');
    return one === '*' || (Number(from) <= part && part <= Number(to));
  });
