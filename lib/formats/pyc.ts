import {MkvenvdebError} from '../errors.js';

/** Bytes before the marshalled code (PEP 552, Python 3.7 and later). */
const HEADER_SIZE = 16;

/** How Python decides whether a bytecode file still fits its source. */
export type PycHeader =
  | {readonly magic: number; readonly kind: 'timestamp'; readonly mtime: number; readonly sourceSize: number}
  | {readonly magic: number; readonly kind: 'checked-hash' | 'unchecked-hash'; readonly sourceHash: string};

/**
 * Read the header of a bytecode file (PEP 552). The code behind it is never unmarshalled: its format belongs to the
 * interpreter that wrote it, and a path in it is found by its bytes.
 *
 * @param name what an error calls the file
 * @throws E_FORMAT when it is not the bytecode of Python 3.7 or later
 */
export function readPycHeader(content: Uint8Array, name: string): PycHeader {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  // The magic number is 16 bits and CR LF, so that a transfer as text breaks the file visibly.
  if (bytes.length < HEADER_SIZE || bytes.toString('latin1', 2, 4) !== '\r\n') {
    throw new MkvenvdebError('E_FORMAT', `Not a Python bytecode file: ${name}`);
  }
  const magic = bytes.readUInt16LE(0);
  const flags = bytes.readUInt32LE(4);
  if (flags > 3 || flags === 2) {
    throw new MkvenvdebError('E_FORMAT', `Unknown flags in the header of a bytecode file: ${name}: ${flags}`);
  }
  if (flags === 0) {
    return {magic, kind: 'timestamp', mtime: bytes.readUInt32LE(8), sourceSize: bytes.readUInt32LE(12)};
  }
  const kind = flags === 3 ? 'checked-hash' : 'unchecked-hash';
  return {magic, kind, sourceHash: bytes.toString('hex', 8, HEADER_SIZE)};
}
