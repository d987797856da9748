import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {shlibsDependency, splitSoname} from '../../lib/policy/shlibs.js';
import {parseSymbols, smallestVersion} from '../../lib/policy/symbols.js';
import {compile, type FakePackage, type FakeRoot, withFakeRoot} from '../helpers/fake-root.js';
import {ourRelations, shlibdeps, type Tree, withPackageTree} from '../helpers/shlibdeps.js';
import {writeTree} from '../helpers/wheels.js';

const shlibs = suite('policy/shlibs');

for (const [soname, wanted] of [
  ['libpq.so.5', {library: 'libpq', version: '5'}],
  ['libc++.so.1.0', {library: 'libc++', version: '1.0'}],
  ['libdb-5.3.so', {library: 'libdb', version: '5.3'}],
  ['libgcc_s.so.1', {library: 'libgcc_s', version: '1'}],
  ['ld-linux-x86-64.so.2', {library: 'ld-linux-x86-64', version: '2'}],
  ['libpypy3.9-c.so', undefined],
  ['plugin.so', undefined],
] as const) {
  shlibs(`takes the soname ${soname} apart`, () => assert.equal(splitSoname(soname), wanted));
}

shlibs('a library that a shlibs file does not name has no dependency there', () => {
  assert.is(
    shlibsDependency('# liba 1 liba1\nliba 2 liba2\nliba-1 1 x1\n', {library: 'liba', version: '1'}),
    undefined,
  );
  assert.is(shlibsDependency('liba 1\n', {library: 'liba', version: '1'}), '');
});

/** `one` and `two` are of version A_1.0, `three` of A_2.0. */
const LIBRARY = 'int one; int two; int three;';
const VERSIONS = 'A_1.0 { global: one; two; local: *; }; A_2.0 { global: three; } A_1.0;';

/** Build the library of a package and a file that is linked to it, and ask both what it depends on. */
async function compared(
  from: Omit<FakePackage, 'files'>,
  uses: readonly string[],
  override?: string,
): Promise<{ours: readonly string[]; theirs: readonly string[]}> {
  return withFakeRoot({liba1: {files: ['liba.so.1'], ...from}}, async (root) => {
    const tree = await linkedTree(root, uses);
    const local = join(root.folder, 'etc/dpkg/shlibs.override');
    if (override !== undefined) await writeTree(root.folder, {'etc/dpkg/shlibs.override': override});
    const [ours, theirs] = [
      await ourRelations(tree, {root: root.folder}),
      await theirAnswer(root, tree, local),
    ];
    return {ours: ours.depends, theirs};
  });
}

async function linkedTree({folder, libraries}: FakeRoot, uses: readonly string[]): Promise<Tree> {
  const script = join(folder, 'versions');
  await writeFile(script, VERSIONS);
  const library = join(folder, libraries, 'liba.so.1');
  await compile(library, LIBRARY, ['-Wl,-soname,liba.so.1', `-Wl,--version-script=${script}`]);
  const source = uses.map((name) => `extern int ${name}; int *use_${name} = &${name};`).join('\n');
  const path = '/opt/x/lib/module.so';
  return {[path]: await compile(join(folder, 'module.so'), source, [library])};
}

const theirAnswer = ({folder: root, admin, libraries}: FakeRoot, tree: Tree, local: string) =>
  withPackageTree(tree, async (folder) => {
    const further = [`--admindir=${admin}`, `-l${join(root, libraries)}`, `-L${local}`];
    return (await shlibdeps(folder, Object.keys(tree), {further})).depends;
  });

const HEAD = 'liba.so.1 liba1 #MINVER#\n';
const SYMBOLS = `${HEAD} one@A_1.0 1.2\n two@A_1.0 1:0.5\n three@A_2.0 2.0~rc1\n`;

interface Case {
  readonly title: string;
  readonly from: Omit<FakePackage, 'files'>;
  readonly uses: readonly string[];
  readonly wanted: string;
  readonly override?: string;
}

