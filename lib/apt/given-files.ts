import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {parseStanzas, type Stanza} from '../formats/stanza.js';
import {digestFile} from './folder-write.js';
import {clearText} from './openpgp-armor.js';

/** What is to be published, by what the caller named. */
export interface GivenFiles {
  /** Absolute paths of .deb files. */
  readonly debs: readonly string[];
  /** SHA-256 that a .changes file vouches for, by absolute path. */
  readonly digests: ReadonlyMap<string, string>;
  /** `Distribution` of the .changes files, once each. */
  readonly distributions: readonly string[];
  /** Absolute paths of what .changes files list and a repository of packages has no place for. */
  readonly leftOut: readonly string[];
}

/**
 * Find out which packages are meant: a .deb, all .deb files of a folder, all that a .changes file lists. Every file
 * that a .changes lists has to be there as it says, or nothing of it is taken.
 *
 * @throws E_OPTION when there is no such file; E_FORMAT for a .changes that is none; E_CHECK when a file is not as it
 *   says
 */
export async function findGivenFiles(files: readonly string[], cwd: string): Promise<GivenFiles> {
  const debs = new Set<string>();
  const digests = new Map<string, string>();
  const distributions = new Set<string>();
  const leftOut = new Set<string>();
  for (const given of files) {
    const file = resolve(cwd, given);
    if (file.endsWith('.changes')) {
      const upload = await readChanges(file);
      if (![...upload.digests.keys()].some((listed) => listed.endsWith('.deb')))
        throw new MkvenvdebError('E_OPTION', `The .changes lists no package: ${file}`, {
          hint: 'It is that of a source: give the one of its build',
        });
      for (const distribution of upload.distributions) distributions.add(distribution);
      for (const [listed, sha256] of upload.digests) {
        digests.set(listed, sha256);
        (listed.endsWith('.deb') ? debs : leftOut).add(listed);
      }
    } else for (const deb of (await debsIn(file)) ?? [file]) debs.add(deb);
  }
  return {debs: [...debs], digests, distributions: [...distributions], leftOut: [...leftOut]};
}

/** @returns undefined where it is no folder */
async function debsIn(folder: string): Promise<readonly string[] | undefined> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) return undefined;
  const names = await readdir(folder).catch((error) => {
    throw ioError(error, `reading ${folder}`);
  });
  const debs = names.filter((name) => name.endsWith('.deb')).sort();
  if (debs.length > 0) return debs.map((name) => join(folder, name));
  throw new MkvenvdebError('E_OPTION', `No .deb file lies in the folder: ${folder}`);
}

type Upload = Pick<GivenFiles, 'distributions' | 'digests'>;

async function readChanges(file: string): Promise<Upload> {
  const text = await readFile(file, 'utf8').catch((error) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioError(error, `reading ${file}`);
    throw new MkvenvdebError('E_OPTION', `No such file: ${file}`);
  });
  const isSigned = text.startsWith('-----BEGIN PGP SIGNED MESSAGE-----');
  const [fields, ...more] = parseStanzas(isSigned ? clearText(text, file) : text, file);
  if (fields === undefined || more.length > 0) throw broken(file, 'it has not exactly one paragraph');
  const listed = listedFiles(fields, file);
  const problems: string[] = [];
  for (const one of listed.values()) {
    const problem = await problemOf(join(dirname(file), one.name), one);
    if (problem) problems.push(`${one.name}: ${problem}`);
  }
  if (problems.length > 0) {
    throw new MkvenvdebError('E_CHECK', `Files are not as the .changes says: ${file}`, {
      issues: problems,
      hint: 'Nothing was published. Build or copy all of them anew',
    });
  }
  return {
    digests: new Map([...listed.values()].map(({name, sha256}) => [join(dirname(file), name), sha256])),
    distributions: (fields.get('Distribution') ?? '').split(/\s+/).filter(Boolean),
  };
}

interface Listed {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** A name without a slash, and none that leads elsewhere. */
const LINE = /^ ([0-9a-f]{64}) (\d{1,15}) (?!\.\.?$)([\x21-\x2e\x30-\x7e]+)$/;

function listedFiles(fields: Stanza, file: string): ReadonlyMap<string, Listed> {
  const lines = (field: string) => (fields.get(field) ?? '').split('\n').filter((line) => line.trim() !== '');
  const listed = new Map<string, Listed>();
  for (const line of lines('Checksums-Sha256')) {
    const [, sha256, size, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined)
      throw broken(file, `a line is not as it should be:${line}`);
    if (listed.has(name)) throw broken(file, `it lists ${name} twice`);
    listed.set(name, {name, size: Number(size), sha256});
  }
  if (listed.size === 0) throw broken(file, 'it has no Checksums-Sha256');
  const unproven = lines('Files').find((line) => !listed.has(line.split(' ').at(-1) ?? ''));
  if (unproven) throw broken(file, `it has no SHA-256 of a file:${unproven}`);
  return listed;
}

async function problemOf(path: string, {size, sha256}: Listed): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return 'it is not there';
  if (found.size !== size) return `it has ${found.size} bytes, not ${size}`;
  const digest = await digestFile(path).catch((error) => {
    throw ioError(error, `reading ${path}`);
  });
  return digest === sha256 ? undefined : `its SHA-256 is ${digest}, not ${sha256}`;
}

const broken = (file: string, why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Not a usable .changes file: ${basename(file)}: ${why}`);
