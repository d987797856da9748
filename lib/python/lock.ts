import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {dirname, relative} from 'node:path';
import {LOCK_HEADER} from '../formats/requirements.js';
import type {LocalFolder} from './requirements.js';
import type {Download} from './wheels.js';

export interface LockOptions {
  /** Where it will lie: local folders are named from there. */
  readonly file: string;
  readonly downloads: readonly Download[];
  /** What requirement files ask for and is built here. */
  readonly folders: readonly LocalFolder[];
}

/**
 * What was installed, as a requirement file: giving it back as `requirements` repeats the installation exactly. What
 * pip downloaded has its hash; local folders come with the project and are named as they were. Sorted.
 */
export async function lockFile({file, downloads, folders}: LockOptions): Promise<string> {
  const lines: string[] = [];
  for (const {file: archive, wheel} of downloads) {
    const sha256 = createHash('sha256')
      .update(await readFile(archive))
      .digest('hex');
    lines.push(`${wheel.normalizedName}==${wheel.metadata.version} \\\n    --hash=sha256:${sha256}\n`);
  }
  for (const {path, extras = '', marker} of folders) {
    const place = relative(dirname(file), path);
    const local = place.startsWith('../') ? place : `./${place}`;
    lines.push(`${local}${extras}${marker === undefined ? '' : ` ; ${marker}`}\n`);
  }
  return `${LOCK_HEADER}\n${lines.sort().join('')}`;
}
