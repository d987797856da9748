import {open} from 'node:fs/promises';
import {basename} from 'node:path';
import {compare, parse} from '@renovatebot/pep440';
import {readPkgInfo} from '../config/project.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {parseCoreMetadata} from '../formats/core-metadata.js';
import {digestFile} from '../formats/digests.js';
import {listZip, readZipMember} from '../formats/zip.js';
import {versionInName} from './package-index.js';
import type {UploadFile} from './upload-form.js';

/** A built file, and what it says of itself. */
export interface BuiltDistribution extends UploadFile {
  readonly name: string;
  readonly version: string;
}

/**
 * Read an sdist or a wheel as it is to be uploaded.
 *
 * @param file absolute path
 * @throws E_FORMAT when it is neither, or its name is not that of its metadata: an index would refuse it
 */
export async function readDistribution(file: string): Promise<BuiltDistribution> {
  const filename = basename(file);
  const isWheel = filename.endsWith('.whl');
  const metadata = await (isWheel ? wheelMetadata(file) : readPkgInfo(file)).catch((error) => {
    throw ioError(error, `reading ${file}`);
  });
  if (metadata === undefined) {
    throw new MkvenvdebError('E_FORMAT', `Neither an sdist nor a wheel: ${file}`, {
      hint: 'Give .whl files and sdists with a PKG-INFO',
    });
  }
  const {name, version} = parseCoreMetadata(metadata, filename);
  const named = versionInName(filename, name);
  if (named === undefined || parse(named) === null || compare(named, version) !== 0)
    throw new MkvenvdebError('E_FORMAT', `File is not named as its metadata says: ${file}`, {
      hint: `It holds ${name} ${version}`,
    });
  const {size, sha256} = await digestFile(file);
  const pyversion = isWheel ? (filename.split('-').at(-3) ?? '') : 'source';
  return {
    ...{file, filename, filetype: isWheel ? 'bdist_wheel' : 'sdist', pyversion},
    ...{metadata, size, sha256, name, version},
  };
}

async function wheelMetadata(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const member = (await listZip(handle)).find(({name}) => /^[^/]+\.dist-info\/METADATA$/.test(name));
    return member && (await readZipMember(handle, member)).toString('utf8');
  } finally {
    await handle.close();
  }
}
