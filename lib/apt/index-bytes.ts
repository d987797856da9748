import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {encodeXzBlocks} from '../archive/xz.js';
import {listXzBlocks, type XzBlock, xzHeader, xzTrailer} from '../archive/xz-format.js';

/** Stanzas of about this many bytes are compressed together: few enough to do again when one of them changes. */
const CHUNK = 128 << 10;
/** No chunk is longer than this and one stanza. */
const LONGEST = 2 * CHUNK;

/**
 * Cut an index into chunks at boundaries that its content chooses, so that a package that is added changes one chunk
 * or two and leaves the bytes of all others alone, wherever it stands.
 */
export function chunkStanzas(stanzas: readonly Uint8Array[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let parts: Uint8Array[] = [];
  let length = 0;
  const cut = () => {
    chunks.push(joined(parts));
    parts = [];
    length = 0;
  };
  for (const stanza of stanzas) {
    parts.push(stanza);
    length += stanza.length;
    if (length >= LONGEST || (length >= CHUNK / 2 && isBoundary(stanza))) cut();
  }
  if (parts.length > 0) cut();
  return chunks;
}

/** One stanza in so many ends a chunk: with some 450 bytes each, a chunk has about CHUNK bytes. */
const ONE_IN = 144;

/** By the digest of its package, which every stanza has and which is as good as chance. */
function isBoundary(stanza: Uint8Array): boolean {
  const text = Buffer.from(stanza.buffer, stanza.byteOffset, stanza.length);
  const at = text.indexOf('\nSHA256: ', 0, 'latin1');
  return at >= 0 && Number.parseInt(text.toString('latin1', at + 9, at + 17), 16) % ONE_IN === 0;
}

/** Views that lie behind each other in the same memory are one view already. */
function joined(parts: readonly Uint8Array[]): Buffer {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  let end = first?.byteOffset ?? 0;
  for (const part of parts) {
    if (part.buffer !== first?.buffer || part.byteOffset !== end) return Buffer.concat(parts, length);
    end += part.length;
  }
  return first === undefined ? Buffer.alloc(0) : Buffer.from(first.buffer, first.byteOffset, length);
}

/** What names the content of a chunk. */
export const chunkKey = (chunk: Uint8Array): string => createHash('sha256').update(chunk).digest('base64');

/** An index in the three forms in which apt may ask for it. */
export interface IndexBytes {
  readonly plain: readonly Uint8Array[];
  readonly gzip: Uint8Array;
  readonly xz: Uint8Array;
}

/** Of the last publication: blocks of what did not change are taken from there. */
export interface OldIndex {
  readonly chunks: readonly Uint8Array[];
  readonly xz: Buffer;
}

/** Larger ones gain a fiftieth and take twice the time. */
const PRESET = 4;
const GZIP_LEVEL = 6;

/** Compress an index. The bytes depend on the stanzas alone, whatever is there of an old one. */
export async function compressIndex(
  chunks: readonly Buffer[],
  old: OldIndex | undefined,
  {workers, signal}: {readonly workers: number; readonly signal?: AbortSignal | undefined},
): Promise<IndexBytes> {
  const zipped = gzipAll(chunks);
  zipped.catch(() => {}); // it is awaited below, perhaps after the other has failed
  const known = old === undefined ? new Map<string, XzBlock>() : knownBlocks(old);
  const blocks = chunks.map((chunk) => known.get(chunkKey(chunk)));
  const fresh = chunks.filter((_, index) => blocks[index] === undefined);
  const made = encodeXzBlocks(fresh, {level: PRESET, workers, signal});
  const all: XzBlock[] = [];
  for (const block of blocks) all.push(block ?? ((await made.next()).value as XzBlock));
  await made.return(undefined);
  const xz = Buffer.concat([xzHeader(), ...all.map(({bytes}) => bytes), xzTrailer(all)]);
  return {plain: chunks, gzip: await zipped, xz};
}

function knownBlocks({chunks, xz}: OldIndex): Map<string, XzBlock> {
  const blocks = listXzBlocks(xz);
  if (blocks?.length !== chunks.length) return new Map();
  const fits = chunks.every(({length}, index) => blocks[index]?.uncompressedSize === length);
  return new Map(fits ? chunks.map((chunk, index) => [chunkKey(chunk), blocks[index] as XzBlock]) : []);
}

/** In Node's own pool of threads, beside the other. */
async function gzipAll(chunks: readonly Uint8Array[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  await pipeline(Readable.from(chunks), createGzip({level: GZIP_LEVEL}), async (zipped) => {
    for await (const part of zipped) parts.push(part as Buffer);
  });
  return Buffer.concat(parts);
}
