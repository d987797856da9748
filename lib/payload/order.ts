import {compareBytes} from '../formats/order.js';
import type {Entry} from '../model.js';

/**
 * Kinds of content, by file name, in the order they are packed: what resembles each other lies together, because a
 * compressor finds repetitions near by more cheaply. Bytecode comes after the text it repeats the words of, what is
 * compressed already comes last.
 */
const KINDS: readonly RegExp[] = [
  /\.(?:py|pyi|pyx|pxd)$/,
  /\.pyc$/,
  /\.(?:html?|xml|svg|css|scss|js|mjs|ts|map|json|jinja2?|mako|tmpl)$/,
  /(?:^|\/)[^/.]*$|\.(?:txt|rst|md|cfg|toml|ini|ya?ml|csv|po|sql|sh)$/,
  /\.(?:c|h|cc|cpp|hpp|pc)$/,
  /\.so(?:\.[\d.]+)?$/,
  /\.(?:mo|dat|bin|db|sqlite3?|ttf|exe|dll)$/,
];
const PACKED = /\.(?:png|jpe?g|gif|webp|ico|woff2?|gz|xz|bz2|zst|zip|whl|egg|jar)$/;

const kindOf = (path: string): number => {
  if (PACKED.test(path)) return KINDS.length + 1;
  const kind = KINDS.findIndex((pattern) => pattern.test(path));
  return kind === -1 ? KINDS.length : kind;
};

/**
 * Put a complete payload into the order of the data archive: a pure function of the entries, whatever order they come
 * in. Directories first, parents before children (dpkg creates none by itself); then the files of no distribution,
 * then distribution by distribution, so that a new version of one leaves the bytes of the others alone; hard links
 * right after the file they name; symlinks last, as dpkg creates them last.
 */
export function orderEntries(entries: readonly Entry[]): readonly Entry[] {
  const ofType = (type: Entry['type']) =>
    entries.filter((entry) => entry.type === type).sort((a, b) => compareBytes(a.path, b.path));
  const links = new Map<string, Entry[]>();
  for (const link of ofType('hardlink'))
    links.set(link.target ?? '', [...(links.get(link.target ?? '') ?? []), link]);
  const files = ofType('file')
    .map((entry) => ({
      entry,
      kind: kindOf(entry.path),
      base: entry.path.slice(entry.path.lastIndexOf('/') + 1),
    }))
    .sort(
      (a, b) =>
        compareBytes(a.entry.distribution ?? '', b.entry.distribution ?? '') ||
        a.kind - b.kind ||
        compareBytes(a.base, b.base), // and then by path: sort is stable
    );
  return [
    ...ofType('directory'),
    ...files.flatMap(({entry}) => [entry, ...(links.get(entry.path) ?? [])]),
    ...ofType('symlink'),
  ];
}
