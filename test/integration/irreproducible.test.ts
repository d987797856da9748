import {chmod, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {VARIATIONS, type VariationName, type VerifyOptions, verifyReproducible} from '../../lib/index.js';
import {
  allKinds,
  BACKEND,
  collect,
  IRREPRODUCIBLE,
  type Irreproducible,
  isConsequence,
  pathOf,
} from '../helpers/irreproducible.js';
import {CPYTHON, libOf, PYPY} from '../helpers/python.js';
import {fixture, long, skip} from '../helpers/suite.js';

/**
 * Projects that cannot be built twice: what cannot find them proves nothing when it finds nothing. All of them are
 * built as one; the long run builds them one by one as well, and finds out what brings each about.
 */
const irreproducible = suite('integration/irreproducible');
const parent = await mkdtemp('/var/tmp/mkvenvdeb-kinds-');
const without = (...names: readonly VariationName[]) => VARIATIONS.filter((name) => !names.includes(name));

irreproducible.before(async () => {
  await chmod(parent, 0o755);
  // Unpacking pip takes seconds, and another user cannot use the cache of root.
  for (const path of ['cache', 'cache/mkvenvdeb', 'cache/mkvenvdeb/unpacked']) {
    await mkdir(join(parent, path));
    await chmod(join(parent, path), 0o777);
  }
  process.env.XDG_CACHE_HOME = join(parent, 'cache');
  for (const name of ['TZ', 'LC_ALL', 'LANG']) delete process.env[name];
});

async function verify(source: string, more: Partial<VerifyOptions> = {}) {
  const report = await verifyReproducible({source, python: CPYTHON, configFile: undefined, ...more});
  const notVaried = report.variations.filter(({value}) => value === undefined).map(({name}) => name);
  const [{differences = []} = {}] = report.packages;
  return {...report, differences, notVaried};
}

type Verified = Awaited<ReturnType<typeof verify>>;

/** What this machine cannot vary, nothing can be found of; told once. */
const unable = (report: Verified, wanted: readonly VariationName[]) =>
  report.variations
    .filter(({name, why}) => wanted.includes(name) && why !== undefined && why !== 'switched off')
    .map(({name, why}) => skip(`irreproducible: ${name}`, why ?? '')).length > 0;

function assertFound(one: Irreproducible, {differences}: Verified, path: string): void {
  const found = differences.find((it) => it.path === path && it.kind === one.kind);
  const all = differences.map((it) => `${it.path} ${it.kind}: ${it.detail}`).join('\n');
  assert.ok(found, `${one.name}: no ${one.kind} of ${path}\n${all}`);
  if (found.variations === undefined) {
    if (one.cause) assert.match(found.cause ?? 'no cause', one.cause, path);
  } else {
    assert.equal(found.variations, one.by, `${path} by`);
    assert.match(found.cause ?? 'no cause', one.explained ?? one.cause ?? /^$/, path);
  }
  if (found.cause !== undefined) assert.ok(found.cure, `${path} has no cure`);
}

const PREFIX = 'opt/irreproducible';
const kindsOf = (python: string) =>
  IRREPRODUCIBLE.filter(({only}) => only === undefined || only === (python === PYPY ? 'pypy' : 'cpython'));

irreproducible('there is a fixture for each kind, and each is looked for', async () => {
  assert.equal(await allKinds(), [...new Set(IRREPRODUCIBLE.map(({name}) => name))].sort());
});

for (const python of long ? [CPYTHON, PYPY] : [CPYTHON]) {
  irreproducible(`everything that differs is found, with its kind and cause (${python})`, async () => {
    const kinds = kindsOf(python);
    const project = await collect(join(parent, python), 'make.py', await allKinds());
    const report = await verify(project, {python});
    if (unable(report, without('date', ...(python === PYPY ? [] : ['nursery' as const])))) return;
    const place = (one: Irreproducible) => pathOf(one, PREFIX, libOf(python));
    for (const one of kinds) assertFound(one, report, place(one));
    const expected = new Set(kinds.map((one) => (one.isModule ? place(one) : dirname(place(one)))));
    const isExpected = (path: string) => expected.has(path) || expected.has(dirname(path));
    const others = report.differences.filter(
      (it) => it.member === 'data.tar' && !isExpected(it.path ?? '') && !isConsequence(it),
    );
    assert.equal(others, []);
  });

  irreproducible(`with nothing varied only chance and the clock are left (${python})`, async () => {
    const project = await collect(join(parent, `${python}-nothing`), 'make.py', await allKinds());
    const {differences, variations} = await verify(project, {
      python,
      noVary: VARIATIONS,
      compression: 'none',
    });
    assert.ok(variations.every(({why}) => why === 'switched off'));
    const paths = differences
      .filter((it) => it.member === 'data.tar' && !isConsequence(it))
      .map(({path}) => path)
      .sort();
    const chance = kindsOf(python).filter(({by}) => by.length === 0);
    assert.equal(paths, chance.map((one) => pathOf(one, PREFIX, libOf(python))).sort());
  });

  irreproducible(`with the cures applied it is the same under everything (${python})`, async () => {
    const project = await collect(join(parent, `${python}-cured`), 'cured.py', await allKinds());
    const report = await verify(project, {python});
    assert.equal(report.differences, []);
    assert.ok(report.equal);
  });
}

irreproducible('what brings a difference about is found by building on', async () => {
  const names = ['hostname', 'home', 'chance'];
  const project = await collect(join(parent, 'explained'), 'make.py', names);
  const noVary = without('hostname', 'home', 'time-zone');
  const report = await verify(project, {noVary, explain: true, compression: 'none'});
  if (unable(report, ['hostname'])) return;
  for (const one of IRREPRODUCIBLE.filter(({name}) => names.includes(name)))
    assertFound(one, report, pathOf(one, PREFIX, libOf(CPYTHON)));
});

for (const python of long ? [CPYTHON, PYPY] : []) {
  irreproducible(`what brings each of them about is found by building on (${python})`, async () => {
    const project = await collect(join(parent, `${python}-explained`), 'make.py', await allKinds());
    const report = await verify(project, {python, explain: true, compression: 'none'});
    if (unable(report, without('date', ...(python === PYPY ? [] : ['nursery' as const])))) return;
    for (const one of kindsOf(python)) assertFound(one, report, pathOf(one, PREFIX, libOf(python)));
  });
}

// What the back end does several causes bring about: there is no one to leave alone.
for (const one of long ? kindsOf(CPYTHON).filter(({name}) => name !== BACKEND) : []) {
  irreproducible(`${one.name}: different, and the same with ${one.by.join(' and ')} left alone`, async () => {
    const source = fixture('irreproducible', one.name);
    const different = await verify(source);
    if (unable(different, one.by)) return;
    assertFound(one, different, `opt/irreproducible-${one.name}/${one.file}`);
    assert.is((await verify(source, {noVary: one.by})).equal, one.by.length > 0);
  });
}

irreproducible.after(() => rm(parent, {recursive: true, force: true, maxRetries: 3}));
irreproducible.run();
