import type {InstalledPackage} from '../formats/dpkg-database.js';
import {compareBytes} from '../formats/order.js';
import {formatStanza} from '../formats/stanza.js';
import {checksums, namesOf, type UploadFacts} from './changes.js';

export interface BuildinfoFacts extends UploadFacts {
  /** Debian architecture of this machine. */
  readonly buildArchitecture: string;
  /** What was installed here and may have shaped the package. */
  readonly installed: readonly InstalledPackage[];
  /** Variables that a build sets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Version of mkvenvdeb. */
  readonly toolVersion: string;
}

/** Field of our own: what wrote the package shapes its bytes, and no Debian package tells which one it was. */
export const TOOL_FIELD = 'Mkvenvdeb-Version';

/**
 * Write a `.buildinfo` file (deb-buildinfo(5)), not signed. It names no time of the build and no path, so that the
 * same build has the same file.
 */
export function formatBuildinfo(facts: BuildinfoFacts): string {
  const {files, packages, buildArchitecture} = facts;
  const {source, binary} = namesOf(facts);
  const architectures = new Set(packages.map(({architecture}) => architecture));
  const installed = facts.installed.map(({package: name, version, architecture}) => {
    const isForeign = architecture !== 'all' && architecture !== buildArchitecture;
    return `${name}${isForeign ? `:${architecture}` : ''} (= ${version})`;
  });
  const environment = Object.entries(facts.environment)
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, value]) => `\n ${name}="${value.replace(/[\\"]/g, '\\$&')}"`);
  return formatStanza([
    ['Format', '1.0'],
    ['Source', source],
    ['Binary', binary],
    ['Architecture', [...architectures].sort(compareBytes).join(' ')],
    ['Version', facts.version],
    ['Checksums-Md5', checksums(files, 'md5')],
    ['Checksums-Sha1', checksums(files, 'sha1')],
    ['Checksums-Sha256', checksums(files, 'sha256')],
    ['Build-Architecture', buildArchitecture],
    [TOOL_FIELD, facts.toolVersion],
    // Files that are packed as they are depend on nothing here; an empty field is none (deb822(5)).
    ...(installed.length > 0 ? [['Installed-Build-Depends', `\n ${installed.join(',\n ')}`] as const] : []),
    ['Environment', environment.join('')],
  ]);
}
