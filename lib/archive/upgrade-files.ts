import {posix} from 'node:path';
import {compareBytes} from '../formats/order.js';
import type {BundledDistribution} from './inspect-distributions.js';
import {conffilesOf} from './inspect-system.js';
import type {DebEntry} from './read-tar.js';
import {controlText, type Survey} from './survey.js';

/** A member of the data archive that is not the same; times are left out. */
export interface FileChange {
  /** Without leading slash. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What is not the same of a changed one. */
  readonly what: readonly ('type' | 'content' | 'target' | 'mode' | 'owner')[];
  readonly before?: FileFacts;
  readonly after?: FileFacts;
}

export interface FileFacts {
  readonly type: DebEntry['type'];
  readonly size: number;
  readonly mode: number;
  /** `root:root` */
  readonly owner: string;
  readonly target?: string;
}

/** A distribution that comes, goes or changes. */
export interface DistributionChange {
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before?: {readonly version: string; readonly size: number};
  readonly after?: {readonly version: string; readonly size: number};
}

/** A conffile of either package, and what dpkg does with it (Policy 10.7.3, deb-conffiles(5)). */
export interface ConffileChange {
  /** Absolute. */
  readonly path: string;
  readonly change: 'added' | 'removed' | 'changed' | 'unchanged';
  /**
   * Whether dpkg asks the administrator: `never`; `if-edited` when the file on the server is not that of the older
   * package; `if-present` when there is a file of that name with other content.
   */
  readonly prompt: 'never' | 'if-edited' | 'if-present';
  /** What happens to the file on the server. */
  readonly effect: string;
}

/** Members that are not the same, by path. */
export function compareFiles(before: Survey, after: Survey): readonly FileChange[] {
  const old = new Map(before.contents.entries.map((entry) => [entry.path, entry]));
  const now = new Map(after.contents.entries.map((entry) => [entry.path, entry]));
  const changes: FileChange[] = [];
  for (const [path, entry] of now) {
    const earlier = old.get(path);
    if (earlier === undefined) {
      changes.push({path, change: 'added', what: [], after: factsOf(entry)});
      continue;
    }
    const isSame = before.digests.get(path) === after.digests.get(path);
    const what = [...differences(earlier, entry, isSame)];
    if (what.length > 0)
      changes.push({path, change: 'changed', what, before: factsOf(earlier), after: factsOf(entry)});
  }
  for (const [path, entry] of old)
    if (!now.has(path)) changes.push({path, change: 'removed', what: [], before: factsOf(entry)});
  return changes.sort((a, b) => compareBytes(a.path, b.path));
}

function* differences(a: DebEntry, b: DebEntry, isSame: boolean): Generator<FileChange['what'][number]> {
  const isFile = ({type}: DebEntry) => type === 'file' || type === 'hardlink';
  if (a.type !== b.type && !(isFile(a) && isFile(b))) yield 'type';
  else if (isFile(a) && !isSame) yield 'content';
  else if (a.type === 'symlink' && a.target !== b.target) yield 'target';
  if (a.mode !== b.mode && b.type !== 'symlink') yield 'mode';
  if (ownerOf(a) !== ownerOf(b)) yield 'owner';
}

const ownerOf = ({owner, group, uid, gid}: DebEntry): string => `${owner || uid}:${group || gid}`;

const factsOf = (entry: DebEntry): FileFacts => ({
  type: entry.type,
  size: entry.size,
  mode: entry.mode,
  owner: ownerOf(entry),
  ...(entry.target === undefined ? {} : {target: entry.target}),
});

/** Distributions by name; of one that is there several times also by its folder. */
export function compareDistributions(
  before: readonly BundledDistribution[],
  after: readonly BundledDistribution[],
): readonly DistributionChange[] {
  const several = new Set<string>();
  for (const list of [before, after]) {
    const seen = new Set<string>();
    for (const {normalizedName} of list) (seen.has(normalizedName) ? several : seen).add(normalizedName);
  }
  const keyOf = ({normalizedName, path}: BundledDistribution) =>
    several.has(normalizedName) ? `${normalizedName} ${posix.dirname(path)}` : normalizedName;
  const [old, now] = [before, after].map((list) => new Map(list.map((one) => [keyOf(one), one])));
  const facts = (one: BundledDistribution | undefined) => one && {version: one.version, size: one.size};
  return [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])].sort(compareBytes).flatMap((key) => {
    const [one, two] = [old?.get(key), now?.get(key)];
    if (one && two && one.version === two.version && one.size === two.size) return [];
    const change = one === undefined ? 'added' : two === undefined ? 'removed' : 'changed';
    const name = (two ?? one)?.name ?? key;
    return [{name, change, ...defined('before', facts(one)), ...defined('after', facts(two))}] as const;
  });
}

const defined = <Key extends string, Value>(key: Key, value: Value | undefined): {[K in Key]?: Value} =>
  (value === undefined ? {} : {[key]: value}) as {[K in Key]?: Value};

/** What dpkg does with each conffile of the two, by path. */
export function compareConffiles(before: Survey, after: Survey): readonly ConffileChange[] {
  const [old, now] = [new Set(conffilesOf(before)), new Set(conffilesOf(after))];
  const dropped = droppedConffiles(after);
  return [...new Set([...old, ...now])].sort(compareBytes).map((path): ConffileChange => {
    const name = path.slice(1);
    const isSame = before.digests.get(name) === after.digests.get(name);
    if (!now.has(path))
      return {path, change: 'removed', ...whenRemoved(after.digests.has(name), dropped.has(path))};
    if (!old.has(path)) return {path, change: 'added', ...whenAdded(before.digests.has(name), isSame)};
    if (isSame) return {path, change: 'unchanged', prompt: 'never', effect: 'stays as it is, edits too'};
    return {
      path,
      change: 'changed',
      prompt: 'if-edited',
      effect: 'replaced, unless it was edited: then dpkg asks',
    };
  });
}

function whenRemoved(isStillThere: boolean, isDropped: boolean): Pick<ConffileChange, 'prompt' | 'effect'> {
  if (isStillThere)
    return {prompt: 'never', effect: 'no conffile any more: overwritten without a question, edits are lost'};
  if (isDropped) return {prompt: 'never', effect: 'removed; an edited one is kept beside, renamed'};
  return {prompt: 'never', effect: 'stays behind as an obsolete conffile until a purge'};
}

function whenAdded(wasThere: boolean, isSame: boolean): Pick<ConffileChange, 'prompt' | 'effect'> {
  if (!wasThere)
    return {prompt: 'if-present', effect: 'installed; if one with other content is there, dpkg asks'};
  if (isSame) return {prompt: 'if-edited', effect: 'becomes a conffile; dpkg asks if it was edited'};
  return {prompt: 'if-present', effect: 'becomes a conffile with other content: dpkg asks on every server'};
}

/** What the newer package removes itself: by flag of deb-conffiles(5) or by dpkg-maintscript-helper(1). */
function droppedConffiles(after: Survey): ReadonlySet<string> {
  const flagged = (controlText(after, 'conffiles') ?? '').matchAll(/^remove-on-upgrade (\/.*)$/gm);
  const helped = (controlText(after, 'preinst') ?? '').matchAll(
    /dpkg-maintscript-helper\s+'?rm_conffile'?\s+'?(\/[^\s']+)/g,
  );
  return new Set([...flagged, ...helped].map(([, path = '']) => path.trimEnd()));
}
