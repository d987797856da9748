import {rename, writeFile} from 'node:fs/promises';
import type {Caller} from './context.js';
import {ioError} from './errors.js';
import type {Plan} from './plan.js';
import {lockFile} from './python/lock.js';
import type {CollectedWheels} from './python/wheels.js';

/** The whole lock or the one that was there: a build that dies while writing leaves no half of it. */
export async function writeLock(file: string, {config, requirements}: Plan, {downloads}: CollectedWheels) {
  const folders = requirements.folders.filter(({path}) => !config.preinstall.includes(path));
  try {
    await writeFile(`${file}.new`, await lockFile({file, downloads, folders}));
    await rename(`${file}.new`, file);
  } catch (error) {
    throw ioError(error, 'writing the lock');
  }
}

/** Say so where an index chose what is installed, and would choose again. */
export function warnUnlocked(
  {config, requirements}: Plan,
  {downloads}: CollectedWheels,
  {report}: Caller,
): void {
  if (downloads.length === 0 || config.noIndex || (requirements.hashed && requirements.lines.length > 0))
    return;
  const chosen = downloads.filter(({wheel}) => !requirements.required.has(wheel.normalizedName));
  report({
    type: 'warning',
    code: 'unlocked-dependencies',
    message:
      chosen.length > 0
        ? `Dependencies are not locked: the index chose ${chosen.length} of them`
        : 'Dependencies are not locked: they are named, but without hashes',
    hint:
      config.requirements.length === 0
        ? 'Run once with --write-lock requirements.txt: from then on the same versions are installed'
        : 'Run once with --write-lock requirements.lock, and name that file with requirements from then on',
  });
}
