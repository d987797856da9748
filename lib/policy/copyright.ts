import {MkvenvdebError} from '../errors.js';
import {parseStanzas, type Stanza} from '../formats/stanza.js';
import {readTextFile} from '../formats/text-file.js';
import type {DistributionDetails} from '../model.js';
import {formatParagraph, licenceLines} from './copyright-format.js';
import {type Determined, determineLicence} from './licences.js';

/** Version 1.0 of the machine-readable format. */
const FORMAT = 'https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/';

/**
 * Read the file of the option `copyright`.
 *
 * @throws E_PAYLOAD when it is no text, or says that it is machine-readable and is not
 */
export async function readCopyright(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readTextFile(file, 'Copyright file');
  if (!/^Format:/im.test(text.slice(0, 1000))) return text; // Policy 12.5 asks for no format
  const fail = (what: string, cause?: unknown) =>
    new MkvenvdebError('E_PAYLOAD', `${what}: ${file}`, {
      hint: 'The form is that of copyright-format 1.0; a file without "Format:" is taken as it is',
      cause,
    });
  let stanzas: readonly Stanza[];
  try {
    stanzas = parseStanzas(text, file);
  } catch (cause) {
    if (!(cause instanceof MkvenvdebError)) throw cause;
    throw fail(`Copyright file is not valid: ${cause.message}`, cause);
  }
  for (const stanza of stanzas.slice(1)) {
    const missing = ['Copyright', 'License'].filter((field) => stanza.has('Files') && !stanza.has(field));
    if (missing.length > 0) throw fail(`No ${missing.join(' and ')} for Files: ${stanza.get('Files')}`);
    if (!stanza.has('Files') && !stanza.has('License')) throw fail('Paragraph without Files and License');
  }
  return text;
}

export interface CopyrightOptions {
  readonly name: string;
  readonly homepage?: string | undefined;
  readonly maintainer: string;
  /** Of the package, in seconds since 1970. */
  readonly seconds: number;
  readonly distributions: readonly DistributionDetails[];
  /** Patterns of the files of a distribution, by its normalised name. */
  readonly filesOf: (name: string) => readonly string[];
}

export interface MadeCopyright {
  readonly text: string;
  /** Names and versions of what names no licence that could be told. */
  readonly undetermined: readonly string[];
}

/** Make the copyright file (copyright-format 1.0) of a package, from what every distribution in it says of itself. */
export function makeCopyright(options: CopyrightOptions): MadeCopyright {
  const {name, homepage, maintainer, seconds, distributions, filesOf} = options;
  const all = distributions.map((one) =>
    determineLicence(one, yearOf(Math.min(one.newestMember ?? seconds, seconds))),
  );
  const texts = collectTexts(all);
  const project = all.find(({distribution}) => distribution.isProject);
  const header = [
    ['Format', FORMAT],
    ['Upstream-Name', project?.distribution.name ?? name],
    ...(homepage === undefined ? [] : [['Source', homepage] as const]),
    [
      'Comment',
      licenceLines('Made by mkvenvdeb from the metadata and licence files of every bundled distribution.'),
    ],
  ] as const;
  const own = project
    ? filesParagraph(project, '*', texts)
    : formatParagraph([
        ['Files', '*'],
        ['Copyright', `${yearOf(seconds)} ${maintainer}`],
        [
          'License',
          `not-declared${licenceLines('What is in none of the distributions below comes with no statement of a licence.')}`,
        ],
      ]);
  const others = all
    .filter((one) => one !== project)
    .map((one) => ({one, files: filesOf(one.distribution.normalizedName)}))
    .filter(({files}) => files.length > 0)
    .map(({one, files}) => filesParagraph(one, files.join('\n '), texts));
  const licences = [...texts.paragraphs].map(([title, body]) =>
    formatParagraph([['License', `${title}${licenceLines(body)}`]]),
  );
  const undetermined = all.filter(({terms}) => terms === undefined);
  return {
    text: [formatParagraph(header), own, ...others, ...licences].join('\n'),
    undetermined: undetermined.map(({distribution}) => `${distribution.name} ${distribution.version}`),
  };
}

const yearOf = (seconds: number): number => new Date(seconds * 1000).getUTCFullYear();

interface Texts {
  /** Text of each licence that has a paragraph of its own, by its title, in order of appearance. */
  readonly paragraphs: Map<string, string>;
  /** What `License` says for a distribution. */
  readonly titles: Map<Determined, string>;
}

/**
 * One paragraph for each different text: where two distributions have other words under the same short name, the
 * second gets one of its own, `BSD-3-clause~fxyaml`.
 */
function collectTexts(all: readonly Determined[]): Texts {
  const paragraphs = new Map<string, string>();
  const keys = new Map<string, string>();
  const titles = new Map<Determined, string>();
  for (const one of all) {
    let {title} = one;
    for (const {name, body, key} of one.texts) {
      if (key === undefined) continue;
      const same = [...keys].find(([known, of]) => known.split('~')[0] === name && of === key)?.[0];
      const own = same ?? (keys.has(name) ? `${name}~${one.distribution.normalizedName}` : name);
      keys.set(own, key);
      if (!paragraphs.has(own)) paragraphs.set(own, body);
      if (own !== name) title = retitle(title, name, own);
    }
    titles.set(one, title);
  }
  // Without a text of its own, any other of that name will do.
  for (const {name, body} of all.flatMap(({texts}) => texts))
    if (!paragraphs.has(name)) paragraphs.set(name, body);
  return {paragraphs, titles};
}

const retitle = (title: string, from: string, to: string): string =>
  title
    .split(/(,? (?:and|or) )/)
    .map((part) => (part === from ? to : part))
    .join('');

function filesParagraph(one: Determined, files: string, {titles}: Texts): string {
  const {distribution, holders, comment} = one;
  return formatParagraph([
    ['Files', files],
    ['Copyright', holders.join('\n ')],
    ['License', titles.get(one) ?? one.title],
    ['Comment', licenceLines([`${distribution.name} ${distribution.version}`, ...comment].join('\n'))],
  ]);
}
