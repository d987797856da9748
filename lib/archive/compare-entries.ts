import type {DebEntry} from './read-tar.js';

/** What differs between two members of one path, or between two lists of members. */
export interface EntryDifference {
  readonly path?: string;
  readonly kind: string;
  readonly detail: string;
  readonly cause?: string;
  readonly cure?: string;
}

/** Fields of a member whose difference is one of its own, with the usual reason for it. */
const FIELDS: readonly {
  field: keyof DebEntry;
  show?: (value: unknown) => string;
  cause?: string;
  cure?: string;
}[] = [
  {field: 'type'},
  {
    field: 'mode',
    show: (mode) => (mode as number).toString(8).padStart(4, '0'),
    cause: 'The umask of the build, or a changed file',
    cure: 'Pack normal modes: 0755 and 0644',
  },
  {
    field: 'mtime',
    cause: 'They were built for different moments, or a time was read from the disk',
    cure: 'Set SOURCE_DATE_EPOCH',
  },
  {field: 'owner', cause: 'The user of the build', cure: 'Pack everything as root'},
  {field: 'group', cause: 'The group of the build', cure: 'Pack everything as root'},
  {field: 'uid', cause: 'The user of the build', cure: 'Pack everything as root'},
  {field: 'gid', cause: 'The group of the build', cure: 'Pack everything as root'},
  {field: 'target', cause: 'A path of the build, when it is one'},
];

/** Compare two lists of members, all but their contents. */
export function* compareEntries(a: readonly DebEntry[], b: readonly DebEntry[]): Generator<EntryDifference> {
  const [ours, theirs] = [byPath(a), byPath(b)];
  for (const path of ours.keys())
    if (!theirs.has(path)) yield {path, kind: 'missing', detail: 'Only in the first package'};
  for (const path of theirs.keys())
    if (!ours.has(path)) yield {path, kind: 'extra', detail: 'Only in the second package'};
  const [common, others] = [a.filter(({path}) => theirs.has(path)), b.filter(({path}) => ours.has(path))];
  const moved = common.findIndex(({path}, index) => path !== others[index]?.path);
  if (moved >= 0) {
    yield {
      kind: 'order',
      detail: `Order differs from member ${moved + 1} on: ${common[moved]?.path} and ${others[moved]?.path ?? 'none'}`,
      cause: 'They were packed in the order of the folder on the disk, or of another version',
      cure: 'Sort by bytes',
    };
  }
  for (const [path, one] of ours) {
    const two = theirs.get(path);
    if (two === undefined) continue;
    for (const {field, show = String, cause, cure} of FIELDS) {
      if (one[field] === two[field]) continue;
      const detail = `${show(one[field])} and ${show(two[field])}`;
      yield {path, kind: field, detail, ...(cause ? {cause} : {}), ...(cure ? {cure} : {})};
    }
  }
}

const byPath = (entries: readonly DebEntry[]): ReadonlyMap<string, DebEntry> =>
  new Map(entries.map((entry) => [entry.path, entry]));
