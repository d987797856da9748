import fc from 'fast-check';
import * as assert from 'uvu/assert';
import {type ErrorCode, MkvenvdebError} from '../../lib/errors.js';
import {long} from './suite.js';

/** The same cases in each quick run, others in each long one; the one that failed can be run again. */
export const seed = Number(
  process.env.MKVENVDEB_SEED ?? (long ? Math.floor(Math.random() * 2 ** 31) : 20_261_127),
);
/** Reading one of these inputs takes milliseconds, on a busy machine a second; so much more means that it hangs. */
const HANG = 20_000;
/** A long run ends by time, for the runner stops a file after 15 minutes. */
const MINUTES = Number(process.env.MKVENVDEB_FUZZ_MINUTES ?? 6);
/** What wrong input may end in. */
const CLEAN: readonly ErrorCode[] = ['E_FORMAT', 'E_OPTION', 'E_PAYLOAD', 'E_IO'];

interface Outcome {
  cases: number;
  accepted: number;
  slowest: number;
  readonly refused: Map<string, number>;
}

/** What became of the cases that readers were given. */
export class Outcomes {
  readonly #all = new Map<string, Outcome>();

  /** Read one case: it is accepted or refused cleanly and in time; anything else fails. */
  async of<T>(reader: string, read: () => T | Promise<T>): Promise<T | undefined> {
    const outcome = this.#all.get(reader) ?? {cases: 0, accepted: 0, slowest: 0, refused: new Map()};
    this.#all.set(reader, outcome);
    const started = performance.now();
    let result: T | undefined;
    try {
      result = await inTime(reader, Promise.resolve(read()));
      outcome.accepted += 1;
    } catch (error) {
      assert.ok(
        error instanceof MkvenvdebError && CLEAN.includes(error.code),
        `${reader}: ${(error as Error)?.stack}`,
      );
      outcome.refused.set(error.code, (outcome.refused.get(error.code) ?? 0) + 1);
    }
    const took = performance.now() - started;
    assert.ok(took < HANG, `${reader} took ${took} ms`);
    outcome.cases += 1;
    outcome.slowest = Math.max(outcome.slowest, took);
    return result;
  }

  accepted(reader: string): number {
    return this.#all.get(reader)?.accepted ?? 0;
  }

  cases(reader: string): number {
    return this.#all.get(reader)?.cases ?? 0;
  }

  /** One line for each reader, to be printed: what was tried is part of what a test says. */
  table(): string {
    const lines = [...this.#all].map(([reader, {cases, accepted, refused, slowest}]) => {
      const codes = [...refused].map(([code, count]) => `${code} ${count}`).join(', ');
      return `${reader.padEnd(24)} ${String(cases).padStart(8)} cases  ${String(accepted).padStart(7)} accepted  refused: ${codes || 'none'}  slowest ${slowest.toFixed(0)} ms`;
    });
    return `\n(MKVENVDEB_SEED=${seed})\n${lines.join('\n')}`;
  }
}

/** Settles as the promise does; a hang is an error. */
async function inTime<T>(reader: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${reader} hangs`)), HANG);
  });
  return Promise.race([promise, hang]).finally(() => clearTimeout(timer));
}

/**
 * Try a property on many cases. The error of one that fails tells how to run that one again; the case itself would
 * fill the screen.
 */
export async function hold<T>(
  cases: fc.Arbitrary<T>,
  runs: number,
  test: (value: T) => Promise<void> | void,
): Promise<void> {
  const property = fc.asyncProperty(cases, async (value) => {
    await test(value);
  });
  const path = process.env.MKVENVDEB_SEED_PATH;
  const {failed, errorInstance, counterexamplePath} = await fc.check(property, {
    // Other cases than the next property, which may take the same arbitrary.
    seed: seed + runs,
    numRuns: long ? runs * 100 : runs,
    ...(long ? {interruptAfterTimeLimit: MINUTES * 60_000} : {}),
    ...(path === undefined ? {} : {path}),
  });
  if (!failed) return;
  const again = `again: MKVENVDEB_SEED=${seed} MKVENVDEB_SEED_PATH=${counterexamplePath}`;
  throw new Error(`${(errorInstance as Error)?.stack}\n${again}`);
}
