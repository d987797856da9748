import type {ElfHeader} from './elf-header.js';
import {type ElfInput, type ElfTables, openElf} from './elf-tables.js';

export {ELF_HEADER_SIZE, type ElfHeader, readElfHeader} from './elf-header.js';
export type {ElfInput, PositionalReader} from './elf-tables.js';

/** The header and what the dynamic linker is told. */
export interface ElfFile extends ElfHeader {
  /** PT_INTERP: only executables have one. */
  readonly interpreter?: string;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly rpath?: string;
  readonly runpath?: string;
}

const DT = {NEEDED: 1, SONAME: 14, RPATH: 15, RUNPATH: 29};

/**
 * Read an ELF file with its dynamic section; undefined when it is none.
 *
 * @param name used in the error
 * @throws E_FORMAT when it begins as an ELF file and its tables are not inside it
 */
export function readElf(input: ElfInput, name: string): ElfFile | undefined {
  const tables = openElf(input, name);
  return tables && elfFileOf(tables);
}

/** What the dynamic linker is told by an opened file. */
export function elfFileOf(tables: ElfTables): ElfFile {
  const optional = (tag: number) => {
    const offset = tables.first(tag);
    return offset === undefined ? undefined : tables.text(offset);
  };
  return {
    ...tables.header,
    ...defined({interpreter: tables.interpreter}),
    needed: (tables.dynamic.get(DT.NEEDED) ?? []).map((offset) => tables.text(offset)),
    ...defined({soname: optional(DT.SONAME), rpath: optional(DT.RPATH), runpath: optional(DT.RUNPATH)}),
  };
}

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
