import {compareBytes} from '../formats/order.js';

/** What is known of a packed file once its bytes have been read. */
export interface FileDigest {
  /** As in its entry: `opt/app/bin/run`. */
  readonly path: string;
  /** Hexadecimal. */
  readonly md5: string;
  /** dpkg keeps the digest of a conffile itself. */
  readonly conffile: boolean;
}

/** The control file md5sums (deb-md5sums(5)), sorted by bytes, conffiles left out; an empty text when none is left. */
export const formatMd5sums = (digests: readonly FileDigest[]): string =>
  digests
    .filter(({conffile}) => !conffile)
    .sort((a, b) => compareBytes(a.path, b.path))
    .map(({md5, path}) => `${md5}  ${path}\n`)
    .join('');
