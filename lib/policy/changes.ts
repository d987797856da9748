import type {ChangelogEntry} from '../formats/changelog.js';
import type {Digests} from '../formats/digests.js';
import {compareBytes} from '../formats/order.js';
import type {SourcePackage} from '../formats/source-package.js';
import {formatStanza} from '../formats/stanza.js';

/** A file that is uploaded. */
export interface UploadedFile extends Digests {
  readonly name: string;
  readonly section: string;
  readonly priority: string;
}

/** A package that is uploaded. */
export interface UploadedPackage {
  readonly package: string;
  readonly architecture: string;
  readonly synopsis: string;
}

/** What `.changes` and `.buildinfo` say of the packages of a source. */
export interface UploadFacts {
  readonly source: SourcePackage;
  /** Complete Debian version of the upload: the source's, but of a rebuild (`binary-only`) its own. */
  readonly version: string;
  /** In the order of the names of their files. */
  readonly packages: readonly UploadedPackage[];
  /** In the order of their names, as dpkg lists them. */
  readonly files: readonly UploadedFile[];
}

export interface ChangesFacts extends UploadFacts {
  /** The changelog's newest entry. */
  readonly entry: ChangelogEntry;
  /** In place of the entry's. */
  readonly distribution: string | undefined;
  readonly maintainer: string;
}

/** Lines of a field whose first is empty. */
const lines = (list: readonly string[]): string => list.map((line) => `\n ${line}`).join('');

/** `Checksums-…` of both files. */
export const checksums = (files: readonly UploadedFile[], kind: 'md5' | 'sha1' | 'sha256'): string =>
  lines(files.map((file) => `${file[kind]} ${file.size} ${file.name}`));

/** What both files say of source and packages: `Source`, and the names for `Binary`. */
export const namesOf = ({source, version, packages}: UploadFacts) => ({
  source: source.version === version ? source.name : `${source.name} (${source.version})`,
  binary: packages
    .map((one) => one.package)
    .sort(compareBytes)
    .join(' '),
});

/** dpkg-genchanges cuts what it says of each package. */
const SYNOPSIS_LENGTH = 65;

/** Write a `.changes` file (deb-changes(5)), not signed, its fields in the order of dpkg-genchanges. */
export function formatChanges(facts: ChangesFacts): string {
  const {entry, files, packages} = facts;
  const {source, binary} = namesOf(facts);
  const changes = [entry.header, ...(entry.changes.length > 0 ? ['', ...entry.changes] : [])];
  // A component of the archive is no part of what Files names for others than main, but this is how dpkg writes it.
  const listed = files.map(
    (file) => `${file.md5} ${file.size} ${file.section} ${file.priority} ${file.name}`,
  );
  const descriptions = packages.map(
    (one) => `${one.package.padEnd(10)} - ${[...one.synopsis].slice(0, SYNOPSIS_LENGTH).join('')}`,
  );
  return formatStanza([
    ['Format', '1.8'],
    ['Date', entry.date],
    ['Source', source],
    ['Binary', binary],
    ...(entry.binaryOnly ? [['Binary-Only', 'yes'] as const] : []),
    ['Architecture', [...new Set(packages.map(({architecture}) => architecture))].join(' ')],
    ['Version', facts.version],
    ['Distribution', facts.distribution ?? entry.distributions.join(' ')],
    ['Urgency', entry.urgency],
    ['Maintainer', facts.maintainer],
    ['Changed-By', entry.maintainer],
    ['Description', lines(descriptions.sort(compareBytes))],
    ...(entry.closes.length > 0 ? [['Closes', entry.closes.join(' ')] as const] : []),
    ['Changes', lines(changes.map((line) => (line === '' ? '.' : line)))],
    ['Checksums-Sha1', checksums(files, 'sha1')],
    ['Checksums-Sha256', checksums(files, 'sha256')],
    ['Files', lines(listed)],
  ]);
}
