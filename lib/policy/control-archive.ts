import {compareBytes} from '../formats/order.js';
import {formatConffiles} from './conffiles.js';
import {type FileDigest, formatMd5sums} from './md5sums.js';
import {type MaintainerScripts, mergeSnippets} from './scripts.js';

/** A file of the control archive. */
export interface ControlMember {
  /** `control`, `md5sums`, `postinst` … */
  readonly name: string;
  readonly data: string;
  /** Permission bits. */
  readonly mode: number;
}

export interface ControlMembersOptions {
  /** What `formatControl` gave. */
  readonly control: string;
  /** Every regular file of the data archive. */
  readonly digests: readonly FileDigest[];
  readonly scripts: MaintainerScripts;
  /** Texts of further members by their names: `triggers`, `config`, `templates`. @default none */
  readonly members?: Readonly<Record<string, string>>;
}

/** The files of the control archive in the order of dpkg-deb, by name; empty ones are left out. */
export function controlMembers({
  control,
  digests,
  scripts,
  members = {},
}: ControlMembersOptions): readonly ControlMember[] {
  const text = (name: string, data: string): ControlMember => ({name, data, mode: 0o644});
  return [
    text('control', control),
    text('md5sums', formatMd5sums(digests)),
    text('conffiles', formatConffiles(digests)),
    // debconf runs `config` as dpkg runs the scripts; all else is read.
    ...Object.entries(members).map(([name, data]) => ({name, data, mode: name === 'config' ? 0o755 : 0o644})),
    ...Object.entries(scripts).map(([name, data]) => ({name, data: mergeSnippets(data, ''), mode: 0o755})),
  ]
    .filter(({data}) => data !== '')
    .sort((a, b) => compareBytes(a.name, b.name));
}
