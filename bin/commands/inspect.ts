import {resolve} from 'node:path';
import {Command} from 'commander';
import {type DebContents, readDeb} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

type DebEntry = DebContents['entries'][number];

export function inspectCommand(shell: Shell): Command {
  const command = new Command('inspect').description(
    'Print control fields, maintainer scripts and tree of a package',
  );
  command.argument('<file>', 'a .deb file');
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: [
      'inspect deb_dist/warehouse_26.11.0-1_amd64.deb',
      'inspect --json warehouse.deb | jq .control.Depends',
    ],
    action: async ({cwd, signal, result}, file: string) => {
      const contents = await readDeb(resolve(cwd, file), {signal, limits: limits()});
      result(contentsDocument(contents), contentsText(contents));
      return 0;
    },
  });
}

/** A package as JSON can hold it: fields as one object, the texts of the control archive, the tree. */
export function contentsDocument({control, members, entries, compression}: DebContents): unknown {
  return {
    control: Object.fromEntries(control),
    members: members
      .filter(({type}) => type === 'file')
      .map(({path, mode, data}) => ({path, mode, text: data.toString('utf8')})),
    compression,
    entries,
  };
}

/** A package for people: fields, scripts, tree, with control characters made visible. */
export function contentsText({control, members, entries}: DebContents): string {
  const fields = [...control].map(
    ([name, value]) => `${name}: ${value.split('\n').map(printable).join('\n')}`,
  );
  const texts = members
    .filter(({path, type}) => type === 'file' && path !== 'control' && path !== 'md5sums')
    .map(({path, data}) => ['', `== ${printable(path)}`, ...lines(data.toString('utf8'))]);
  return [...fields, ...texts.flat(), '', ...table([...entries].sort(byPath).map(row))].join('\n');
}

/** As a tree, which the order in the archive is not. */
const byPath = (a: DebEntry, b: DebEntry): number => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));

const lines = (text: string): readonly string[] =>
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
  `${printable(owner)}/${printable(group)}`,
  String(size),
  time(mtime),
  `/${printable(path)}${target === undefined ? '' : ` ${type === 'hardlink' ? 'link to' : '->'} ${printable(target)}`}`,
];

/** To the minute, in UTC; seconds where no calendar reaches. */
function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().slice(0, 16).replace('T', ' ');
}

/** `rwxr-sr-x`, as ls writes it. */
function permissions(mode: number): string {
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

/** Rows with their columns aligned; the third is a number and stands to the right. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2, 3].map((column) =>
    rows.reduce((widest, one) => Math.max(widest, one[column]?.length ?? 0), 0),
  );
  return rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
