import {Parser} from 'htmlparser2';
import {MkvenvdebError, maskUrls} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {type Fetch, whyFailed} from './fetch.js';

/** A file that a package index offers. */
export interface IndexFile {
  readonly filename: string;
  readonly url: string;
  /** Hexadecimal; undefined where the index does not tell. */
  readonly sha256: string | undefined;
}

export interface IndexQuestion {
  /** Of the simple repository API, such as `https://index.example.org/simple/`; it may hold a user and a password. */
  readonly indexUrl: string;
  /** Of the distribution, in any spelling. */
  readonly name: string;
  /** Leaves out what the index only sends on to another host for. @default false */
  readonly ownOnly?: boolean | undefined;
  /** @default the platform's, which knows no proxies */
  readonly fetch?: Fetch | undefined;
  readonly signal?: AbortSignal | undefined;
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const ACCEPT = `${JSON_TYPE}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`;
/** For one answer, in milliseconds. */
const PATIENCE = 30_000;

/**
 * The files that an index offers of a distribution (PyPA, simple repository API), by its JSON or its HTML form.
 *
 * @returns nothing where the index does not know the distribution
 * @throws E_PUBLISH when the index does not answer, or not as it should; the signal's reason
 */
export async function readIndexFiles(question: IndexQuestion): Promise<readonly IndexFile[]> {
  const {indexUrl, name, ownOnly = false, fetch = globalThis.fetch, signal} = question;
  const {url, authorization} = pageOf(indexUrl, name);
  const shown = maskUrls(url.href);
  const limit = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(url, {
      headers: {Accept: ACCEPT, 'Cache-Control': 'max-age=0', ...authorization},
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (answer.status === 404) return [];
    if (ownOnly && new URL(answer.url || url).hostname !== url.hostname) return [];
    if (!answer.ok) throw unusable(shown, `it answers ${answer.status} ${answer.statusText}`.trimEnd());
    const text = await answer.text();
    const isJson = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
    return isJson ? jsonFiles(text, answer.url || url.href) : htmlFiles(text, answer.url || url.href);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof MkvenvdebError) throw cause;
    if (!(cause instanceof TypeError))
      throw unusable(
        shown,
        limit.aborted ? `no answer within ${PATIENCE / 1000} s` : 'its answer cannot be read',
        cause,
      );
    throw unusable(shown, whyFailed(cause), cause);
  }
}

/** Where to ask, and the login apart from it: fetch refuses URLs that hold one. */
function pageOf(
  indexUrl: string,
  name: string,
): {readonly url: URL; readonly authorization: Record<string, string>} {
  let url: URL;
  try {
    url = new URL(`${normalizeName(name)}/`, indexUrl.replace(/\/*$/, '/'));
  } catch (cause) {
    throw new MkvenvdebError('E_OPTION', `Not the URL of a package index: ${maskUrls(indexUrl)}`, {cause});
  }
  const {username, password} = url;
  if (username === '') return {url, authorization: {}};
  [url.username, url.password] = ['', ''];
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {url, authorization: {Authorization: `Basic ${Buffer.from(login).toString('base64')}`}};
}

const unusable = (url: string, why: string, cause?: unknown): MkvenvdebError =>
  new MkvenvdebError('E_PUBLISH', `Package index cannot be asked: ${url}: ${why}`, {
    hint: /certificate/i.test(why)
      ? 'Name the file with the certificate of your own authority in NODE_EXTRA_CA_CERTS'
      : 'Check its URL, the password in it, and the network',
    cause,
  });

/** PEP 691. What is not as it should be is left out: only names and digests are of use here. */
function jsonFiles(text: string, base: string): readonly IndexFile[] {
  const {files = []} = JSON.parse(text) as {readonly files?: readonly Record<string, unknown>[]};
  return files.flatMap(({filename, url, hashes}) => {
    if (typeof filename !== 'string' || typeof url !== 'string') return [];
    const {sha256} = (hashes ?? {}) as {readonly sha256?: unknown};
    return [
      {filename, url: new URL(url, base).href, sha256: typeof sha256 === 'string' ? sha256 : undefined},
    ];
  });
}

/** PEP 503: one anchor for each file, its digest behind the `#`. */
function htmlFiles(text: string, base: string): readonly IndexFile[] {
  const files: IndexFile[] = [];
  const parser = new Parser({
    onopentag(name, {href}) {
      if (name !== 'a' || href === undefined || !URL.canParse(href, base)) return;
      const url = new URL(href, base);
      const sha256 = /(?:^#|&)sha256=([0-9a-f]{64})/.exec(url.hash)?.[1];
      const filename = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
      url.hash = '';
      files.push({filename, url: url.href, sha256});
    },
  });
  parser.end(text);
  return files;
}

const SDIST = /^(.+)-([^-]+)\.(?:tar\.gz|zip|tar\.bz2)$/;
const WHEEL = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl$/;

/**
 * The version that a file of a distribution has in its name (PyPA, sdist and binary distribution format).
 *
 * @returns undefined for files of others, and for what is neither sdist nor wheel
 */
export function versionInName(filename: string, name: string): string | undefined {
  const [, found = '', version] =
    ((WHEEL.exec(filename) ?? SDIST.exec(filename)) as readonly string[] | null) ?? [];
  return version !== undefined && normalizeName(found) === normalizeName(name)
    ? version.replaceAll('_', '-')
    : undefined;
}
