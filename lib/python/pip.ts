import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {compare, satisfies} from '@renovatebot/pep440';
import {MkvenvdebError} from '../errors.js';
import type {Interpreter} from '../model.js';
import type {Context} from '../report.js';
import {run} from '../run.js';
import {script, which} from './interpreter.js';
import {readWheelFile} from './wheel-file.js';

/** Where Debian's python3-pip-whl, python3-setuptools-whl and python3-wheel-whl put their wheels. */
const DISTRIBUTION_WHEELS = '/usr/share/python-wheels';

/** A pip that runs from outside the virtualenv, unpacked and compiled in the cache folder. */
export interface Pip {
  /** Folder that holds the package `pip`; to be run as `python FOLDER/pip`. */
  readonly folder: string;
  readonly version: string;
  /** Folders with wheels of pip, setuptools and wheel that came with Python: what offline builds start from. */
  readonly seedFolders: readonly string[];
}

export interface PipOptions extends Pick<Context, 'signal' | 'report'> {
  readonly interpreter: Interpreter;
  /** Folders that came with the interpreter and may hold wheels. */
  readonly wheelFolders: readonly string[];
  /** Local folders the user gave as find_links. */
  readonly findLinks: readonly string[];
  /** Exact version wanted. @default the newest that is at hand and supports the interpreter */
  readonly pipVersion?: string | undefined;
  /** pip options that name the index. */
  readonly indexArgs: readonly string[];
  /** Cache folder of this tool. */
  readonly cache: string;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}

interface Wheel {
  readonly file: string;
  readonly version: string;
}

/**
 * Find a pip, looking in this order: with ensurepip, in the distribution's folder of wheels, in find_links, on the
 * index by a pip of this machine. The newest that supports the interpreter is taken.
 *
 * @throws E_PYTHON that names the package to install when there is none
 */
export async function findPip(options: PipOptions): Promise<Pip> {
  const {interpreter, pipVersion, wheelFolders, findLinks} = options;
  const seedFolders = await existing([...wheelFolders, DISTRIBUTION_WHEELS]);
  const wheels = await pipWheels([...seedFolders, ...(await existing(findLinks))], interpreter);
  let wheel = pipVersion ? wheels.find((one) => sameVersion(one.version, pipVersion)) : wheels[0];
  if (!wheel && (pipVersion || wheels.length === 0)) wheel = await fetchPip(options, wheels[0]);
  if (!wheel) {
    throw new MkvenvdebError(
      'E_PYTHON',
      `No pip ${pipVersion ?? ''} to be found for ${interpreter.executable}`.replace('  ', ' '),
      {
        hint: 'Install python3-pip-whl (Debian), or put a pip-*.whl into a folder and name it with find_links',
      },
    );
  }
  const folder = await unpackedWheels({
    ...options,
    wheels: [wheel.file],
    keepMetadata: false,
    name: `pip-${wheel.version}`,
  });
  return {folder, version: wheel.version, seedFolders};
}

const sameVersion = (a: string, b: string) => a === b || compare(a, b) === 0;

async function existing(folders: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of folders) {
    const information = await stat(folder).catch(() => undefined);
    if (information?.isDirectory()) found.add(folder.replace(/(?<=.)\/+$/, ''));
  }
  return [...found];
}

/** Every wheel of pip in these folders that supports the interpreter, newest first. */
async function pipWheels(folders: readonly string[], interpreter: Interpreter): Promise<Wheel[]> {
  const wheels: Wheel[] = [];
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      const version = /^pip-([^-]+)-py[^-]*3[^-]*-none-any\.whl$/.exec(name)?.[1];
      if (version && (await supports(join(folder, name), interpreter)))
        wheels.push({file: join(folder, name), version});
    }
  }
  return wheels.sort((a, b) => compare(b.version, a.version));
}

async function supports(wheel: string, interpreter: Interpreter): Promise<boolean> {
  const {requiresPython} = (await readWheelFile(wheel)).metadata;
  return requiresPython === undefined || satisfies(interpreter.pythonVersion, requiresPython);
}

/** Ask a pip that is at hand, the one given or one of this machine, to fetch the wanted one from the index. */
async function fetchPip(options: PipOptions, known: Wheel | undefined): Promise<Wheel | undefined> {
  const {interpreter, cache, env, secrets, signal, report, pipVersion, indexArgs} = options;
  let command: string[] | undefined;
  if (known) {
    const folder = await unpackedWheels({
      ...options,
      wheels: [known.file],
      keepMetadata: false,
      name: `pip-${known.version}`,
    });
    command = [interpreter.executable, '-s', join(folder, 'pip')];
  } else {
    const own = await run(interpreter.executable, ['-s', '-m', 'pip', '--version'], {
      cwd: '/',
      env,
      signal,
      tolerant: true,
    });
    const program = await which('pip3', env.PATH ?? '');
    command =
      own.exitCode === 0 ? [interpreter.executable, '-s', '-m', 'pip'] : program ? [program] : undefined;
  }
  if (!command) return undefined;
  const [program = '', ...args] = command;
  await mkdir(cache, {recursive: true});
  const folder = await mkdtemp(join(cache, 'pip-download-'));
  try {
    const wanted = pipVersion ? `pip==${pipVersion}` : 'pip';
    const python = interpreter.pythonVersion.split('.').slice(0, 2).join('.');
    const target = ['--no-deps', '--only-binary=:all:', `--python-version=${python}`, '-d', folder];
    await run(program, [...args, 'download', '--quiet', ...target, ...indexArgs, wanted], {
      cwd: '/',
      env,
      secrets,
      signal,
      report,
      label: 'pip',
    });
    const [wheel] = await pipWheels([folder], interpreter);
    if (!wheel) return undefined;
    await mkdir(join(cache, 'pip'), {recursive: true});
    const file = join(cache, 'pip', basename(wheel.file));
    await rename(wheel.file, file);
    return {file, version: wheel.version};
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
}

export interface UnpackOptions extends Pick<PipOptions, 'interpreter' | 'cache' | 'env' | 'signal'> {
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
  const {interpreter, cache, env, signal, wheels, keepMetadata, name} = options;
  const hash = createHash('sha256').update(interpreter.executable);
  for (const wheel of wheels) hash.update(await readFile(wheel));
  const folder = join(
    cache,
    'unpacked',
    `${name}-${interpreter.cacheTag}-${hash.digest('hex').slice(0, 16)}`,
  );
  if (
    await stat(folder).then(
      () => true,
      () => false,
    )
  )
    return folder;
  await mkdir(join(cache, 'unpacked'), {recursive: true});
  const partial = await mkdtemp(join(cache, 'unpacked', '.partial-'));
  try {
    const args = ['-s', script('unpack_wheels.py'), partial, keepMetadata ? '1' : '0', ...wheels];
    await run(interpreter.executable, args, {cwd: '/', env, signal, label: 'unpack'});
    await rename(partial, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
  } finally {
    await rm(partial, {recursive: true, force: true});
  }
  return folder;
}
