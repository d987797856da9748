import {access, constants, stat} from 'node:fs/promises';
import {basename, delimiter, dirname, isAbsolute, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import semver from 'semver';
import {CommandError, MkvenvdebError} from '../errors.js';
import {DISTRIBUTION_WHEELS} from '../formats/wheel-folder.js';
import type {Interpreter} from '../model.js';
import type {Context} from '../report.js';
import {run, unreadableOutput} from '../run.js';

/** What pip --no-compile, importlib.metadata and checked-hash bytecode need together. */
const OLDEST = '>=3.8.0';

/** A Python program that lies beside this module. */
export const script = (name: string): string => join(dirname(fileURLToPath(import.meta.url)), name);

/** What the probe tells beyond the interpreter itself. */
export interface Probe {
  readonly interpreter: Interpreter;
  /** Folders on this machine that hold wheels made for this interpreter: of pip, maybe of setuptools and wheel. */
  readonly wheelFolders: readonly string[];
}

export interface ProbeOptions extends Context {
  /** Name (`pypy3`) or path of the interpreter. */
  readonly python: string;
  /** The caller's own environment: its PATH is searched. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  /** Path that the link will have on the server. @default the versioned executable of this machine */
  readonly targetPython?: string | undefined;
  /** Who owns a file, by dpkg's database. */
  readonly ownerOf: (path: string) => {readonly package: string; readonly version: string} | undefined;
}

type ProbeOutput = Omit<Interpreter, 'target' | 'owner'> & {wheelFolders: string[]};

/**
 * Find an interpreter and ask it what it is.
 *
 * @throws E_PYTHON when there is none of that name, or what is there is no Python we know, or when the target is another
 */
export async function probeInterpreter(options: ProbeOptions): Promise<Probe> {
  const {python, caller, report, targetPython, ownerOf} = options;
  const found = await findExecutable(python, options.cwd ?? '/', caller.PATH ?? '');
  const output = await ask(found, options);
  if (output.implementation !== 'pypy' && output.implementation !== 'cpython') {
    throw new MkvenvdebError('E_PYTHON', `Interpreter is neither PyPy nor CPython: ${found}`, {
      hint: `It calls itself ${output.implementation}`,
    });
  }
  if (!semver.satisfies(semver.coerce(output.pythonVersion) ?? '0.0.0', OLDEST)) {
    throw new MkvenvdebError(
      'E_PYTHON',
      `Interpreter is too old: ${found} is Python ${output.pythonVersion}`,
      {
        hint: `Python ${OLDEST} is needed`,
      },
    );
  }
  const {wheelFolders, ...facts} = output;
  if (targetPython !== undefined) await assertSameKind(facts, targetPython, options);
  const owner = ownerOf(facts.executable);
  report?.({
    type: 'output',
    source: 'probe',
    line: `${facts.executable}: ${facts.implementation} ${facts.implementationVersion}`,
  });
  return {
    interpreter: {
      ...facts,
      target: targetPython ?? facts.executable,
      ...(owner ? {owner: {package: owner.package, version: owner.version}} : {}),
    },
    wheelFolders,
  };
}

/** Run probe.py under an interpreter. */
async function ask(executable: string, {caller, signal}: ProbeOptions): Promise<ProbeOutput> {
  const env = {
    PATH: caller.PATH ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    PYTHONNOUSERSITE: '1',
  };
  const args = ['-s', '-B', script('probe.py'), DISTRIBUTION_WHEELS];
  try {
    return parse((await run(executable, args, {cwd: '/', env, signal, label: 'probe'})).stdout);
  } catch (cause) {
    if (!(cause instanceof CommandError || cause instanceof MkvenvdebError)) throw cause;
    const detail = cause instanceof CommandError ? cause.output.split('\n').at(-1) : cause.message;
    throw new MkvenvdebError('E_PYTHON', `Interpreter does not work: ${executable}`, {
      hint: `It said: ${detail || 'nothing'}; Python 3.8 or newer is needed`,
      cause,
    });
  }
}

type Kind = Pick<Interpreter, 'implementation' | 'pythonVersion'>;

/** `pypy 3.9`: what site-packages and bytecode are bound to. */
const kindOf = ({implementation, pythonVersion}: Kind): string =>
  `${implementation} ${pythonVersion.split('.').slice(0, 2).join('.')}`;

/** The server's interpreter would not find the modules of another: asked where it is here too, else told by its name. */
async function assertSameKind(own: Kind, target: string, options: ProbeOptions): Promise<void> {
  const kind = kindOf(own);
  const said = (await isExecutable(target)) ? kindOf(await ask(target, options)) : kindByName(target);
  if (['', own.implementation, kind].includes(said)) return;
  throw new MkvenvdebError('E_PYTHON', `Target is another Python: ${target} is ${said}, not ${kind}`, {
    hint: 'Build with the implementation and minor version that the server has, or correct "target_python"',
  });
}

/** As much of the kind as a name tells: `pypy3.9`, `pypy3`, `python`; nothing where it is no usual name. */
function kindByName(path: string): string {
  const [, name, version] = /^(python|pypy)(?:3?|(\d\.\d+))$/.exec(basename(path)) ?? [];
  if (name === undefined) return '';
  const implementation = name === 'pypy' ? name : 'cpython';
  return version === undefined ? implementation : `${implementation} ${version}`;
}

function parse(stdout: string): ProbeOutput {
  try {
    const output: unknown = JSON.parse(stdout);
    if (output !== null && typeof output === 'object') return output as ProbeOutput;
  } catch {}
  throw unreadableOutput('probe.py', undefined);
}

/**
 * Where a command of that name is: a path is taken from `cwd`, a name is looked for in `searchPath`.
 *
 * @throws E_PYTHON when there is none
 */
async function findExecutable(name: string, cwd: string, searchPath: string): Promise<string> {
  const path = resolve(cwd, name);
  const found = name.includes('/') ? (await isExecutable(path)) && path : await which(name, searchPath);
  if (found) return found;
  throw new MkvenvdebError('E_PYTHON', `Interpreter not found: ${name}`, {
    hint: name.includes('/')
      ? 'Give "python" the path of a PyPy or CPython executable'
      : `Install it (Debian: apt install ${name}) or give "python" another name or a path`,
  });
}

/** Find a command on a search path; undefined where there is none. */
export async function which(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter).filter(isAbsolute)) {
    if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
