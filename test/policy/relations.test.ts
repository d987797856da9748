import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {RelationField} from '../../lib/policy/relations.js';
import {formatRelations, parseRelations, relationsOn} from '../../lib/policy/relations.js';
import {inFolder, throws} from '../helpers/suite.js';

const relations = suite('policy/relations');

relations('takes a field apart', () =>
  assert.equal(parseRelations('libpq5:any (>= 1:9.0~) [amd64 i386], a1 | b1(<<2)', 'Depends'), [
    [
      {
        package: 'libpq5',
        qualifier: 'any',
        operator: '>=',
        version: '1:9.0~',
        architectures: ['amd64', 'i386'],
      },
    ],
    [{package: 'a1'}, {package: 'b1', operator: '<<', version: '2'}],
  ]),
);

const GOOD = [
  'a1',
  'a1, b1',
  'a1 | b1 | c1 (= 1)',
  'python3 (>= 3.11~), python3 (<< 3.12)',
  'python3:any (>= 3.11~)',
  'lib+x-1.0 (>> 1:2.0-3+b1)',
  'a1 (<=1), b1(>=2)',
  ' a1 ,, b1 , ',
  'a1 (>= 1) [amd64]',
  'a1 [!i386 !armhf] | b1',
];
const BAD = [
  'a',
  'A1',
  'a_b',
  'a1 (> 1)',
  'a1 (< 1)',
  'a1 (== 1)',
  'a1 (>= )',
  'a1 (1)',
  'a1 (>= 1',
  'a1 >= 1',
  'a1 (>= v1)',
  'a1 b1',
  'a1 |',
  '| a1',
  'a1:',
  'a1:ä',
  'a1 []',
  'a1 [amd64 !i386]',
  'a1 <!nocheck>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what debhelper's variables look like
  '${shlibs:Depends}',
  'a1\nXy: z',
];

for (const text of GOOD) {
  relations(`takes ${JSON.stringify(text)}`, () => assert.ok(parseRelations(text, 'Depends').length > 0));
}
for (const text of BAD) {
  relations(`refuses ${JSON.stringify(text)}`, () => {
    const error = throws(
      () => parseRelations(text, 'Depends'),
      'E_OPTION',
      /Depends is not a list of packages: "/,
    );
    assert.is.not(error.issues.length, 0);
  });
}

relations('says how an old operator is written today', () => {
  throws(() => parseRelations('a1 (> 1)', 'Depends'), 'E_OPTION', /write >> or >=: a1 \(> 1\)/);
});

relations('lists every problem', () => {
  const error = throws(() => parseRelations('A1, a1 (> 1), ok', 'Depends'), 'E_OPTION', /list of packages/);
  assert.equal(error.issues, ['not a package name: A1', 'write >> or >=: a1 (> 1)']);
});

for (const field of ['Enhances', 'Conflicts', 'Breaks', 'Replaces', 'Provides'] as const) {
  relations(`knows no alternatives in ${field}`, () => {
    throws(() => parseRelations('a1 | b1', field), 'E_OPTION', /no alternatives/);
  });
}
for (const field of ['Pre-Depends', 'Depends', 'Recommends', 'Suggests'] as const) {
  relations(`knows alternatives in ${field}`, () =>
    assert.is(parseRelations('a1 | b1', field)[0]?.length, 2),
  );
}

relations('provides one version only', () => {
  assert.is(parseRelations('a1 (= 1)', 'Provides').length, 1);
  throws(() => parseRelations('a1 (>= 1)', 'Provides'), 'E_OPTION', /only = in Provides/);
});

const merged = (texts: readonly string[], architecture = 'amd64', field: RelationField = 'Depends') =>
  formatRelations(relationsOn(architecture, field, texts));

for (const [title, texts, wanted] of [
  ['nothing', [], ''],
  ['empty texts', ['', ' , '], ''],
  ['the same twice, written in two ways', ['b1(>=1), a1', 'a1', 'b1  ( >= 1 )'], 'a1, b1 (>= 1)'],
  [
    'the order is that of the bytes',
    ['python3 (>= 3.11~), python3 (<< 3.12)'],
    'python3 (<< 3.12), python3 (>= 3.11~)',
  ],
  ['alternatives keep their order', ['z1|a1'], 'z1 | a1'],
  [
    'what holds here',
    ['a1 [amd64], b1 [!i386], c1 [any], d1 [linux-any], e1 [any-amd64]'],
    'a1, b1, c1, d1, e1',
  ],
  ['what holds elsewhere', ['a1 [i386], b1 [!amd64], c1 [kfreebsd-any], d1 [!any]'], ''],
  ['one alternative that holds elsewhere', ['a1 [i386] | b1 [amd64]'], 'b1'],
] as const) {
  relations(`joins ${title}`, () => assert.is(merged(texts), wanted));
}

relations('an architecture is matched by its processor too', () => {
  assert.is(merged(['a1 [any-arm]'], 'armhf'), 'a1');
  assert.is(merged(['a1 [any-arm]'], 'arm64'), '');
  assert.is(merged(['a1 [any]', 'b1'], 'all'), 'b1');
});

relations('leaves what dpkg leaves on an architecture', async () => {
  const script = `use Dpkg::Deps; while (<STDIN>) { chomp;
    print deps_parse($_, reduce_arch => 1, host_arch => "amd64")->output(), "\\n" }`;
  const {stdout} = await execa('perl', ['-e', script], {input: GOOD.join('\n'), env: {LC_ALL: 'C'}});
  const theirs = stdout.split('\n').map((line) => line.split(', ').sort().join(', '));
  assert.equal(
    GOOD.map((text) => merged([text])),
    theirs,
  );
});

relations('dpkg takes what we take, and refuses what we refuse', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'DEBIAN'));
    const build = async (depends: string) => {
      const control = `Package: x1\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDepends: ${depends}\nDescription: x\n`;
      await writeFile(join(folder, 'DEBIAN/control'), control);
      return (await execa('dpkg-deb', ['-Znone', '--build', folder, join(folder, 'x.deb')], {reject: false}))
        .exitCode;
    };
    for (const text of GOOD) assert.is(await build(merged([text])), 0, text);
    // Policy asks for more here than dpkg does; the last one it takes for two fields.
    const stricter = new Set(['a', 'A1', 'a_b', 'a1 (> 1)', 'a1 (< 1)', 'a1 (1)', 'a1\nXy: z']);
    for (const text of BAD) assert.is((await build(text)) === 0, stricter.has(text), text);
  }),
);

relations.run();
