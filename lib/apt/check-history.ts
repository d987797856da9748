import {readOffer, unlessDamaged} from './generations.js';
import type {PastRelease} from './history.js';
import type {Storage} from './storage.js';

/** An earlier publication, as far as it is still there. */
export interface FoundPast {
  /** Names of the files that it offers. */
  readonly filenames: readonly string[];
  /** Why it cannot be gone back to. */
  readonly loss?: string;
}

/** Look what is left of an earlier publication. @param pool every file that is there */
export async function findPast(
  storage: Storage,
  {release}: Pick<PastRelease, 'release'>,
  pool: {has(path: string): boolean},
): Promise<FoundPast> {
  if (release === undefined) return {filenames: [], loss: 'It is no signed Release file'};
  const offer = await unlessDamaged(readOffer(storage, release));
  if (offer === undefined) return {filenames: [], loss: 'An index of it is gone or damaged'};
  const filenames = [...offer.keys()];
  const gone = filenames.find((filename) => !pool.has(filename));
  return {filenames, ...(gone === undefined ? {} : {loss: `A package of it is gone: ${gone}`})};
}
