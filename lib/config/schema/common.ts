import {z} from 'zod';
import {hasControlCharacter, isNormalPath} from '../../formats/names.js';

/**
 * How a text that may name something on this disk is made absolute: `path` always, `command` when it holds a slash,
 * `location` unless it is a URL, `requirement` when it looks like a path.
 */
export type PathKind = 'path' | 'command' | 'location' | 'requirement';

declare module 'zod' {
  interface GlobalMeta {
    /** What a value has to look like, as the end of the sentence "Use …". */
    form?: string;
    /** What a number counts. */
    unit?: string;
    /** The rule that the value obeys: a manual page, a section of Debian Policy, a PEP. */
    spec?: string;
    path?: PathKind;
    /** A value as a file holds it. Zod's own "examples" are dropped where a value is transformed. */
    example?: unknown;
    /** What stands for the default in the documentation where it depends on something else. */
    otherwise?: string;
  }
}

/** One line of text without control characters. */
export const line = () =>
  z
    .string()
    .refine((text) => !hasControlCharacter(text), {
      error: 'holds a line break or another control character',
      abort: true,
    })
    .refine((text) => text.trim() !== '', {error: 'is empty', abort: true});

/** One line that fits a predicate; `what` ends the sentence "… is not". */
export const lineThat = (is: (text: string) => boolean, what: string) =>
  line().refine(is, {error: `is not ${what}`});

/** A list of lines; empty unless it is given. */
export const lines = () => z.array(line()).default([]);

/** An absolute path in its only spelling. */
export const absolutePath = () => lineThat(isNormalPath, 'an absolute path without ".", ".." or "//"');

const CLAUSE =
  /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?(?:\s*\(\s*(?:<<|<=|=|>=|>>)\s*[A-Za-z0-9.+:~-]+\s*\))?(?:\s*\[[^\]]+\])?$/;
const isRelation = (text: string): boolean =>
  text.split(/[,|]/).every((clause) => CLAUSE.test(clause.trim()));

/** Relations to other packages, one or several (with commas) in each text; comes out with one in each. */
export const relations = () =>
  z
    .array(lineThat(isRelation, 'a relation to a package'))
    .default([])
    .transform((list) => list.flatMap((text) => text.split(',')).map((text) => text.trim()));

const URL_FORM = /^(?:https?|file):\/\/\S+$/;

/** A URL that pip can take a package index from. */
export const indexUrl = () => lineThat((text) => URL_FORM.test(text), 'an http, https or file URL');

/** Permission bits as octal digits in a text; comes out as the number. */
export const octalMode = () =>
  z
    .string()
    .regex(/^[0-7]{3,4}$/, {error: 'is not an octal mode'})
    .transform((text) => Number.parseInt(text, 8))
    .meta({form: 'three or four octal digits in quotes, such as "0640"'});

/** The name of a file that goes into a folder of the system: udev and systemd skip those with another ending. */
export const dropName = (ending = '') =>
  lineThat(
    (text) => /^[A-Za-z0-9_][A-Za-z0-9_.@+-]*$/.test(text) && text.endsWith(ending),
    ending === '' ? 'a plain file name' : `a plain file name that ends in ${ending}`,
  ).meta({form: `letters, digits and _.@+-${ending === '' ? '' : `, with ${ending} at the end`}`});

interface DropsMeta {
  readonly description: string;
  readonly spec: string;
  readonly example: unknown;
  /** Of every name in that folder. @default none */
  readonly ending?: string;
}

/** Files for one folder of the system: each a path, or a map of `source` and `name`. */
export const drops = ({description, spec, example, ending = ''}: DropsMeta) =>
  z
    .array(
      z
        .union([
          line().meta({path: 'path'}),
          z.strictObject({
            source: line().meta({description: 'The file.', path: 'path'}),
            name: dropName(ending).optional().meta({description: 'Its name on the server.'}),
          }),
        ])
        .transform((given) => (typeof given === 'string' ? {source: given, name: undefined} : given)),
    )
    .default([])
    .meta({description, form: 'a list of files, or of {source, name}', spec, example});
