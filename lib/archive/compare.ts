import type {Context} from '../report.js';
import type {ArMember} from './ar.js';
import {explainContent} from './compare-content.js';
import {compareEntries} from './compare-entries.js';
import {digestOfFile, fetchContents, type Look, likelyChanged, look} from './compare-look.js';
import type {ReadDebOptions} from './read.js';

/** One thing in which two packages differ. */
export interface Difference {
  /** `ar`, `control.tar` or `data.tar`. */
  readonly member: string;
  /** Of the file inside it. */
  readonly path?: string;
  /** Stable identifier: `ar-header`, `compressor`, `order`, `mode`, `shebang` … */
  readonly kind: string;
  readonly detail: string;
  /** Why that is so, as far as can be told. */
  readonly cause?: string;
  readonly cure?: string;
}

/** Whether two packages are the same, and if not, why. */
export interface DebDifference {
  /** The same bytes. */
  readonly equal: boolean;
  /** Nothing only when they are equal. */
  readonly differences: readonly Difference[];
}

export interface CompareDebsOptions extends Pick<Context, 'signal'>, Pick<ReadDebOptions, 'limits'> {}

/**
 * Compare two packages. What differs is told at the deepest level that shows it: when the archives inside are the
 * same, it is the compressor; when their members are, the way they are written down; else member by member.
 *
 * @throws E_FORMAT for what is no package; E_OPTION when there is no such file; E_IO; the signal's reason
 */
export async function compareDebs(
  a: string,
  b: string,
  options: CompareDebsOptions = {},
): Promise<DebDifference> {
  const likely = await likelyChanged(a, b, options);
  const one = await look(a, options, likely);
  if (one.sha256 === (await digestOfFile(b))) return {equal: true, differences: []};
  const two = await look(b, options, ({path}, found) => {
    const other = one.fileDigests.get(path);
    return other !== undefined && other !== found;
  });
  const differences = [
    ...compareHeaders(one, two),
    ...compareArchives('control', [one, two], [...compareControlFiles(one, two)]),
    ...compareArchives('data', [one, two], await compareDataFiles(a, [one, two], options)),
  ];
  if (differences.length === 0) {
    differences.push({member: 'ar', kind: 'ar-bytes', detail: 'Headers or padding are written differently'});
  }
  return {equal: false, differences};
}

function* compareHeaders(a: Look, b: Look): Generator<Difference> {
  const names = (look: Look) => look.archive.map(({name}) => name).join(', ');
  if (names(a) !== names(b)) {
    yield {member: 'ar', kind: 'ar-members', detail: `${names(a)} and ${names(b)}`};
    return;
  }
  if (a.version !== b.version)
    yield {member: 'ar', kind: 'format-version', detail: `${a.version} and ${b.version}`};
  const fields: readonly (keyof ArMember)[] = ['mtime', 'uid', 'gid', 'mode'];
  for (const [index, one] of a.archive.entries()) {
    const two = b.archive[index] as ArMember;
    for (const field of fields.filter((field) => one[field] !== two[field])) {
      const detail = `${field} of ${one.name}: ${one[field]} and ${two[field]}`;
      const time = {cause: 'They were built for different moments', cure: 'Set SOURCE_DATE_EPOCH'};
      yield {member: 'ar', kind: 'ar-header', detail, ...(field === 'mtime' ? time : {})};
    }
  }
}

/** @param contents the differences between files of the two archives */
function* compareArchives(
  which: 'control' | 'data',
  [a, b]: readonly [Look, Look],
  contents: readonly Difference[],
): Generator<Difference> {
  const member = `${which}.tar`;
  const [one, two] = [a.tars[which], b.tars[which]];
  if (one.sha256 !== two.sha256) {
    const found = [...compareEntries(one.entries, two.entries)].map((difference) => ({
      member,
      ...difference,
    }));
    yield* [...found, ...contents];
    if (found.length + contents.length > 0) return;
    const detail = 'The same members, written down differently (header format or padding)';
    yield {member, kind: 'tar-format', detail};
    return;
  }
  const nameIn = (look: Look) => look.archive.find(({name}) => name.startsWith(member))?.name ?? '';
  if (a.memberDigests.get(nameIn(a)) === b.memberDigests.get(nameIn(b))) return;
  yield {
    member,
    kind: 'compressor',
    detail: `The same archive, compressed differently (${nameIn(a)} and ${nameIn(b)})`,
    cause: 'Another compressor, another version of it, or another level',
    cure: 'Build both with the same version of mkvenvdeb and the same compression_level',
  };
}

function* compareControlFiles(a: Look, b: Look): Generator<Difference> {
  for (const {path, data} of a.members) {
    const other = b.members.find((file) => file.path === path)?.data;
    if (other === undefined || data.equals(other)) continue;
    const explanation = explainContent(path, data, other);
    const {detail} = explanation;
    const follows = {
      kind: 'md5sums',
      detail,
      cause: 'A file of the data archive differs, is missing or is more',
    };
    yield {member: 'control.tar', path, ...(path === 'md5sums' ? follows : explanation)};
  }
}

async function compareDataFiles(
  a: string,
  [one, two]: readonly [Look, Look],
  options: CompareDebsOptions,
): Promise<readonly Difference[]> {
  const paths = changedFiles(one, two);
  const missing = paths.filter((path) => two.kept.has(path) && !one.kept.has(path));
  const fetched = await fetchContents(a, missing, options);
  return paths.map((path) => {
    const [before, after] = [one.kept.get(path) ?? fetched.get(path), two.kept.get(path)];
    const member = 'data.tar';
    if (before && after) return {member, path, ...explainContent(path, before, after)};
    return {member, path, kind: 'binary', detail: 'Contents differ; too large to look at'};
  });
}

/** Paths of the files that are in both packages with different contents. */
const changedFiles = (a: Look, b: Look): readonly string[] =>
  [...a.fileDigests.keys()].filter((path) => {
    const other = b.fileDigests.get(path);
    return other !== undefined && other !== a.fileDigests.get(path);
  });
