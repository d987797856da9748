import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {ioError} from '../errors.js';
import {DPKG_ADMIN_FOLDER, type InstalledPackage} from './dpkg-database.js';
import {compareBytes} from './order.js';
import {parseStanzas, type Stanza} from './stanza.js';

/**
 * Installed packages of these names and everything that they depend on, alternatives and virtual packages included
 * (deb-buildinfo(5), Installed-Build-Depends), sorted by name. What is not installed is left out.
 *
 * @param folder dpkg's administrative folder
 * @throws E_IO when it is there and cannot be read, E_FORMAT when it is damaged
 */
export function installedClosure(
  names: readonly string[],
  folder: string = DPKG_ADMIN_FOLDER,
): readonly InstalledPackage[] {
  const providers = readProviders(join(folder, 'status'));
  const found = new Set<Stanza>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const stanza of providers.get(name) ?? []) {
      if (found.has(stanza)) continue;
      found.add(stanza);
      open.push(...['Pre-Depends', 'Depends'].flatMap((field) => relationNames(stanza.get(field) ?? '')));
    }
  }
  return [...found]
    .map((stanza) => ({
      package: stanza.get('Package') ?? '',
      version: stanza.get('Version') ?? '',
      architecture: stanza.get('Architecture') ?? '',
    }))
    .sort((a, b) => compareBytes(a.package, b.package) || compareBytes(a.architecture, b.architecture));
}

/** The names in a relation field, of alternatives too, without versions and architectures. */
export const relationNames = (text: string): readonly string[] =>
  text
    .split(/[,|]/)
    .map((clause) => /^[a-z0-9][a-z0-9+.-]*/.exec(clause.trim())?.[0] ?? '')
    .filter((name) => name !== '');

/** Stanzas of installed packages by their names and by those that they provide. */
function readProviders(file: string): ReadonlyMap<string, readonly Stanza[]> {
  const providers = new Map<string, Stanza[]>();
  for (const stanza of parseStanzas(readStatus(file), file)) {
    if (!/ installed$/.test(stanza.get('Status') ?? '')) continue;
    for (const name of [stanza.get('Package') ?? '', ...relationNames(stanza.get('Provides') ?? '')])
      providers.set(name, [...(providers.get(name) ?? []), stanza]);
  }
  return providers;
}

function readStatus(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw ioError(error, "reading dpkg's database");
  }
}
