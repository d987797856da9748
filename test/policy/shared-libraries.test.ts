import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Entry} from '../../lib/model.js';
import {programsOf} from '../../lib/policy/architecture.js';
import {type SharedLibraryOptions, sharedLibraryRelations} from '../../lib/policy/shared-libraries.js';
import type {ReportEvent} from '../../lib/report.js';
import {compile, type FakePackage, type FakeRoot, link, withFakeRoot} from '../helpers/fake-root.js';
import {entriesOf, nativeArchitecture, ourRelations, theirRelations} from '../helpers/shlibdeps.js';
import {rejects} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

const shared = suite('policy/shared-libraries');

const PACKAGES: Readonly<Record<string, FakePackage>> = {
  liba1: {files: ['liba.so.1'], shlibs: 'liba 1 liba1 (>= 1)\n'},
  libb1: {files: ['libb.so.1'], shlibs: 'libb 1 libb1 (>= 1)\n'},
};

/** A library that is called so, in a folder; `needs` are those that it is linked to. */
async function library(
  folder: string,
  name: string,
  needs: readonly string[] = [],
  flags: readonly string[] = [],
) {
  // Linking wants to see the libraries; they may lie elsewhere later, or nowhere.
  const stubs = needs.map((one) => compile(join(folder, 'stubs', one), '', [`-Wl,-soname,${one}`]));
  const soname = name.includes('.so.') ? [`-Wl,-soname,${name}`] : [];
  const file = join(folder, 'built', name);
  return compile(file, `int ${name.replace(/\W/g, '_')};`, [
    ...soname,
    ...flags,
    ...(await Promise.all(stubs)),
  ]);
}

/** A machine with liba and libb. */
const onMachine = <T>(use: (root: FakeRoot) => Promise<T>): Promise<T> =>
  withFakeRoot(PACKAGES, async (root) => {
    for (const name of ['liba.so.1', 'libb.so.1'])
      await rename(await library(root.folder, name), join(root.folder, root.libraries, name));
    return use(root);
  });

const rpath = (folder: string) => [`-Wl,-rpath,${folder}`];
const SITE = '/opt/x/lib/python3/site-packages';

/** A link of a payload. */
const linkEntry = (path: string, target: string): Entry => ({
  ...{
    path: path.slice(1),
    target,
    type: 'symlink',
    mode: 0o777,
    owner: 'root',
    group: 'root',
    mtime: 0,
    size: 0,
  },
});

async function relationsOf(entries: readonly Entry[], options: Partial<SharedLibraryOptions>) {
  return sharedLibraryRelations(entries, await programsOf(entries), {
    rules: {exclude: [], recommends: []},
    ...{package: 'x', architecture: await nativeArchitecture(), report: () => {}},
    ...options,
  });
}

/** What a module and further files of the payload ask for, as we see it and, where it can be asked, dpkg-shlibdeps. */
interface Bundle {
  readonly title: string;
  readonly flags: readonly string[];
  /** Libraries by their path in the payload. */
  readonly libraries: readonly string[];
  readonly needs?: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly wanted: readonly string[];
}

/** Another spelling of $ORIGIN. */
const BRACED = ['$', '{ORIGIN}'].join('');

const BUNDLES: readonly Bundle[] = [
  {
    title: 'a library that RUNPATH $ORIGIN reaches',
    flags: [...rpath('$ORIGIN'), '-Wl,--enable-new-dtags'],
    libraries: [`${SITE}/pkg/libown.so.3`],
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: `a library that RPATH ${BRACED}/../NAME.libs reaches`,
    flags: [...rpath(`${BRACED}/../pkg.libs`), '-Wl,--disable-new-dtags'],
    libraries: [`${SITE}/pkg.libs/libown.so.3`],
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library in the second folder, given as it will be on the server',
    flags: rpath(`/nonexistent:${SITE}/other`),
    libraries: [`${SITE}/other/libown.so.3`],
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library through a link of the payload',
    flags: rpath('$ORIGIN'),
    libraries: [`${SITE}/pkg/real/libown.so.3.1`],
    links: {[`${SITE}/pkg/libown.so.3`]: 'real/libown.so.3.1'},
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library through a link to a folder, such as lib64',
    flags: rpath('/opt/x/lib64/own'),
    libraries: ['/opt/x/lib/own/libown.so.3'],
    links: {'/opt/x/lib64': '/opt/x/lib'},
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library in a folder NAME.libs that Python code loads',
    flags: [],
    libraries: [`${SITE}/pkg.libs/libown.so.3`],
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library that the payload puts where all are searched',
    flags: [],
    libraries: ['/usr/lib/libown.so.3'],
    wanted: ['liba1 (>= 1)'],
  },
  {
    title: 'a library in place of one that a package has',
    flags: rpath('$ORIGIN/.libs'),
    libraries: [`${SITE}/pkg/.libs/libown.so.3`, `${SITE}/pkg/.libs/liba.so.1`],
    wanted: [],
  },
  {
    title: 'what a bundled library needs in turn, without RPATH',
    flags: rpath('$ORIGIN/../pkg.libs'),
    libraries: [`${SITE}/pkg.libs/libown.so.3`, `${SITE}/pkg.libs/liba.so.1`],
    wanted: [],
  },
];

