import {ELF_HEADER_SIZE, readElfHeader} from '../formats/elf.js';

/** More than any linker writes. */
const MOST_SECTIONS = 10_000;

/**
 * The sections of an ELF file by name (System V ABI, chapter 4), for comparing; undefined when it is none or its
 * tables are not inside it.
 */
export function elfSections(bytes: Buffer): ReadonlyMap<string, Buffer> | undefined {
  const header = readElfHeader(bytes.subarray(0, ELF_HEADER_SIZE));
  if (header === undefined) return undefined;
  const wide = header.bits === 64;
  const number = (offset: number, size: 2 | 4 | 8): number => {
    const part = bytes.subarray(offset, offset + size);
    if (part.length < size) return Number.NaN;
    if (size === 8) return Number(header.littleEndian ? part.readBigUInt64LE() : part.readBigUInt64BE());
    return header.littleEndian ? part.readUIntLE(0, size) : part.readUIntBE(0, size);
  };
  const word = wide ? 8 : 4;
  const table = number(wide ? 40 : 32, word);
  const [entrySize, count, namesIndex] = wide
    ? [number(58, 2), number(60, 2), number(62, 2)]
    : [number(46, 2), number(48, 2), number(50, 2)];
  if (count > MOST_SECTIONS || namesIndex >= count) return undefined;
  const section = (index: number) => {
    const at = table + index * entrySize;
    const [offset, size] = [number(at + (wide ? 24 : 16), word), number(at + (wide ? 32 : 20), word)];
    const isEmpty = number(at + 4, 4) === 8; // SHT_NOBITS
    return {name: number(at, 4), content: isEmpty ? Buffer.alloc(0) : bytes.subarray(offset, offset + size)};
  };
  const names = section(namesIndex).content;
  const nameAt = (offset: number) =>
    names.toString('latin1', offset, Math.max(offset, names.indexOf(0, offset)));
  const all = Array.from({length: count}, (_, index) => section(index));
  return new Map(all.map(({name, content}) => [nameAt(name), content]));
}
