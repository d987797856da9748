import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';

/** Size and digests of a file, as `.changes` and `.buildinfo` list them; hexadecimal. */
export interface Digests {
  readonly size: number;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** Digest what comes in pieces. */
async function digest(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Digests> {
  const [md5, sha1, sha256] = [createHash('md5'), createHash('sha1'), createHash('sha256')];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    for (const hash of [md5, sha1, sha256]) hash.update(chunk);
  }
  return {size, md5: md5.digest('hex'), sha1: sha1.digest('hex'), sha256: sha256.digest('hex')};
}

export const digestFile = (file: string): Promise<Digests> => digest(createReadStream(file));

export const digestText = (text: string): Promise<Digests> => digest([Buffer.from(text)]);
