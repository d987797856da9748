import {MkvenvdebError} from '../errors.js';

/** What the first 64 bytes of an ELF file tell (System V ABI, chapter 4). */
export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** EI_OSABI: 0 (System V) or 3 (GNU) on Linux; 97 in old ARM files. */
  readonly osAbi: number;
  readonly type: 'relocatable' | 'executable' | 'shared' | 'core' | 'other';
  /** e_machine: 62 is x86-64, 183 is AArch64 … */
  readonly machine: number;
  /** e_flags: means something on ARM, MIPS and RISC-V only. */
  readonly flags: number;
}

/** The same and what the dynamic linker is told. */
export interface ElfFile extends ElfHeader {
  /** PT_INTERP: only executables have one. */
  readonly interpreter?: string;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
}

/** Gives `length` bytes from `position`, fewer only where the file ends. */
export type PositionalReader = (position: number, length: number) => Uint8Array;

/** Bytes that `readElfHeader` wants to see. */
export const ELF_HEADER_SIZE = 64;

const TYPES: readonly ElfHeader['type'][] = ['other', 'relocatable', 'executable', 'shared', 'core'];
const PT = {LOAD: 1, DYNAMIC: 2, INTERP: 3};
const DT = {NULL: 0, NEEDED: 1, STRTAB: 5, STRSZ: 10, SONAME: 14, RPATH: 15, RUNPATH: 29};
/** More than any file has, less than hurts. */
const LARGEST_TABLE = 2 ** 24;

/** Read the header of a file from its first bytes; undefined when it is no ELF file or too short for one. */
export function readElfHeader(start: Uint8Array): ElfHeader | undefined {
  const bytes = Buffer.from(start.buffer, start.byteOffset, start.length);
  if (bytes.length < 52 || bytes.readUInt32BE(0) !== 0x7f454c46) return undefined;
  const [classByte, order, version, osAbi = 0] = bytes.subarray(4, 8);
  const bits = classByte === 1 ? 32 : classByte === 2 ? 64 : undefined;
  if (bits === undefined || (order !== 1 && order !== 2) || version !== 1) return undefined;
  if (bits === 64 && bytes.length < ELF_HEADER_SIZE) return undefined;
  const littleEndian = order === 1;
  const field = numbers(bytes, littleEndian);
  return {
    bits,
    littleEndian,
    osAbi,
    type: TYPES[field(16, 2)] ?? 'other',
    machine: field(18, 2),
    flags: field(bits === 64 ? 48 : 36, 4),
  };
}

/**
 * Read an ELF file with its dynamic section; undefined when it is none.
 *
 * @param input the whole file, or a reader for one that is too large to hold
 * @param name used in the error
 * @throws E_FORMAT when it begins as an ELF file and its tables are not inside it
 */
export function readElf(input: Uint8Array | PositionalReader, name: string): ElfFile | undefined {
  const read: PositionalReader =
    typeof input === 'function' ? input : (position, length) => input.subarray(position, position + length);
  const start = read(0, ELF_HEADER_SIZE);
  const header = readElfHeader(start);
  if (header === undefined) return undefined;
  return new Tables(header, read, name).file(start);
}

type Field = (offset: number, size: number) => number;

const numbers =
  (bytes: Buffer, littleEndian: boolean): Field =>
  (offset, size) => {
    if (size === 8)
      return Number(littleEndian ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
    return littleEndian ? bytes.readUIntLE(offset, size) : bytes.readUIntBE(offset, size);
  };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** The tables of one file; a place outside it is E_FORMAT, whatever the header says. */
class Tables {
  private readonly word: 4 | 8;

  constructor(
    private readonly header: ElfHeader,
    private readonly read: PositionalReader,
    private readonly name: string,
  ) {
    this.word = header.bits === 64 ? 8 : 4;
  }

  file(start: Uint8Array): ElfFile {
    const segments = this.segments(start);
    const interp = segments.find(({type}) => type === PT.INTERP);
    const interpreter = interp && cString(this.bytes('interpreter', interp.offset, interp.size), 0);
    const dynamic = segments.find(({type, size}) => type === PT.DYNAMIC && size > 0);
    const linked = dynamic ? this.linked(segments, dynamic) : {needed: []};
    return {...this.header, ...(interpreter === undefined ? {} : {interpreter}), ...linked};
  }

  private segments(start: Uint8Array): Segment[] {
    const {word} = this;
    const field = this.numbers(start);
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

  private linked(segments: readonly Segment[], dynamic: Segment) {
    const {word} = this;
    const field = this.numbers(this.bytes('dynamic section', dynamic.offset, dynamic.size));
    const values = new Map<number, number[]>();
    for (let at = 0; at + 2 * word <= dynamic.size; at += 2 * word) {
      const tag = field(at, word);
      if (tag === DT.NULL) break;
      const known = values.get(tag);
      if (known === undefined) values.set(tag, [field(at + word, word)]);
      else known.push(field(at + word, word));
    }
    const first = (tag: number) => values.get(tag)?.[0];
    const strings = this.strings(segments, first(DT.STRTAB), first(DT.STRSZ));
    const text = (offset: number) => {
      const found = cString(strings, offset);
      if (found === undefined) throw this.damaged('string table');
      return found;
    };
    const optional = (tag: number) => (values.has(tag) ? text(first(tag) ?? 0) : undefined);
    return {
      needed: (values.get(DT.NEEDED) ?? []).map(text),
      ...defined({soname: optional(DT.SONAME), rpath: optional(DT.RPATH), runpath: optional(DT.RUNPATH)}),
    };
  }

  /** DT_STRTAB is an address in memory: the segment that is loaded there tells the place in the file. */
  private strings(segments: readonly Segment[], address = 0, size = 0): Buffer {
    if (size === 0) return Buffer.alloc(0);
    const home = segments.find(
      (one) => one.type === PT.LOAD && address >= one.address && address < one.address + one.size,
    );
    if (home === undefined) throw this.damaged('string table');
    return this.bytes('string table', home.offset + address - home.address, size);
  }

  private bytes(what: string, position: number, length: number): Buffer {
    if (length > LARGEST_TABLE || !Number.isSafeInteger(position + length)) throw this.damaged(what);
    const bytes = this.read(position, length);
    if (bytes.length !== length) throw this.damaged(what);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private numbers(bytes: Uint8Array): Field {
    return numbers(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), this.header.littleEndian);
  }

  private damaged(what: string): MkvenvdebError {
    return new MkvenvdebError('E_FORMAT', `ELF file is damaged (${what}): ${this.name}`);
  }
}

/** The text up to the next NUL; undefined when there is none. */
function cString(bytes: Buffer, offset: number): string | undefined {
  const end = bytes.indexOf(0, offset);
  return end === -1 ? undefined : bytes.toString('utf8', offset, end);
}

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
