import {MkvenvdebError} from './errors.js';
import {gitEnvironment} from './formats/git.js';
import type {Warning} from './report.js';
import {run} from './run.js';

/** 1980-01-01, the first moment a zip archive can name: what is used when nothing tells the time. */
export const FALLBACK_EPOCH = 315532800;

/** What to tell when that has to be used. */
export const NO_TIME: Warning = {
  type: 'warning',
  code: 'no-time',
  message: 'Nothing tells when this was made: every file is dated 1980-01-01',
  hint: 'Build from a git checkout, or set source_date_epoch or SOURCE_DATE_EPOCH',
};

/** The last second that every dpkg reads without base-256 numbers (33 bits, year 2242). */
const LAST_EPOCH = 2 ** 33 - 1;

/** The one moment that a build knows. */
export interface Epoch {
  /** Seconds since 1970. */
  readonly seconds: number;
  /** What told it. */
  readonly from: 'option' | 'environment' | 'changelog' | 'commit' | 'archive' | 'fallback';
}

/**
 * Read SOURCE_DATE_EPOCH (reproducible-builds.org): whole seconds since 1970. This is its only reader.
 *
 * @throws E_OPTION when it is set and is not such a number: guessing would make builds differ silently
 */
export function readSourceDateEpoch(
  environment: Readonly<Record<string, string | undefined>>,
): number | undefined {
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

export interface EpochOptions {
  /** What the option says. */
  readonly given: number | undefined;
  /** When the newest entry of the changelog was made, in seconds since 1970. */
  readonly changelog?: number | undefined;
  /** The newest day that a changelog without times names: taken where nothing else tells. */
  readonly day?: number | undefined;
  /** Project folder whose last commit counts; undefined for an archive or a requirement. */
  readonly folder: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The time of a build, never the clock's: the option, else SOURCE_DATE_EPOCH, else the changelog's newest entry, else
 * the last commit that touched the project folder, else the changelog's newest day. undefined where an archive's
 * newest member will tell it; the fallback where nothing does.
 */
export async function planEpoch({
  given,
  changelog,
  day,
  folder,
  environment,
  signal,
}: EpochOptions): Promise<Epoch | undefined> {
  if (given !== undefined) return {seconds: given, from: 'option'};
  const set = readSourceDateEpoch(environment);
  if (set !== undefined) return {seconds: set, from: 'environment'};
  if (changelog !== undefined && changelog >= 0 && changelog <= LAST_EPOCH)
    return {seconds: changelog, from: 'changelog'};
  if (folder === undefined) return undefined;
  const commit = await lastCommit(folder, {environment, signal});
  if (commit !== undefined) return {seconds: commit, from: 'commit'};
  return day === undefined ? {seconds: FALLBACK_EPOCH, from: 'fallback'} : {seconds: day, from: 'changelog'};
}

async function lastCommit(
  folder: string,
  {environment, signal}: Pick<EpochOptions, 'environment' | 'signal'>,
): Promise<number | undefined> {
  const env = gitEnvironment({
    PATH: environment.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
  });
  const options = {cwd: folder, env, signal, label: 'git', tolerant: true};
  const result = await run('git', ['log', '-1', '--format=%ct', '--', '.'], options).catch((error) => {
    if (signal?.aborted) throw error;
    return undefined; // there is no git on this machine
  });
  const seconds = Number(result?.stdout || Number.NaN);
  return result?.exitCode === 0 && Number.isSafeInteger(seconds) ? Math.max(0, seconds) : undefined;
}
