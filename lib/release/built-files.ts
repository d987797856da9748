import {ioError, MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import type {Artifact} from './target.js';

/**
 * Make sure that files are still what was built and tried: they may have waited for days.
 *
 * @throws E_PUBLISH that names the first which is not, E_IO
 */
export async function assertBuilt(artifacts: readonly Artifact[]): Promise<void> {
  for (const {file, sha256} of artifacts) {
    const found = await digestFile(file).catch((error) => {
      throw ioError(error, `reading ${file}`);
    });
    if (found.sha256 !== sha256)
      throw new MkvenvdebError('E_PUBLISH', `File is not what was built: ${file}`, {
        issues: [`built: sha256 ${sha256}`, `found: sha256 ${found.sha256}`],
      });
  }
}
