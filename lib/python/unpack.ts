import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import fse from 'fs-extra';
import {litterIn, PROCESS_TAG, processTag} from '../processes.js';
import {run} from '../run.js';
import {script} from './interpreter.js';
import type {PipOptions} from './pip.js';
import {inside} from './workspace.js';

/** What is being unpacked, by the process that does it. */
const PARTIAL = new RegExp(`^\\.partial-(${PROCESS_TAG})-`);

export interface UnpackOptions
  extends Pick<PipOptions, 'interpreter' | 'cache' | 'env' | 'signal' | 'secrets' | 'under'> {
  readonly wheels: readonly string[];
  /** False: what is unpacked must not count as installed. */
  readonly keepMetadata: boolean;
  /** Readable part of the folder's name. */
  readonly name: string;
}

/**
 * Unpack and compile wheels once per interpreter, in a folder of the cache that is named by their content. The folder
 * appears whole or not at all, also when two builds make it at once.
 */
export async function unpackedWheels(options: UnpackOptions): Promise<string> {
  const {interpreter, cache, wheels, keepMetadata, name} = options;
  const hash = createHash('sha256').update(`${interpreter.executable} ${keepMetadata}`);
  for (const wheel of wheels) hash.update(await readFile(wheel));
  const all = join(cache, 'unpacked');
  const folder = join(all, `${name}-${interpreter.cacheTag}-${hash.digest('hex').slice(0, 16)}`);
  if (await fse.pathExists(folder)) return folder;
  await mkdir(all, {recursive: true});
  for (const path of await litterIn(all, PARTIAL)) await rm(path, {recursive: true, force: true});
  const partial = await mkdtemp(join(all, `.partial-${await processTag()}-`));
  try {
    const args = ['-s', script('unpack_wheels.py'), partial, keepMetadata ? '1' : '0', ...wheels];
    await run(interpreter.executable, args, {...inside(options), cwd: '/', label: 'unpack'});
    await rename(partial, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    await rm(partial, {recursive: true, force: true});
  }
  return folder;
}
