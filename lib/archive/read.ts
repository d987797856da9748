import {type FileHandle, open} from 'node:fs/promises';
import {assertTexts} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {parseStanzas, type Stanza} from '../formats/stanza.js';
import type {Context} from '../report.js';
import {begin} from './ahead.js';
import {type ArMember, listArMembers, readAt} from './ar.js';
import {type Compression, compressionOf, decompress} from './compress.js';
import {type ReadLimits, resolveLimits} from './limits.js';
import {type DebEntry, type ReadTarOptions, readTar, type TarSummary, type VisitFile} from './read-tar.js';

/** A file of the control archive with its content. */
export interface ControlFile extends DebEntry {
  readonly data: Buffer;
}

/** A Debian package as it was read. */
export interface DebContents {
  /** Of the format: `2.0`. */
  readonly version: string;
  /** Members of the ar archive, in order. */
  readonly archive: readonly ArMember[];
  readonly compression: {readonly control: Compression; readonly data: Compression};
  /** Fields of the file `control`, as they are written. */
  readonly control: Stanza;
  /** Files of the control archive in order: `control`, `md5sums`, `postinst` … */
  readonly members: readonly ControlFile[];
  /** Members of the data archive in order. */
  readonly entries: readonly DebEntry[];
  /** The two archives as wholes, without compression. */
  readonly tars: {readonly control: TarSummary; readonly data: TarSummary};
}

export interface ReadDebOptions extends Pick<Context, 'signal'> {
  /** What the package may take of time and memory. @default see `ReadLimits` */
  readonly limits?: ReadLimits | undefined;
  /** Sees the content of each regular file of the data archive, in order. @default it is skipped */
  readonly visit?: VisitFile | undefined;
  /** Threads that decode; 1 for none: slower, with less memory. @default the number of processors, at most 4 */
  readonly workers?: number | undefined;
  /** Compute the digests of `tars`. @default true */
  readonly digests?: boolean | undefined;
}

/** Of the file `control`, which is held as lines: far more than any package says of itself. */
const LARGEST_CONTROL_FILE = 4 << 20;
const PIECE = 256 << 10;

/**
 * Read a Debian package (deb(5)): what dpkg would see, checked more strictly than dpkg does. The data archive is
 * streamed; hostile input ends in an error, not in harm.
 *
 * @throws E_FORMAT when it is damaged, when dpkg could not read it, when dpkg would silently read less than there is,
 *   or when it passes a limit; E_OPTION when there is no such file; E_IO; what `visit` throws; the signal's reason
 */
export async function readDeb(file: string, options: ReadDebOptions = {}): Promise<DebContents> {
  const {visit = () => {}, limits = {}, workers, digests: digest = true, signal} = options;
  assertTexts({file});
  signal?.throwIfAborted();
  let handle: FileHandle | undefined;
  let source: ReturnType<typeof begin<Uint8Array>> | undefined;
  try {
    const opened = await open(file);
    handle = opened;
    const most = resolveLimits(limits, (await handle.stat()).size);
    const archive = await listArMembers(handle);
    const version = await readVersion(handle, archive[0]);
    const {control, data} = findArchives(archive);
    // Threads start and decode while the control archive is read.
    source = begin(() => openMember(opened, data, workers));
    const members = await inMember(
      control,
      readControlArchive(openMember(handle, control), {limits: most.control, digest, signal}),
    );
    const fields = readFields(members.files);
    const dataTar = await inMember(data, readTar(source, {limits: most.data, visit, digest, signal}));
    return {
      version,
      archive,
      compression: {control: compressionIn(control), data: compressionIn(data)},
      control: fields,
      members: members.files,
      entries: dataTar.entries,
      tars: {control: members.tar, data: dataTar},
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw absent(file, error) ?? named(file, ioError(error, `reading ${file}`));
  } finally {
    await source?.return();
    await handle?.close();
  }
}

/**
 * Read the fields of a package's control file, and nothing of its data archive.
 *
 * @throws as readDeb, for what it looks at
 */
export const readDebControl = async (file: string, options: ControlOptions = {}): Promise<Stanza> =>
  readControl(file, options, readFields);

type ControlOptions = Pick<ReadDebOptions, 'signal' | 'limits'>;

/** Read the files of the control archive, and nothing of the data archive. */
export const readControlFiles = (file: string, options: ControlOptions): Promise<readonly ControlFile[]> =>
  readControl(file, options, (files) => files);

async function readControl<T>(
  file: string,
  {signal, limits = {}}: ControlOptions,
  use: (files: readonly ControlFile[]) => T,
): Promise<T> {
  assertTexts({file});
  signal?.throwIfAborted();
  let handle: FileHandle | undefined;
  try {
    handle = await open(file);
    const archive = await listArMembers(handle);
    await readVersion(handle, archive[0]);
    const {control} = findArchives(archive);
    const most = resolveLimits(limits, (await handle.stat()).size);
    const source = openMember(handle, control);
    const read = readControlArchive(source, {limits: most.control, digest: false, signal});
    return use((await inMember(control, read)).files);
  } catch (error) {
    signal?.throwIfAborted();
    throw absent(file, error) ?? named(file, ioError(error, `reading ${file}`));
  } finally {
    await handle?.close();
  }
}

/** The caller has named what is not there: an E_OPTION, as nothing that another try would cure. */
export function absent(file: string, error: unknown): MkvenvdebError | undefined {
  const {code} = error as NodeJS.ErrnoException;
  if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(String(code))) return undefined;
  const what = code === 'EISDIR' ? 'Package is a folder' : 'No such package';
  return new MkvenvdebError('E_OPTION', `${what}: ${file}`, {
    hint: 'Give the path of a .deb file',
    cause: error,
  });
}

