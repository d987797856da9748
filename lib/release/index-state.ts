import {createHash} from 'node:crypto';
import {MkvenvdebError, maskUrls} from '../errors.js';
import {readIndexFiles} from './package-index.js';
import type {BuiltDistribution} from './read-distribution.js';
import type {UploadTarget} from './upload.js';

/**
 * Whether an index has a file with these bytes. What it only passes on from another host is not its own.
 *
 * @throws E_PUBLISH when it has other bytes under the name, or does not answer
 */
export async function isThere(
  {filename, name, sha256}: Pick<BuiltDistribution, 'filename' | 'name' | 'sha256'>,
  target: UploadTarget,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const {fetch} = target;
  const files = await readIndexFiles({indexUrl: withLogin(target), name, ownOnly: true, fetch, signal});
  const found = files.find((file) => file.filename === filename);
  if (found === undefined) return false;
  const there = found.sha256 ?? (await digestOf(found.url, target, signal));
  if (there === sha256) return true;
  throw new MkvenvdebError('E_PUBLISH', `Package index has other bytes under this name: ${filename}`, {
    issues: [`there: sha256 ${there}`, `here: sha256 ${sha256}`],
    hint: 'A file once published stays as it is: release a new version',
  });
}

/** Of a file whose digest the index does not tell, or tells by another algorithm. */
async function digestOf(
  url: string,
  {username, password, uploadUrl, fetch = globalThis.fetch}: UploadTarget,
  signal: AbortSignal | undefined,
): Promise<string> {
  const isOwn = new URL(url).origin === new URL(uploadUrl).origin;
  const answer = await fetch(url, {
    headers: isOwn ? basicLogin(username, password) : {},
    ...(signal ? {signal} : {}),
  });
  if (!answer.ok || answer.body === null)
    throw new MkvenvdebError('E_PUBLISH', `Package index does not give what it has: ${maskUrls(url)}`);
  const hash = createHash('sha256');
  for await (const chunk of answer.body) hash.update(chunk);
  return hash.digest('hex');
}

/** Header of a request (RFC 7617); none where there is no account. */
export const basicLogin = (username: string, password: string): Record<string, string> =>
  username === ''
    ? {}
    : {Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`};

/** The URL to read from, with the account of an index that lets nobody read who cannot write. */
export function withLogin({indexUrl, uploadUrl, username, password}: UploadTarget): string {
  const [read, write] = [new URL(indexUrl), new URL(uploadUrl)];
  if (read.origin !== write.origin || read.username !== '' || username === '') return indexUrl;
  [read.username, read.password] = [username, password].map(encodeURIComponent) as [string, string];
  return read.href;
}
