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
}

/** The files of the control archive in the order of dpkg-deb, by name; empty ones are left out. */
export function controlMembers({control, digests, scripts}: ControlMembersOptions): readonly ControlMember[] {
  const text = (name: string, data: string): ControlMember => ({name, data, mode: 0o644});
  return [
    text('control', control),
    text('md5sums', formatMd5sums(digests)),
    text('conffiles', formatConffiles(digests)),
    ...Object.entries(scripts).map(([name, data]) => ({name, data: mergeSnippets(data, ''), mode: 0o755})),
  ]
    .filter(({data}) => data !== '')
    .sort((a, b) => compareBytes(a.name, b.name));
}
