/** The same numbers again: `MKVENVDEB_SEED=7 node dist/test/…`. */
const VARIABLE = 'MKVENVDEB_SEED';

/**
 * Random numbers from 0 to below 1 of a seed, which is printed, for a test that tries something else each time.
 *
 * @param what is tried, in words
 */
export function randomNumbers(what: string): () => number {
  const given = process.env[VARIABLE];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
  if (!Number.isSafeInteger(seed)) throw new Error(`${VARIABLE} is no number: ${given}`);
  console.log(`${what}: ${VARIABLE}=${seed}`);
  return numbersOf(seed);
}

/** The same numbers for the same seed (mulberry32). */
export function numbersOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
