import {MkvenvdebError} from '../errors.js';
import {compareBytes} from '../formats/order.js';

/** Longest name that dpkg unpacks: it appends `.dpkg-new`, 9 bytes, and a file system holds 255. */
const LONGEST_NAME = 246;
/** Likewise for a whole path, with the slash before it and the NUL after it, in the 4096 bytes of PATH_MAX. */
const LONGEST_PATH = 4096 - 2 - '.dpkg-new'.length;

/** What keeps dpkg from installing a file of that path, and the path; undefined when nothing does. */
export function pathProblem(path: string): string | undefined {
  if (Buffer.byteLength(path) > LONGEST_PATH) return `Path over ${LONGEST_PATH} bytes: ${path}`;
  if (/[\n\0]/.test(path)) return `Line break in a name: ${JSON.stringify(path)}`;
  for (const name of path.split('/')) {
    if (name === '' || name === '.' || name === '..') return `Path is not in its plain form: ${path}`;
    if (Buffer.byteLength(name) > LONGEST_NAME) return `Name over ${LONGEST_NAME} bytes: ${path}`;
  }
  return undefined;
}

/**
 * @param hint what cures them
 * @throws E_PAYLOAD with every problem, in byte order, when there is one
 */
export function refusePayload(problems: readonly string[], hint: string): void {
  const [first, ...rest] = [...problems].sort(compareBytes);
  if (first === undefined) return;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more)`;
  throw new MkvenvdebError('E_PAYLOAD', `${first}${more}`, {
    hint,
    issues: rest.length === 0 ? [] : [first, ...rest],
  });
}
