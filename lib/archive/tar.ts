import {createHash, type Hash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import type {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {type Header, type Pack, pack} from 'tar-stream';
import {ioError, MkvenvdebError} from '../errors.js';
import type {Entry} from '../model.js';
import type {TarHeader} from './tar-header.js';
import {encodeTarHeader, padded, TAR_BLOCK, tarHeaderLength} from './tar-header.js';

/** Files up to this size are read at once, larger ones in pieces of it: a stream for each is 17 times slower. */
const PIECE = 1 << 20;

/** What was seen of a regular file while it was packed: the material of `md5sums`. */
export interface FileDigest {
  /** As in its entry: `opt/app/bin/run`. */
  readonly path: string;
  /** Hexadecimal. */
  readonly md5: string;
  readonly size: number;
  readonly conffile: boolean;
}

export interface TarOptions {
  /** Of the root entry `./`, in seconds since 1970. */
  readonly mtime: number;
  /** Called with each regular file, in order, hard links with the digest of what they link to. */
  readonly onDigest?: (digest: FileDigest) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The entry `./` that a Debian archive begins with; dpkg lists it as `/.`. The payload does not hold it. */
const rootEntry = (mtime: number): Entry => ({
  path: '',
  type: 'directory',
  mode: 0o755,
  owner: 'root',
  group: 'root',
  mtime,
  size: 0,
});

/** Names begin with `./` and those of directories end in `/`, as dpkg-deb writes them. */
const headerOf = (entry: Entry): TarHeader => ({
  name: `./${entry.path}${entry.type === 'directory' && entry.path !== '' ? '/' : ''}`,
  type: entry.type,
  mode: entry.mode,
  owner: entry.owner,
  group: entry.group,
  mtime: entry.mtime,
  size: entry.size,
  target: entry.type === 'hardlink' ? `./${entry.target}` : entry.target,
});

/** Where the members of an archive will lie: a pure function of the entries. */
export interface TarLayout {
  /** Bytes of the whole archive. */
  readonly length: number;
  /** Offsets at which the distribution changes, ascending: good places to cut. */
  readonly boundaries: readonly number[];
}

/** Compute the layout of the archive that `packTar` will write, root entry and end mark included. */
export function layOutTar(entries: readonly Entry[]): TarLayout {
  const boundaries: number[] = [];
  let length = 0;
  let previous: Entry | undefined;
  for (const entry of [rootEntry(0), ...entries]) {
    if (previous !== undefined && previous.distribution !== entry.distribution) boundaries.push(length);
    length += tarHeaderLength(headerOf(entry)) + padded(entry.size);
    previous = entry;
  }
  return {length: length + 2 * TAR_BLOCK, boundaries};
}

/**
 * Write entries as a GNU tar archive, in their order, the root `./` in front. It ends with two zero blocks and is
 * not padded to 10 KiB as a tape would be: every dpkg reads that, and no compressor gains from it.
 *
 * @throws E_PAYLOAD for a file whose size is no longer that of its entry; E_IO for one that cannot be read
 */
export async function* packTar(entries: readonly Entry[], options: TarOptions): AsyncGenerator<Uint8Array> {
  const archive = pack();
  let header: Buffer = Buffer.alloc(0);
  // The one private hook: tar-stream's own header code knows only ustar and PAX. Pinned to ~3.2, tested with dpkg.
  Object.assign(archive, {_encode: () => archive.push(header)});
  const addAll = async () => {
    const digests = new Map<string, FileDigest>();
    for (const entry of [rootEntry(options.mtime), ...entries]) {
      options.signal?.throwIfAborted();
      header = encodeTarHeader(headerOf(entry));
      const digest = await addEntry(archive, entry, digests);
      if (digest !== undefined) {
        digests.set(entry.path, digest);
        options.onDigest?.(digest);
      }
    }
    archive.finalize();
  };
  const added = addAll().catch((error) => void archive.destroy(error));
  try {
    yield* archive as unknown as Readable;
    await added;
  } finally {
    archive.destroy();
  }
}

/** Hand one member to tar-stream, which pads its content and waits for its reader; gives the digest of a file. */
async function addEntry(
  archive: Pack,
  entry: Entry,
  earlier: ReadonlyMap<string, FileDigest>,
): Promise<FileDigest | undefined> {
  const {path, type, size, conffile = false} = entry;
  if (type !== 'file') {
    await addMember(archive, {type: type === 'hardlink' ? 'link' : type, linkname: entry.target ?? ''});
    const linked = type === 'hardlink' ? earlier.get(entry.target ?? '') : undefined;
    return linked && {...linked, path, conffile};
  }
  const md5 = createHash('md5');
  if (entry.data === undefined && size > PIECE) {
    await addMember(archive, {type, size}, piecesOf(entry, md5));
  } else {
    const content = wholeContent(entry);
    md5.update(content);
    await addMember(archive, {type, size}, content);
  }
  return {path, md5: md5.digest('hex'), size, conffile};
}

/** Settles when tar-stream has passed the member on, or was destroyed. */
function addMember(
  archive: Pack,
  member: Partial<Header>,
  content?: Buffer | AsyncIterable<Uint8Array>,
): Promise<void> {
  // Only type and size matter, the rest of the header is ours; the date keeps tar-stream from asking the clock.
  const header = {name: '.', mtime: new Date(0), ...member};
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    if (content === undefined) archive.entry(header, done);
    else if (Buffer.isBuffer(content)) archive.entry(header, content, done);
    else pipeline(content, archive.entry(header, done) as unknown as Writable).catch(done);
  });
}

function wholeContent(entry: Entry): Buffer {
  const content = entry.data === undefined ? readSource(entry) : Buffer.from(entry.data);
  if (content.length !== entry.size) throw sizeChanged(entry, content.length);
  return content;
}

/** Synchronous on purpose: for small files four times as fast as any asynchronous way. */
function readSource(entry: Entry): Buffer {
  try {
    return readFileSync(sourceOf(entry));
  } catch (error) {
    throw ioError(error, 'reading a file to pack');
  }
}

async function* piecesOf(entry: Entry, md5: Hash): AsyncGenerator<Uint8Array> {
  const file = await open(sourceOf(entry)).catch((error) =>
    Promise.reject(ioError(error, 'reading a file to pack')),
  );
  try {
    let done = 0;
    for (;;) {
      const {bytesRead, buffer} = await file.read({buffer: Buffer.allocUnsafe(PIECE), position: done});
      done += bytesRead;
      if (done > entry.size || (bytesRead === 0 && done < entry.size)) throw sizeChanged(entry, done);
      if (bytesRead === 0) return;
      md5.update(buffer.subarray(0, bytesRead));
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function sourceOf({path, source}: Entry): string {
  if (source === undefined)
    throw new MkvenvdebError('E_PAYLOAD', `File has neither content nor source: ${path}`);
  return source;
}

const sizeChanged = ({path, size}: Entry, found: number): MkvenvdebError =>
  new MkvenvdebError(
    'E_PAYLOAD',
    `File changed while it was packed: ${path} (${size} bytes, then ${found})`,
    {
      hint: 'Something still writes into the tree; let it finish before packing',
    },
  );
