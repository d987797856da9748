import {MkvenvdebError} from './errors.js';

/** 1980-01-01, the first moment a zip archive can name: what is used when nothing tells the time. */
export const FALLBACK_EPOCH = 315532800;

/** The last second that every dpkg reads without base-256 numbers (33 bits, year 2242). */
const LAST_EPOCH = 2 ** 33 - 1;

/**
 * Read SOURCE_DATE_EPOCH (reproducible-builds.org): whole seconds since 1970. This is its only reader.
 *
 * @throws E_OPTION when it is set and is not such a number: guessing would make builds differ silently.
 */
export function readSourceDateEpoch(environment: NodeJS.ProcessEnv): number | undefined {
  const text = environment.SOURCE_DATE_EPOCH;
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds > LAST_EPOCH) {
    throw new MkvenvdebError('E_OPTION', `SOURCE_DATE_EPOCH is not a whole number of seconds: ${text}`, {
      hint: 'Set it to the output of "git log -1 --format=%ct", or unset it',
    });
  }
  return seconds;
}
