import {createHash} from 'node:crypto';
import {promisify} from 'node:util';
import {gzip} from 'node:zlib';
import {encodeXzBlocks} from '../archive/xz.js';
import {listXzBlocks, type XzBlock, xzHeader, xzTrailer} from '../archive/xz-format.js';
import {crc32} from '../formats/crc32.js';

/** Stanzas of about this many bytes are compressed together: few enough to do again when one of them changes. */
const CHUNK = 128 << 10;
/** No chunk is longer than this and one stanza. */
const LONGEST = 2 * CHUNK;

/**
 * Cut an index into chunks at boundaries that its content chooses, so that a package that is added changes one chunk
 * or two and leaves the bytes of all others alone, wherever it stands.
 */
export function chunkStanzas(stanzas: Iterable<Uint8Array>): readonly Buffer[] {
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

/** An index in the three forms in which apt may ask for it, each in pieces: joined they would be there twice. */
export interface IndexBytes {
  readonly plain: readonly Uint8Array[];
  readonly gzip: readonly Uint8Array[];
  readonly xz: readonly Uint8Array[];
}

/** Of the last publication: what did not change is taken from there. Nothing of a form that is missing or damaged. */
export interface OldIndex {
  readonly chunks: readonly Uint8Array[];
  readonly gzip?: Buffer | undefined;
  readonly xz?: Buffer | undefined;
}

/** The next that gains something (a seventh) takes twice the time, and five times the memory in each thread. */
const PRESET = 1;
const GZIP_LEVEL = 6;

/** Compress an index. The bytes depend on the stanzas alone, whatever is there of an old one. */
export async function compressIndex(
  chunks: readonly Buffer[],
  old: OldIndex | undefined,
  options: {readonly signal?: AbortSignal | undefined} = {},
): Promise<IndexBytes> {
  const keys = chunks.map(chunkKey);
  const oldKeys = old?.chunks.map(chunkKey) ?? [];
  const zipped = gzipChunks(chunks, keys, new Map(zip(oldKeys, old && knownMembers(old))));
  zipped.catch(() => {}); // it is awaited below, perhaps after the other has failed
  const known = new Map(zip(oldKeys, old && knownBlocks(old)));
  const blocks = keys.map((key) => known.get(key));
  const fresh = chunks.filter((_, index) => blocks[index] === undefined);
  const made = encodeXzBlocks(fresh, {level: PRESET, ...options});
  const all: XzBlock[] = [];
  for (const block of blocks) all.push(block ?? ((await made.next()).value as XzBlock));
  await made.return(undefined);
  const xz = [xzHeader(), ...all.map(({bytes}) => bytes), xzTrailer(all)];
  return {plain: chunks, gzip: await zipped, xz};
}

const zip = <T>(keys: readonly string[], values: readonly T[] = []): readonly (readonly [string, T])[] =>
  values.map((value, index) => [keys[index] as string, value]);

function knownBlocks({chunks, xz}: OldIndex): readonly XzBlock[] {
  const blocks = (xz && listXzBlocks(xz)) ?? [];
  const fits =
    blocks.length === chunks.length &&
    chunks.every(({length}, at) => blocks[at]?.uncompressedSize === length);
  return fits ? blocks : [];
}

/** Every member has this header: no name, no time (RFC 1952), as Node's zlib writes it. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);

/**
 * Where one member ends and the next begins: at the checksum and length of its chunk, which is known, and the header
 * of the next. That they stand somewhere else by chance is as good as impossible.
 */
function knownMembers({chunks, gzip: zipped}: OldIndex): readonly Buffer[] {
  const members: Buffer[] = [];
  let start = 0;
  for (const [index, chunk] of chunks.entries()) {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(crc32(chunk), 0);
    trailer.writeUInt32LE(chunk.length % 2 ** 32, 4);
    const isLast = index === chunks.length - 1;
    const at = zipped?.indexOf(isLast ? trailer : Buffer.concat([trailer, GZIP_HEADER]), start) ?? -1;
    if (zipped === undefined || at < 0) return [];
    members.push(zipped.subarray(start, at + trailer.length));
    start = at + trailer.length;
  }
  return start === zipped?.length ? members : [];
}

const zipChunk = promisify<Uint8Array, {level: number}, Buffer>(gzip);

/** A member for each chunk; in Node's own pool of threads, beside the other. */
async function gzipChunks(
  chunks: readonly Uint8Array[],
  keys: readonly string[],
  known: ReadonlyMap<string, Buffer>,
): Promise<readonly Buffer[]> {
  if (chunks.length === 0) return [await zipChunk(Buffer.alloc(0), {level: GZIP_LEVEL})];
  const members: Promise<Buffer>[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const old = known.get(keys[index] as string);
    const member = old ? Promise.resolve(old) : zipChunk(chunk, {level: GZIP_LEVEL});
    member.catch(() => {}); // it is awaited below, perhaps after an earlier one has failed
    members.push(member);
    // Each that is begun takes a quarter of a megabyte.
    if (members.length >= ZIPPED_AT_ONCE) await members[members.length - ZIPPED_AT_ONCE];
  }
  return Promise.all(members);
}

const ZIPPED_AT_ONCE = 4;
