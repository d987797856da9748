import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {DpkgDatabase, InstalledPackage} from '../formats/dpkg-database.js';
import {readElf} from '../formats/elf.js';
import {shlibsDependency, splitSoname} from './shlibs.js';
import {type LibrarySymbols, parseSymbols, smallestVersion} from './symbols.js';
import type {SystemLibraries} from './system-libraries.js';

/** What the package of a library tells of it. */
export type Provision =
  /** Which version each symbol needs, and the least that any needs. */
  | {readonly kind: 'symbols'; readonly library: LibrarySymbols; readonly smallest: string | undefined}
  | {readonly kind: 'shlibs'; readonly dependency: string}
  /** Its package does not mean it to be linked to: a plugin, or the library of one interpreter. */
  | {readonly kind: 'private'}
  | {readonly kind: 'unknown'; readonly why: string};

export interface LibraryPackagesOptions {
  /** Folder that stands for /. */
  readonly root: string;
  readonly architecture: string;
  /** Name of the package that is made: what an older one of it has installed here does not count. */
  readonly self: string;
  readonly database: DpkgDatabase;
  readonly system: SystemLibraries;
}

/** Administrator's files (dpkg-shlibdeps(1)): one that wins over the packages, and one for what they do not know. */
const OVERRIDE = 'etc/dpkg/shlibs.override';
const DEFAULT = 'etc/dpkg/shlibs.default';

/** Packages of libraries and their symbols and shlibs files, each read once. */
export class LibraryPackages {
  private readonly owners = new Map<string, InstalledPackage | undefined>();
  private readonly provisions = new Map<string, Provision>();
  private readonly files = new Map<string, string | undefined>();
  private readonly symbols = new Map<string, ReturnType<typeof parseSymbols>>();

  constructor(private readonly options: LibraryPackagesOptions) {}

  /** What is known of a library that was found at these paths, the first that is known of winning. */
  provisionOf(soname: string, paths: readonly string[]): Provision {
    const key = [soname, ...paths].join('\n');
    const known = this.provisions.get(key) ?? this.search(soname, paths);
    this.provisions.set(key, known);
    return known;
  }

  private search(soname: string, paths: readonly string[]): Provision {
    let last: Provision = {kind: 'unknown', why: 'it is not on this machine'};
    for (const path of paths) {
      const found = this.provisionAt(soname, path);
      if (found.kind === 'symbols' || found.kind === 'shlibs') return found;
      if (last.kind !== 'private') last = found;
    }
    return last;
  }

  private provisionAt(soname: string, path: string): Provision {
    const owner = this.ownerOf(path);
    const library = owner && this.symbolsOf(owner, soname);
    if (library !== undefined) return {kind: 'symbols', library, smallest: smallestVersion(library)};
    if (owner !== undefined && !this.hasSoname(path)) return {kind: 'private'};
    const versioned = splitSoname(soname);
    const dependency = versioned && this.shlibsTexts(owner).map((text) => shlibsDependency(text, versioned));
    const found = dependency?.find((one) => one !== undefined);
    if (found !== undefined) return {kind: 'shlibs', dependency: found};
    if (owner === undefined) return {kind: 'unknown', why: `${path} belongs to no package`};
    if (versioned === undefined) return {kind: 'private'};
    return {kind: 'unknown', why: `its package ${owner.package} has no shlibs or symbols file that names it`};
  }

  /** Links that ldconfig or update-alternatives made belong to nobody, what they point to does. */
  private ownerOf(path: string): InstalledPackage | undefined {
    const {database, system, self} = this.options;
    if (!this.owners.has(path)) {
      const owner = database.ownerOf(path) ?? database.ownerOf(system.realPath(path));
      this.owners.set(path, owner?.package === self ? undefined : owner);
    }
    return this.owners.get(path);
  }

  private symbolsOf(owner: InstalledPackage, soname: string): LibrarySymbols | undefined {
    const {architecture, database} = this.options;
    const folder = 'etc/dpkg/symbols';
    const names = [`${owner.package}:${owner.architecture}`, owner.package].flatMap((name) => [
      `${folder}/${name}.symbols.${architecture}`,
      `${folder}/${name}.symbols`,
    ]);
    for (const name of names) {
      const library = this.parsed(name, () => this.read(name))?.get(soname);
      if (library !== undefined) return library;
    }
    const key = `${owner.package}:${owner.architecture}`;
    return this.parsed(key, () => database.controlFile(owner, 'symbols'))?.get(soname);
  }

  private parsed(key: string, read: () => string | undefined) {
    const known = this.symbols.get(key);
    if (known !== undefined) return known;
    const parsed = parseSymbols(read() ?? '');
    this.symbols.set(key, parsed);
    return parsed;
  }

  private shlibsTexts(owner: InstalledPackage | undefined): readonly string[] {
    const ofPackage = owner && this.options.database.controlFile(owner, 'shlibs');
    return [this.read(OVERRIDE), ofPackage, this.read(DEFAULT)].filter((text) => text !== undefined);
  }

  private read(name: string): string | undefined {
    const file = join(this.options.root, name);
    if (!this.files.has(name))
      this.files.set(name, existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    return this.files.get(name);
  }

  private hasSoname(path: string): boolean {
    const content = readFileSync(join(this.options.root, path));
    return readElf(content, path)?.soname !== undefined;
  }
}
