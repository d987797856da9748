import type {Field} from './elf-header.js';
import type {ElfTables} from './elf-tables.js';

/** A symbol that another file has to define. */
export interface UndefinedSymbol {
  readonly name: string;
  /** The version of it that is asked for (DT_VERNEED), as `GLIBC_2.34`; undefined where any will do. */
  readonly version?: string;
}

const DT = {HASH: 4, STRTAB: 5, SYMTAB: 6, GNU_HASH: 0x6ffffef5, VERSYM: 0x6ffffff0};
const SHT_DYNSYM = 11;
/** Addresses and numbers of the two tables of versions: those the file defines, and those it asks others for. */
const VERDEF = {table: 0x6ffffffc, count: 0x6ffffffd};
const VERNEED = {table: 0x6ffffffe, count: 0x6fffffff};
/** Address, size and entry size of the two kinds of relocations. */
const RELOCATIONS = [
  [7, 8, 9],
  [17, 18, 19],
] as const;
const EM_MIPS = 8;
/** R_*_COPY by e_machine (elf.h). */
const COPY: Readonly<Record<number, number>> = {
  ...{2: 19, 3: 5, 4: 19, 8: 126, 15: 128, 18: 19, 20: 19, 21: 19, 22: 9, 40: 20, 42: 162, 43: 19, 50: 132},
  ...{62: 5, 183: 1024, 243: 4, 258: 4, 36902: 24},
};

/**
 * The symbols that a file takes from its libraries, with their versions: the undefined ones of its dynamic symbol
 * table, and those of which a program keeps a copy (R_*_COPY), which look defined.
 *
 * @throws E_FORMAT when a table is not inside the file
 */
export function undefinedSymbols(tables: ElfTables): readonly UndefinedSymbol[] {
  const address = tables.first(DT.SYMTAB);
  if (address === undefined) return [];
  const wide = tables.word === 8;
  const entrySize = wide ? 24 : 16;
  const count = symbolCount(tables, address, entrySize);
  const field = tables.numbers(tables.at('symbol table', address, count * entrySize));
  const versionOf = versions(tables, count);
  const copied = copiedSymbols(tables);
  const found: UndefinedSymbol[] = [];
  for (let index = 1; index < count; index++) {
    const at = index * entrySize;
    const isUndefined = field(at + (wide ? 6 : 14), 2) === 0;
    if (!isUndefined && !copied.has(index)) continue;
    const name = tables.text(field(at, 4));
    const version = versionOf(index);
    if (name !== '') found.push(version === undefined ? {name} : {name, version});
  }
  return found;
}

/**
 * No tag tells how many symbols there are. The section header does; a file without it has a hash table that counts
 * them, or one whose first symbol comes after all that are undefined; linkers put the names behind the symbols.
 */
function symbolCount(tables: ElfTables, address: number, entrySize: number): number {
  const section = tables.sections().find((one) => one.type === SHT_DYNSYM && one.address === address);
  if (section !== undefined) return Math.floor(section.size / entrySize);
  const hash = tables.first(DT.HASH);
  if (hash !== undefined) return tables.numbers(tables.at('hash table', hash, 8))(4, 4);
  const names = tables.first(DT.STRTAB) ?? 0;
  if (names > address) return Math.floor((names - address) / entrySize);
  const gnuHash = tables.first(DT.GNU_HASH);
  return gnuHash === undefined ? 0 : tables.numbers(tables.at('hash table', gnuHash, 16))(4, 4);
}

/** The version of a symbol by its index (Linux Standard Base, symbol versioning): below 2 there is none. */
function versions(tables: ElfTables, count: number): (index: number) => string | undefined {
  const address = tables.first(DT.VERSYM);
  if (address === undefined) return () => undefined;
  const indexes = tables.numbers(tables.at('symbol versions', address, count * 2));
  const names = versionNames(tables);
  return (index) => names.get(indexes(index * 2, 2) & 0x7fff);
}

/** Names by index, of the versions that are needed and (for copies of symbols) of those that are defined. */
function versionNames(tables: ElfTables): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  const walk = (tags: {table: number; count: number}, use: (field: Field, at: number) => number) => {
    let at = tables.first(tags.table) ?? 0;
    for (let left = tables.first(tags.count) ?? 0; left > 0; left--) {
      const next = use(tables.numbers(tables.at('versions', at, 16)), at);
      if (next === 0) break;
      at += next;
    }
  };
  walk(VERNEED, (needed, at) => {
    let auxiliary = at + needed(8, 4);
    for (let left = needed(2, 2); left > 0; left--) {
      const one = tables.numbers(tables.at('versions', auxiliary, 16));
      names.set(one(6, 2) & 0x7fff, tables.text(one(8, 4)));
      if (one(12, 4) === 0) break;
      auxiliary += one(12, 4);
    }
    return needed(12, 4);
  });
  walk(VERDEF, (defined, at) => {
    const rest = tables.numbers(tables.at('versions', at + 12, 8));
    const name = tables.numbers(tables.at('versions', at + rest(0, 4), 4));
    // The first one is the name of the file itself.
    if (defined(4, 2) > 1) names.set(defined(4, 2) & 0x7fff, tables.text(name(0, 4)));
    return rest(4, 4);
  });
  return names;
}

/** Indexes of the symbols that a program copies into its own memory: `stdout`, `environ`. */
function copiedSymbols(tables: ElfTables): ReadonlySet<number> {
  const {header, word, interpreter} = tables;
  const copied = new Set<number>();
  // Only what is linked as a program has them, and the tables of libraries are large.
  if (interpreter === undefined && header.type !== 'executable') return copied;
  for (const [tableTag, sizeTag, entryTag] of RELOCATIONS) {
    const [address, size, entry] = [tableTag, sizeTag, entryTag].map((tag) => tables.first(tag) ?? 0);
    if (!address || !size || !entry || entry < 2 * word) continue;
    const field = tables.numbers(tables.at('relocations', address, size));
    for (let at = word; at + word <= size; at += entry) {
      const [symbol, type] = relocation(tables, field, at);
      if (type === COPY[header.machine]) copied.add(symbol);
    }
  }
  return copied;
}

/** r_info: symbol and type. MIPS of 64 bits parts it into fields of their own. */
function relocation({header, word}: ElfTables, field: Field, at: number): readonly [number, number] {
  if (word === 4) return [field(at, 4) >>> 8, field(at, 4) & 0xff];
  if (header.machine === EM_MIPS) return [field(at, 4), field(at + 7, 1)];
  return header.littleEndian ? [field(at + 4, 4), field(at, 4)] : [field(at, 4), field(at + 4, 4)];
}
