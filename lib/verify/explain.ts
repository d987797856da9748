import type {VariationName} from '../variations/names.js';

/** What is to be explained. */
export interface Puzzle {
  /** What names each difference between a build with nothing and one with everything varied. */
  readonly keys: ReadonlySet<string>;
  readonly names: readonly VariationName[];
}

/** Builds under some of the variations; gives the keys of what differs then. */
export type Experiment = (names: readonly VariationName[]) => Promise<ReadonlySet<string>>;

/**
 * Find out which variations bring about each difference, by halving them: a half that shows none of what is looked for
 * is not looked at again.
 *
 * @returns by key: the variations that do so, each by itself; several that only do so together are all named; empty
 *   for what differs with nothing varied
 */
export async function attribute(
  {keys, names}: Puzzle,
  experiment: Experiment,
): Promise<ReadonlyMap<string, readonly VariationName[]>> {
  const found = new Map<string, Set<VariationName>>([...keys].map((key) => [key, new Set()]));
  const byChance = await experiment([]);
  const blame = (wanted: ReadonlySet<string>, guilty: readonly VariationName[]) => {
    for (const key of wanted) for (const name of guilty) found.get(key)?.add(name);
  };
  const narrow = async (some: readonly VariationName[], wanted: ReadonlySet<string>): Promise<void> => {
    if (wanted.size === 0) return;
    if (some.length === 1) return blame(wanted, some);
    const middle = Math.ceil(some.length / 2);
    const seen = new Set<string>();
    for (const half of [some.slice(0, middle), some.slice(middle)]) {
      const shown = common(wanted, await experiment(half));
      for (const key of shown) seen.add(key);
      await narrow(half, shown);
    }
    blame(without(wanted, seen), some);
  };
  await narrow(names, without(keys, byChance));
  return new Map([...found].map(([key, guilty]) => [key, names.filter((name) => guilty.has(name))]));
}

const common = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((key) => b.has(key)));

const without = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...a].filter((key) => !b.has(key)));
