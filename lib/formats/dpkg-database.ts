import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {ioError} from '../errors.js';
import {compareBytes} from './order.js';
import {parseStanzas} from './stanza.js';

/** A package that dpkg has unpacked on this machine. */
export interface InstalledPackage {
  readonly package: string;
  readonly version: string;
  readonly architecture: string;
}

/** What dpkg knows about this machine, read from its files: no dpkg is run and none has to be there. */
export interface DpkgDatabase {
  /** The package of that name; of several architectures that one, else the native one (the first in the file). */
  installed(name: string, architecture?: string): InstalledPackage | undefined;
  /** The package that owns a file, as `dpkg -S` tells it: diversions are followed, and so is a merged /usr. */
  ownerOf(path: string): InstalledPackage | undefined;
  /** A file that the package brought for dpkg's tools, such as `symbols`: its text; undefined when it has none. */
  controlFile(owner: InstalledPackage, name: string): string | undefined;
  /** True where no package is installed: this machine is none of Debian's. */
  readonly isEmpty: boolean;
}

/** Where dpkg keeps its database. */
export const DPKG_ADMIN_FOLDER = '/var/lib/dpkg';

const FIELDS = ['Package', 'Version', 'Architecture'];
/** The states in which a package's files are on the disk. */
const UNPACKED = new Set([
  'installed',
  'unpacked',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);
const LINE_FEED = 10;

/**
 * Open dpkg's database. A machine that has none gives one without packages.
 *
 * @param folder dpkg's administrative folder
 * @throws E_IO when it is there and cannot be read, E_FORMAT when it is damaged
 */
export function openDpkgDatabase(folder: string = DPKG_ADMIN_FOLDER): DpkgDatabase {
  const packages = readStatus(join(folder, 'status'));
  const diversions = readDiversions(join(folder, 'diversions'));
  const lists = orNothing(() => readdirSync(join(folder, 'info')), []).filter((name) =>
    name.endsWith('.list'),
  );
  /** `pypy3.list`, or `libc6:amd64.list` where a package can be there for several architectures. */
  const packageOf = (list: string) => {
    const [name = '', architecture] = list.slice(0, -'.list'.length).split(':');
    return packages.get(name)?.find((one) => architecture === undefined || one.architecture === architecture);
  };
  return {
    isEmpty: packages.size === 0,
    installed: (name, architecture) =>
      packages.get(name)?.find((one) => architecture === undefined || one.architecture === architecture),
    controlFile: ({package: name, architecture}, file) =>
      [`${name}:${architecture}.${file}`, `${name}.${file}`]
        .map((one) => orNothing(() => readFileSync(join(folder, 'info', one), 'utf8'), undefined))
        .find((text) => text !== undefined),
    ownerOf: (path) => {
      const places = spellings(path).map((spelling) => placeOf(spelling, diversions));
      const found = places.map((): InstalledPackage | undefined => undefined);
      for (const list of likelyFirst(lists, path)) {
        const owner = packageOf(list);
        if (owner === undefined) continue;
        const content = orNothing(() => readFileSync(join(folder, 'info', list)), Buffer.alloc(0));
        const index = places.findIndex((place) => place.mayBe(owner.package) && hasLine(content, place.line));
        if (index === 0) return owner;
        if (index > 0) found[index] ??= owner;
      }
      return found.find((owner) => owner !== undefined);
    },
  };
}

function readStatus(file: string): ReadonlyMap<string, readonly InstalledPackage[]> {
  const packages = new Map<string, InstalledPackage[]>();
  for (const stanza of parseStanzas(
    orNothing(() => readFileSync(file, 'utf8'), ''),
    file,
  )) {
    const [name = '', version = '', architecture = ''] = FIELDS.map((field) => stanza.get(field));
    const state = stanza.get('Status')?.split(' ')[2] ?? '';
    if (UNPACKED.has(state))
      packages.set(name, [...(packages.get(name) ?? []), {package: name, version, architecture}]);
  }
  return packages;
}

interface Diversion {
  readonly from: string;
  readonly to: string;
  /** The package that made it; `:` for the administrator. */
  readonly by: string;
}

function readDiversions(file: string): readonly Diversion[] {
  const lines = orNothing(() => readFileSync(file, 'utf8'), '').split('\n');
  return Array.from({length: Math.floor(lines.length / 3)}, (_, index) => {
    const [from = '', to = '', by = ''] = lines.slice(3 * index, 3 * index + 3);
    return {from, to, by};
  });
}

/**
 * Which line of a list names what lies at a path, and whose lists count: at a diverted place lies the file of the
 * package that diverted it, and where it was diverted to, the file of any other.
 */
function placeOf(path: string, diversions: readonly Diversion[]) {
  const away = diversions.find(({from}) => from === path);
  if (away !== undefined) return {line: path, mayBe: (name: string) => name === away.by};
  const here = diversions.find(({to}) => to === path);
  return {line: here?.from ?? path, mayBe: (name: string) => name !== here?.by};
}

/** With a merged /usr a file has two paths, and its package may name either. */
function spellings(path: string): readonly string[] {
  const [, usr, rest] = /^(\/usr)?(\/(?:s?bin|lib(?:o?32|64|x32)?)\/.*)$/.exec(path) ?? [];
  if (rest === undefined) return [path];
  return [path, usr === undefined ? `/usr${rest}` : rest];
}

/** Most files belong to a package of a like name: reading its list first saves reading a thousand others. */
function likelyFirst(lists: readonly string[], path: string): readonly string[] {
  const stem = /[a-z]+/i.exec(path.slice(path.lastIndexOf('/') + 1))?.[0].toLowerCase() ?? '';
  const [like, others]: [string[], string[]] = [[], []];
  for (const list of [...lists].sort(compareBytes)) (list.startsWith(stem) ? like : others).push(list);
  return [...like, ...others];
}

/** Searching the bytes is quick and finds parts of lines as well. */
function hasLine(content: Buffer, line: string): boolean {
  const bytes = Buffer.from(line);
  for (let at = content.indexOf(bytes); at !== -1; at = content.indexOf(bytes, at + 1)) {
    const begins = at === 0 || content[at - 1] === LINE_FEED;
    if (begins && (content[at + bytes.length] ?? LINE_FEED) === LINE_FEED) return true;
  }
  return false;
}

function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return nothing;
    throw ioError(error, "reading dpkg's database");
  }
}
