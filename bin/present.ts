import {styleText} from 'node:util';
import {printable} from './terminal.js';

/** What a text means; each has its colour. */
export type Tone = 'good' | 'bad' | 'warning' | 'faint' | 'heading';

/** Gives a text its colour, or leaves it alone where colours are not wanted. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = {
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  faint: 'dim',
  heading: 'bold',
} as const;

/** For whatever is no terminal. */
export const plain: Paint = (_tone, text) => text;

const colours: Paint = (tone, text) =>
  // Whether colours are wanted is decided by who asks for a paint.
  `${styleText(STYLES[tone], text, {validateStream: false} as object)}`;

/** Colours on a terminal, unless NO_COLOR is set or TERM is dumb; FORCE_COLOR asks for them anywhere. */
export function choosePaint(
  isTTY: boolean | undefined,
  {NO_COLOR, FORCE_COLOR, TERM}: Readonly<Record<string, string | undefined>>,
): Paint {
  if (NO_COLOR) return plain;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR === '0' ? plain : colours;
  return isTTY === true && TERM !== 'dumb' ? colours : plain;
}

/** One column of a table. */
export interface Column {
  /** Above it; no column has one, or all have. */
  readonly head?: string;
  /** Where its texts stand. @default left */
  readonly align?: 'left' | 'right';
  readonly tone?: Tone;
}

/** Rows with their columns aligned. Control characters are made visible, so that a name cannot paint the screen. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint = plain,
): readonly string[] {
  const safe = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')));
  const heads = columns.map(({head}) => head ?? '');
  const withHeads = heads.some((head) => head !== '');
  const widths = columns.map((_, index) =>
    safe.reduce((widest, row) => Math.max(widest, width(row[index] ?? '')), width(heads[index] ?? '')),
  );
  const line = (cells: readonly string[], toneOf: (column: Column) => Tone | undefined) => {
    const last = cells.findLastIndex((cell) => cell !== '');
    return columns
      .slice(0, last + 1)
      .map((column, index) => {
        const cell = cells[index] ?? '';
        const gap = ' '.repeat((widths[index] ?? 0) - width(cell));
        const tone = toneOf(column);
        const text = tone === undefined || cell === '' ? cell : paint(tone, cell);
        if (column.align === 'right') return gap + text;
        return index === last ? text : text + gap;
      })
      .join('  ');
  };
  return [
    ...(withHeads ? [line(heads, () => 'heading')] : []),
    ...safe.map((row) => line(row, ({tone}) => tone)),
  ];
}

/** How many columns a text takes on a terminal: wide characters two, combining ones none. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += /\p{M}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar as long as the share of a value in the largest one; what is there at all is seen. */
export function bar(value: number, largest: number, columns = 20): string {
  if (value <= 0 || largest <= 0) return '';
  const eighths = Math.max(1, Math.round((value / largest) * columns * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8];
}

/** Bytes as people read them, in powers of 1000 as dpkg and apt do: `9.9 kB`, `130 MB`. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}
