import type {DebReport} from '../../lib/index.js';
import {table} from '../present.js';
import {printable} from '../terminal.js';

type DebEntry = DebReport['entries'][number];

/** Members of the data archive as `tar tv` shows them, as a tree, which the order in the archive is not. */
export const filesText = (entries: readonly DebEntry[]): readonly string[] =>
  table([{}, {}, {align: 'right'}, {}, {}], entries.map(row));

/** A text of several lines with its control characters made visible. */
export const linesOf = (text: string): readonly string[] =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'));

const TYPES: Readonly<Record<DebEntry['type'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
};

const row = ({type, mode, owner, group, size, mtime, path, target}: DebEntry): readonly string[] => [
  TYPES[type] + permissions(mode),
  `${owner}/${group}`,
  String(size),
  time(mtime),
  `/${path}${target === undefined ? '' : ` ${type === 'hardlink' ? 'link to' : '->'} ${target}`}`,
];

/** To the minute, in UTC; seconds where no calendar reaches. */
function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** `rwxr-sr-x`, as ls writes it. */
export function permissions(mode: number): string {
  const bits = ['r', 'w', 'x', 'r', 'w', 'x', 'r', 'w', 'x'].map((bit, index) =>
    mode & (0o400 >> index) ? bit : '-',
  );
  for (const [bit, at, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const) {
    if (mode & bit) bits[at] = bits[at] === 'x' ? letter : letter.toUpperCase();
  }
  return bits.join('');
}
