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

/** Bytes that `readElfHeader` wants to see. */
export const ELF_HEADER_SIZE = 64;

const TYPES: readonly ElfHeader['type'][] = ['other', 'relocatable', 'executable', 'shared', 'core'];

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

/** A number of `size` bytes at an offset, in the byte order of the file. */
export type Field = (offset: number, size: number) => number;

/** Read numbers of a file's byte order; those of 8 bytes above 2 ** 53 are not exact. */
export const numbers =
  (bytes: Buffer, littleEndian: boolean): Field =>
  (offset, size) => {
    if (size === 8)
      return Number(littleEndian ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
    return littleEndian ? bytes.readUIntLE(offset, size) : bytes.readUIntBE(offset, size);
  };
