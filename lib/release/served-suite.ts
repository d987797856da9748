import {gunzipSync} from 'node:zlib';
import {clearText} from '../apt/openpgp-armor.js';
import type {IndexedPackage} from '../apt/package-view.js';
import {viewPackages} from '../apt/packages-index.js';
import {type ListedFile, parseRelease} from '../apt/release-file.js';
import {sha256} from '../apt/suite.js';
import {MkvenvdebError, maskUrls} from '../errors.js';
import {type Fetch, whyFailed} from './fetch.js';

/** A suite of any apt repository, as clients see it. */
export interface ServedSuite {
  /** What clients write behind `URIs:`. */
  readonly url: string;
  readonly suite: string;
  /** @default all of them */
  readonly component?: string | undefined;
  readonly fetch: Fetch;
  readonly signal?: AbortSignal | undefined;
}

/** For one answer, in milliseconds. */
const PATIENCE = 60_000;
/** No index is larger, unpacked. */
const LARGEST = 1 << 30;

/**
 * Read what a suite offers, proven by the digests of its Release file. Its signature is not verified: whoever asks
 * wants to know whether what is there is what he has.
 *
 * @returns undefined where there is no such suite
 * @throws E_PUBLISH when it cannot be read
 */
export async function readServedSuite(served: ServedSuite): Promise<readonly IndexedPackage[] | undefined> {
  const {suite, component} = served;
  const folder = `dists/${suite}`;
  const text = (await get(`${folder}/InRelease`, served)) ?? (await get(`${folder}/Release`, served));
  if (text === undefined) return undefined;
  const name = maskUrls(`${served.url} ${folder}`);
  const plain = text.toString();
  const {files} = parseRelease(plain.startsWith('-----BEGIN') ? clearText(plain, name) : plain, name);
  const indexes = files.filter(
    ({path}) => /\/binary-[^/]+\/Packages$/.test(path) && path.startsWith(component ? `${component}/` : ''),
  );
  const found: IndexedPackage[] = [];
  for (const index of indexes) found.push(...viewPackages(await readServedIndex(index, files, served)));
  return found;
}

/** Repositories need not have the plain form, which their Release file names all the same. */
async function readServedIndex(
  index: ListedFile,
  files: readonly ListedFile[],
  served: ServedSuite,
): Promise<Buffer> {
  const packed = files.find(({path}) => path === `${index.path}.gz`);
  const at = (path: string) => `dists/${served.suite}/${path}`;
  const bytes = packed && (await get(at(packed.path), served));
  const plain = bytes ? unpacked(bytes) : await get(at(index.path), served);
  if (plain !== undefined && sha256([plain]) === index.sha256) return plain;
  throw new MkvenvdebError(
    'E_PUBLISH',
    `Index is damaged or missing: ${maskUrls(served.url)} ${at(index.path)}`,
    {
      hint: 'Somebody may be publishing: try again',
    },
  );
}

function unpacked(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, {maxOutputLength: LARGEST});
  } catch {
    return undefined;
  }
}

/** Whether the file of a package is served, in its length. */
export async function isServed({filename, size}: IndexedPackage, served: ServedSuite): Promise<boolean> {
  const answer = await ask(filename, served, 'HEAD');
  const length = answer.headers.get('content-length');
  return answer.ok && (length === null || Number(length) === size);
}

async function get(path: string, served: ServedSuite): Promise<Buffer | undefined> {
  const answer = await ask(path, served, 'GET');
  if ([403, 404, 410].includes(answer.status)) return undefined;
  if (!answer.ok) throw unusable(served, path, `it answers ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

async function ask(path: string, served: ServedSuite, method: string): Promise<Response> {
  const {url, fetch, signal} = served;
  const limit = AbortSignal.timeout(PATIENCE);
  const whole = new URL(url.replace(/\/?$/, '/') + path.split('/').map(encodeURIComponent).join('/'));
  const {username, password} = whole;
  [whole.username, whole.password] = ['', ''];
  const login = [username, password].map(decodeURIComponent).join(':');
  const account = {Authorization: `Basic ${Buffer.from(login).toString('base64')}`};
  try {
    return await fetch(whole, {
      method,
      headers: {'Cache-Control': 'no-cache', ...(username === '' ? {} : account)},
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw unusable(served, path, limit.aborted ? 'no answer' : whyFailed(error));
  }
}

const unusable = ({url}: ServedSuite, path: string, why: string): MkvenvdebError =>
  new MkvenvdebError('E_PUBLISH', `Apt repository cannot be asked: ${maskUrls(url)} ${path}: ${why}`, {
    hint: 'Check its URL and the network',
  });
