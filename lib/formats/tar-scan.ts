import {MkvenvdebError} from '../errors.js';

/** What a pass over a tar archive finds. */
export interface TarScan {
  /** Newest time of all members, in seconds since 1970; undefined when there is none. */
  readonly newest: number | undefined;
  /** Content of the wanted members, by name. */
  readonly found: ReadonlyMap<string, Buffer>;
}

const BLOCK = 512;
/** Wanted members are held in memory, all together: metadata is small. */
const LIMIT = 16 * 1024 * 1024;

const broken = (why: string) => new MkvenvdebError('E_FORMAT', `Not a readable tar archive: ${why}`);

/**
 * Go once through a tar stream, already unpacked, and keep what is wanted. It is for sdists: names that need an
 * extension header (over 100 bytes) are seen by what their plain header holds.
 *
 * @param limit bytes of the archive
 * @throws E_FORMAT when it is no tar archive, is cut off or is over the limit
 */
export async function scanTar(
  chunks: AsyncIterable<Uint8Array>,
  wants: (name: string) => boolean,
  limit = Number.POSITIVE_INFINITY,
): Promise<TarScan> {
  const found = new Map<string, Buffer>();
  let newest: number | undefined;
  let held = Buffer.alloc(0);
  let skip = 0;
  let member: {name: string; size: number} | undefined;
  let members = 0;
  let [length, kept] = [0, 0];
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw beyond(limit);
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk]);
    for (;;) {
      const skipped = Math.min(skip, held.length);
      skip -= skipped;
      held = held.subarray(skipped);
      if (skip > 0 || held.length < (member ? padded(member.size) : BLOCK)) break;
      if (member) {
        found.set(member.name, Buffer.from(held.subarray(0, member.size)));
        skip = padded(member.size);
        member = undefined;
        continue;
      }
      const header = readHeader(held.subarray(0, BLOCK));
      held = held.subarray(BLOCK);
      if (header === undefined) continue;
      members++;
      newest = Math.max(newest ?? 0, header.mtime);
      if (header.isFile && header.size <= LIMIT - kept && wants(header.name)) {
        member = header;
        kept += header.size + BLOCK;
      } else skip = padded(header.size);
    }
  }
  if (members === 0 || skip > 0 || member) throw broken(members === 0 ? 'it is empty' : 'it is cut off');
  return {newest, found};
}

const beyond = (limit: number) =>
  new MkvenvdebError('E_FORMAT', `Not a readable tar archive: it unpacks to more than ${limit} bytes`, {
    hint: 'If you trust it, raise the limit: option limit_size, --limit-size on the command line',
  });

const padded = (size: number): number => Math.ceil(size / BLOCK) * BLOCK;

/** Read a header block; undefined for the empty ones at the end. */
function readHeader(block: Buffer): {name: string; size: number; mtime: number; isFile: boolean} | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (octal(block, 148, 8) !== sum) throw broken('a header has a wrong checksum');
  const text = (start: number, length: number) => {
    const end = block.indexOf(0, start);
    return block.toString('utf8', start, end < 0 || end > start + length ? start + length : end);
  };
  const prefix = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0 ? text(345, 155) : '';
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name,
    size: octal(block, 124, 12),
    mtime: octal(block, 136, 12),
    isFile: type === '0' || type === '\0',
  };
}

function octal(block: Buffer, start: number, length: number): number {
  // Base-256, as GNU tar writes what does not fit.
  if (((block[start] ?? 0) & 0x80) !== 0) {
    return block.subarray(start + 1, start + length).reduce((total, byte) => total * 256 + byte, 0);
  }
  const digits = block
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+/g, ' ')
    .trim();
  if (!/^[0-7]*$/.test(digits)) throw broken('a header has a wrong number');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
