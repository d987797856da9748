import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import {posix} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {elfFileOf} from '../formats/elf.js';
import {undefinedSymbols} from '../formats/elf-symbols.js';
import {type ElfInput, openElf} from '../formats/elf-tables.js';
import type {Entry} from '../model.js';
import type {Report} from '../report.js';

/** What a program or library of the payload asks of others. */
export interface LinkedFile {
  /** On the server, absolute. */
  readonly path: string;
  readonly needed: readonly string[];
  /** Folders of the server that it names to search first (DT_RUNPATH, else DT_RPATH). */
  readonly searched: readonly string[];
  /** Symbols that others define, as symbols files spell them: `NAME@VERSION`. */
  readonly symbols: readonly string[];
}

/**
 * Read what a program or library is linked to; undefined, with a warning, for one that is damaged: test data of
 * tools for ELF files is, and so are files of which only the debugging symbols are left.
 *
 * @throws E_IO when it cannot be read
 */
export function readLinkedFile(entry: Entry, report: Report): LinkedFile | undefined {
  const path = `/${entry.path}`;
  try {
    return withContent(entry, (input) => linkedFile(input, path));
  } catch (error) {
    if (!(error instanceof MkvenvdebError) || error.code !== 'E_FORMAT')
      throw ioError(error, `reading ${path}`);
    report({
      type: 'warning',
      code: 'damaged-elf',
      message: `${error.message}: its libraries are not in Depends`,
      hint: 'Name it in "shlibs.exclude" if it is data',
    });
    return undefined;
  }
}

/** Only tables are read: extension modules may have gigabytes. */
function withContent<T>({data, source}: Entry, use: (input: ElfInput) => T): T {
  if (data !== undefined || source === undefined) return use(data ?? new Uint8Array());
  const handle = openSync(source, 'r');
  try {
    const {size} = fstatSync(handle);
    return use((position, length) => {
      const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - position)));
      return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, position));
    });
  } finally {
    closeSync(handle);
  }
}

function linkedFile(input: ElfInput, path: string): LinkedFile | undefined {
  const tables = openElf(input, path);
  if (tables === undefined) return undefined;
  const {needed, rpath, runpath} = elfFileOf(tables);
  const symbols = needed.length === 0 ? [] : undefinedSymbols(tables);
  return {
    path,
    needed: [...new Set(needed)],
    searched: searchFolders(runpath ?? rpath, posix.dirname(path)),
    symbols: symbols.map(({name, version = 'Base'}) => `${name}@${version}`),
  };
}

/** ld.so(8): folders parted by colons, `$ORIGIN` for the file's own; what is relative depends on who starts it. */
const searchFolders = (text = '', origin: string): readonly string[] =>
  text
    .split(':')
    .map((folder) => folder.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, origin))
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => posix.resolve(folder));
