import type {Storage, StoredFile} from './storage.js';

/** So many at once: each may be an open file, of which a process may have a thousand. */
const AT_ONCE = 32;

/** Do something with each, many at once; what comes out is in their order. */
export async function forAll<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let next = 0; next < items.length; next += AT_ONCE)
    done.push(...(await Promise.all(items.slice(next, next + AT_ONCE).map(work))));
  return done;
}

/** Size and time of files. One that is gone meanwhile is left out. */
export async function statAll(
  storage: Storage,
  paths: readonly string[],
): Promise<ReadonlyMap<string, StoredFile>> {
  const found = await forAll(paths, (path) => storage.stat(path));
  return new Map(paths.flatMap((path, index) => (found[index] ? [[path, found[index]] as const] : [])));
}
