import {statAll} from './at-once.js';
import {LISTS, listPath} from './file-lists.js';
import {type Generation, type Retention, readOffer, retained} from './generations.js';
import type {Storage, StoredFile} from './storage.js';
import {byHash} from './suite.js';

interface Sweep {
  readonly pool: ReadonlyMap<string, StoredFile>;
  readonly limits: Retention;
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Remove what no generation that is kept names: of the history, of the copies by digest, and of the pool what has been
 * there for long enough.
 *
 * @param suites generations of each suite, the latest first
 */
export async function sweep(
  storage: Storage,
  suites: ReadonlyMap<string, readonly Generation[]>,
  {pool, limits, dryRun, signal}: Sweep,
): Promise<{readonly files: readonly string[]; readonly bytes: number}> {
  const named = new Set<string>();
  const digests = new Set<string>();
  const [past, copies]: [string[], string[]] = [[], []];
  for (const [suite, generations] of suites) {
    const {kept, dropped} = retained(generations, limits);
    for (const {release} of kept) await nameAll(storage, release, {named, digests});
    past.push(...dropped.flatMap(({path}) => path ?? []));
    const files = await storage.list(`dists/${suite}`);
    copies.push(...files.filter((path) => path.includes('/by-hash/') && !named.has(path)));
  }
  const isOld = ({mtime}: StoredFile) => mtime < limits.since;
  const unused = [...pool].flatMap(([path, stored]) =>
    path.endsWith('.deb') && isOld(stored) && !named.has(path) ? [path] : [],
  );
  const lists = (await storage.list(LISTS)).filter((path) => !digests.has(path));
  const sizes = new Map([...pool, ...(await statAll(storage, [...past, ...copies, ...lists]))]);
  // The history first: what is broken off after that has forgotten a generation, not lost a part of one.
  const files = [...past, ...copies, ...unused, ...lists];
  for (const [index, path] of dryRun ? [] : files.entries()) {
    signal?.throwIfAborted();
    if (index === past.length && index > 0) await storage.sync();
    await storage.remove(path);
  }
  return {files, bytes: files.reduce((sum, path) => sum + (sizes.get(path)?.size ?? 0), 0)};
}

interface Named {
  readonly named: Set<string>;
  /** Paths of the lists of files, by the digest of their packages. */
  readonly digests: Set<string>;
}

async function nameAll(
  storage: Storage,
  release: Generation['release'],
  {named, digests}: Named,
): Promise<void> {
  for (const listed of release.files) named.add(byHash(`dists/${release.facts.suite}`, listed));
  for (const {filename, sha256} of (await readOffer(storage, release)).values()) {
    named.add(filename);
    digests.add(listPath(sha256));
  }
}
