import type {Header} from 'tar-stream';
import {MkvenvdebError} from '../errors.js';
import {formatOf, readNumber} from './read-guard.js';
import {type DebEntry, type TarFields, toEntry} from './tar-entry.js';

/** Types of members in the words of tar-stream, by their flag. */
const TYPES: Readonly<Record<string, string>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
};

/**
 * Reads the headers of an archive, which were proven to mean one thing. Those of GNU tar and POSIX ustar are read here,
 * any other by tar-stream: what its stream costs for each member is many times what reading the header does.
 */
export class TarHeaders {
  /** What extends the next header, as it was read. */
  #extensions: Buffer[] = [];
  #name = '';
  #link = '';
  #pax = false;
  /** The last global PAX header, and the one that comes into force behind the next member. */
  #global: readonly Buffer[] = [];
  #nextGlobal: readonly Buffer[] | undefined;
  /** Nearly every member has the same owner. */
  #owners = {bytes: '', uname: '', gname: ''};

  /** Whether a long name or a PAX header waits for its member. */
  get isExtended(): boolean {
    return this.#extensions.length > 0;
  }

  /**
   * Take in what extends the next header.
   *
   * @param content with its padding
   */
  extend(flag: string, size: number, header: Buffer, content: Buffer): void {
    this.#extensions.push(header, content);
    if (flag === 'L') this.#name = text(content, 0, size);
    else if (flag === 'K') this.#link = text(content, 0, size);
    else if (flag === 'x') this.#pax = true;
    else this.#nextGlobal = [header, content];
  }

  /** @throws E_FORMAT for what dpkg and tar understand differently */
  read(header: Buffer, flag: string): DebEntry | Promise<DebEntry> {
    if (!this.#pax && isPlain(header)) return this.readPlain(header, flag);
    const format = this.#pax ? 'pax' : formatOf(header);
    const blocks = [...this.#global, ...this.#extensions, header];
    this.#next();
    return readByTarStream(blocks).then((fields) => toEntry(fields, format));
  }

  /** The same for what `isPlain` is true of, and no PAX header extends. */
  readPlain(header: Buffer, flag: string): DebEntry {
    const format = formatOf(header);
    const fields = this.#fieldsOf(header, flag, format === 'ustar');
    this.#next();
    return toEntry(fields, format);
  }

  #next(): void {
    this.#extensions = [];
    [this.#name, this.#link, this.#pax] = ['', '', false];
    this.#global = this.#nextGlobal ?? this.#global;
    this.#nextGlobal = undefined;
  }

  #fieldsOf(header: Buffer, flag: string, isUstar: boolean): TarFields {
    const number = (from: number, to: number) => readNumber(header, from, to, 0);
    const {uname, gname} = this.#ownersOf(header);
    return {
      name: this.#name || nameOf(header, isUstar),
      type: TYPES[flag],
      size: number(124, 136),
      linkname: this.#link || text(header, 157, 100),
      mode: number(100, 108),
      uid: number(108, 116),
      gid: number(116, 124),
      mtime: number(136, 148),
      uname,
      gname,
    };
  }

  #ownersOf(header: Buffer): {readonly uname: string; readonly gname: string} {
    const bytes = header.toString('latin1', 265, 329);
    if (bytes !== this.#owners.bytes)
      this.#owners = {bytes, uname: text(header, 265, 32, 'utf8'), gname: text(header, 297, 32, 'utf8')};
    return this.#owners;
  }
}

/** Whether a header is read here. tar-stream takes a time before 1970 for 1970, which is left to it. */
export const isPlain = (header: Buffer): boolean => formatOf(header) !== 'v7' && header[136] !== 0xff;

const nameOf = (header: Buffer, isUstar: boolean): string =>
  isUstar && header[345] !== 0 ? `${text(header, 345, 155)}/${text(header, 0, 100)}` : text(header, 0, 100);

/** Up to its first NUL, or its end; in Latin-1 no byte of it is lost. */
function text(bytes: Buffer, from: number, length: number, encoding: BufferEncoding = 'latin1'): string {
  if (bytes[from] === 0) return '';
  const end = bytes.indexOf(0, from);
  return bytes.toString(encoding, from, end < 0 ? from + length : Math.min(end, from + length));
}

/** A member by tar-stream: its header, and before that all that extends it. */
async function readByTarStream(blocks: readonly Buffer[]): Promise<TarFields> {
  // Only now: hardly any package has such a member.
  const {extract} = await import('tar-stream');
  // Names come as Latin-1, so that no byte of them is lost before we look at it.
  const extractor = extract({filenameEncoding: 'latin1', allowUnknownFormat: true} as object);
  try {
    const {mtime, ...fields} = await new Promise<Header>((resolve, reject) => {
      extractor.on('entry', (header, content) => {
        content.on('error', () => {}); // that it does not come
        resolve(header);
      });
      extractor.on('error', ({message}) => reject(broken(message)));
      extractor.on('close', () => reject(broken('there is no member')));
      extractor.end(Buffer.concat(blocks));
    });
    return {...fields, mtime: (mtime as Date).getTime() / 1000} as TarFields;
  } finally {
    extractor.destroy();
  }
}

/** What tar-stream finds and the guard did not is a plain error, and still the fault of the archive. */
const broken = (why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable tar archive: tar-stream says: ${why}`);
