import {findPast} from './check-history.js';
import {isCopy, isTrue} from './check-unused.js';
import {indexNames} from './generations.js';
import {readHistory} from './history.js';
import {recoverPlain} from './recover-index.js';
import type {ReleaseFile} from './release-file.js';
import type {Repository} from './repository.js';
import type {Storage} from './storage.js';
import {byHash} from './suite.js';

/**
 * Restore the indexes of earlier publications, forget those that cannot be gone back to any more, and remove copies
 * that have not the content of their name: they would stand in the way of those that have.
 *
 * @param done what was done, in words; grows
 */
export async function repairHistory({storage, settings}: Repository, done: string[]): Promise<void> {
  const pool = new Set(await storage.list('pool'));
  for (const {suite} of settings.suites) {
    for (const past of await readHistory(storage, suite)) {
      if ((await findPast(storage, past, pool)).loss === undefined) continue;
      if (past.release) await restorePlain(storage, past.release);
      const {loss} = await findPast(storage, past, pool);
      if (loss !== undefined) await storage.remove(past.path);
      done.push(
        `${suite}: ${loss === undefined ? 'restored' : 'forgot what cannot be gone back to'}: ${past.path}`,
      );
    }
    for (const path of await storage.list(`dists/${suite}`)) {
      if (!isCopy(path) || (await isTrue(storage, path))) continue;
      await storage.remove(path);
      done.push(`${suite}: removed what is damaged: ${path}`);
    }
  }
  await storage.sync();
}

async function restorePlain(storage: Storage, release: ReleaseFile): Promise<void> {
  for (const name of indexNames(release)) {
    const plain = await recoverPlain(storage, release, name);
    const listed = release.files.find(({path}) => path === `${name}/Packages`);
    if (plain && listed) await storage.replace(byHash(`dists/${release.facts.suite}`, listed), plain);
  }
}
