import {MkvenvdebError} from '../errors.js';
import {parseStanzas, type Stanza} from '../formats/stanza.js';
import {TOOL_FIELD} from './buildinfo.js';

/** What a `.buildinfo` file tells of a build (deb-buildinfo(5)). */
export interface Buildinfo {
  readonly source: string;
  /** Names of the packages. */
  readonly binaries: readonly string[];
  readonly version: string;
  /** SHA-256 of the files that were built, by name. */
  readonly files: ReadonlyMap<string, string>;
  /** Debian architecture of the machine. */
  readonly architecture: string | undefined;
  /** Of mkvenvdeb; undefined where another tool wrote it. */
  readonly toolVersion: string | undefined;
  /** When and where, where that is told. */
  readonly date: string | undefined;
  readonly path: string | undefined;
  readonly installed: readonly RecordedPackage[];
  readonly environment: Readonly<Record<string, string>>;
}

/** An entry of Installed-Build-Depends. */
export interface RecordedPackage {
  readonly package: string;
  /** Told where it is not that of the machine. */
  readonly architecture?: string;
  readonly version: string;
}

/**
 * Read a `.buildinfo` file. A signature around it is not checked, and nothing in it is believed: names of files are
 * only compared.
 *
 * @param name used in the error
 * @throws E_FORMAT for what is none
 */
export function parseBuildinfo(text: string, name: string): Buildinfo {
  const [fields, ...more] = parseStanzas(withoutSignature(text), name);
  const damaged = (what: string) =>
    new MkvenvdebError('E_FORMAT', `Not a .buildinfo file: ${name} (${what})`);
  if (!fields || more.length > 0) throw damaged(fields ? 'more than one paragraph' : 'it is empty');
  const field = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined || value === '') throw damaged(`no field ${key}`);
    return value;
  };
  const format = field('Format');
  if (!/^1\.\d+$/.test(format)) throw damaged(`format ${format}`);
  const optional = (key: string) => fields.get(key) || undefined;
  return {
    source: field('Source').split(' ')[0] ?? '',
    binaries: field('Binary').split(/\s+/),
    version: field('Version'),
    files: checksums(field('Checksums-Sha256'), damaged),
    architecture: optional('Build-Architecture'),
    toolVersion: optional(TOOL_FIELD),
    date: optional('Build-Date'),
    path: optional('Build-Path'),
    installed: installedPackages(fields, damaged),
    environment: variables(fields, damaged),
  };
}

type Damaged = (what: string) => MkvenvdebError;

/** The text inside an OpenPGP cleartext signature (RFC 9580, section 7). */
function withoutSignature(text: string): string {
  const signed = /^-----BEGIN PGP SIGNED MESSAGE-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n/.exec(text);
  if (!signed) return text;
  const [message = ''] = text.slice(signed[0].length).split(/^-----BEGIN PGP SIGNATURE-----/m, 1);
  return message.replace(/^- /gm, '');
}

const lines = (value: string): readonly string[] =>
  value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function checksums(value: string, damaged: Damaged): ReadonlyMap<string, string> {
  return new Map(
    lines(value).map((line) => {
      const [, digest, file] = /^([0-9a-f]{64}) +\d+ +([^\s/]+)$/.exec(line) ?? [];
      if (digest === undefined || file === undefined) throw damaged('Checksums-Sha256');
      return [file, digest];
    }),
  );
}

function installedPackages(fields: Stanza, damaged: Damaged): readonly RecordedPackage[] {
  return lines(fields.get('Installed-Build-Depends') ?? '').map((line) => {
    const pattern = /^([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))? \(= ([A-Za-z0-9.+:~-]+)\),?$/;
    const [, name, architecture, version] = pattern.exec(line) ?? [];
    if (name === undefined || version === undefined) throw damaged('Installed-Build-Depends');
    return {package: name, version, ...(architecture === undefined ? {} : {architecture})};
  });
}

function variables(fields: Stanza, damaged: Damaged): Readonly<Record<string, string>> {
  const found = lines(fields.get('Environment') ?? '').map((line) => {
    const [, name, value] = /^([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"$/.exec(line) ?? [];
    if (name === undefined || value === undefined) throw damaged('Environment');
    return [name, value.replace(/\\(.)/g, '$1')] as const;
  });
  return Object.fromEntries(found);
}
