import {basename} from 'node:path/posix';

/** Types of strings that marshal writes with a length of one byte, and of four; a flag may be set in them. */
const [SHORT, LONG] = ['zZ', 'aAustS'] as const;
const FLAG = 0x80;
/** Longer paths are none. */
const LONGEST = 1024;

/**
 * The source file that bytecode was compiled from, as its code objects name it (co_filename). The marshalled code is
 * not unpacked: the path is the string that ends in the module's own file name, its length before it.
 *
 * @returns undefined when there is no absolute one, as in frozen modules
 */
export function compiledPath(content: Buffer, path: string): string | undefined {
  const name = Buffer.from(`/${basename(path).replace(/\..*/s, '')}.py`);
  for (let at = content.indexOf(name); at >= 0; at = content.indexOf(name, at + 1)) {
    const end = at + name.length;
    const first = content.lastIndexOf(0x00, at) + 1;
    for (let start = Math.max(first - 1, end - LONGEST, 2); start <= at; start += 1)
      if (content[start] === 0x2f && isString(content, start, end - start))
        return content.toString('utf8', start, end);
  }
  return undefined;
}

/** A byte of a path may by chance be the length of its rest, so the type has to be there as well. */
function isString(content: Buffer, start: number, length: number): boolean {
  const typeAt = (at: number) => String.fromCharCode((content[at] ?? 0) & ~FLAG);
  if (content[start - 1] === length && SHORT.includes(typeAt(start - 2))) return true;
  return start >= 5 && content.readUInt32LE(start - 4) === length && LONG.includes(typeAt(start - 5));
}
