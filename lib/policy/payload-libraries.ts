import {posix} from 'node:path';
import type {Entry} from '../model.js';
import type {Program} from './architecture.js';

/** What a library path leads to: a file of the payload, or a place outside it that a link of the payload names. */
export interface Located {
  readonly entry?: Entry;
  readonly outside?: string;
}

/** More links in a row than Linux follows. */
const MOST_LINKS = 40;
/** Where auditwheel and the like put the libraries that a wheel brings: `psycopg2_binary.libs`, `.libs`. */
const BUNDLE = /\.libs$/;

/** The tree of a payload, as the dynamic linker walks through it. */
export class PayloadLibraries {
  private readonly entries: ReadonlyMap<string, Entry>;
  private readonly programs: ReadonlySet<string>;
  private readonly bundled: ReadonlySet<string>;

  /** @param programs those of the architecture that is looked for */
  constructor(entries: readonly Entry[], programs: readonly Program[]) {
    this.entries = new Map(entries.map((entry) => [entry.path, entry]));
    this.programs = new Set(programs.map(({entry}) => entry.path));
    const inBundles = entries.map(({path}) => path).filter((path) => BUNDLE.test(posix.dirname(path)));
    this.bundled = new Set(inBundles.map((path) => posix.basename(path)));
  }

  /**
   * Look for a library in folders of the server, in order.
   *
   * @returns `bundled` when the payload has it, the path when a link of the payload leads to it outside
   */
  find(soname: string, folders: readonly string[]): 'bundled' | {readonly outside: string} | undefined {
    for (const folder of folders) {
      const {entry, outside} = this.locate(posix.join(folder, soname));
      if (entry !== undefined && this.isProgram(entry)) return 'bundled';
      if (outside !== undefined) return {outside};
    }
    return undefined;
  }

  /** True when a folder of bundled libraries has one of that name: what loads it first is for Python code to decide. */
  isInBundle(soname: string): boolean {
    return this.bundled.has(soname);
  }

  private isProgram({path, type, target = ''}: Entry): boolean {
    return this.programs.has(type === 'hardlink' ? target : path);
  }

  /** Follow the links of the payload. */
  private locate(path: string): Located {
    let current = posix.normalize(path);
    for (let links = 0; links < MOST_LINKS; links++) {
      const link = this.firstLink(current);
      if (link === undefined) {
        const entry = this.entries.get(current.slice(1));
        return entry !== undefined ? {entry} : links > 0 ? {outside: current} : {};
      }
      const {path: at, target = ''} = link;
      current = posix.resolve('/', posix.dirname(at), target, `.${current.slice(at.length + 1)}`);
    }
    return {};
  }

  /** The topmost part of a path that is a link. */
  private firstLink(path: string): Entry | undefined {
    for (let end = path.indexOf('/', 1); ; end = path.indexOf('/', end + 1)) {
      const entry = this.entries.get(path.slice(1, end === -1 ? undefined : end));
      if (entry?.type === 'symlink') return entry;
      if (end === -1) return undefined;
    }
  }
}

/** A folder that wheels bring their libraries in. */
export const isBundle = (folder: string): boolean => BUNDLE.test(folder);
