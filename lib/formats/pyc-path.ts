import {basename} from 'node:path/posix';

/** Bytes that marshal writes before a string: its length in one, or in four. */
const [SHORT, LONG] = [1, 4] as const;
/** Longer paths are none. */
const LONGEST = 1024;

/**
 * The source file that bytecode was compiled from, as its code objects name it (co_filename). The marshalled code is
 * not unpacked: the path is the string that ends in the module's own file name, its length before it.
 *
 * @returns undefined when there is no absolute one, as in frozen modules
 */
export function compiledPath(content: Buffer, path: string): string | undefined {
  const name = Buffer.from(`/${basename(path).replace(/\..*$/, '')}.py`);
  for (let at = content.indexOf(name); at >= 0; at = content.indexOf(name, at + 1)) {
    const end = at + name.length;
    for (let start = at; start >= Math.max(SHORT, end - LONGEST); start -= 1) {
      if (content[start] !== 0x2f) continue;
      const length = end - start;
      const isShort = content[start - SHORT] === length;
      const isLong = start >= LONG && content.readUInt32LE(start - LONG) === length;
      if (isShort || isLong) return content.toString('utf8', start, end);
    }
  }
  return undefined;
}
