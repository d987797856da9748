/**
 * A fixture, built once and then again under each variation by itself, on PyPy and on CPython: which of them reaches
 * the bytes?
 *
 *   node dist/test/bench/variations.js [project [pypy3|python3]]      (project below fixtures/, default: warehouse)
 */
import {VARIATIONS, type VariationName} from '../../lib/variations/names.js';
import {withTrials} from '../../lib/verify/index.js';
import {CPYTHON, PYPY} from '../helpers/python.js';
import {fixture} from '../helpers/suite.js';

const [project = 'warehouse', only] = process.argv.slice(2);
const interpreters = [
  ['PyPy', PYPY],
  ['CPython', CPYTHON],
] as const;

/** What became of the build under each variation, and under all of them. */
async function measure(python: string): Promise<ReadonlyMap<VariationName | 'all', string>> {
  const results = new Map<VariationName | 'all', string>();
  await withTrials({source: fixture(project), python}, new Set(VARIATIONS), async ({varied, tryOut}) => {
    const told = async (name: VariationName | 'all', names: readonly VariationName[]) => {
      const packages = await tryOut(names);
      const count = packages.flatMap((one) => one.differences).length;
      results.set(name, count === 0 ? 'equal' : `different (${count})`);
      console.error(`${python} ${name}: ${results.get(name)}`);
    };
    for (const {name, why} of varied.reports) {
      if (why === undefined) await told(name, [name]);
      else results.set(name, `not varied: ${why}`);
    }
    await told('all', [...varied.changes.keys()]);
  });
  return results;
}

const columns: (readonly [string, ReadonlyMap<VariationName | 'all', string>])[] = [];
for (const [title, python] of interpreters) {
  if (only !== undefined && !python.endsWith(only)) continue;
  columns.push([title, await measure(python)]);
}
console.log(`| variation | ${columns.map(([title]) => title).join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(columns.length)}`);
for (const name of [...VARIATIONS, 'all'] as const)
  console.log(`| ${name} | ${columns.map(([, results]) => results.get(name)).join(' | ')} |`);
