import {closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, realpathSync} from 'node:fs';
import {join, posix} from 'node:path';
import {ioError} from '../errors.js';
import {ELF_HEADER_SIZE, readElfHeader} from '../formats/elf.js';
import {globToRegExp} from '../formats/glob.js';
import {compareBytes} from '../formats/order.js';
import {debianArchitecture, multiarchTriplet} from './architectures.js';

/** The shared libraries of this machine, where its dynamic linker looks for them. */
export interface SystemLibraries {
  /** Folders that are searched after those that a file names itself. */
  readonly folders: readonly string[];
  /** The libraries of that name in folders, in order; those for other architectures are passed over. */
  find(soname: string, folders: readonly string[]): readonly string[];
  /** The path without links. */
  realPath(path: string): string;
}

/**
 * Look at the libraries of this machine. The order is that of dpkg-shlibdeps, which matters where a library is there
 * twice.
 *
 * @param root folder that stands for /
 */
export function openSystemLibraries(root: string, architecture: string): SystemLibraries {
  const triplet = multiarchTriplet(architecture);
  const base = realpathSync(root);
  const folders = [
    ...['/lib', '/usr/lib'],
    ...readLinkerConfiguration(root, '/etc/ld.so.conf', new Set()),
    ...[`/lib/${triplet}`, `/usr/lib/${triplet}`, '/lib32', '/usr/lib32', '/lib64', '/usr/lib64'],
  ];
  const known = new Map<string, boolean>();
  const isOurs = (path: string): boolean => {
    const answer = known.get(path) ?? architectureOfFile(join(root, path)) === architecture;
    known.set(path, answer);
    return answer;
  };
  return {
    folders: [...new Set(folders)],
    find: (soname, searched) =>
      [...new Set(searched.map((folder) => posix.join(folder, soname)))].filter(isOurs),
    realPath: (path) => realpathSync(join(base, path)).slice(base === '/' ? 0 : base.length),
  };
}

/** Folders of ld.so.conf(5), with the files that it includes. */
function readLinkerConfiguration(root: string, file: string, seen: Set<string>): readonly string[] {
  if (seen.has(file) || !existsSync(join(root, file))) return [];
  seen.add(file);
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const text = line.replace(/#.*/, '').trim();
    const pattern = /^include\s+(\S+)$/.exec(text)?.[1];
    if (pattern !== undefined) {
      return expand(root, posix.resolve(posix.dirname(file), pattern)).flatMap((included) =>
        readLinkerConfiguration(root, included, seen),
      );
    }
    return text.startsWith('/') ? [text.replace(/(?<=^\/|[^/])\/+$/, '')] : [];
  });
}

function expand(root: string, pattern: string): readonly string[] {
  const folder = posix.dirname(pattern);
  if (!existsSync(join(root, folder))) return [];
  const matches = globToRegExp(posix.basename(pattern));
  return readdirSync(join(root, folder))
    .filter((name) => matches.test(name) && !name.startsWith('.'))
    .sort(compareBytes)
    .map((name) => posix.join(folder, name));
}

/** Absent, unreadable for what it is (a folder) or a linker script: all the same no library. */
function architectureOfFile(file: string): string | undefined {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined;
    throw ioError(error, 'looking for shared libraries');
  }
  try {
    const start = Buffer.alloc(ELF_HEADER_SIZE);
    const header = readElfHeader(start.subarray(0, readSync(handle, start, 0, ELF_HEADER_SIZE, 0)));
    return header && debianArchitecture(header);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') return undefined;
    throw ioError(error, 'looking for shared libraries');
  } finally {
    closeSync(handle);
  }
}
