import {createReadStream, existsSync} from 'node:fs';
import {open, readFile, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import type {TomlTable} from 'smol-toml';
import {ioError, MkvenvdebError} from '../errors.js';
import {type CoreMetadata, parseCoreMetadata} from '../formats/core-metadata.js';
import {parseIni} from '../formats/ini.js';
import {scanTar} from '../formats/tar-scan.js';
import {usualUnpackedSize} from '../formats/unpacked-size.js';
import {listZip, readZipMember} from '../formats/zip.js';
import {readPyproject} from './pyproject.js';
import {askSetup} from './setup.js';
import {readSetupCfg, SCRIPT_GROUPS} from './setup-cfg.js';
import {parseToml} from './toml.js';
import type {Config, ProjectMetadata, ReadProjectOptions, Source} from './types.js';

const NOTHING: ProjectMetadata = {maintainers: [], scripts: [], dynamic: []};

/**
 * Read the metadata of what is packed: `[project]` (PEP 621), `[tool.poetry]`, setup.cfg, then setup.py through the
 * interpreter; PKG-INFO or the file name of an sdist; METADATA of a wheel; the name and version of a requirement.
 * Nothing is built or written.
 *
 * @throws E_OPTION for a broken pyproject.toml, E_FORMAT for a broken archive, E_IO
 */
export async function readProject(
  config: Pick<Config, 'source'> & {readonly limitSize?: number | undefined},
  options: ReadProjectOptions = {},
): Promise<ProjectMetadata> {
  const {source} = config;
  if (source.kind === 'requirement') return fromRequirement(source);
  try {
    if (source.kind === 'folder') return await readFolder(source.path, options);
    return source.kind === 'wheel'
      ? await readWheel(source.path)
      : await readSdist(source.path, config.limitSize);
  } catch (error) {
    throw isUnnamed(error, source.path)
      ? named(error, source)
      : isZlibError(error)
        ? new MkvenvdebError('E_FORMAT', `Not a readable sdist: ${source.path}`, {cause: error})
        : ioError(error, 'reading the metadata of the project');
  }
}

/** Readers of bytes do not know whose they are. */
const isUnnamed = (error: unknown, path: string): error is MkvenvdebError =>
  error instanceof MkvenvdebError && error.code === 'E_FORMAT' && !error.message.includes(basename(path));

function named(
  cause: MkvenvdebError,
  {kind, path}: {readonly kind: string; readonly path: string},
): MkvenvdebError {
  const why = cause.message.replace(/^Not a readable \w+ archive: /, '');
  const {hint = 'Get it again from where it was published'} = cause;
  return new MkvenvdebError('E_FORMAT', `Not a readable ${kind}: ${path}: ${why}`, {hint, cause});
}

const isZlibError = (error: unknown): boolean => /^Z_/.test(String((error as {code?: unknown}).code));

const fromRequirement = ({name, version}: Extract<Source, {kind: 'requirement'}>): ProjectMetadata => ({
  ...NOTHING,
  name,
  ...(version === undefined ? {} : {version}),
});

/** What a folder says without running any of its code. */
export async function readFolderStatically(folder: string): Promise<ProjectMetadata> {
  const pyproject = join(folder, 'pyproject.toml');
  const setupCfg = join(folder, 'setup.cfg');
  const first = existsSync(pyproject)
    ? readPyproject(await readFile(pyproject, 'utf8'), pyproject)
    : undefined;
  const second = existsSync(setupCfg) ? readSetupCfg(await readFile(setupCfg, 'utf8')) : undefined;
  return fill(first ?? NOTHING, second ?? NOTHING);
}

async function readFolder(folder: string, options: ReadProjectOptions): Promise<ProjectMetadata> {
  const known = await readFolderStatically(folder);
  const complete = known.name !== undefined && known.version !== undefined;
  const hasSetup = existsSync(join(folder, 'setup.py'));
  // A setup.py may add what the static files leave out; without one, only setuptools could know more.
  if (complete && (!hasSetup || known.dependencies !== undefined)) return known;
  if (!hasSetup && !(await usesSetuptools(folder))) return known;
  const asked = await askSetup(folder, options);
  return asked ? fill(known, asked) : known;
}

/** PEP 517: without a named back end it is setuptools. */
async function usesSetuptools(folder: string): Promise<boolean> {
  const file = join(folder, 'pyproject.toml');
  if (!existsSync(file)) return existsSync(join(folder, 'setup.cfg'));
  const system = parseToml(await readFile(file, 'utf8'), file)['build-system'] as TomlTable | undefined;
  const backend = system?.['build-backend'] ?? 'setuptools';
  return typeof backend === 'string' && backend.startsWith('setuptools');
}

/** Take from `more` what `known` does not say. */
function fill(known: ProjectMetadata, more: ProjectMetadata): ProjectMetadata {
  const merged = {
    ...more,
    ...known,
    maintainers: known.maintainers.length > 0 ? known.maintainers : more.maintainers,
    scripts: known.scripts.length > 0 ? known.scripts : more.scripts,
  };
  const dynamic = [...new Set([...known.dynamic, ...more.dynamic])];
  return {
    ...merged,
    dynamic: dynamic.filter((field) => merged[field as keyof ProjectMetadata] === undefined),
  };
}

async function readWheel(file: string): Promise<ProjectMetadata> {
  const handle = await open(file);
  try {
    const members = await listZip(handle);
    const read = async (pattern: RegExp) => {
      const member = members.find(({name}) => pattern.test(name));
      return member && (await readZipMember(handle, member)).toString('utf8');
    };
    const metadata = await read(/^[^/]+\.dist-info\/METADATA$/);
    const entryPoints = parseIni((await read(/^[^/]+\.dist-info\/entry_points\.txt$/)) ?? '', {
      keepCase: true,
    });
    const files = members.map(({name}) => /^[^/]+\.data\/scripts\/([^/]+)$/.exec(name)?.[1]);
    const scripts = [
      ...SCRIPT_GROUPS.flatMap((group) => [...(entryPoints.get(group)?.keys() ?? [])]),
      ...files.filter((name) => name !== undefined),
    ];
    if (metadata === undefined) return {...NOTHING, ...fromFileName(file), scripts};
    return {...fromMetadata(parseCoreMetadata(metadata, basename(file))), scripts};
  } finally {
    await handle.close();
  }
}

async function readSdist(file: string, limitSize?: number): Promise<ProjectMetadata> {
  const text = await readPkgInfo(file, limitSize);
  return text === undefined
    ? {...NOTHING, ...fromFileName(file)}
    : fromMetadata(parseCoreMetadata(text, basename(file)));
}

const isPkgInfo = (name: string): boolean => /^[^/]+\/PKG-INFO$/.test(name);

/**
 * The text of PKG-INFO of an sdist.
 *
 * @param limitSize bytes that it may unpack to. @default `usualUnpackedSize`
 * @returns undefined where there is none
 */
export async function readPkgInfo(file: string, limitSize?: number): Promise<string | undefined> {
  if (/\.(?:tar\.gz|tgz)$/.test(file)) {
    const limit = limitSize ?? usualUnpackedSize((await stat(file)).size);
    let why: unknown;
    const scan = (unpacked: AsyncIterable<Uint8Array>) =>
      scanTar(unpacked, isPkgInfo, limit).catch((error) => {
        why = error;
        throw error;
      });
    // The pipeline may tell that it was broken off in place of why.
    const {found} = await pipeline(createReadStream(file), createGunzip(), scan).catch((error) => {
      throw why ?? error;
    });
    return [...found.values()][0]?.toString('utf8');
  }
  if (!file.endsWith('.zip')) return undefined;
  const handle = await open(file);
  try {
    const member = (await listZip(handle)).find(({name}) => isPkgInfo(name));
    return member && (await readZipMember(handle, member)).toString('utf8');
  } finally {
    await handle.close();
  }
}

/** `NAME-VERSION…` of an sdist (PEP 625, older ones with hyphens in the name too) or a wheel (PEP 427). */
export function fromFileName(file: string): {readonly name?: string; readonly version?: string} {
  const base = basename(file).replace(/\.(?:tar\.gz|tgz|tar\.bz2|zip|whl)$/, '');
  const [, name, version] =
    (file.endsWith('.whl') ? /^([^-]+)-([^-]+)-/ : /^(.+?)-(\d[^-]*)$/).exec(base) ?? [];
  return name === undefined || version === undefined ? {} : {name, version};
}

function fromMetadata(metadata: CoreMetadata): ProjectMetadata {
  const {name, version, summary, homepage, maintainers, authors, requiresDist, dynamic} = metadata;
  return {
    name,
    version,
    ...(summary === undefined ? {} : {summary}),
    ...(homepage === undefined ? {} : {homepage}),
    maintainers: [...maintainers, ...authors],
    scripts: [],
    dependencies: requiresDist,
    dynamic,
  };
}
