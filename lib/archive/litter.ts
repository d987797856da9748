import {mkdtemp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {ioError} from '../errors.js';
import {litterIn, PROCESS_TAG, processTag} from '../processes.js';

/** Work folders beside the output. */
const NAME = new RegExp(`^\\.mkvenvdeb-(${PROCESS_TAG})-\\w+$`);

/** Make a hidden folder on the same file system as the file that will come out of it. */
export const makeWorkFolder = async (folder: string): Promise<string> =>
  mkdtemp(join(folder, `.mkvenvdeb-${await processTag()}-`));

/** What processes that were killed left in a folder of the kind that `makeWorkFolder` makes. */
export const findLitter = (folder: string): Promise<readonly string[]> => litterIn(folder, NAME);

/**
 * Remove what processes that were killed left in a folder: temporary outputs of `writeDeb`. What belongs to a
 * process that lives, or to another machine or container that shares the folder, stays.
 *
 * @throws E_IO when the folder cannot be read or changed; a folder that does not exist holds no litter
 */
export async function removeLitter(folder: string): Promise<void> {
  try {
    for (const path of await findLitter(folder)) await rm(path, {recursive: true, force: true});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw ioError(error, `removing litter from ${folder}`);
  }
}
