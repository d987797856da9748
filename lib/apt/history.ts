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

/**
 * What was published as a suite before what is now, the latest first.
 *
 * @throws E_FORMAT for one that is damaged
 */
export async function readHistory(storage: Storage, suite: string): Promise<readonly ReleaseFile[]> {
  const releases: ReleaseFile[] = [];
  for (const path of await storage.list(folderOf(suite))) {
    const bytes = await storage.read(path);
    if (bytes !== undefined) releases.push(parseRelease(clearText(bytes.toString(), path), path));
  }
  return releases.sort((a, b) => b.date - a.date);
}
