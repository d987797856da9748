/** Names of packages, as Contents has them, by the path of a file that they hold; both as bytes in latin1. */
export type NamesByPath = ReadonlyMap<string, ReadonlySet<string>>;

/** What comes into a Contents index, and what goes. */
export interface ContentsChange {
  readonly add: NamesByPath;
  readonly remove: NamesByPath;
}

const END = 0x0a;

/**
 * Change a Contents index (Debian repository format): a line for each file with its path, and who holds it behind a
 * tab, both sorted by bytes. Only the lines that change are looked for; all between them is a view of the old index.
 */
export function spliceContents(old: Buffer, {add, remove}: ContentsChange): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let taken = 0;
  for (const path of [...new Set([...add.keys(), ...remove.keys()])].sort()) {
    const at = findLine(old, path, taken);
    const line = at < old.length ? lineAt(old, at) : undefined;
    const before = line?.path === path ? line : undefined;
    const names = namesOf(before?.names ?? [], add.get(path), remove.get(path));
    pieces.push(old.subarray(taken, at));
    if (names.length > 0) pieces.push(Buffer.from(`${path}\t${names.join(',')}\n`, 'latin1'));
    taken = before?.end ?? at;
  }
  pieces.push(old.subarray(taken));
  return pieces.filter(({length}) => length > 0);
}

function namesOf(
  names: readonly string[],
  more: ReadonlySet<string> = new Set(),
  fewer: ReadonlySet<string> = new Set(),
): readonly string[] {
  return [...new Set([...names.filter((name) => !fewer.has(name)), ...more])].sort();
}

/** Where the line of a path begins, or would. @param from the beginning of a line that is not behind it */
function findLine(bytes: Buffer, path: string, from: number): number {
  let [low, high] = [from, bytes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = middle === low ? low : Math.max(low, bytes.lastIndexOf(END, middle - 1) + 1);
    const line = lineAt(bytes, start);
    if (line.path < path) low = line.end;
    else high = start;
  }
  return low;
}

interface Line {
  readonly path: string;
  readonly names: readonly string[];
  /** Where the next one begins. */
  readonly end: number;
}

function lineAt(bytes: Buffer, start: number): Line {
  const found = bytes.indexOf(END, start);
  const text = bytes.toString('latin1', start, found < 0 ? bytes.length : found);
  // A path may have tabs, names have none.
  const tab = text.lastIndexOf('\t');
  const end = found < 0 ? bytes.length : found + 1;
  return {path: text.slice(0, tab), names: text.slice(tab + 1).split(','), end};
}
