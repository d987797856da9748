import type {SipVariant} from './siphash.js';

/** What the bytecode of a Python begins with, and how that Python hashes a source. */
export interface Bytecode {
  /** Those that released interpreters of the series write: CPython has one, PyPy may change it from release to release. */
  readonly magics: readonly number[];
  readonly hash: SipVariant;
}

/**
 * By the name of the folder in `lib`.
 *
 * CPython: the list in Include/internal/pycore_magic_number.h (before 3.14: Lib/importlib/_bootstrap_external.py), the
 * last number of each series, which its releases keep; `_Py_KeyedHash` in Python/pyhash.c is SipHash-1-3 from 3.11 on.
 * PyPy: `pypy_incremental_magic` in pypy/interpreter/pycode.py, `source_hash` in pypy/module/imp/interp_imp.py, which is
 * SipHash-2-4; the number of 3.10 also from the SLOT of Gentoo's ebuilds, which follows it. What Debian's packages write
 * was measured: CPython 3.9.2, 3.11.2, 3.13.5, 3.14.10, PyPy 7.3.11 (336), 7.3.19 (416), 8.0.1 (432). PyPy 3.9 up to
 * 7.3.9 wrote the number of CPython 3.9 by mistake (its issue 3782), and is not meant here.
 */
const KNOWN: Readonly<Record<string, Bytecode>> = {
  'python3.7': {magics: [3394], hash: 'siphash24'},
  'python3.8': {magics: [3413], hash: 'siphash24'},
  'python3.9': {magics: [3425], hash: 'siphash24'},
  'python3.10': {magics: [3439], hash: 'siphash24'},
  'python3.11': {magics: [3495], hash: 'siphash13'},
  'python3.12': {magics: [3531], hash: 'siphash13'},
  'python3.13': {magics: [3571], hash: 'siphash13'},
  'python3.14': {magics: [3627], hash: 'siphash13'},
  'pypy3.9': {magics: [336], hash: 'siphash24'},
  'pypy3.10': {magics: [384], hash: 'siphash24'},
  'pypy3.11': {magics: [416, 432], hash: 'siphash24'},
};

/** What is known of the bytecode of `python3.11` or `pypy3.9`; undefined for a Python that we do not know. */
export const bytecodeOf = (python: string): Bytecode | undefined =>
  Object.hasOwn(KNOWN, python) ? KNOWN[python] : undefined;

/**
 * Whose bytecode a magic number begins, seen from the folder of a Python: `fits`, `foreign` to it, or `unknown`, where
 * nobody can tell: we do not know the Python, or it is a PyPy that may have another number since.
 */
export function judgeMagic(python: string, magic: number): 'fits' | 'foreign' | 'unknown' {
  const known = bytecodeOf(python);
  if (known?.magics.includes(magic)) return 'fits';
  const isOthers = Object.values(KNOWN).some(({magics}) => magics.includes(magic));
  if (isOthers) return 'foreign';
  // Within a series CPython never changes it again once it is released.
  return known !== undefined && python.startsWith('python') ? 'foreign' : 'unknown';
}
