import {chmod, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {CPYTHON, PYPY} from '../helpers/python.js';
import {fixture, long, skip} from '../helpers/suite.js';
import {buildHostilely, buildPlainly, cannotVary, mutate} from '../helpers/surroundings.js';
import {ownTemporaryFolder} from '../helpers/traces.js';
import {NORMALISATIONS} from './normalisations.js';

/**
 * The same bytes, wherever and by whomever they are built: two builds that differ in everything at once. The second
 * half undoes one normalisation after the other, and each time the builds must not come out the same any more.
 */
const reproducible = suite('integration/reproducible');
const own = await ownTemporaryFolder();
const TRAITS = fixture('apps/traits');
let why: string | undefined;
let count = 0;

reproducible.before(async () => {
  await chmod(own, 0o755);
  why = await cannotVary();
});

async function newFolder(): Promise<string> {
  count += 1;
  const folder = join(own, String(count));
  await mkdir(folder);
  return folder;
}

for (const [title, project, python] of [
  ['the traits on CPython', TRAITS, CPYTHON],
  ['the traits on PyPy', TRAITS, PYPY],
  ['the warehouse on PyPy', fixture('warehouse'), PYPY],
] as const) {
  reproducible(`${title}: two builds that have nothing in common have the same bytes`, async () => {
    if (why !== undefined) return skip(title, why);
    const places = {project, python, folder: await newFolder()};
    const plain = await buildPlainly(places);
    assert.ok(plain.sha256, plain.stderr);
    const hostile = await buildHostilely(places);
    assert.ok(hostile.sha256, hostile.stderr);
    assert.is(hostile.sha256, plain.sha256);
  });
}

for (const {title, python, outcome, also, ...edit} of NORMALISATIONS) {
  for (const interpreter of long ? [CPYTHON, PYPY] : [python ?? CPYTHON]) {
    if (python !== undefined && python !== interpreter) continue;
    reproducible(
      `${title}: without that (${interpreter}), ${outcome ? 'it fails' : 'the bytes differ'}`,
      async () => {
        if (why !== undefined) return skip(title, why);
        const folder = await newFolder();
        const places = {
          project: TRAITS,
          python: interpreter,
          folder,
          program: await mutate(folder, also ? [edit, also] : [edit]),
        };
        const plain = await buildPlainly(places);
        if (outcome !== undefined && plain.sha256 === undefined) {
          assert.match(plain.stderr, outcome);
          return;
        }
        assert.ok(plain.sha256, plain.stderr);
        const hostile = await buildHostilely(places);
        if (outcome === undefined) {
          assert.ok(hostile.sha256, hostile.stderr);
          assert.is.not(hostile.sha256, plain.sha256);
        } else assert.match(hostile.stderr, outcome);
      },
    );
  }
}

reproducible.after(() => rm(own, {recursive: true, force: true, maxRetries: 3}));
reproducible.run();
