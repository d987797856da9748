import {isDebianVersion} from '../formats/names.js';
import {compareDebianVersions} from './version.js';

/** A symbol of a library, as its package describes it. */
export interface LibrarySymbol {
  /** The first version of the package that has the symbol as it is now. */
  readonly minimal: string;
  /** Index of the dependency template that it needs. */
  readonly template: number;
  /** It is no longer in the library: nothing that is linked today can get it from there. */
  readonly isMissing: boolean;
}

/** What a symbols file says of one library. */
export interface LibrarySymbols {
  /** `libc6 #MINVER#`: the main one and, by number, alternatives of single symbols. */
  readonly templates: readonly string[];
  /** By `NAME@VERSION`; `@Base` for symbols without a version. */
  readonly symbols: ReadonlyMap<string, LibrarySymbol>;
}

interface Building {
  templates: string[];
  readonly symbols: Map<string, LibrarySymbol>;
}

/**
 * Read a symbols file (deb-symbols(5)): its libraries by their soname. Symbols may have tags, as in
 * deb-src-symbols(5), because an administrator's file in /etc/dpkg/symbols has them; but patterns (`c++`, `symver`,
 * `regex`, `*@VERSION`) stand for no symbol, here as in dpkg-shlibdeps: they are meant for dpkg-gensymbols. Lines that
 * cannot be read are left out, as dpkg-shlibdeps does after a warning.
 */
export function parseSymbols(text: string): ReadonlyMap<string, LibrarySymbols> {
  const libraries = new Map<string, Building>();
  let current: Building | undefined;
  for (const line of text.split('\n')) {
    const [, missing, specification] =
      /^(?:[ \t]+|(#(?:DEPRECATED|MISSING): [^#]+#)[ \t]*)(.*)$/s.exec(line) ?? [];
    if (specification !== undefined) {
      const symbol = parseSymbol(specification, missing !== undefined);
      if (symbol !== undefined) current?.symbols.set(...symbol);
    } else if (line.startsWith('|')) current?.templates.push(line.slice(1).trim());
    else if (/^[^#*|]/.test(line)) current = openLibrary(libraries, line) ?? current;
  }
  return libraries;
}

/** `libc.so.6 libc6 #MINVER#`; where it comes again, it brings another dependency and more symbols. */
function openLibrary(libraries: Map<string, Building>, line: string): Building | undefined {
  const [, soname = '', template] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
  if (template === undefined) return undefined;
  const library = libraries.get(soname) ?? {templates: [], symbols: new Map()};
  library.templates = [template.trim()];
  libraries.set(soname, library);
  return library;
}

const PATTERN_TAGS: ReadonlySet<string> = new Set(['c++', 'symver', 'regex']);

/** `NAME@VERSION MINIMAL [TEMPLATE]`, or with tags `(optional|arch=amd64)"NAME"@VERSION …`. */
function parseSymbol(specification: string, isMissing: boolean): [string, LibrarySymbol] | undefined {
  const [, tags, tagged = ''] = /^\s*\(([^)]+)\)(.*)$/.exec(specification) ?? [];
  const [name = '', rest = ''] =
    tags === undefined ? parted(specification) : (quoted(tagged) ?? parted(tagged));
  const [, minimal = '', template = '0'] = /^\s(\S+)(?:\s(\d+))?/.exec(rest) ?? [];
  const isPattern = tags?.split('|').some((tag) => PATTERN_TAGS.has(tag.replace(/=.*/s, ''))) === true;
  if (name === '' || isPattern || name.startsWith('*@') || !isDebianVersion(minimal)) return undefined;
  return [name, {minimal, template: Number(template), isMissing}];
}

const parted = (text: string): readonly string[] => /^(\S+)(.*)$/s.exec(text)?.slice(1) ?? [];

const quoted = (text: string): readonly string[] | undefined => /^(["'])(.*?)\1(.*)$/s.exec(text)?.slice(2);

/** The least minimal version among the symbols of the main template: without it, the library itself may be absent. */
export function smallestVersion({symbols}: LibrarySymbols): string | undefined {
  const main = [...symbols.values()].filter(({template}) => template === 0);
  const versions = [...new Set(main.map(({minimal}) => minimal))];
  return versions.length === 0
    ? undefined
    : versions.reduce((least, one) => (compareDebianVersions(one, least) < 0 ? one : least));
}
