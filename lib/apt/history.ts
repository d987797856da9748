import {MkvenvdebError} from '../errors.js';
import {clearText} from './openpgp-armor.js';
import {parseRelease, type ReleaseFile} from './release-file.js';
import {STATE_FOLDER} from './settings.js';
import type {Storage} from './storage.js';

const folderOf = (suite: string): string => `${STATE_FOLDER}/history/${suite}`;

/**
 * Keep what was published as a suite, signed as it was, so that there is a way back to it. To be called before
 * something takes its place: what nobody could ever see is never kept.
 */
export async function remember(
  storage: Storage,
  {release, bytes}: {readonly release: ReleaseFile; readonly bytes: Uint8Array},
): Promise<void> {
  await storage.create(`${folderOf(release.facts.suite)}/${release.date}`, bytes);
}

/** What was published as a suite once. */
export interface PastRelease {
  /** Relative to the root of the repository: where it is kept. */
  readonly path: string;
  /** As it was signed. */
  readonly bytes: Buffer;
  /** undefined where it is damaged. */
  readonly release: ReleaseFile | undefined;
}

/** What was published as a suite before what is now, the latest first, and then what of it is damaged. */
export async function readHistory(storage: Storage, suite: string): Promise<readonly PastRelease[]> {
  const releases: PastRelease[] = [];
  for (const path of await storage.list(folderOf(suite))) {
    const bytes = await storage.read(path);
    if (bytes !== undefined) releases.push({path, bytes, release: parse(bytes, path)});
  }
  return releases.sort((a, b) => (b.release?.date ?? 0) - (a.release?.date ?? 0));
}

function parse(bytes: Buffer, path: string): ReleaseFile | undefined {
  try {
    return parseRelease(clearText(bytes.toString(), path), path);
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
}
