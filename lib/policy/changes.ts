import type {ChangelogEntry} from '../formats/changelog.js';
import type {Digests} from '../formats/digests.js';
import {formatStanza} from '../formats/stanza.js';

/** A file that is uploaded. */
export interface UploadedFile extends Digests {
  readonly name: string;
}

/** What `.changes` and `.buildinfo` say of the package. */
export interface UploadFacts {
  readonly package: string;
  /** Complete Debian version. */
  readonly version: string;
  readonly architecture: string;
  readonly files: readonly UploadedFile[];
}

export interface ChangesFacts extends UploadFacts {
  /** The changelog's newest entry. */
  readonly entry: ChangelogEntry;
  /** In place of the entry's. */
  readonly distribution: string | undefined;
  readonly maintainer: string;
  readonly synopsis: string;
  readonly section: string;
  readonly priority: string;
}

/** Lines of a field whose first is empty. */
const lines = (list: readonly string[]): string => list.map((line) => `\n ${line}`).join('');

/** `Checksums-…` of both files. */
export const checksums = (files: readonly UploadedFile[], kind: 'md5' | 'sha1' | 'sha256'): string =>
  lines(files.map((file) => `${file[kind]} ${file.size} ${file.name}`));

/** dpkg-genchanges cuts what it says of each package. */
const SYNOPSIS_LENGTH = 65;

/** Write a `.changes` file (deb-changes(5)), not signed, its fields in the order of dpkg-genchanges. */
export function formatChanges(facts: ChangesFacts): string {
  const {entry, files, section, priority} = facts;
  const changes = [entry.header, ...(entry.changes.length > 0 ? ['', ...entry.changes] : [])];
  // A component of the archive is no part of what Files names for others than main, but this is how dpkg writes it.
  const listed = files.map(({md5, size, name}) => `${md5} ${size} ${section} ${priority} ${name}`);
  return formatStanza([
    ['Format', '1.8'],
    ['Date', entry.date],
    ['Source', facts.package],
    ['Binary', facts.package],
    ['Architecture', facts.architecture],
    ['Version', facts.version],
    ['Distribution', facts.distribution ?? entry.distributions.join(' ')],
    ['Urgency', entry.urgency],
    ['Maintainer', facts.maintainer],
    ['Changed-By', entry.maintainer],
    ['Description', lines([`${facts.package.padEnd(10)} - ${facts.synopsis.slice(0, SYNOPSIS_LENGTH)}`])],
    ...(entry.closes.length > 0 ? [['Closes', entry.closes.join(' ')] as const] : []),
    ...(entry.binaryOnly ? [['Binary-Only', 'yes'] as const] : []),
    ['Changes', lines(changes.map((line) => (line === '' ? '.' : line)))],
    ['Checksums-Sha1', checksums(files, 'sha1')],
    ['Checksums-Sha256', checksums(files, 'sha256')],
    ['Files', lines(listed)],
  ]);
}
