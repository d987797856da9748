import {open} from 'node:fs/promises';
import {ioError, MkvenvdebError} from '../errors.js';
import {ELF_HEADER_SIZE, readElfHeader} from '../formats/elf.js';
import type {Entry} from '../model.js';
import {debianArchitecture} from './architectures.js';

/** What most files of a virtualenv are, and never an ELF file: not opening them is most of the time saved. */
const TEXT = /\.(?:pyc?|pyi|txt|rst|md|json|html?|css|js|mo|po)$/;

/** A program or shared library of a payload. */
export interface Program {
  readonly entry: Entry;
  readonly architecture: string;
}

/** The ELF programs and shared libraries of a payload. Files of other formats and for other machines are data. */
export async function programsOf(entries: readonly Entry[]): Promise<readonly Program[]> {
  const programs: Program[] = [];
  for (const entry of entries) {
    if (entry.type !== 'file' || entry.size < ELF_HEADER_SIZE || TEXT.test(entry.path)) continue;
    const header = readElfHeader(await readStart(entry, ELF_HEADER_SIZE));
    // Object files (.o, .a members) are what a compiler is fed with, not what a machine runs.
    if (header === undefined || (header.type !== 'shared' && header.type !== 'executable')) continue;
    const architecture = debianArchitecture(header);
    if (architecture !== undefined) programs.push({entry, architecture});
  }
  return programs;
}

/**
 * The Debian architecture of a payload, from its ELF programs and shared libraries; never from wheel tags, which name
 * a platform for pure Python too.
 *
 * @returns `all` when there is no such file
 * @throws E_PAYLOAD that names two files for two architectures
 */
export function architectureOf(programs: readonly Program[]): string {
  const [first] = programs;
  const other = programs.find(({architecture}) => architecture !== first?.architecture);
  if (first === undefined || other === undefined) return first?.architecture ?? 'all';
  const named = [first, other].map(({entry, architecture}) => `${entry.path} (${architecture})`);
  throw new MkvenvdebError('E_PAYLOAD', `Files for two architectures: ${named.join(', ')}`, {
    hint: 'Set "architecture" to the one that the package is for',
  });
}

/** The first bytes of a file of the payload, no more than `length`. */
export async function readStart({data, source, path}: Entry, length: number): Promise<Uint8Array> {
  if (data !== undefined || source === undefined) return (data ?? new Uint8Array()).subarray(0, length);
  try {
    const handle = await open(source);
    try {
      const {buffer, bytesRead} = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw ioError(error, `reading ${path}`);
  }
}
