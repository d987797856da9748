/** RFC 7468, and what OpenSSH and OpenPGP make of it. */
const BEGIN = /^-----BEGIN ((?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?)-----/;
/** How a line ends in a file, and in the string of a program. */
const LINE_END = /["']\s*\+\s*(?=["'])|\\r|\\n|\s|["',]|\\$/gm;
/** Text before the key of older files, and of OpenPGP. */
const HEADERS = /^(?:(?:\s|\\r|\\n|["'+,])*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset): ?[^\n\\]*)+/;

/**
 * Whether a text begins with a whole private key (PEM), and whether a password guards it: a key that is cut off, that
 * is only talked about, or that is made up is none. What it holds has to be as long as its own beginning says.
 */
export function privateKeyIn(text: string): 'open' | 'guarded' | undefined {
  const [begin = '', label] = BEGIN.exec(text) ?? [];
  if (label === undefined) return undefined;
  const end = text.indexOf(`-----END ${label}-----`, begin.length);
  if (end < 0) return undefined;
  const body = text.slice(begin.length, end);
  const hasHeader = /Proc-Type: ?4,ENCRYPTED/.test(body);
  const base64 = body.replace(HEADERS, '').replace(LINE_END, '');
  if (!/^[A-Za-z0-9+/]{40,}={0,2}(?:=[A-Za-z0-9+/]{4})?$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  if (label.startsWith('OPENSSH')) return openSshKey(bytes);
  if (label.startsWith('PGP'))
    return ((bytes[0] ?? 0) & 0x80) !== 0 && bytes.length > 200 ? 'open' : undefined;
  if (hasHeader) return bytes.length % 8 === 0 ? 'guarded' : undefined;
  if (!isDerSequence(bytes)) return undefined;
  return label.startsWith('ENCRYPTED') ? 'guarded' : 'open';
}

/** PROTOCOL.key of OpenSSH: after the magic text the name of the cipher, its length before it. */
function openSshKey(bytes: Buffer): 'open' | 'guarded' | undefined {
  if (bytes.toString('latin1', 0, 15) !== 'openssh-key-v1\0') return undefined;
  return bytes.toString('latin1', 15, 23) === '\0\0\0\u0004none' ? 'open' : 'guarded';
}

/** One value that fills all the bytes (X.690, 8.1). */
function isDerSequence(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes.length < 32) return false;
  const length = bytes[1] as number;
  if (length < 0x80) return bytes.length === 2 + length;
  const digits = length & 0x7f;
  return digits >= 1 && digits <= 3 && bytes.length === 2 + digits + bytes.readUIntBE(2, digits);
}