for (const {title, flags, libraries, links = {}, wanted} of BUNDLES) {
  shared(`needs no package for ${title}`, () =>
    onMachine(async (root) => {
      const {folder} = root;
      const module = await library(folder, 'module.so', ['libown.so.3', 'liba.so.1'], flags);
      const tree: Record<string, string> = {[`${SITE}/pkg/module.so`]: module};
      for (const path of libraries) {
        const name = path.slice(path.lastIndexOf('/') + 1);
        tree[path] = await library(folder, name, name.startsWith('libown') ? ['liba.so.1'] : []);
      }
      const further = Object.entries(links).map(([path, target]) => linkEntry(path, target));
      const {depends} = await relationsOf([...(await entriesOf(tree)), ...further], {root: folder});
      assert.equal(depends, wanted);
    }),
  );
}

shared('dpkg-shlibdeps agrees on bundled libraries and on what they need of the system', () =>
  onMachine(async ({folder}) => {
    const module = await library(folder, 'module.so', ['libown.so.3'], rpath('$ORIGIN/../pkg.libs'));
    const own = await library(folder, 'libown.so.3', ['libc.so.6', 'libz-1a2b.so.1'], rpath('$ORIGIN'));
    const tree = {
      [`${SITE}/pkg/module.so`]: module,
      [`${SITE}/pkg.libs/libown.so.3`]: own,
      [`${SITE}/pkg.libs/libz-1a2b.so.1`]: await library(folder, 'libz-1a2b.so.1', ['libm.so.6']),
    };
    const ours = await ourRelations(tree);
    assert.equal(ours, await theirRelations(tree));
    assert.is(ours.depends.length, 1);
    assert.match(ours.depends[0] ?? '', /^libc6 \(>= /);
  }),
);

const needing = async ({folder}: FakeRoot, needs: readonly string[], flags: readonly string[] = []) =>
  entriesOf({[`${SITE}/pkg/module.so`]: await library(folder, 'module.so', needs, flags)});

shared('a library of another architecture is passed over, in the payload and on the machine', () =>
  onMachine(async (root) => {
    const foreign = Buffer.from(await readFile(join(root.folder, root.libraries, 'liba.so.1')));
    foreign.writeUInt16LE(foreign.readUInt16LE(18) === 62 ? 183 : 62, 18);
    await writeTree(root.folder, {'foreign.so': foreign, 'usr/local/lib/liba.so.1': foreign});
    const entries = [
      ...(await needing(root, ['liba.so.1'], rpath('$ORIGIN'))),
      ...(await entriesOf({[`${SITE}/pkg/liba.so.1`]: join(root.folder, 'foreign.so')})),
    ];
    assert.equal((await relationsOf(entries, {root: root.folder})).depends, ['liba1 (>= 1)']);
  }),
);

shared('a package for another architecture than its files depends on none of their libraries', () =>
  onMachine(async (root) => {
    const entries = await needing(root, ['libnowhere.so.1']);
    const options = {root: root.folder, architecture: 'all'};
    assert.equal(await relationsOf(entries, options), {depends: [], recommends: []});
  }),
);

shared('a link that ldconfig or update-alternatives made leads to the package', () =>
  onMachine(async (root) => {
    const {folder, libraries, admin} = root;
    const real = `${libraries}/alternative/libb.so.1`;
    await writeTree(folder, {[real]: await readFile(await library(folder, 'libb.so.1'))});
    await writeFile(join(admin, 'info', `libb1:${await nativeArchitecture()}.list`), `${real}\n`);
    await link(join(folder, 'etc/alternatives/libb.so.1'), `../..${real}`);
    await rm(join(folder, libraries, 'libb.so.1'));
    await link(join(folder, libraries, 'libb.so.1'), '../../../etc/alternatives/libb.so.1');
    const entries = await needing(root, ['libb.so.1']);
    assert.equal((await relationsOf(entries, {root: folder})).depends, ['libb1 (>= 1)']);
  }),
);

shared('a library that was diverted belongs to the package that diverted it', () =>
  onMachine(async (root) => {
    const {folder, admin, libraries} = root;
    await writeFile(
      join(admin, 'diversions'),
      `${libraries}/liba.so.1\n${libraries}/liba.so.1.distrib\nlibb1\n`,
    );
    const [list] = [join(admin, 'info', `libb1:${await nativeArchitecture()}`)];
    await writeFile(`${list}.list`, `${libraries}/libb.so.1\n${libraries}/liba.so.1\n`);
    await writeFile(`${list}.shlibs`, 'libb 1 libb1 (>= 1)\nliba 1 libb1 (>= 2)\n');
    const entries = await needing(root, ['liba.so.1']);
    assert.equal((await relationsOf(entries, {root: folder})).depends, ['libb1 (>= 2)']);
  }),
);

shared('with a merged /usr the package may name the other path', () =>
  onMachine(async (root) => {
    const {folder, admin, libraries} = root;
    await link(join(folder, 'lib'), 'usr/lib');
    const list = join(admin, 'info', `liba1:${await nativeArchitecture()}.list`);
    await writeFile(list, `${libraries.replace('/usr', '')}/liba.so.1\n`);
    const entries = await needing(root, ['liba.so.1']);
    assert.equal((await relationsOf(entries, {root: folder})).depends, ['liba1 (>= 1)']);
  }),
);

shared("the administrator's files win, and fill in", () =>
  onMachine(async (root) => {
    const {folder} = root;
    const architecture = await nativeArchitecture();
    await writeTree(folder, {
      'etc/dpkg/shlibs.override': 'libb 1 libb-override\n',
      'etc/dpkg/shlibs.default': 'libb 1 libb-default\nliblocal 1 liblocal1\n',
      'etc/dpkg/symbols/liba1.symbols': 'liba.so.1 liba1 #MINVER#\n x@Base 7\n',
      [`etc/dpkg/symbols/liba1.symbols.${architecture}`]: 'liba.so.1 liba1 #MINVER#\n x@Base 8\n',
      'usr/local/lib/liblocal.so.1': await readFile(await library(folder, 'liblocal.so.1')),
    });
    const entries = await needing(root, ['liba.so.1', 'libb.so.1', 'liblocal.so.1']);
    assert.equal((await relationsOf(entries, {root: folder})).depends, [
      'liba1 (>= 8)',
      'libb-override',
      'liblocal1',
    ]);
  }),
);

shared(
  'a library that is not meant to be linked to needs no package: no soname, or one without version',
  () =>
    onMachine(async (root) => {
      const {folder, admin, libraries} = root;
      const architecture = await nativeArchitecture();
      const names = ['libpypy3.9-c.so', 'plugin.so'];
      for (const name of names) {
        const flags = name === 'plugin.so' ? [] : [`-Wl,-soname,${name}`];
        await rename(await library(folder, name, [], flags), join(folder, libraries, name));
      }
      const list = join(admin, 'info', `liba1:${architecture}.list`);
      await writeFile(list, ['liba.so.1', ...names].map((name) => `${libraries}/${name}\n`).join(''));
      const entries = await needing(root, ['liba.so.1', ...names]);
      assert.equal((await relationsOf(entries, {root: folder})).depends, ['liba1 (>= 1)']);
    }),
);

shared('every library without package is named, with a file that needs it and the option that helps', () =>
  onMachine(async (root) => {
    const {folder, libraries, admin} = root;
    await rename(await library(folder, 'libstray.so.1'), join(folder, libraries, 'libstray.so.1'));
    await rm(join(admin, 'info', `libb1:${await nativeArchitecture()}.shlibs`));
    const entries = await needing(root, ['liba.so.1', 'libstray.so.1', 'libgone.so.2', 'libb.so.1']);
    const second = {...entries[0], path: 'opt/x/second.so'} as Entry;
    const error = await rejects(
      relationsOf([...entries, second], {root: folder}),
      'E_PAYLOAD',
      /shlibs\.exclude/,
    );
    const module = `${SITE}/pkg/module.so and 1 other file`;
    assert.equal(error.issues, [
      `libstray.so.1, needed by ${module}: ${libraries}/libstray.so.1 belongs to no package`,
      `libgone.so.2, needed by ${module}: it is not on this machine`,
      `libb.so.1, needed by ${module}: its package libb1 has no shlibs or symbols file that names it`,
    ]);
    assert.match(error.message, String(error.issues[0]));
  }),
);

shared('a library that only an older package of ours has installed here is in no package', () =>
  onMachine(async (root) => {
    const entries = await needing(root, ['liba.so.1']);
    const options = {root: root.folder, package: 'liba1'};
    await rejects(
      relationsOf(entries, options),
      'E_PAYLOAD',
      /liba\.so\.1, needed by .*belongs to no package/,
    );
  }),
);

for (const [title, exclude, wanted] of [
  ['nothing', [], undefined],
  ['a soname', ['libgone.so.2'], ['liba1 (>= 1)']],
  ['sonames with a wildcard', ['libgone.so.*'], ['liba1 (>= 1)']],
  ['a file', [`${SITE}/pkg/module.so`], []],
  ['files with wildcards', ['/opt/x/**/*.so'], []],
  ['another file', ['/opt/x/*.so'], undefined],
] as const) {
  shared(`with ${title} excluded, ${wanted ? 'nobody looks for it' : 'the library is missing'}`, () =>
    onMachine(async (root) => {
      const entries = await needing(root, ['liba.so.1', 'libgone.so.2']);
      const answer = relationsOf(entries, {root: root.folder, rules: {exclude, recommends: []}});
      if (wanted === undefined) await rejects(answer, 'E_PAYLOAD', /libgone\.so\.2/);
      else assert.equal((await answer).depends, wanted);
    }),
  );
}

for (const [title, recommends, wanted] of [
  ['a file', [`${SITE}/pkg/module.so`], {depends: [], recommends: ['liba1 (>= 1)', 'libb1 (>= 1)']}],
  ['a soname', ['libb.so.*'], {depends: ['liba1 (>= 1)'], recommends: ['libb1 (>= 1)']}],
] as const) {
  shared(`what ${title} asks for is recommended on request`, () =>
    onMachine(async (root) => {
      const entries = await needing(root, ['liba.so.1', 'libb.so.1']);
      assert.equal(await relationsOf(entries, {root: root.folder, rules: {exclude: [], recommends}}), wanted);
    }),
  );
}

shared('switched off, nothing is looked at', () =>
  onMachine(async (root) => {
    const entries = await needing(root, ['libgone.so.2']);
    assert.equal(await relationsOf(entries, {root: root.folder, rules: false}), {
      depends: [],
      recommends: [],
    });
  }),
);

shared('without a database of dpkg, the error offers to name the packages by hand', () =>
  onMachine(async (root) => {
    await rm(root.admin, {recursive: true});
    const entries = await needing(root, ['liba.so.1', 'libgone.so.2']);
    const error = await rejects(
      relationsOf(entries, {root: root.folder}),
      'E_PAYLOAD',
      /"depends".*"shlibs" to false/,
    );
    assert.match(error.message, `liba.so.1, needed by ${SITE}/pkg/module.so`);
    assert.is(error.issues.length, 2);
  }),
);

shared('without a database of dpkg, what needs nothing outside is as good as anywhere', () =>
  onMachine(async (root) => {
    await rm(root.admin, {recursive: true});
    const {folder} = root;
    const entries = [
      ...(await needing(root, ['libown.so.3'], rpath('$ORIGIN'))),
      ...(await entriesOf({[`${SITE}/pkg/libown.so.3`]: await library(folder, 'libown.so.3')})),
    ];
    assert.equal(await relationsOf(entries, {root: folder}), {depends: [], recommends: []});
  }),
);

shared('a damaged file is data, and a warning says so', () =>
  onMachine(async (root) => {
    const [entry] = await needing(root, ['liba.so.1']);
    const bytes = (await readFile(entry?.source ?? '')).subarray(0, 400);
    const events: ReportEvent[] = [];
    const damaged = {...entry, source: undefined, data: bytes, size: bytes.length} as unknown as Entry;
    const options = {root: root.folder, report: (event: ReportEvent) => events.push(event)};
    assert.equal(await relationsOf([damaged], options), {depends: [], recommends: []});
    assert.match(JSON.stringify(events), /damaged-elf.*ELF file is damaged.*module\.so/);
  }),
);

shared('a file that is gone is E_IO', () =>
  onMachine(async (root) => {
    const entries = await needing(root, ['liba.so.1']);
    const programs = await programsOf(entries);
    await rm(entries[0]?.source ?? '');
    const options = {rules: {exclude: [], recommends: []}, package: 'x', report: () => {}, root: root.folder};
    const architecture = await nativeArchitecture();
    const call = async () => sharedLibraryRelations(entries, programs, {...options, architecture});
    await rejects(call(), 'E_IO', /reading .*module\.so/);
  }),
);

shared.run();
