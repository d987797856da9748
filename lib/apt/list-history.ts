import type {Context} from '../report.js';
import {countSteps, missingFrom, readGenerations, readOffer, unlessDamaged} from './generations.js';
import type {IndexedPackage} from './packages-index.js';
import {type RepositoryOptions, suiteOf, withRepository} from './repository.js';

export interface AptHistoryOptions extends RepositoryOptions, Context {
  /** @default the only one */
  readonly suite?: string | undefined;
}

/** A publication of a suite. */
export interface AptGeneration {
  /** When it was published, in seconds since 1970. */
  readonly date: number;
  /** When another took its place; undefined for what is published now. */
  readonly superseded?: number | undefined;
  /** How many steps `rollbackApt` takes to it: 0 for what is published now. */
  readonly steps: number;
  /** How many packages it offers; undefined where its indexes are gone. */
  readonly packages?: number | undefined;
  /** `package version architecture` of what is there and was not in the one before … */
  readonly added: readonly string[];
  /** … and the other way round. */
  readonly removed: readonly string[];
}

/**
 * What a suite published, the latest first, as far as it is kept.
 *
 * @throws E_OPTION where there is no such repository or suite; E_FORMAT when what is published now is damaged; E_IO
 */
export async function aptHistory(options: AptHistoryOptions): Promise<readonly AptGeneration[]> {
  return withRepository(options, async ({storage, settings}) => {
    const generations = await readGenerations(storage, suiteOf(settings, options.suite).suite);
    const steps = countSteps(generations);
    const history: AptGeneration[] = [];
    let later: Offer | undefined;
    // The oldest first: each is held against the one before it.
    for (const [index, one] of [...generations.entries()].reverse()) {
      const offer = await unlessDamaged(readOffer(storage, one.release));
      const before = index === generations.length - 1 ? undefined : later;
      history.unshift({
        date: one.release.date,
        ...(one.superseded === undefined ? {} : {superseded: one.superseded}),
        steps: steps[index] as number,
        ...(offer === undefined ? {} : {packages: offer.size}),
        added: offer && before ? missingFrom(before, offer) : [],
        removed: offer && before ? missingFrom(offer, before) : [],
      });
      later = offer;
    }
    return history;
  });
}

type Offer = ReadonlyMap<string, IndexedPackage>;
