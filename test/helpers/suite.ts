import {existsSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as assert from 'uvu/assert';
import type {ErrorCode} from '../../lib/errors.js';
import {MkvenvdebError} from '../../lib/errors.js';

function findRoot(start: string): string {
  let folder = start;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** The checkout. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)));
/** A path below fixtures/. */
export const fixture = (...parts: string[]): string => join(root, 'fixtures', ...parts);
/** The compiled command line. */
export const cli = join(root, 'dist', 'cli', 'mkvenvdeb.js');
/** True in `npm run test:long`: more cases, longer runs. */
export const long = process.env.MKVENVDEB_LONG === '1';
/** True when golden files shall be written anew: `UPDATE=1 npm test`. */
export const update = process.env.UPDATE === '1';

/** Say why a test cannot run here; the runner counts the line. Use it as `return skip(…)`. */
export function skip(what: string, why: string): void {
  // On a line of its own: uvu prints its dots without line breaks.
  console.log(`\nSKIP ${what}: ${why}`);
}

/** Assert that a call throws a MkvenvdebError of that code whose message fits: `rejects` for what is not a promise. */
export function throws(call: () => unknown, code: ErrorCode, message: RegExp): MkvenvdebError {
  try {
    call();
  } catch (error) {
    return fits(error, code, message);
  }
  assert.unreachable(`did not throw, expected ${code} ${message}`);
  throw new Error('unreachable');
}

function fits(error: unknown, code: ErrorCode, message: RegExp): MkvenvdebError {
  if (!(error instanceof MkvenvdebError)) throw error;
  assert.is(error.code, code, `${error.code}: ${error.message}`);
  assert.match(`${error.message}\n${error.issues.join('\n')}\n${error.hint ?? ''}`, message);
  return error;
}

/** Assert that a promise is rejected with a MkvenvdebError of that code whose message fits. */
export async function rejects(
  promise: Promise<unknown>,
  code: ErrorCode,
  message: RegExp,
): Promise<MkvenvdebError> {
  let error: unknown;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error !== undefined, `was not rejected, expected ${code} ${message}`);
  return fits(error, code, message);
}

/** Run with a new empty folder that is removed afterwards. */
export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'mkvenvdeb-test-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 3});
  }
}
