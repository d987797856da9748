import {posix} from 'node:path';
import {z} from 'zod';
import {MkvenvdebError} from '../errors.js';
import {parseRequirementsFile, type RequirementLine} from '../formats/requirements.js';
import {show} from './problems.js';

/** File names that hold a lock (PEP 751): `pylock.toml`, `pylock.NAME.toml`. */
export const isPylock = (name: string): boolean => /^pylock(?:\.[^.]+)?\.toml$/.test(name);

/** What is read of a lock, in the types of PEP 751; all else in it is for others. */
const text = z.string().optional();
const lockedFile = z.object({
  url: text,
  path: text,
  hashes: z.record(z.string(), z.string()).optional(),
  subdirectory: text,
});
const lockedPackage = z.object({
  name: z.string(),
  version: text,
  marker: text,
  vcs: z.object({type: z.string(), url: text, 'commit-id': text, subdirectory: text}).optional(),
  directory: z.object({path: z.string(), editable: z.boolean().optional()}).optional(),
  archive: lockedFile.optional(),
  sdist: lockedFile.optional(),
  wheels: z.array(lockedFile).optional(),
});
type LockedFile = z.infer<typeof lockedFile>;
type LockedPackage = z.infer<typeof lockedPackage>;

/**
 * Read a lock as the lines of a requirement file that say the same: versions with all hashes, sources by URL.
 *
 * @param table content of the file
 * @param name how messages name it
 * @throws E_OPTION for a lock of another version, for one that leaves a choice of extras or groups, and for what is
 *   no lock
 */
export function readPylock(
  table: Readonly<Record<string, unknown>>,
  name: string,
): readonly RequirementLine[] {
  const {packages} = table;
  const {'lock-version': given = ''} = table;
  const version = typeof given === 'string' ? given : show(given);
  if (!/^1\.\d+$/.test(version) || !Array.isArray(packages)) {
    throw new MkvenvdebError('E_OPTION', `Not a lock that can be read: ${name}`, {
      hint:
        version === '' ? 'It has no lock-version (PEP 751)' : `Its lock-version is ${version}, known is 1.0`,
    });
  }
  const lines = packages.flatMap((one: unknown, index) => linesOf(asPackage(one, index, name), name));
  return parseRequirementsFile(lines.join('\n'));
}

function asPackage(value: unknown, index: number, file: string): LockedPackage {
  const {data, error} = lockedPackage.safeParse(value);
  if (data) return data;
  const at = ['packages', index, ...(error.issues[0]?.path ?? [])].join('.');
  throw new MkvenvdebError('E_OPTION', `Not a lock that can be read: ${file}: ${at}`, {
    hint: 'PEP 751 says what stands there: write the lock again',
  });
}

function linesOf(locked: LockedPackage, file: string): readonly string[] {
  const {name, version, marker = '', vcs, directory, archive, sdist, wheels = []} = locked;
  if (/\b(?:extras|dependency_groups)\b/.test(marker)) {
    throw new MkvenvdebError('E_OPTION', `Lock leaves a choice of extras or groups: ${name} (${file})`, {
      hint: 'Export a lock for what is installed on the server only',
    });
  }
  const condition = marker === '' ? '' : ` ; ${marker}`;
  if (directory) return [`${directory.editable ? '-e ' : ''}${asPath(directory.path)}${condition}`];
  if (vcs)
    return [`${name} @ ${vcs.type}+${vcs.url}@${vcs['commit-id']}${fragment(vcs.subdirectory)}${condition}`];
  if (archive?.url)
    return [`${name} @ ${archive.url}${fragment(archive.subdirectory)}${condition}${hashesOf([archive])}`];
  if (archive?.path) return [`${asPath(archive.path)}${condition}${hashesOf([archive])}`];
  const files = [...wheels, ...(sdist ? [sdist] : [])];
  const local = files.flatMap(({url, path}) => (url === undefined && path ? [posix.dirname(path)] : []));
  const places = [...new Set(local)].map((place) => `--find-links ${asPath(place)}`);
  return [...places, `${name}==${version}${condition}${hashesOf(files)}`];
}

const asPath = (path: string): string => (/^[./]/.test(path) ? path : `./${path}`);

const fragment = (subdirectory: string | undefined): string =>
  subdirectory === undefined ? '' : `#subdirectory=${subdirectory}`;

const hashesOf = (files: readonly LockedFile[]): string =>
  files
    .flatMap(({hashes = {}}) => Object.entries(hashes))
    .map(([algorithm, digest]) => ` --hash=${algorithm}:${digest}`)
    .sort()
    .join('');