const CASES: readonly Case[] = [
  {title: 'the version of the symbol', from: {symbols: SYMBOLS}, uses: ['one'], wanted: 'liba1 (>= 1.2)'},
  {title: 'a version with ~', from: {symbols: SYMBOLS}, uses: ['three'], wanted: 'liba1 (>= 2.0~rc1)'},
  {
    title: 'the highest version of several symbols',
    from: {symbols: SYMBOLS},
    uses: ['one', 'two', 'three'],
    wanted: 'liba1 (>= 1:0.5)',
  },
  {
    title: 'the least version where no symbol is used',
    from: {symbols: SYMBOLS},
    uses: [],
    wanted: 'liba1 (>= 1.2)',
  },
  {
    title: 'no version where the symbols are not known',
    from: {symbols: HEAD},
    uses: ['one'],
    wanted: 'liba1',
  },
  {
    title: 'no version where it is 0',
    from: {symbols: `${HEAD} one@A_1.0 0\n`},
    uses: ['one'],
    wanted: 'liba1',
  },
  {
    title: 'but the version 0.0',
    from: {symbols: `${HEAD} one@A_1.0 0.0\n`},
    uses: ['one'],
    wanted: 'liba1 (>= 0.0)',
  },
  {
    title: 'the template of the symbol beside the main one',
    from: {symbols: `${HEAD}| liba1-full | liba1-alt #MINVER#\n one@A_1.0 1.0\n two@A_1.0 1.5 1\n`},
    uses: ['one', 'two'],
    wanted: 'liba1 (>= 1.0), liba1-full | liba1-alt (>= 1.5)',
  },
  {
    title: 'the least version of the main template only',
    from: {symbols: `${HEAD}| liba0 #MINVER#\n one@A_1.0 1.0\n two@A_1.0 0.5 1\n`},
    uses: ['one'],
    wanted: 'liba1 (>= 1.0)',
  },
  {
    title: 'every package of a template',
    from: {symbols: 'liba.so.1 liba1 #MINVER#, liba-data\n one@A_1.0 1.0\n'},
    uses: ['one'],
    wanted: 'liba-data, liba1 (>= 1.0)',
  },
  {
    title: 'a template that has its own versions',
    from: {symbols: `${HEAD}| liba1 (>> 2.36), liba1 (<< 2.37)\n one@A_1.0 1.0\n two@A_1.0 0 1\n`},
    uses: ['two'],
    wanted: 'liba1 (<< 2.37), liba1 (>= 1.0), liba1 (>> 2.36)',
  },
  {
    title: 'nothing for a template that is not there',
    from: {symbols: `${HEAD} one@A_1.0 1.0\n two@A_1.0 9 3\n`},
    uses: ['two'],
    wanted: 'liba1 (>= 1.0)',
  },
  {
    title: 'no symbol that is missing from the library, but its version as the least one',
    from: {symbols: `${HEAD}#MISSING: 3.0#one@A_1.0 0.9\n#MISSING: 3.0# two@A_1.0 2.5\n three@A_2.0 1.5\n`},
    uses: ['one', 'two'],
    wanted: 'liba1 (>= 0.9)',
  },
  {
    title: 'symbols with tags, and no patterns',
    from: {
      symbols: `${HEAD} (optional|arch=hurd-any)one@A_1.0 1.7\n (optional)"two@A_1.0" 1.8\n (symver|optional)A_2.0 9.0
 (regex)"^three@.*$" 8.0\n (c++)"foo()@Base" 7.0\n *@A_2.0 6.0\n (symver)A_1.0 0.1\n`,
    },
    uses: ['one', 'two', 'three'],
    wanted: 'liba1 (>= 1.8)',
  },
  {
    title: 'the last dependency of a library that comes twice, and the symbols of both',
    from: {symbols: `${HEAD} one@A_1.0 1.0\nliba.so.1 liba1t64 #MINVER#\n two@A_1.0 1.4\n`},
    uses: ['one', 'two'],
    wanted: 'liba1t64 (>= 1.4)',
  },
  {
    title: 'fields and comments are passed over',
    from: {symbols: `# x\n${HEAD}* Build-Depends-Package: liba-dev\n# one@A_1.0 9\n one@A_1.0 1.0\n`},
    uses: ['one'],
    wanted: 'liba1 (>= 1.0)',
  },
  {
    title: 'a symbol of another version is another',
    from: {symbols: `${HEAD} one@A_2.0 3.0\n one@Base 2.0\n`},
    uses: ['one'],
    wanted: 'liba1 (>= 2.0)',
  },
  {title: 'shlibs', from: {shlibs: 'liba 1 liba1 (>= 5)\n'}, uses: ['one'], wanted: 'liba1 (>= 5)'},
  {
    title: 'the shlibs line of our type of package',
    from: {shlibs: 'udeb: liba 1 liba1-udeb\nliba 1 liba1 (>= 5)\ndeb: liba 1 liba1 (>= 6)\n'},
    uses: [],
    wanted: 'liba1 (>= 6)',
  },
  {
    title: 'the first shlibs line of several',
    from: {shlibs: 'liba 2 liba2\nliba 1 liba1 (>= 5)\nliba 1 liba1 (>= 7)\n'},
    uses: [],
    wanted: 'liba1 (>= 5)',
  },
  {
    title: 'alternatives and several packages of shlibs',
    from: {shlibs: 'liba 1 liba1 (>= 5) | liba-compat, liba-data\n'},
    uses: [],
    wanted: 'liba-data, liba1 (>= 5) | liba-compat',
  },
  {title: 'nothing where shlibs say so', from: {shlibs: 'liba 1\n'}, uses: ['one'], wanted: ''},
  {
    title: 'symbols before shlibs',
    from: {symbols: SYMBOLS, shlibs: 'liba 1 liba1 (>= 99)\n'},
    uses: ['one'],
    wanted: 'liba1 (>= 1.2)',
  },
  {
    title: 'shlibs where the symbols are those of another library',
    from: {symbols: 'libz.so.9 libz9 #MINVER#\n one@A_1.0 1\n', shlibs: 'liba 1 liba1 (>= 4)\n'},
    uses: ['one'],
    wanted: 'liba1 (>= 4)',
  },
  {
    title: "the administrator's shlibs before those of the package",
    from: {shlibs: 'liba 1 liba1 (>= 4)\n'},
    uses: ['one'],
    override: 'liba 1 liba1-local\n',
    wanted: 'liba1-local',
  },
];

