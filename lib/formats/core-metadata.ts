import {MkvenvdebError} from '../errors.js';

/** Core metadata of a distribution (packaging.python.org, "Core metadata specifications", up to 2.4). */
export interface CoreMetadata {
  readonly name: string;
  readonly version: string;
  readonly summary?: string;
  /** `Home-page`, else the project URL with that label. */
  readonly homepage?: string;
  readonly projectUrls: readonly {readonly label: string; readonly url: string}[];
  readonly authors: readonly Person[];
  readonly maintainers: readonly Person[];
  /** An SPDX expression. */
  readonly licenseExpression?: string;
  /** The free text that came before licence expressions. */
  readonly license?: string;
  /** Paths below `*.dist-info/licenses`, or beside METADATA in older versions. */
  readonly licenseFiles: readonly string[];
  readonly classifiers: readonly string[];
  /** Dependency specifiers, as they are written. */
  readonly requiresDist: readonly string[];
  readonly providesExtras: readonly string[];
  /** Specifier of the versions of Python it is for. */
  readonly requiresPython?: string;
  /** Fields that an sdist does not know before it is built; lower case. */
  readonly dynamic: readonly string[];
  readonly description?: string;
}

export interface Person {
  readonly name?: string;
  readonly email?: string;
}

/**
 * Read METADATA of a wheel or PKG-INFO of an sdist.
 *
 * @throws E_FORMAT when it names no name or no version
 */
export function parseCoreMetadata(text: string, file = 'METADATA'): CoreMetadata {
  const {fields, body} = readMetadataFields(text);
  const all = (key: string): readonly string[] => fields.get(key) ?? [];
  // Old setuptools wrote UNKNOWN for what it was not told.
  const one = (key: string): string | undefined =>
    all(key).find((value) => value !== '' && value !== 'UNKNOWN');
  const [name, version] = [one('name'), one('version')];
  if (name === undefined || version === undefined) {
    throw new MkvenvdebError(
      'E_FORMAT',
      `No ${name === undefined ? 'name' : 'version'} in core metadata: ${file}`,
    );
  }
  const projectUrls = all('project-url').map((value) => {
    const comma = value.indexOf(',');
    return {label: value.slice(0, Math.max(0, comma)).trim(), url: value.slice(comma + 1).trim()};
  });
  const labelled = projectUrls.find(({label}) => /^home[\s_-]?page$/i.test(label))?.url;
  return {
    name,
    version,
    ...optional('summary', one('summary')?.split('\n')[0]),
    ...optional('homepage', one('home-page') ?? labelled),
    projectUrls,
    authors: people(one('author'), one('author-email')),
    maintainers: people(one('maintainer'), one('maintainer-email')),
    ...optional('licenseExpression', one('license-expression')),
    ...optional('license', one('license')),
    licenseFiles: all('license-file'),
    classifiers: all('classifier'),
    requiresDist: all('requires-dist'),
    providesExtras: all('provides-extra'),
    ...optional('requiresPython', one('requires-python')),
    dynamic: all('dynamic').map((value) => value.toLowerCase()),
    ...optional('description', body === '' ? one('description') : body),
  };
}

const optional = <Key extends string>(key: Key, value: string | undefined): {[K in Key]?: string} =>
  (value === undefined ? {} : {[key]: value}) as {[K in Key]?: string};

/** The fields of core metadata as they are, and what stands below them. */
export interface MetadataFields {
  /** By name in lower case, in the order of the file. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  /** The description, since metadata version 2.1. */
  readonly body: string;
}

/** Headers as in RFC 822, names in lower case, continued lines joined; a blank line ends them. */
export function readMetadataFields(text: string): MetadataFields {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const fields = new Map<string, string[]>();
  let index = 0;
  let values: string[] | undefined;
  for (; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') break;
    const header = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/s.exec(line);
    if (header && !/^[ \t]/.test(line)) {
      const key = (header[1] ?? '').toLowerCase();
      values = fields.get(key) ?? [];
      fields.set(key, values);
      values.push((header[2] ?? '').trimEnd());
    } else if (values) {
      // Descriptions in headers are folded with seven blanks and a bar.
      values.push(`${values.pop() ?? ''}\n${line.replace(/^(?: {7}\|| {8}|[ \t]+)/, '')}`);
    }
  }
  return {
    fields,
    body: lines
      .slice(index + 1)
      .join('\n')
      .trimEnd(),
  };
}

/** Names and addresses of `Author` and `Author-email`, which hold lists separated by commas. */
export function people(names: string | undefined, addresses: string | undefined): readonly Person[] {
  const emails = splitAddresses(addresses ?? '').map(parsePerson);
  const [only] = emails;
  if (names !== undefined && emails.length === 1 && only?.name === undefined && only?.email !== undefined) {
    return [{name: names.trim(), email: only.email}];
  }
  const further = (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return [...emails, ...further.map((name) => ({name}))];
}

/** Read `Jo Doe <jo@example.org>`, with or without one of its halves, quotes removed. */
export function parsePerson(text: string): Person {
  const [, name, email] = /^(.*)<([^<>]*)>$/s.exec(text.trim()) ?? [];
  if (email === undefined) return text.includes('@') ? {email: text.trim()} : {name: text.trim()};
  const bare = (name ?? '')
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/\\(.)/g, '$1');
  return bare === '' ? {email} : {name: bare, email};
}

/** Split at commas that stand in no quotes; one that does not end goes on to the end. */
const splitAddresses = (text: string): string[] =>
  (text.match(/(?:"(?:[^"\\]|\\.?)*(?:"|$)|[^,"])+/gs) ?? [])
    .map((part) => part.trim())
    .filter((part) => part !== '');
