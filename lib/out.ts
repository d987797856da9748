import {access, constants, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {removeLitter} from './archive/litter.js';
import {ioError, MkvenvdebError} from './errors.js';

/**
 * Remove from the output folder what killed builds left, and find out before the work whether it can be written to.
 * It is made only when there is something to put into it.
 *
 * @throws E_IO when the package could not be written there
 */
export async function openOut(out: string): Promise<void> {
  await removeLitter(out);
  await assertWritable(out, out);
}

/** The folder itself, or the nearest above it that exists. */
async function assertWritable(folder: string, out: string): Promise<void> {
  try {
    const isFolder = (await stat(folder)).isDirectory();
    if (!isFolder)
      throw new MkvenvdebError('E_IO', `Not a folder, but the package shall go there: ${folder}`);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder;
    if (isAbsent) return assertWritable(dirname(folder), out);
    throw ioError(error, `making the output folder ${out}`);
  }
}