for (const {title, from, uses, wanted, override} of CASES) {
  shlibs(`as dpkg-shlibdeps: ${title}`, async () => {
    const {ours, theirs} = await compared(from, uses, override);
    assert.is(ours.join(', '), wanted);
    assert.equal(ours, theirs);
  });
}

shlibs('of a library without symbols, the least version is not known', () => {
  const [library] = parseSymbols(HEAD).values();
  assert.is(library && smallestVersion(library), undefined);
});

shlibs('what is no symbols file is empty', () => {
  assert.equal([...parseSymbols('')], []);
  assert.equal([...parseSymbols(' one@A_1.0 1.0\n| other\n\nalone\n')], []);
});

shlibs('symbols are taken from the first library that has them, in the order of NEEDED', () => {
  const packages = {
    liba1: {files: ['liba.so.1'], symbols: 'liba.so.1 liba1 #MINVER#\n both@Base 2\n'},
    libb1: {files: ['libb.so.1'], symbols: 'libb.so.1 libb1 #MINVER#\n both@Base 3\n other@Base 1\n'},
  };
  return withFakeRoot(packages, async (root) => {
    const built = ['liba.so.1', 'libb.so.1'].map((name) =>
      compile(join(root.folder, root.libraries, name), 'int both;', [`-Wl,-soname,${name}`]),
    );
    const source = 'extern int both; int *x = &both;';
    const tree = {'/opt/x/m.so': await compile(join(root.folder, 'm.so'), source, await Promise.all(built))};
    const {depends} = await ourRelations(tree, {root: root.folder});
    assert.equal(depends, ['liba1 (>= 2)', 'libb1 (>= 1)']);
    assert.equal(depends, await theirAnswer(root, tree, '/nonexistent'));
  });
});

shlibs.run();
