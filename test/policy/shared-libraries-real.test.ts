import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  asTree,
  isProgram,
  ourRelations,
  shlibdeps,
  theirRelations,
  withPackageTree,
} from '../helpers/shlibdeps.js';
import {long} from '../helpers/suite.js';

const real = suite('policy/shared-libraries on this machine');

/** The folder of the newest series of an interpreter: `python3.11`, `pypy3.9`. */
const series = (pattern: RegExp): string =>
  join('/usr/lib', readdirSync('/usr/lib').findLast((name) => pattern.test(name)) ?? 'none');

/** Folders that are on every machine with our test tools, and of how many files there we take one. */
const FOLDERS: readonly (readonly [folder: string, every: number])[] = [
  [join(series(/^python3\.\d+$/), 'lib-dynload'), 3],
  ['/usr/lib/python3/dist-packages', 2],
  [series(/^pypy3\.\d+$/), 2],
  ['/usr/lib/git-core', 150],
  ['/usr/bin', 250],
];

async function programsIn(folder: string, every: number): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).map((name) => join(folder, name));
  const programs: string[] = [];
  for (const file of files.filter((name) => existsSync(name))) if (await isProgram(file)) programs.push(file);
  return programs.sort().filter((_, index) => index % (long ? Math.ceil(every / 10) : every) === 0);
}

const samples = await Promise.all(FOLDERS.map((folder) => programsIn(...folder)));

real('there are at least 20 extension modules, and programs', () => {
  const [cpython = [], packages = [], pypy = [], git = [], programs = []] = samples;
  assert.ok(packages.length > 0 && pypy.length > 5 && git.length > 0 && programs.length > 0, String(samples));
  assert.ok(cpython.length + packages.length + pypy.length >= 20, String(samples));
});

for (const file of samples.flat()) {
  real(`${file} depends on what dpkg-shlibdeps says`, async () => {
    const tree = asTree([file]);
    assert.equal(await ourRelations(tree), await theirRelations(tree));
  });
}

real('all of them in one package depend on what dpkg-shlibdeps says', async () => {
  const files = samples.flat();
  const ours = await ourRelations(asTree(files));
  assert.equal(ours, await theirRelations(asTree(files)));
  assert.ok(ours.depends.length > 5, String(ours.depends));
});

real('what some of them need is recommended, unless the others need as much', async () => {
  const files = samples.flat();
  const weaker = new Set(files.filter((_, index) => index % 2 === 0));
  const rules = {exclude: [], recommends: [...weaker]};
  const ours = await ourRelations(asTree(files), {rules});
  const fieldOf = (path: string) => (weaker.has(path) ? ('Recommends' as const) : ('Depends' as const));
  const theirs = await withPackageTree(asTree(files), (folder) => shlibdeps(folder, files, {fieldOf}));
  assert.equal(ours, theirs);
  assert.ok(ours.depends.length > 0 && ours.recommends.length > 0);
});

real.run();