/** An E_FORMAT whose message names the package. */
const named = (file: string, error: unknown): unknown =>
  error instanceof MkvenvdebError && error.code === 'E_FORMAT'
    ? new MkvenvdebError('E_FORMAT', `Package cannot be read: ${file}: ${error.message}`, {
        hint: error.hint,
        issues: error.issues,
        cause: error,
      })
    : error;

/** dpkg reads every 2.x. */
async function readVersion(handle: FileHandle, member: ArMember | undefined): Promise<string> {
  if (member?.name !== 'debian-binary') throw broken('its first member is not debian-binary');
  const text = (await readAt(handle, member.offset, Math.min(member.size, 100))).toString('latin1');
  const version = /^(2\.\d+)\n/.exec(text)?.[1];
  if (version === undefined) throw broken(`its format is not 2.x: ${JSON.stringify(text)}`);
  return version;
}

/** Control before data; what begins with `_` may lie between, and anything behind (deb(5)). */
function findArchives([, ...members]: readonly ArMember[]): {control: ArMember; data: ArMember} {
  const [control, data] = members.filter(({name}) => !name.startsWith('_'));
  if (!control?.name.startsWith('control.tar')) throw broken('its second member is not the control archive');
  if (!data?.name.startsWith('data.tar')) throw broken('its third member is not the data archive');
  return {control, data};
}

function compressionIn({name}: ArMember): Compression {
  const compression = compressionOf(name);
  if (compression === undefined) throw broken(`its member ${name} has a compression that is not supported`);
  return compression;
}

const openMember = (handle: FileHandle, member: ArMember, workers?: number): AsyncIterable<Uint8Array> =>
  decompress(compressionIn(member), readMember(handle, member), workers);

/** The bytes of a member as they lie in the file. */
export async function* readMember(
  handle: FileHandle,
  {offset, size}: Pick<ArMember, 'offset' | 'size'>,
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; ) {
    const piece = await readAt(handle, offset + done, Math.min(PIECE, size - done));
    if (piece.length === 0) throw broken('it changed while it was read');
    done += piece.length;
    yield piece;
  }
}

async function readControlArchive(
  source: AsyncIterable<Uint8Array>,
  options: Omit<ReadTarOptions, 'visit'>,
): Promise<{tar: TarSummary; files: readonly ControlFile[]}> {
  const files: ControlFile[] = [];
  const visit: VisitFile = async (entry, content) => {
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part);
    files.push({...entry, data: Buffer.concat(parts)});
  };
  const tar = await readTar(source, {...options, visit});
  return {tar, files};
}

/** @throws E_FORMAT when the control archive has no usable file `control` */
export function readFields(files: readonly ControlFile[]): Stanza {
  const control = files.find(({path}) => path === 'control');
  if (control === undefined) throw broken('its control archive has no file control');
  if (control.size > LARGEST_CONTROL_FILE) throw broken('its control file is larger than 4 MiB');
  const [fields, ...more] = parseStanzas(control.data.toString(), 'control');
  if (fields === undefined || more.length > 0) throw broken('its control file has not exactly one paragraph');
  return fields;
}

/** What is wrong inside a member names it. */
async function inMember<T>({name}: ArMember, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof MkvenvdebError) || error.code !== 'E_FORMAT') throw error;
    throw new MkvenvdebError('E_FORMAT', `${name}: ${error.message}`, {hint: error.hint, cause: error});
  }
}

const broken = (why: string): MkvenvdebError => new MkvenvdebError('E_FORMAT', why);
