import {open} from 'node:fs/promises';
import {basename} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {type CoreMetadata, parseCoreMetadata} from '../formats/core-metadata.js';
import {usualUnpackedSize} from '../formats/unpacked-size.js';
import {listZip, readZipMember} from '../formats/zip.js';
import {assertUnpackable} from '../formats/zip-members.js';

/** What a wheel says of itself. */
export interface WheelFacts {
  readonly metadata: CoreMetadata;
  /** Newest time among its members, seconds since 1970. */
  readonly newestMember: number;
}

/**
 * Read METADATA and times of a wheel (PyPA, binary distribution format).
 *
 * @param limit bytes that it may unpack to. @default `usualUnpackedSize`
 * @throws E_FORMAT when it is none, or what it holds is not safe to unpack
 */
export async function readWheelFile(file: string, limit?: number): Promise<WheelFacts> {
  const handle = await open(file);
  try {
    const members = await listZip(handle);
    assertUnpackable(members, limit ?? usualUnpackedSize((await handle.stat()).size));
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
    const why = cause.message.replace('Not a readable zip archive: ', '');
    const {hint = 'Get it again from where it was published'} = cause;
    throw new MkvenvdebError('E_FORMAT', `Wheel is not readable: ${file}: ${why}`, {hint, cause});
  } finally {
    await handle.close();
  }
}
