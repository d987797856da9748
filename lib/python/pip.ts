import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {compare, satisfies, valid} from '@renovatebot/pep440';
import {MkvenvdebError} from '../errors.js';
import {DISTRIBUTION_WHEELS} from '../formats/wheel-folder.js';
import type {Interpreter} from '../model.js';
import type {Context} from '../report.js';
import {run} from '../run.js';
import {which} from './interpreter.js';
import {readablePipError} from './pip-hints.js';
import {unpackedWheels} from './unpack.js';
import {readWheelFile} from './wheel-file.js';
import {inside} from './workspace.js';

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
  /** False when these name nothing but folders of this machine. */
  readonly online: boolean;
  /** Cache folder of this tool. */
  readonly cache: string;
  /** Folder for temporary files of this build. */
  readonly tmp: string;
  readonly env: Readonly<Record<string, string>>;
  /** Beside it for what asks the index. */
  readonly fetchEnv: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** See Workspace. */
  readonly under: readonly string[];
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
  const seedFolders = await existing(wheelFolders);
  const folders = await existing([...wheelFolders, DISTRIBUTION_WHEELS, ...findLinks]);
  const wheels = await pipWheels(folders, interpreter);
  let wheel = pipVersion ? wheels.find((one) => sameVersion(one.version, pipVersion)) : wheels[0];
  if (!wheel && options.online) wheel = await fetchPip(options, wheels[0]);
  if (!wheel) {
    throw new MkvenvdebError(
      'E_PYTHON',
      `No pip ${pipVersion ?? ''} to be found for ${interpreter.executable}`.replace('  ', ' '),
      {
        hint: 'Install python3-pip-whl (Debian), or put a pip-*.whl into a folder and name it with find_links',
      },
    );
  }
  return {folder: await unpacked(options, wheel), version: wheel.version, seedFolders};
}

const unpacked = (options: PipOptions, {file, version}: Wheel): Promise<string> =>
  unpackedWheels({...options, wheels: [file], keepMetadata: false, name: `pip-${version}`});

const sameVersion = (a: string, b: string) => a === b || compare(a, b) === 0;

async function existing(folders: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  for (const folder of folders) {
    const information = await stat(folder).catch(() => undefined);
    if (information?.isDirectory()) found.add(folder.replace(/(?<=^\/|[^/])\/+$/, ''));
  }
  return [...found];
}

/** Every wheel of pip in these folders that supports the interpreter, newest first. */
async function pipWheels(folders: readonly string[], interpreter: Interpreter): Promise<Wheel[]> {
  const wheels: Wheel[] = [];
  for (const folder of folders) {
    for (const name of (await readdir(folder)).sort()) {
      const version = /^pip-([^-]+)-py[^-]*3[^-]*-none-any\.whl$/.exec(name)?.[1];
      if (version && valid(version) && (await supports(join(folder, name), interpreter)))
        wheels.push({file: join(folder, name), version});
    }
  }
  return wheels.sort((a, b) => compare(b.version, a.version));
}

async function supports(wheel: string, interpreter: Interpreter): Promise<boolean> {
  const {requiresPython} = (await readWheelFile(wheel)).metadata;
  return requiresPython === undefined || satisfies(interpreter.pythonVersion, requiresPython);
}

/** Ask a pip that is at hand, one that supports the interpreter or one of this machine, to fetch the wanted one. */
async function fetchPip(options: PipOptions, known: Wheel | undefined): Promise<Wheel | undefined> {
  const {interpreter, tmp, env, report, pipVersion, indexArgs} = options;
  const command = known
    ? [interpreter.executable, '-s', join(await unpacked(options, known), 'pip')]
    : await pipOfThisMachine(options);
  if (!command) return undefined;
  const [program = '', ...args] = command;
  const folder = join(tmp, 'pip');
  const wanted = pipVersion ? `pip==${pipVersion}` : 'pip';
  const python = interpreter.pythonVersion.split('.').slice(0, 2).join('.');
  const target = ['--no-deps', '--only-binary=:all:', `--python-version=${python}`, '-d', folder];
  await run(program, [...args, 'download', '--quiet', ...target, ...indexArgs, wanted], {
    ...inside(options),
    cwd: '/',
    env: {...env, ...options.fetchEnv},
    report,
    label: 'pip download',
  }).catch((error) => {
    throw readablePipError(error, {offline: false});
  });
  return (await pipWheels([folder], interpreter))[0];
}

async function pipOfThisMachine(options: PipOptions): Promise<string[] | undefined> {
  const {interpreter, env} = options;
  const own = [interpreter.executable, '-s', '-m', 'pip'];
  const [program = '', ...args] = [...own, '--version'];
  if ((await run(program, args, {...inside(options), cwd: '/', tolerant: true})).exitCode === 0) return own;
  const other = await which('pip3', env.PATH ?? '');
  return other ? [other] : undefined;
}
