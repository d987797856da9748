import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Facts, Turn} from './turn.js';

const DAYS = 400;

/** 400 days later, for everything that is run. */
export async function otherDate({plans}: Facts): Promise<Turn> {
  if (plans.some((plan) => 'interpreter' in plan && !plan.config.noIndex))
    return {why: 'an index is asked, whose certificate would have expired'};
  const library = await findFaketime();
  if (!library) return {why: 'libfaketime is not installed'};
  return {
    injected: {LD_PRELOAD: library, FAKETIME: `+${DAYS}d`, FAKETIME_DONT_FAKE_MONOTONIC: '1'},
    value: `${DAYS} days later`,
  };
}

async function findFaketime(): Promise<string | undefined> {
  for (const triplet of await readdir('/usr/lib').catch(() => [])) {
    const file = join('/usr/lib', triplet, 'faketime', 'libfaketime.so.1');
    const isThere = await stat(file).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}
