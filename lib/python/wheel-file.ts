import {open} from 'node:fs/promises';
import {basename} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {type CoreMetadata, parseCoreMetadata} from '../formats/core-metadata.js';
import {listZip, readZipMember} from '../formats/zip.js';

/** What a wheel says of itself. */
export interface WheelFacts {
  readonly metadata: CoreMetadata;
  /** Newest time among its members, seconds since 1970. */
  readonly newestMember: number;
}

/**
 * Read METADATA and times of a wheel (PyPA, binary distribution format).
 *
 * @throws E_FORMAT when it is none
 */
export async function readWheelFile(file: string): Promise<WheelFacts> {
  const handle = await open(file);
  try {
    const members = await listZip(handle);
    const member = members.find(({name}) => /^[^/]+\.dist-info\/METADATA$/.test(name));
    if (!member) {
      throw new MkvenvdebError('E_FORMAT', `Wheel without METADATA: ${file}`, {
        hint: 'It is not a wheel by the binary distribution format (PyPA)',
      });
    }
    const text = (await readZipMember(handle, member)).toString('utf8');
    const newestMember = members.reduce((newest, {mtime}) => Math.max(newest, mtime), 0);
    return {metadata: parseCoreMetadata(text, basename(file)), newestMember};
  } catch (cause) {
    if (!(cause instanceof MkvenvdebError) || cause.message.includes(basename(file))) throw cause;
    throw new MkvenvdebError('E_FORMAT', `Wheel is not readable: ${file}`, {hint: cause.message, cause});
  } finally {
    await handle.close();
  }
}
