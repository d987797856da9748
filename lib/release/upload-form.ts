import {readMetadataFields} from '../formats/core-metadata.js';

/** A built file of a release, as an index wants to have it described. */
export interface UploadFile {
  /** Absolute path. */
  readonly file: string;
  readonly filename: string;
  readonly filetype: 'sdist' | 'bdist_wheel';
  /** Tag of a wheel, `source` for an sdist. */
  readonly pyversion: string;
  /** METADATA of the wheel, PKG-INFO of the sdist. */
  readonly metadata: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** Names that are not those of the metadata in lower case with `_`: most of what may come more than once. */
const FORM_NAMES: Readonly<Record<string, string>> = {
  classifier: 'classifiers',
  'project-url': 'project_urls',
};
/** Fields that are a single text; of one that comes again, the first counts. */
const SINGLE: ReadonlySet<string> = new Set([
  ...['metadata-version', 'name', 'version', 'summary', 'description', 'description-content-type'],
  ...['keywords', 'home-page', 'download-url', 'author', 'author-email', 'maintainer', 'maintainer-email'],
  ...['license', 'license-expression', 'requires-python'],
]);

/**
 * The fields of the form in which a file is uploaded, without the file itself (the upload API that twine speaks):
 * those of its core metadata under the names that an index knows, and a digest. An index passes by what it does not
 * know, so that a name that is wrong here would lose what it names without a word.
 */
export function uploadFields(upload: UploadFile): readonly (readonly [string, string])[] {
  const {fields, body} = readMetadataFields(upload.metadata);
  const told = [...fields].flatMap(([field, values]) => {
    const name = FORM_NAMES[field] ?? field.replaceAll('-', '_');
    const used = (SINGLE.has(field) ? values.slice(0, 1) : values).filter((value) => value !== 'UNKNOWN');
    return used.map((value) => [name, value] as const);
  });
  const described = fields.has('description') || body === '' ? [] : [['description', body] as const];
  return [
    [':action', 'file_upload'],
    ['protocol_version', '1'],
    ['filetype', upload.filetype],
    ['pyversion', upload.pyversion],
    ['sha256_digest', upload.sha256],
    ...told,
    ...described,
  ];
}

const disposition = (boundary: string, text: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; ${text}\r\n`;

/** Fields as parts of multipart/form-data (RFC 7578). */
export const formParts = (
  fields: readonly (readonly [string, string])[],
  boundary: string,
): readonly string[] =>
  fields.map(([name, value]) => `${disposition(boundary, `name="${name}"`)}\r\n${value}\r\n`);

/** How the part begins that holds the file. */
export const filePart = (filename: string, boundary: string): string =>
  `${disposition(boundary, `name="content"; filename="${filename}"`)}Content-Type: application/octet-stream\r\n\r\n`;
