import {MkvenvdebError} from '../errors.js';
import {ELF_HEADER_SIZE, type ElfHeader, type Field, numbers, readElfHeader} from './elf-header.js';

/** Gives `length` bytes from `position`, fewer only where the file ends. */
export type PositionalReader = (position: number, length: number) => Uint8Array;

/** The whole file, or a reader for one that is too large to hold. */
export type ElfInput = Uint8Array | PositionalReader;

export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

export interface Section {
  readonly type: number;
  readonly address: number;
  readonly size: number;
}

const PT = {LOAD: 1, DYNAMIC: 2, INTERP: 3};
const DT = {STRTAB: 5, STRSZ: 10};
/** More than any file has, less than hurts: the names of libtorch's symbols are 60 MB. */
const LARGEST_TABLE = 2 ** 28;

/** Open a file whose header is that of ELF; undefined when it is none. */
export function openElf(input: ElfInput, name: string): ElfTables | undefined {
  const read: PositionalReader =
    typeof input === 'function' ? input : (position, length) => input.subarray(position, position + length);
  const start = read(0, ELF_HEADER_SIZE);
  const header = readElfHeader(start);
  return header && new ElfTables(header, {start, read, name});
}

interface Opened {
  readonly start: Uint8Array;
  readonly read: PositionalReader;
  /** Used in the error. */
  readonly name: string;
}

/** The tables of one file (System V ABI, chapter 5); a place outside it is E_FORMAT, whatever the header says. */
export class ElfTables {
  readonly word: 4 | 8;
  readonly segments: readonly Segment[];
  /** Values of the dynamic section by tag; empty where there is none. */
  readonly dynamic: ReadonlyMap<number, readonly number[]>;
  private stringTable: Buffer | undefined;

  constructor(
    readonly header: ElfHeader,
    private readonly opened: Opened,
  ) {
    this.word = header.bits === 64 ? 8 : 4;
    this.segments = this.readSegments();
    this.dynamic = this.readDynamic();
  }

  /** PT_INTERP: the path of the dynamic linker, in programs only. */
  get interpreter(): string | undefined {
    const found = this.segments.find(({type}) => type === PT.INTERP);
    return found && cString(this.bytes('interpreter', found.offset, found.size), 0);
  }

  /** The first value of a tag. */
  first(tag: number): number | undefined {
    return this.dynamic.get(tag)?.[0];
  }

  /** A text of the dynamic string table. */
  text(offset: number): string {
    const address = this.first(DT.STRTAB) ?? 0;
    const size = this.first(DT.STRSZ) ?? 0;
    this.stringTable ??= size === 0 ? Buffer.alloc(0) : this.at('string table', address, size);
    const found = cString(this.stringTable, offset);
    if (found === undefined) throw this.damaged('string table');
    return found;
  }

  /** Bytes by their address in memory: the segment that is loaded there tells the place in the file. */
  at(what: string, address: number, length: number): Buffer {
    const home = this.segments.find(
      (one) => one.type === PT.LOAD && address >= one.address && address < one.address + one.size,
    );
    if (home === undefined) throw this.damaged(what);
    return this.bytes(what, home.offset + address - home.address, length);
  }

  bytes(what: string, position: number, length: number): Buffer {
    if (length > LARGEST_TABLE || !Number.isSafeInteger(position + length)) throw this.damaged(what);
    const bytes = this.opened.read(position, length);
    if (bytes.length !== length) throw this.damaged(what);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  numbers(bytes: Uint8Array): Field {
    return numbers(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), this.header.littleEndian);
  }

  damaged(what: string): MkvenvdebError {
    return new MkvenvdebError('E_FORMAT', `ELF file is damaged (${what}): ${this.opened.name}`);
  }

  /** Section headers are for linkers: a file may be without them, and then the list is empty. */
  sections(): readonly Section[] {
    const {word} = this;
    const field = this.numbers(this.opened.start);
    const [table, size, count] =
      word === 8 ? [field(40, 8), field(58, 2), field(60, 2)] : [field(32, 4), field(46, 2), field(48, 2)];
    if (count === 0 || size < (word === 8 ? 64 : 40) || !Number.isSafeInteger(table)) return [];
    const bytes = this.opened.read(table, size * count);
    if (bytes.length !== size * count) return [];
    const headers = this.numbers(bytes);
    return Array.from({length: count}, (_, index) => {
      const at = index * size;
      return {
        type: headers(at + 4, 4),
        address: headers(at + 8 + word, word),
        size: headers(at + 8 + 3 * word, word),
      };
    });
  }

  private readSegments(): readonly Segment[] {
    const {word} = this;
    const field = this.numbers(this.opened.start);
    const [table, size, count] =
      word === 8 ? [field(32, 8), field(54, 2), field(56, 2)] : [field(28, 4), field(42, 2), field(44, 2)];
    if (count === 0) return [];
    if (size < (word === 8 ? 56 : 32)) throw this.damaged('program headers');
    const headers = this.numbers(this.bytes('program headers', table, size * count));
    return Array.from({length: count}, (_, index) => {
      const at = index * size;
      return {
        type: headers(at, 4),
        offset: headers(at + word, word),
        address: headers(at + 2 * word, word),
        size: headers(at + 4 * word, word),
      };
    });
  }

  private readDynamic(): ReadonlyMap<number, readonly number[]> {
    const {word} = this;
    const values = new Map<number, number[]>();
    const dynamic = this.segments.find(({type, size}) => type === PT.DYNAMIC && size > 0);
    if (dynamic === undefined) return values;
    const field = this.numbers(this.bytes('dynamic section', dynamic.offset, dynamic.size));
    for (let at = 0; at + 2 * word <= dynamic.size; at += 2 * word) {
      const tag = field(at, word);
      if (tag === 0) break;
      const known = values.get(tag);
      if (known === undefined) values.set(tag, [field(at + word, word)]);
      else known.push(field(at + word, word));
    }
    return values;
  }
}

/** The text up to the next NUL; undefined when there is none. */
function cString(bytes: Buffer, offset: number): string | undefined {
  const end = bytes.indexOf(0, offset);
  return end === -1 ? undefined : bytes.toString('utf8', offset, end);
}
