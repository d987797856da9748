import {MkvenvdebError} from '../errors.js';
import {formatStanza, type Stanza} from '../formats/stanza.js';
import {parseDebianVersion} from '../policy/version.js';

/** What an index says of a file beside its control fields. */
export interface IndexedFile {
  readonly component: string;
  /** In bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * The stanza of a package in an index: the control file's own fields, and what only an index knows; without what apt
 * does not look at (SHA256 only).
 *
 * @param file names the package in an error
 * @throws E_FORMAT when it lacks a field, or has a name that is none
 */
export function indexStanza(
  control: Stanza,
  {component, size, sha256}: IndexedFile,
  file: string,
): {readonly stanza: string; readonly filename: string} {
  const needed = (field: string): string => {
    const value = control.get(field);
    if (value) return value;
    throw new MkvenvdebError('E_FORMAT', `Package has no field ${field}: ${file}`);
  };
  const name = needed('Package');
  const version = needed('Version');
  const architecture = needed('Architecture');
  assertNames({file, name, version, architecture});
  const source = control.get('Source');
  const filename = poolPath({component, name, version, architecture, sha256, source});
  const stanza = formatIndexed(control, [
    ['Filename', filename],
    ['Size', String(size)],
    ['SHA256', sha256],
  ]);
  return {stanza, filename};
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

const NOT_ITS_OWN: ReadonlySet<string> = new Set([
  ...['package', 'filename', 'size', 'sha256'],
  ...['md5sum', 'sha1', 'sha512'],
]);

function formatIndexed(control: Stanza, own: readonly (readonly [string, string])[]): string {
  const fields: (readonly [string, string])[] = [['Package', control.get('Package') ?? '']];
  let description = 0;
  control.forEach((value, field) => {
    if (NOT_ITS_OWN.has(field.toLowerCase())) return;
    if (field === 'Description') description = fields.length;
    fields.push([field, value]);
  });
  fields.splice(description === 0 ? fields.length : description, 0, ...own);
  return formatStanza(fields);
}
