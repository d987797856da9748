import {posix} from 'node:path';
import {bytecodeOf, judgeMagic} from '../formats/pyc-magic.js';
import type {Issue} from '../model.js';
import {issueOf} from './check-codes.js';
import {type Facts, type FileFacts, pythonOf} from './check-facts.js';
import type {DebEntry} from './read-tar.js';

/** `pkg/__pycache__/mod.pypy39.pyc`, also `.opt-1.pyc` (PEP 3147, PEP 488). */
const CACHED = /^(.*)\/__pycache__\/([^/]+)\.([a-z]+-?\d+)(?:\.opt-\w+)?\.pyc$/;

/** Whether bytecode fits its source, its Python and the place where it lies (PEP 552). */
export function* checkBytecode(entries: readonly DebEntry[], facts: Facts): Generator<Issue> {
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  const unknown = new Map<string, string[]>();
  for (const {path, type} of entries) {
    const [, folder = '', module = '', tag = ''] = CACHED.exec(path) ?? [];
    const pyc = facts.get(path)?.pyc;
    if (type !== 'file' || module === '' || pyc === undefined) continue;
    const source = tree.get(`${folder}/${module}.py`);
    if (source === undefined) {
      yield issueOf('orphaned-bytecode', {file: path, message: `There is no ${module}.py`});
      continue;
    }
    const foreign = foreignTo(path, tag, pyc);
    if (foreign !== undefined) yield issueOf('foreign-bytecode', {file: path, message: foreign});
    else {
      const stale = stalenessOf(pyc, source, facts.get(source.path));
      if (stale !== undefined) yield issueOf('stale-bytecode', {file: path, message: stale});
      const why = stale === undefined ? doubtAbout(path, tag, pyc) : undefined;
      if (why !== undefined) unknown.set(why, [...(unknown.get(why) ?? []), path]);
    }
    if (pyc.compiledFrom !== undefined && pyc.compiledFrom !== `/${source.path}`)
      yield issueOf('bytecode-path', {file: path, message: `It was compiled from ${pyc.compiledFrom}`});
  }
  for (const [why, [first, ...more]] of unknown)
    yield issueOf('unknown-bytecode', {
      file: first,
      message: more.length === 0 ? why : `${why} (${more.length + 1} files)`,
    });
}

type Pyc = NonNullable<FileFacts['pyc']>;

function foreignTo(path: string, tag: string, {magic}: Pyc): string | undefined {
  const python = pythonOf(path);
  if (python === undefined) return undefined;
  const wanted = python.replace(/^python/, 'cpython-').replace('.', '');
  if (tag !== wanted) return `It is for ${tag}, its folder is that of ${python}`;
  if (judgeMagic(python, magic) !== 'foreign') return undefined;
  const known = bytecodeOf(python)?.magics.join(' or ');
  return `Its magic number is ${magic}, ${known === undefined ? 'which is that of another Python' : `that of ${python} is ${known}`}`;
}

/** What cannot be told of bytecode that nothing is wrong with as far as we see. */
function doubtAbout(path: string, tag: string, {magic, kind}: Pyc): string | undefined {
  const python = pythonOf(path);
  const cannot = kind === 'timestamp' ? 'whether Python takes it' : 'whether it fits its source';
  if (python === undefined)
    return kind === 'timestamp'
      ? undefined
      : `It lies in no folder of a Python (${tag}): ${cannot} is not known`;
  if (judgeMagic(python, magic) === 'fits') return undefined;
  return `The magic number ${magic} of ${python} is not known here: neither is ${cannot}`;
}

function stalenessOf(pyc: Pyc, source: DebEntry, facts: FileFacts | undefined): string | undefined {
  const name = posix.basename(source.path);
  if (pyc.kind === 'timestamp') {
    // The header holds 32 bits of each.
    if (pyc.mtime !== source.mtime % 2 ** 32) return `It is for ${name} of another time`;
    return pyc.sourceSize === source.size % 2 ** 32 ? undefined : `It is for ${name} of another size`;
  }
  const hash = facts?.sourceHashes?.get(pyc.magic);
  return hash === undefined || hash === pyc.sourceHash ? undefined : `It is for another ${name}`;
}
