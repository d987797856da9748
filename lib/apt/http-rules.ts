import {parseMailDate} from '../formats/mail-date.js';

/**
 * The file that a request asks for, relative to the root. Every part of the path is decoded once, for itself, so that
 * no spelling of `..` or `/` can lead out of the root, or into a folder whose name begins with a dot.
 *
 * @returns undefined for what can be no file of a repository
 */
export function requestedFile(target: string): string | undefined {
  const [path = ''] = target.replace(/^[a-z]+:\/\/[^/]*/i, '').split(/[?#]/, 1);
  if (!path.startsWith('/') || path.endsWith('/')) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  try {
    const names = parts.map(decodeURIComponent);
    return names.length > 0 && names.every(isName) ? names.join('/') : undefined;
  } catch {
    return undefined; // no UTF-8
  }
}

const isName = (name: string): boolean => !name.startsWith('.') && !/[/\\\p{Cc}]/u.test(name);

/** True for what is named by its content, whose name never gets other bytes. */
export const isImmutable = (path: string): boolean => /^pool\/|\/by-hash\//.test(path);

/** How long a client or a proxy between may use what it has without asking. */
export const cacheControl = (path: string): string =>
  isImmutable(path) ? 'public, max-age=31536000, immutable' : 'no-cache';

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\/by-hash\//, 'application/octet-stream'],
  [/\.deb$/, 'application/vnd.debian.binary-package'],
  // Never as Content-Encoding: apt wants the bytes whose digest it knows.
  [/\.gz$/, 'application/gzip'],
  [/\.xz$/, 'application/x-xz'],
  [/\.gpg$/, 'application/pgp-signature'],
  [/\.asc$/, 'application/pgp-keys'],
  [/(^|\/)((In)?Release|Packages)$/, 'text/plain; charset=utf-8'],
];

export const contentType = (path: string): string =>
  TYPES.find(([pattern]) => pattern.test(path))?.[1] ?? 'application/octet-stream';

/** What tells one state of a file from another. */
export interface Validators {
  /** With its quotes. */
  readonly etag: string;
  /** As it is sent. */
  readonly lastModified: string;
  readonly immutable: boolean;
}

/** Names of headers in lower case, as Node gives them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const textOf = (headers: Headers, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

/**
 * Whether the client has this very file (RFC 9110, 13.1). A date counts only when it is the file's own: an index that
 * was put back from a backup is older than what the client has, and yet another one.
 */
export function isNotModified(headers: Headers, {etag, lastModified, immutable}: Validators): boolean {
  const match = textOf(headers, 'if-none-match');
  if (match !== undefined) {
    const tags = match.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(etag);
  }
  const since = textOf(headers, 'if-modified-since');
  if (since === undefined) return false;
  return since === lastModified || (immutable && secondsOf(since) >= secondsOf(lastModified));
}

const secondsOf = (date: string): number =>
  parseMailDate(date.replace(/GMT$/, '+0000')) ?? Number.NEGATIVE_INFINITY;

/** The first and the last byte that are wanted. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Which part of a file is wanted (RFC 9110, 14.2): one range; a client that wants several gets the whole.
 *
 * @returns undefined for the whole, `unsatisfiable` for what begins behind the end
 */
export function wantedRange(
  headers: Headers,
  size: number,
  {etag, lastModified}: Validators,
): ByteRange | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(textOf(headers, 'range') ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const ifRange = textOf(headers, 'if-range');
  if (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified) return undefined;
  const last = size - 1;
  if (from === '') {
    const count = Number(to);
    return count === 0 || size === 0 ? 'unsatisfiable' : {first: Math.max(0, size - count), last};
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return undefined; // no range at all
  return first > last ? 'unsatisfiable' : {first, last: to === '' ? last : Math.min(Number(to), last)};
}
