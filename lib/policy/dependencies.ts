import {MkvenvdebError} from '../errors.js';
import type {Interpreter} from '../model.js';
import {compareDebianVersions} from './version.js';

/** What dpkg's database is asked. */
export interface InstalledLookups {
  /** Version of an installed package. */
  readonly installed: (name: string) => string | undefined;
  /** Name of the package that owns a file. @default nothing is known */
  readonly ownerOf?: (path: string) => string | undefined;
}

/**
 * Series of PyPy by the Python they speak: the release that began the next one. Debian has no virtual package that
 * tells them apart (its changelog: 3.8 = 7.3.8–9, 3.9 = 7.3.10–16, 3.10 = 7.3.17, 3.11 from 7.3.18 on), and a
 * virtualenv is lost with its series, because site-packages is named after it.
 */
const PYPY_ENDS: Readonly<Record<string, string>> = {'3.8': '7.3.10', '3.9': '7.3.17', '3.10': '7.3.18'};

/**
 * What the package must depend on so that its interpreter is there and stays of the minor version that the virtualenv
 * was made for: `python3 (>= 3.11~), python3 (<< 3.12)` or `pypy3 (>= 7.3.11), pypy3 (<< 7.3.17~)`.
 *
 * @throws E_PYTHON when no Debian package owns the interpreter: nothing would provide it on the server
 */
export function interpreterDepends(interpreter: Interpreter, lookups: InstalledLookups): readonly string[] {
  if (interpreter.owner === undefined) throw noOwner(interpreter, lookups);
  // pythonX.Y-minimal lacks most of the standard library.
  const owner = interpreter.owner.package.replace(/-minimal$/, '');
  return interpreter.implementation === 'pypy'
    ? pypyDepends(owner, interpreter)
    : pythonDepends(owner, interpreter, lookups.installed('python3'));
}

function pypyDepends(owner: string, {pythonVersion, implementationVersion}: Interpreter): readonly string[] {
  const known = PYPY_ENDS[minorOf(pythonVersion)];
  const [major = '7', minor = '3'] = implementationVersion.split('.');
  const end =
    known !== undefined && compareDebianVersions(implementationVersion, known) < 0
      ? known
      : `${major}.${Number(minor) + 1}`;
  return [`${owner} (>= ${implementationVersion})`, `${owner} (<< ${end}~)`];
}

/** The default Python's package keeps the range by itself; any other (`python3.13`) has the minor version in its name. */
function pythonDepends(
  owner: string,
  {pythonVersion}: Interpreter,
  python3: string | undefined,
): readonly string[] {
  const minor = minorOf(pythonVersion);
  const isDefault = owner === `python${minor}` && python3 !== undefined && minorOf(python3) === minor;
  if (!isDefault && owner !== 'python3') return [owner];
  const [major = 3, next = 0] = minor.split('.').map(Number);
  return [`python3 (>= ${minor}~)`, `python3 (<< ${major}.${next + 1})`];
}

/** `3.11.2-1+b1` → `3.11`. */
const minorOf = (version: string): string => /^\d+\.\d+/.exec(version)?.[0] ?? version;

function noOwner({executable, target}: Interpreter, {ownerOf}: InstalledLookups): MkvenvdebError {
  const name = target.slice(target.lastIndexOf('/') + 1);
  const beside = ownerOf?.(`/usr/bin/${name}`);
  const instead = beside === undefined ? '' : `use /usr/bin/${name}, which the package ${beside} owns, or `;
  return new MkvenvdebError('E_PYTHON', `Interpreter belongs to no Debian package: ${executable}`, {
    hint:
      `Its path must exist on the server too: ${instead}set "target_python" to the interpreter's path there ` +
      'and "interpreter_depends" to the packages that provide it',
  });
}
