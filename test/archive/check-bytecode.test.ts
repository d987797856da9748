import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {type SipVariant, sipHash} from '../../lib/formats/siphash.js';
import type {Entry} from '../../lib/model.js';
import {CPYTHON, libOf, PYPY} from '../helpers/python.js';
import {inFolder, skip} from '../helpers/suite.js';
import {debWith} from './deb-helper.js';
import {entry, MTIME} from './helper.js';

const check = suite('archive/check-bytecode');
const file = (path: string, text: string) => entry(path, {text});

for (const python of [CPYTHON, PYPY]) {
  check(`bytecode of ${python}: fresh, stale, orphaned, foreign and from elsewhere`, () =>
    inFolder(async (folder) => {
      if (!existsSync(python)) return skip(`bytecode of ${python}`, 'it is not installed');
      const say = (code: string) =>
        execFileSync(python, ['-c', code], {encoding: 'utf8', cwd: folder}).trim();
      const series = libOf(python);
      const lib = `opt/app/lib/${series}`;
      const source = 'def f():\n    return 1\n';
      mkdirSync(join(folder, 'm'));
      writeFileSync(join(folder, 'm', 'a.py'), source);
      const compile = (mode: string, at = `/${lib}/a.py`) => {
        const made = say(
          `import py_compile; print(py_compile.compile("m/a.py", dfile="${at}", doraise=True, invalidation_mode=py_compile.PycInvalidationMode.${mode}))`,
        );
        const data = readFileSync(join(folder, made));
        return entry(`${lib}/__pycache__/${made.split('/').at(-1)}`, {data, size: data.length});
      };
      const codes = async (...entries: Entry[]) => {
        const issues = await checkDeb(await debWith(folder, {entries}));
        return issues.map(({severity, code}) => `${severity} ${code}`);
      };
      const [checked, timestamp] = [compile('CHECKED_HASH'), compile('TIMESTAMP')];
      assert.equal(await codes(file(`${lib}/a.py`, source), checked), []);
      assert.equal(await codes(file(`${lib}/a.py`, `${source}\n`), checked), ['warning stale-bytecode']);
      assert.equal(await codes(file(`${lib}/a.py`, source), timestamp), ['warning stale-bytecode']);
      assert.equal(await codes(checked), ['warning orphaned-bytecode']);
      const other = checked.path.replace(series, 'python3.7');
      const there = file(other.replace(/__pycache__\/.*/, 'a.py'), source);
      assert.equal(await codes(there, {...checked, path: other}), [
        'warning foreign-bytecode',
        'warning bytecode-path',
      ]);
      const elsewhere = compile('CHECKED_HASH', '/home/jo/app/a.py');
      assert.equal(await codes(file(`${lib}/a.py`, source), elsewhere), ['warning bytecode-path']);
    }),
  );
}

const SOURCE = 'x = 1\n';

/** A module and its bytecode, whose header alone is looked at: its hash fits under one way to hash. */
function made(folder: string, tag: string, magic: number, hash: SipVariant | undefined): readonly Entry[] {
  const data = Buffer.alloc(16);
  data.writeUInt32LE(magic + 0x0a0d0000, 0);
  data.writeUInt32LE(hash === undefined ? 0 : 3, 4);
  if (hash === undefined) {
    data.writeUInt32LE(MTIME, 8);
    data.writeUInt32LE(SOURCE.length, 12);
  } else Buffer.from(sipHash(Buffer.from(SOURCE), magic + 0x0a0d0000, hash), 'hex').copy(data, 8);
  return ['m', 'n'].flatMap((name) => [
    file(`${folder}/${name}.py`, SOURCE),
    entry(`${folder}/__pycache__/${name}.${tag}.pyc`, {data, size: data.length}),
  ]);
}

const UNKNOWN = ['info unknown-bytecode'];
const FOREIGN = Array(2).fill('warning foreign-bytecode');
const STALE = Array(2).fill('warning stale-bytecode');

for (const [title, folder, tag, magic, hash, wanted, message] of [
  ['CPython 3.8', 'lib/python3.8', 'cpython-38', 3413, 'siphash24', []],
  ['CPython 3.9', 'lib/python3.9', 'cpython-39', 3425, 'siphash24', []],
  ['CPython 3.10', 'lib/python3.10', 'cpython-310', 3439, 'siphash24', []],
  ['CPython 3.11', 'lib/python3.11', 'cpython-311', 3495, 'siphash13', []],
  ['CPython 3.12', 'lib/python3.12', 'cpython-312', 3531, 'siphash13', []],
  ['CPython 3.13', 'lib/python3.13', 'cpython-313', 3571, 'siphash13', []],
  ['CPython 3.14', 'lib/python3.14', 'cpython-314', 3627, 'siphash13', []],
  ['PyPy 3.9', 'lib/pypy3.9', 'pypy39', 336, 'siphash24', []],
  ['PyPy 3.10', 'lib/pypy3.10', 'pypy310', 384, 'siphash24', []],
  ['PyPy 3.11 of 7.3.19', 'lib/pypy3.11', 'pypy311', 416, 'siphash24', []],
  ['PyPy 3.11 of 8.0.1', 'lib/pypy3.11', 'pypy311', 432, 'siphash24', []],
  ['hashed in the way of another series', 'lib/python3.11', 'cpython-311', 3495, 'siphash24', STALE],
  [
    'that of a beta',
    'lib/python3.14',
    'cpython-314',
    3625,
    'siphash13',
    FOREIGN,
    /3625, that of \S+ is 3627/,
  ],
  ['that of CPython in PyPy', 'lib/pypy3.11', 'pypy311', 3495, 'siphash13', FOREIGN, /is 416 or 432/],
  [
    'a number of PyPy that is new',
    'lib/pypy3.11',
    'pypy311',
    448,
    'siphash24',
    UNKNOWN,
    /448 .*source \(2 files\)/,
  ],
  ['CPython that is new', 'lib/python3.15', 'cpython-315', 3700, 'siphash13', UNKNOWN, /3700 of python3.15/],
  [
    'the same with a time',
    'lib/python3.15',
    'cpython-315',
    3700,
    undefined,
    UNKNOWN,
    /whether Python takes it/,
  ],
  [
    'a known number in one that is new',
    'lib/python3.15',
    'cpython-315',
    3627,
    'siphash13',
    FOREIGN,
    /another/,
  ],
  ['no folder of a Python', 'share', 'cpython-311', 3495, 'siphash13', UNKNOWN, /no folder of a Python/],
  ['the same with a time that fits', 'share', 'cpython-311', 3495, undefined, []],
] as const)
  check(`bytecode, ${title}: ${wanted[0] ?? 'nothing is found'}`, () =>
    inFolder(async (at) => {
      const entries = made(`opt/app/${folder}`, tag, magic, hash);
      const issues = await checkDeb(await debWith(at, {entries}));
      assert.equal(
        issues.map(({severity, code}) => `${severity} ${code}`),
        wanted,
      );
      assert.match(issues[0]?.message ?? '', message ?? /^/);
    }),
  );

check.run();
