import {readdir, readFile, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {compareBytes} from '../formats/order.js';
import {type Buildinfo, parseBuildinfo} from '../policy/read-buildinfo.js';

/** Larger ones are none: a machine with ten thousand packages needs half a megabyte. */
const LARGEST = 8 << 20;
const HINT = 'Name it with --buildinfo; "buildinfo: true" has a build write one';

/** A package and the `.buildinfo` file that names it. */
export interface Recorded {
  /** Absolute path of the latter. */
  readonly file: string;
  readonly buildinfo: Buildinfo;
  /** Of the package: hexadecimal, and bytes. */
  readonly sha256: string;
  readonly size: number;
}

/**
 * The `.buildinfo` file of a package: the one that is named, else the one beside it that names its SHA-256, whatever
 * either of them is called.
 *
 * @throws E_OPTION where there is none, it cannot be read as one, or names other bytes
 */
export async function findBuildinfo(deb: string, named: string | undefined): Promise<Recorded> {
  const {sha256, size} = await digestFile(deb).catch((error) => {
    if (error.code !== 'ENOENT') throw ioError(error, `reading ${deb}`);
    throw new MkvenvdebError('E_OPTION', `No such file: ${deb}`);
  });
  if (named !== undefined) {
    const buildinfo = await readBuildinfo(named);
    if ([...buildinfo.files.values()].includes(sha256)) return {file: named, buildinfo, sha256, size};
    throw new MkvenvdebError('E_OPTION', `The .buildinfo file does not name these bytes: ${named}`, {
      issues: [`${deb} has the SHA-256 ${sha256}`, ...list(buildinfo)],
      hint: 'Give the package and the .buildinfo file of one build',
    });
  }
  return {...(await search(deb, sha256)), sha256, size};
}

const list = ({files}: Buildinfo): readonly string[] =>
  [...files].map(([name, digest]) => `it names ${name} with ${digest}`);

async function search(deb: string, sha256: string): Promise<Pick<Recorded, 'file' | 'buildinfo'>> {
  const folder = dirname(deb);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.buildinfo')).sort(compareBytes);
  const issues: string[] = [];
  for (const name of names) {
    const file = join(folder, name);
    try {
      const buildinfo = await readBuildinfo(file);
      if ([...buildinfo.files.values()].includes(sha256)) return {file, buildinfo};
      issues.push(`${name} names other bytes`);
    } catch (error) {
      if (!(error instanceof MkvenvdebError)) throw error;
      issues.push(error.message);
    }
  }
  throw new MkvenvdebError('E_OPTION', `No .buildinfo file beside it names this package: ${deb}`, {
    issues: issues.length === 0 ? [] : [`its SHA-256 is ${sha256}`, ...issues],
    hint: HINT,
  });
}

async function readBuildinfo(file: string): Promise<Buildinfo> {
  const refuse = (why: string, cause?: unknown) =>
    new MkvenvdebError('E_OPTION', `Not a .buildinfo file: ${file} (${why})`, {hint: HINT, cause});
  const found = await stat(file).catch((error) => {
    throw error.code === 'ENOENT' ? refuse('there is no such file') : ioError(error, `reading ${file}`);
  });
  if (!found.isFile()) throw refuse('it is no file');
  if (found.size > LARGEST) throw refuse('it is too large');
  const text = await readFile(file, 'utf8').catch((error) => {
    throw ioError(error, `reading ${file}`);
  });
  try {
    return parseBuildinfo(text, file);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    throw error.message.startsWith('Not a .buildinfo')
      ? new MkvenvdebError('E_OPTION', error.message, {hint: HINT, cause: error})
      : refuse(error.message, error);
  }
}
