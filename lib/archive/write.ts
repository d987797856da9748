import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {open, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {ioError} from '../errors.js';
import type {Entry} from '../model.js';
import type {Context} from '../report.js';
import {AR_MAGIC, arHeader, arPadding} from './ar.js';
import {
  type Compression,
  type CompressJob,
  compress,
  resolveLevel,
  suffixOf,
  usualWorkers,
} from './compress.js';
import {makeWorkFolder} from './litter.js';
import {discardDebs, type PendingFile, placeDebs, writeFileSynced} from './place.js';
import {type FileDigest, layOutTar, packTar} from './tar.js';

/** A file of the control archive: `control`, `md5sums`, `postinst` … */
export interface ControlMember {
  readonly name: string;
  readonly data: Uint8Array | string;
  readonly mode: number;
}

export interface WriteDebOptions extends Pick<Context, 'signal' | 'report'> {
  /** Absolute path of the package. */
  readonly file: string;
  /** Content of the data archive: complete (every parent) and in order, without the root `./`. */
  readonly entries: readonly Entry[];
  /** Makes the control archive, after the data archive was written: it gets the digest of each regular file. */
  readonly control: (digests: readonly FileDigest[]) => readonly ControlMember[];
  readonly compression: Compression;
  /** @default 6 for xz, 9 for gzip, 19 for zstd */
  readonly level?: number | undefined;
  /** Of the members, the control archive and the root entry, in seconds since 1970. */
  readonly mtime: number;
  /** Runs on the finished file before it gets its name; when it rejects, nothing is left. */
  readonly check?: ((temporaryFile: string) => Promise<void>) | undefined;
  /** Threads that compress; they never change the bytes. @default the number of processors, at most 8 */
  readonly workers?: number | undefined;
}

/** What became of it. */
export interface WrittenDeb {
  /** Bytes of the file. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** A package that is whole and checked, and has its name not yet. */
export type FinishedDeb = WrittenDeb & PendingFile;

/**
 * Write a Debian package (deb(5)): `finishDeb`, and then its name.
 *
 * @throws as `finishDeb`
 */
export async function writeDeb(options: WriteDebOptions): Promise<WrittenDeb> {
  const deb = await finishDeb(options);
  try {
    await placeDebs([deb]);
    return {size: deb.size, sha256: deb.sha256};
  } finally {
    await discardDebs([deb]);
  }
}

/**
 * Write a Debian package (deb(5)) under a temporary name; `placeDebs` gives it its own, `discardDebs` removes what is
 * left. The bytes are a function of entries, control, compression, level and mtime.
 *
 * The data archive is compressed into a hidden folder beside the output while its files are read, then the package
 * is put together there, synced and checked.
 *
 * @throws E_OPTION for a level that does not exist; E_PAYLOAD for a file that changed meanwhile; E_IO for a full
 *   disk or a folder that cannot be written; E_FORMAT when the format cannot hold it; what `check` throws; the
 *   signal's reason
 */
export async function finishDeb(options: WriteDebOptions): Promise<FinishedDeb> {
  const {file, signal} = options;
  const level = resolveLevel(options.compression, options.level);
  signal?.throwIfAborted();
  let work: string | undefined;
  try {
    work = await makeWorkFolder(dirname(file));
    const temporaryFile = join(work, basename(file));
    const dataFile = join(work, 'data');
    const written = await writeArchive(temporaryFile, dataFile, {...options, level});
    await rm(dataFile);
    signal?.throwIfAborted();
    await options.check?.(temporaryFile);
    signal?.throwIfAborted();
    return {file, temporaryFile, ...written};
  } catch (error) {
    if (work !== undefined) await rm(work, {recursive: true, force: true});
    signal?.throwIfAborted();
    throw ioError(error, `writing ${file}`);
  }
}

type Settings = WriteDebOptions & {readonly level: number};

/** The three members in the order that deb(5) demands; the data archive first, because the control archive needs it. */
async function writeArchive(file: string, dataFile: string, settings: Settings): Promise<WrittenDeb> {
  const {mtime} = settings;
  const suffix = suffixOf(settings.compression);
  const {size, digests} = await writeData(dataFile, settings);
  const control = await packControl(settings.control(digests), settings);
  const version = Buffer.from('2.0\n');
  const hash = createHash('sha256');
  let written = 0;
  await writeFileSynced(file, async (handle) => {
    const append = async (bytes: Uint8Array) => {
      hash.update(bytes);
      written += bytes.length;
      await handle.writeFile(bytes);
    };
    await append(AR_MAGIC);
    await append(arHeader({name: 'debian-binary', mtime, size: version.length}));
    await append(version);
    await append(arHeader({name: `control.tar${suffix}`, mtime, size: control.length}));
    await append(control);
    await append(arPadding(control.length));
    await append(arHeader({name: `data.tar${suffix}`, mtime, size}));
    for await (const chunk of createReadStream(dataFile, {highWaterMark: 1 << 20})) await append(chunk);
    await append(arPadding(size));
  });
  return {size: written, sha256: hash.digest('hex')};
}

async function writeData(
  file: string,
  settings: Settings,
): Promise<{size: number; digests: readonly FileDigest[]}> {
  const {entries, mtime, signal, compression} = settings;
  const digests: FileDigest[] = [];
  const job = jobFor(entries, settings);
  const tar = packTar(entries, {mtime, signal, onDigest: (digest) => digests.push(digest)});
  const source = withProgress(tar, job.layout.length, settings);
  let size = 0;
  const handle = await open(file, 'wx');
  try {
    for await (const chunk of compress(compression, source, job)) {
      size += chunk.length;
      await handle.writeFile(chunk);
    }
  } finally {
    await handle.close();
  }
  return {size, digests};
}

async function packControl(members: readonly ControlMember[], settings: Settings): Promise<Buffer> {
  const {mtime, signal, compression} = settings;
  const entries = members.map(({name, data, mode}): Entry => {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return {
      path: name,
      type: 'file',
      mode,
      owner: 'root',
      group: 'root',
      mtime,
      size: bytes.length,
      data: bytes,
    };
  });
  const parts: Uint8Array[] = [];
  const source = packTar(entries, {mtime, signal});
  for await (const part of compress(compression, source, jobFor(entries, settings))) parts.push(part);
  return Buffer.concat(parts);
}

const jobFor = (entries: readonly Entry[], settings: Settings): CompressJob => ({
  layout: layOutTar(entries),
  level: settings.level,
  workers: Math.max(1, settings.workers ?? usualWorkers()),
  signal: settings.signal,
});

/** Report each per cent of the archive that was read. */
async function* withProgress(
  source: AsyncIterable<Uint8Array>,
  total: number,
  {report}: Pick<Context, 'report'>,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  let told = 0;
  for await (const chunk of source) {
    yield chunk;
    done += chunk.length;
    if (Math.floor((done * 100) / total) === told) continue;
    told = Math.floor((done * 100) / total);
    report?.({type: 'progress', name: 'pack', done, total});
  }
}
