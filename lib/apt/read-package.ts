import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readDebControl} from '../archive/read.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {formatStanza, type Stanza} from '../formats/stanza.js';
import {parseDebianVersion} from '../policy/version.js';
import type {IndexedPackage} from './packages-index.js';

/** A package on its way into a repository. */
export interface GivenPackage extends IndexedPackage {
  /** Where it lies now. */
  readonly file: string;
}

const NEEDED = ['Package', 'Version', 'Architecture'] as const;

/**
 * Read what an index says of a package.
 *
 * @throws E_OPTION when there is no such file; E_FORMAT when it is no package, or lacks a field
 */
export async function readPackage(file: string, component: string): Promise<GivenPackage> {
  const control = await readDebControl(file);
  const [name = '', version = '', architecture = ''] = NEEDED.map((field) => {
    const value = control.get(field);
    if (value) return value;
    throw new MkvenvdebError('E_FORMAT', `Package has no field ${field}: ${file}`);
  });
  assertNames({file, name, version, architecture});
  const {size, sha256} = await digestFile(file);
  const filename = poolPath({component, name, version, architecture, sha256, source: control.get('Source')});
  const bytes = Buffer.from(`${stanzaOf(control, {filename, size, sha256})}\n`);
  return {package: name, version, architecture, filename, size, sha256, bytes, file};
}

/** They become names of files. */
function assertNames(given: Record<'file' | 'name' | 'version' | 'architecture', string>): void {
  parseDebianVersion(given.version);
  const {name, architecture} = given;
  if (/^[a-z0-9][a-z0-9+.-]+$/.test(name) && /^[a-z0-9][a-z0-9-]*$/.test(architecture)) return;
  throw new MkvenvdebError('E_FORMAT', `Package has names that Debian does not allow: ${given.file}`, {
    issues: [`Package: ${name}`, `Architecture: ${architecture}`],
  });
}

async function digestFile(file: string): Promise<{readonly size: number; readonly sha256: string}> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(file, {highWaterMark: 1 << 20}) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    throw ioError(error, `reading ${file}`);
  }
  return {size, sha256: hash.digest('hex')};
}

interface PoolName {
  readonly component: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly source: string | undefined;
}

/**
 * `pool/main/w/warehouse/0123456789abcdef/warehouse_26.11.0_amd64.deb`: by the source as in Debian's archive, and by
 * content. Two builds of one version never take each other's place, so that what lies there can be cached for ever.
 */
function poolPath({component, name, version, architecture, sha256, source}: PoolName): string {
  const from = source?.replace(/ .*/, '') ?? name;
  const letters = from.startsWith('lib') ? from.slice(0, 4) : from.slice(0, 1);
  const file = `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
  return `pool/${component}/${letters}/${from}/${sha256.slice(0, 16)}/${file}`;
}

/** The control file's own fields, and what only an index knows; without what apt does not look at (SHA256 only). */
function stanzaOf(
  control: Stanza,
  {filename, size, sha256}: {readonly filename: string; readonly size: number; readonly sha256: string},
): string {
  const own: readonly (readonly [string, string])[] = [
    ['Filename', filename],
    ['Size', String(size)],
    ['SHA256', sha256],
  ];
  const taken = new Set([
    'package',
    ...own.map(([field]) => field.toLowerCase()),
    'md5sum',
    'sha1',
    'sha512',
  ]);
  const fields = [...control].filter(([field]) => !taken.has(field.toLowerCase()));
  const description = fields.findIndex(([field]) => field === 'Description');
  const at = description < 0 ? fields.length : description;
  return formatStanza([
    ['Package', control.get('Package') ?? ''],
    ...fields.slice(0, at),
    ...own,
    ...fields.slice(at),
  ]);
}
