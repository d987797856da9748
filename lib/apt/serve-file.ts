import {type BigIntStats, constants} from 'node:fs';
import {type FileHandle, open, realpath} from 'node:fs/promises';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {join, sep} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {formatMailDate} from '../formats/mail-date.js';
import {
  cacheControl,
  contentType,
  isImmutable,
  isNotModified,
  requestedFile,
  wantedRange,
} from './http-rules.js';

/**
 * Answer a request for a file below a folder, whose path has no links in it.
 *
 * @throws when the client has gone, or the file cannot be read
 */
export async function respond(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const {method = '', url = ''} = request;
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    return refuse(response, 405);
  }
  const path = requestedFile(url);
  const file = path === undefined ? undefined : await openInside(root, path);
  if (path === undefined || file === undefined) return refuse(response, 404);
  try {
    await sendFile(path, file, request, response);
  } finally {
    await file.handle.close();
  }
}

const TEXTS = {
  404: 'Not Found',
  405: 'Method Not Allowed',
  416: 'Range Not Satisfiable',
  500: 'Internal Server Error',
} as const;

/** Answer without a file. */
export function refuse(response: ServerResponse, status: keyof typeof TEXTS): void {
  response.writeHead(status, {'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache'});
  response.end(`${status} ${TEXTS[status]}\n`);
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: string;
}

/**
 * Open a file and never look at its name again: what a publisher puts in its place meanwhile has another size and
 * other bytes. Links that lead out of the root are no files of the repository.
 */
async function openInside(root: string, path: string): Promise<OpenFile | undefined> {
  const real = await realpath(join(root, path)).catch(noneThere);
  if (real === undefined || !real.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  // Without O_NONBLOCK a pipe would wait for its writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(real, flags).catch(noneThere);
  if (handle === undefined) return undefined;
  const found = await handle.stat({bigint: true});
  if (found.isFile()) return {handle, ...validatorsOf(found)};
  await handle.close();
  return undefined;
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'ENXIO']);

/** Too many open files, say, are no reason to tell a client that there is none. */
function noneThere(error: NodeJS.ErrnoException): undefined {
  if (!ABSENT.has(error.code ?? '')) throw error;
}

const validatorsOf = ({size, mtimeNs}: BigIntStats) => ({
  size: Number(size),
  etag: `"${mtimeNs.toString(36)}-${size.toString(36)}"`,
  lastModified: formatMailDate(Number(mtimeNs / 1_000_000_000n)).replace('+0000', 'GMT'),
});

async function sendFile(
  path: string,
  {handle, size, etag, lastModified}: OpenFile,
  {method, headers}: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const validators = {etag, lastModified, immutable: isImmutable(path)};
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', lastModified);
  response.setHeader('Cache-Control', cacheControl(path));
  response.setHeader('Accept-Ranges', 'bytes');
  if (isNotModified(headers, validators)) {
    response.writeHead(304).end();
    return;
  }
  const range = method === 'GET' ? wantedRange(headers, size, validators) : undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`);
    return refuse(response, 416);
  }
  const {first, last} = range ?? {first: 0, last: size - 1};
  if (range) response.setHeader('Content-Range', `bytes ${first}-${last}/${size}`);
  response.setHeader('Content-Length', last - first + 1);
  response.setHeader('Content-Type', contentType(path));
  response.writeHead(range ? 206 : 200);
  if (method === 'HEAD' || size === 0) response.end();
  else await pipeline(handle.createReadStream({start: first, end: last, autoClose: false}), response);
}
