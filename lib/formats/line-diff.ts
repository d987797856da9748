/** One line of a comparison: in both texts, only in the first (`-`), only in the second (`+`). */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Cells of the table; beyond it what lies between the equal ends is told as a whole. */
const MOST_CELLS = 4_000_000;

/** Compare two texts line by line: the longest common sequence stays, removed lines come before added ones. */
export function diffLines(a: string, b: string): readonly DiffLine[] {
  const [one, two] = [linesOf(a), linesOf(b)];
  let start = 0;
  while (start < one.length && start < two.length && one[start] === two[start]) start += 1;
  let end = 0;
  while (
    end < Math.min(one.length, two.length) - start &&
    one[one.length - 1 - end] === two[two.length - 1 - end]
  )
    end += 1;
  const same = (lines: readonly string[]) => lines.map((text): DiffLine => ({sign: ' ', text}));
  return [
    ...same(one.slice(0, start)),
    ...between(one.slice(start, one.length - end), two.slice(start, two.length - end)),
    ...same(one.slice(one.length - end)),
  ];
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

function between(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  if (a.length * b.length > MOST_CELLS) {
    return [
      ...a.map((text) => ({sign: '-', text}) as const),
      ...b.map((text) => ({sign: '+', text}) as const),
    ];
  }
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] as number;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  for (let row = 0, column = 0; row < a.length || column < b.length; ) {
    const [left, right] = [a[row], b[column]];
    if (left !== undefined && left === right) {
      lines.push({sign: ' ', text: left});
      row += 1;
      column += 1;
    } else if (left !== undefined && (right === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({sign: '-', text: left});
      row += 1;
    } else {
      lines.push({sign: '+', text: right ?? ''});
      column += 1;
    }
  }
  return lines;
}

/** The changed lines with a few around them, parts apart from each other divided by `@@ LINE @@` of the first text. */
export function hunks(lines: readonly DiffLine[], around = 3): readonly string[] {
  const shown = new Set<number>();
  for (const [index, {sign}] of lines.entries()) {
    if (sign === ' ') continue;
    for (let near = index - around; near <= index + around; near += 1) shown.add(near);
  }
  const text: string[] = [];
  let number = 1;
  for (const [index, line] of lines.entries()) {
    if (shown.has(index)) {
      if (!shown.has(index - 1)) text.push(`@@ ${number} @@`);
      text.push(line.sign + line.text);
    }
    if (line.sign !== '+') number += 1;
  }
  return text;
}
