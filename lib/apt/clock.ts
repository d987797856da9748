import {setTimeout as sleep} from 'node:timers/promises';
import {MkvenvdebError} from '../errors.js';

/** The clock, in whole seconds since 1970: it dates what is published, and nothing that is built may see it. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** apt takes an index from the near future (Acquire::Max-FutureTime, 10 s); half of that is left for its own clock. */
const AHEAD = 5;
/** Longer than this nobody waits: the clock is wrong. */
const PATIENCE = 60;

/**
 * Wait until an index with this date is not from the future for any client. Dates grow by a second with each
 * publication, so that many in a row run ahead of the clock.
 *
 * @param date in seconds since 1970
 * @throws E_PUBLISH when the clock is so far behind that it must be wrong; the signal's reason
 */
export async function waitForDate(date: number, signal?: AbortSignal): Promise<void> {
  const left = date - AHEAD - now();
  if (left <= 0) return;
  if (left > PATIENCE) {
    throw new MkvenvdebError('E_PUBLISH', `Clock is ${date - now()} s behind the last publication`, {
      hint: 'Set the clock: clients refuse an index from the future, and ignore one that is older than theirs',
    });
  }
  await sleep(left * 1000, undefined, {signal}).catch(() => signal?.throwIfAborted());
}
