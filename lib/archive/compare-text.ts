/** What two texts of one path differ in, as far as their looks tell. */
export interface TextKind {
  readonly kind: string;
  readonly cause?: string;
  readonly cure?: string;
}

/** Longer texts are compared by their first differing line only. */
const MOST_LINES = 100_000;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const HASH = /^[0-9a-f]{16,}$/i;
const DATE = /^\d{4}-\d\d?-\d\d?(?:T.*)?$|^\d\d?:\d\d(?::\d\d(?:\.\d+)?)?$/;
const MONTH = /\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b/;
/** Seconds since 1970, in the years 2001 to 2128. */
const SECONDS = /^[1-4]\d{9}(?:\.\d+)?$/;
const OCTAL = /^(?:0o?)?([0-7]{3,4}|100[0-7]{3})$/;

const ORDER: TextKind = {
  kind: 'text-order',
  cause: 'The same things in another order: that of a set, of a folder on the disk, or of a locale',
  cure: 'Sort them by their bytes before they are written: sorted(things)',
};
const RANDOM: TextKind = {
  kind: 'text-random',
  cause: 'Chance (uuid4, a temporary name), or a hash over something that differs',
  cure: 'Derive it from the content: uuid5, or a hash over what is the same',
};
const TIME: TextKind = {
  kind: 'text-time',
  cause: 'The time of the build',
  cure: 'Take it from SOURCE_DATE_EPOCH',
};
const PATH: TextKind = {
  kind: 'text-path',
  cause: 'A path of the build: its folder, HOME, or a temporary one',
  cure: 'Write a relative path, or that of the server',
};
const MODE: TextKind = {
  kind: 'text-mode',
  cause: 'Modes of files as the umask left them',
  cure: 'Set modes before they are written down',
};

/** Tell of two different texts what kind of thing differs, by all of their lines and by the first one that does. */
export function textKind(ours: readonly string[], theirs: readonly string[], line: number): TextKind {
  if (isReordered(ours, theirs)) return ORDER;
  const [a = '', b = ''] = [ours[line], theirs[line]];
  if (isReordered(words(a), words(b))) return ORDER;
  const [one, two] = differingWords(a, b);
  const both = (pattern: RegExp) => pattern.test(one) && pattern.test(two);
  if (both(UUID) || (both(HASH) && one.length === two.length)) return RANDOM;
  if (both(DATE) || both(SECONDS) || (MONTH.test(a) && MONTH.test(b) && both(/^\w{3,9}$|^\d+$/))) return TIME;
  if (both(/\/[^/]+\//) || both(/^(?:file:\/\/)?\/[^/]/)) return PATH;
  if (isUmasked(one, two) || isUmasked(two, one)) return MODE;
  return {kind: 'text'};
}

/** The same items, in another order. */
function isReordered(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length || a.length < 2 || a.length > MOST_LINES) return false;
  const sorted = [...b].sort();
  return [...a].sort().every((item, index) => item === sorted[index]);
}

const words = (line: string): readonly string[] => line.split(/[\s,;:()[\]{}'"]+/).filter(Boolean);

/** The first words of two lines that are not the same. */
function differingWords(a: string, b: string): readonly [string, string] {
  const split = (line: string) => line.split(/[\s,;()[\]{}'"=]+/).filter(Boolean);
  const [ours, theirs] = [split(a), split(b)];
  const index = ours.findIndex((word, at) => word !== theirs[at]);
  return [ours[index] ?? '', theirs[index] ?? ''];
}

/** A mode, and what a umask of 027 or 077 leaves of it. */
function isUmasked(one: string, two: string): boolean {
  const [whole, left] = [OCTAL.exec(one)?.[1], OCTAL.exec(two)?.[1]];
  if (whole === undefined || left === undefined || whole === left) return false;
  const [a, b] = [Number.parseInt(whole, 8), Number.parseInt(left, 8)];
  return [0o077, 0o027, 0o022, 0o007, 0o002].some((umask) => (a & ~umask) === b) && (a & 0o400) !== 0;
}
