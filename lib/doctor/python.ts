import {existsSync, realpathSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {basename, isAbsolute, join} from 'node:path';
import type {Config} from '../config/types.js';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {DpkgDatabase} from '../formats/dpkg-database.js';
import type {Interpreter} from '../model.js';
import {type Probe, probeInterpreter} from '../python/interpreter.js';
import {run} from '../run.js';
import {ok, type Raw} from './finding.js';

export interface PythonOptions {
  readonly config: Pick<Config, 'python' | 'targetPython' | 'interpreterDepends' | 'noIndex'>;
  readonly caller: Caller;
  readonly database: DpkgDatabase;
}

/** What was found of the interpreter that a build would use. */
export interface FoundPython {
  readonly findings: readonly Raw[];
  /** undefined where it cannot be used. */
  readonly probe?: Probe;
}

/** Look at the interpreter that a build would use, and name the others. */
export async function examinePython(options: PythonOptions): Promise<FoundPython> {
  const {config} = options;
  const others = await otherInterpreters(options);
  try {
    const probe = await probeOf(options, config.python);
    const {interpreter} = probe;
    const rest = others.filter((one) => one.executable !== interpreter.executable);
    const findings = [
      ownership(interpreter, config),
      ...(await modules(interpreter, options.caller)),
      ...rest.map((one) => ok('other interpreter', describe(one), `--python ${one.executable}`)),
    ];
    return {findings, probe};
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const isMissing = error.message.startsWith('Interpreter not found') && !config.python.includes('/');
    const missing: Raw = {
      subject: 'interpreter',
      state: 'error',
      found: error.message,
      meaning: 'nothing can be built with it',
      ...(isMissing ? {packages: withCompanions(config)} : {hint: error.hint}),
    };
    return {
      findings: [
        missing,
        ...others.map((one) => ok('other interpreter', describe(one), `--python ${one.executable}`)),
      ],
    };
  }
}

/** An interpreter that is not there cannot be asked what else it lacks, and nobody wants to be told in instalments. */
const withCompanions = ({python, noIndex}: PythonOptions['config']): readonly string[] => [
  ...[python, `${python}-dev`, 'python3-pip-whl'],
  ...(noIndex ? ['python3-setuptools-whl', 'python3-wheel-whl'] : []),
];

const probeOf = ({caller, database}: PythonOptions, python: string): Promise<Probe> =>
  probeInterpreter({
    python,
    caller: caller.environment,
    cwd: caller.cwd,
    ownerOf: database.ownerOf,
    signal: caller.signal,
  });

const describe = ({
  executable,
  implementation,
  implementationVersion,
  pythonVersion,
  owner,
}: Interpreter): string => {
  const name = implementation === 'pypy' ? `PyPy ${implementationVersion}, Python` : 'CPython';
  return `${executable}: ${name} ${pythonVersion}, ${owner ? `package ${owner.package} ${owner.version}` : 'no package'}`;
};

function ownership(
  interpreter: Interpreter,
  {interpreterDepends, targetPython}: PythonOptions['config'],
): Raw {
  if (interpreter.owner || interpreterDepends.length > 0) return ok('interpreter', describe(interpreter));
  return {
    subject: 'interpreter',
    state: 'error',
    found: describe(interpreter),
    meaning: 'no Debian package brings it to the server',
    hint: `Set interpreter_depends${targetPython === undefined ? ' and target_python' : ''}, or give --python the path of Debian's`,
  };
}

/** Whatever of these names is on the search path and works; stand-ins of version managers may not. */
async function otherInterpreters(options: PythonOptions): Promise<readonly Interpreter[]> {
  const {environment, signal} = options.caller;
  const found = new Map<string, string>();
  for (const folder of (environment.PATH ?? '').split(':').filter(isAbsolute)) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => NAMES.test(name)).sort();
    for (const name of names) {
      const path = join(folder, name);
      if (existsSync(path) && !found.has(realpathSync(path))) found.set(realpathSync(path), path);
    }
  }
  const probes = await Promise.all(
    [...found.values()].map((path) =>
      probeOf(options, path).catch((error) => {
        if (signal?.aborted) throw error;
        return undefined;
      }),
    ),
  );
  const all = probes.flatMap((probe) => (probe ? [probe.interpreter] : []));
  return [...new Map(all.map((one) => [one.executable, one])).values()];
}

const NAMES = /^(?:pypy3|python3)(?:\.\d+)?$/;

const ASK = `import json, os, sysconfig
try:
    import venv
except ImportError:
    venv = None
print(json.dumps([venv is not None, os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))]))`;

/** What it needs beside itself. */
async function modules(interpreter: Interpreter, {environment, signal}: Caller): Promise<readonly Raw[]> {
  const env = {PATH: environment.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', PYTHONNOUSERSITE: '1'};
  const args = ['-s', '-B', '-c', ASK];
  const {stdout} = await run(interpreter.executable, args, {cwd: '/', env, signal, label: 'doctor'});
  const [venv, headers] = JSON.parse(stdout) as [boolean, boolean];
  const isPypy = interpreter.implementation === 'pypy';
  const name = basename(interpreter.executable);
  return [
    venv
      ? ok('venv', 'the module is there')
      : {
          subject: 'venv',
          state: 'error',
          found: 'the module is missing',
          meaning: 'no virtualenv can be made',
          packages: [isPypy ? 'pypy3-venv' : `${name}-venv`],
        },
    headers
      ? ok('headers', 'Python.h is there')
      : {
          subject: 'headers',
          state: 'warning',
          found: 'Python.h is missing',
          meaning: 'sdists with C code cannot be built',
          packages: [isPypy ? 'pypy3-dev' : `${name}-dev`],
        },
  ];
}
