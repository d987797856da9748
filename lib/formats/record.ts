import {MkvenvdebError} from '../errors.js';
import {compareBytes} from './order.js';

/** One row of a RECORD file (PyPA, "Recording installed projects"). */
export interface RecordRow {
  /** Relative to the folder that holds the `.dist-info`, or absolute. */
  readonly path: string;
  /** `sha256=…`, or empty. */
  readonly hash: string;
  /** Decimal bytes, or empty. */
  readonly size: string;
}

/**
 * Read a RECORD file: CSV with `,` and `"`, in the dialect of Python's csv module.
 *
 * @param name what an error calls the file
 * @throws E_FORMAT for an unfinished quoted field or a row that has more than three fields
 */
export function parseRecord(text: string, name: string): readonly RecordRow[] {
  const rows: RecordRow[] = [];
  for (const [path = '', hash = '', size = '', ...more] of csvRows(text, name)) {
    if (more.length > 0)
      throw new MkvenvdebError('E_FORMAT', `RECORD row with too many fields: ${name}: ${path}`);
    if (path !== '') rows.push({path, hash, size});
  }
  return rows;
}

function csvRows(text: string, name: string): string[][] {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y;
  const rows: string[][] = [];
  let row: string[] = [];
  while (field.lastIndex < text.length) {
    const {lastIndex} = field;
    const match = field.exec(text);
    if (!match) {
      const line = text.slice(0, lastIndex).split('\n').length;
      throw new MkvenvdebError('E_FORMAT', `RECORD is not readable: ${name}: line ${line}`);
    }
    row.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

const csvField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Write a RECORD file as pip does: rows sorted by path, lines end in CR LF (the default of Python's csv writer). */
export const formatRecord = (rows: readonly RecordRow[]): string =>
  [...rows]
    .sort((a, b) => compareBytes(a.path, b.path))
    .map(({path, hash, size}) => `${csvField(path)},${hash},${size}\r\n`)
    .join('');

/** The hash column for a SHA-256 digest: URL-safe base64 without padding. */
export const recordHash = (sha256: Buffer): string => `sha256=${sha256.toString('base64url')}`;
