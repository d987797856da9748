import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compareDebs, type Difference} from '../../lib/archive/compare.js';
import {explainContent} from '../../lib/archive/compare-content.js';
import {elfSections} from '../../lib/archive/compare-elf.js';
import {type WriteDebOptions, writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {arOf, controlTar, debFile, debOf, END, ROOT, rawHeader, tarOf, VERSION} from './deb-helper.js';
import {controlText, entry, MTIME, someMd5sums} from './helper.js';

const compare = suite('archive/compare');

const tree: readonly Entry[] = [
  entry('opt', {type: 'directory'}),
  entry('opt/run', {text: '#!/opt/bin/python\nprint(1)\n', mode: 0o755}),
  entry('opt/text', {text: 'one\ntwo\nthree\n'}),
  entry('opt/link', {type: 'symlink', target: '/usr/bin/pypy3'}),
];

/** Write both packages, the second one with changes, and compare them. */
function compared(
  more: Partial<WriteDebOptions>,
  control: WriteDebOptions['control'] = () => [{name: 'control', data: controlText(), mode: 0o644}],
): Promise<{equal: boolean; differences: readonly Difference[]}> {
  return inFolder(async (folder) => {
    const options: WriteDebOptions = {
      file: join(folder, 'a.deb'),
      entries: tree,
      control,
      compression: 'gzip',
      mtime: MTIME,
    };
    await writeDeb(options);
    await writeDeb({...options, ...more, file: join(folder, 'b.deb')});
    return compareDebs(join(folder, 'a.deb'), join(folder, 'b.deb'));
  });
}

const changed = (path: string, more: Parameters<typeof entry>[1]): readonly Entry[] =>
  tree.map((one) =>
    one.path === path ? entry(path, {type: one.type, mode: one.mode, target: one.target, ...more}) : one,
  );

const short = ({member, path, kind, detail}: Difference) => [member, path ?? '', kind, detail].join(' | ');

compare('says equal of the same bytes, and nothing else', async () => {
  assert.equal(await compared({}), {equal: true, differences: []});
});

for (const [title, sums] of [
  ['tell', ['a', 'b']],
  ['hide', ['a', 'a']],
  ['name a file that is the same', ['a', 'a', 'opt/run']],
] as const) {
  compare(`explains a changed file whose md5sums ${title} it`, async () => {
    const line = (sum: string, path: string) => `${sum.repeat(32)}  ${path}\n`;
    const control = (which: 0 | 1) => () => [
      {name: 'control', data: controlText(), mode: 0o644},
      {
        name: 'md5sums',
        data: line(sums[which], 'opt/text') + line('ab'[which] ?? '', sums[2] ?? 'opt/x'),
        mode: 0o644,
      },
    ];
    const entries = changed('opt/text', {text: 'one\ntwo\nfour\n'});
    const {differences} = await compared({entries, control: control(1)}, control(0));
    assert.equal(
      differences.filter(({path}) => path?.startsWith('opt')).map(({path, kind}) => [path, kind]),
      [['opt/text', 'text']],
    );
  });
}

for (const [title, more, wanted] of [
  [
    'another level',
    {level: 1},
    [
      'control.tar |  | compressor | The same archive, compressed differently (control.tar.gz and control.tar.gz)',
      'data.tar |  | compressor | The same archive, compressed differently (data.tar.gz and data.tar.gz)',
    ],
  ],
  [
    'another compressor',
    {compression: 'none'},
    [
      'ar |  | ar-members | debian-binary, control.tar.gz, data.tar.gz and debian-binary, control.tar, data.tar',
      'control.tar |  | compressor | The same archive, compressed differently (control.tar.gz and control.tar)',
      'data.tar |  | compressor | The same archive, compressed differently (data.tar.gz and data.tar)',
    ],
  ],
  [
    'another time of the members',
    {mtime: MTIME + 1},
    [
      `ar |  | ar-header | mtime of debian-binary: ${MTIME} and ${MTIME + 1}`,
      `ar |  | ar-header | mtime of control.tar.gz: ${MTIME} and ${MTIME + 1}`,
      `ar |  | ar-header | mtime of data.tar.gz: ${MTIME} and ${MTIME + 1}`,
      `control.tar |  | mtime | ${MTIME} and ${MTIME + 1}`,
      `control.tar | control | mtime | ${MTIME} and ${MTIME + 1}`,
      `data.tar |  | mtime | ${MTIME} and ${MTIME + 1}`,
    ],
  ],
  [
    'another file mode',
    {entries: changed('opt/text', {text: 'one\ntwo\nthree\n', mode: 0o600})},
    ['data.tar | opt/text | mode | 0644 and 0600'],
  ],
  [
    'another file time',
    {entries: changed('opt/text', {text: 'one\ntwo\nthree\n', mtime: 1})},
    [`data.tar | opt/text | mtime | ${MTIME} and 1`],
  ],
  [
    'another owner',
    {entries: changed('opt/text', {text: 'one\ntwo\nthree\n', owner: 'games'})},
    ['data.tar | opt/text | owner | root and games'],
  ],
  [
    'another link target',
    {entries: changed('opt/link', {target: '/x'})},
    ['data.tar | opt/link | target | /usr/bin/pypy3 and /x'],
  ],
  [
    'a file less',
    {entries: tree.filter(({path}) => path !== 'opt/text')},
    ['data.tar | opt/text | missing | Only in the first package'],
  ],
  [
    'a file more',
    {entries: [...tree, entry('opt/z')]},
    ['data.tar | opt/z | extra | Only in the second package'],
  ],
  [
    'another order',
    {entries: [tree[0], tree[2], tree[1], tree[3]] as Entry[]},
    ['data.tar |  | order | Order differs from member 3 on: opt/run and opt/text'],
  ],
  [
    'another text',
    {entries: changed('opt/text', {text: 'one\nTwo\nthree\n'})},
    ['data.tar | opt/text | text | Line 2: "two" and "Two"'],
  ],
  [
    'a longer text',
    {entries: changed('opt/text', {text: 'one\ntwo\nthree\nfour\n'})},
    ['data.tar | opt/text | text | Line 4: "" and "four"'],
  ],
  [
    'another interpreter',
    {entries: changed('opt/run', {text: '#!/tmp/build/bin/python\nprint(1)\n'})},
    ['data.tar | opt/run | shebang | #!/opt/bin/python and #!/tmp/build/bin/python'],
  ],
  [
    'another control field',
    {control: () => [{name: 'control', data: controlText('Section: python\n'), mode: 0o644}]},
    ['control.tar | control | text | Line 5: "Description: an example" and "Section: python"'],
  ],
  [
    'a script more',
    {
      control: () => [
        {name: 'control', data: controlText(), mode: 0o644},
        {name: 'prerm', data: '#!/bin/sh\n', mode: 0o755},
      ],
    },
    ['control.tar | prerm | extra | Only in the second package'],
  ],
] satisfies readonly (readonly [string, Partial<WriteDebOptions>, readonly string[]])[]) {
  compare(`tells ${title}`, async () => {
    const {equal, differences} = await compared(more);
    assert.not(equal);
    assert.equal(differences.map(short), wanted);
  });
}

compare('says that md5sums follows from a file', () =>
  inFolder(async (folder) => {
    const write = (name: string, entries: readonly Entry[]) =>
      writeDeb({
        file: join(folder, name),
        entries,
        control: (digests) => [
          {name: 'control', data: controlText(), mode: 0o644},
          {name: 'md5sums', data: someMd5sums(digests), mode: 0o644},
        ],
        compression: 'none',
        mtime: MTIME,
      });
    await write('a.deb', tree);
    await write('b.deb', changed('opt/text', {text: 'x'}));
    const {differences} = await compareDebs(join(folder, 'a.deb'), join(folder, 'b.deb'));
    assert.equal(
      differences.map(({path}) => path),
      ['md5sums', 'opt/text'],
    );
    assert.match(differences[0]?.cause ?? '', /file of the data archive differs/);
  }),
);

compare('names what is too large to look at', () =>
  inFolder(async (folder) => {
    for (const name of ['a', 'b']) {
      const source = join(folder, name);
      writeFileSync(source, Buffer.alloc(70 << 20));
      writeFileSync(source, name, {flag: 'r+'});
      await writeDeb({
        file: `${source}.deb`,
        entries: [entry('x', {source, size: 70 << 20})],
        control: () => [{name: 'control', data: controlText(), mode: 0o644}],
        compression: 'gzip',
        level: 1,
        mtime: MTIME,
      });
    }
    const {differences} = await compareDebs(join(folder, 'a.deb'), join(folder, 'b.deb'));
    assert.equal(differences.map(short), ['data.tar | x | binary | Contents differ; too large to look at']);
  }),
);

compare('tells how the same is written down differently', () =>
  inFolder(async (folder) => {
    const gnu = debFile(folder, await debOf({data: Buffer.concat([ROOT, rawHeader({}), END])}), 'a.deb');
    const padded = debFile(
      folder,
      await debOf({data: Buffer.concat([ROOT, rawHeader({}), END, END])}),
      'b.deb',
    );
    const kinds = (await compareDebs(gnu, padded)).differences.map(({kind}) => kind);
    assert.equal(kinds, ['tar-format']);
  }),
);

compare('tells what only ar shows', () =>
  inFolder(async (folder) => {
    const content = arOf(
      ['debian-binary', VERSION],
      ['control.tar', await controlTar()],
      ['data.tar', await tarOf([])],
      ['_x', Buffer.from('x')],
    );
    const other = Buffer.from(content);
    other[other.length - 1] = 0; // padding
    const {equal, differences} = await compareDebs(
      debFile(folder, content, 'a.deb'),
      debFile(folder, other, 'b.deb'),
    );
    assert.not(equal);
    assert.equal(
      differences.map(({kind}) => kind),
      ['ar-bytes'],
    );
  }),
);

compare('refuses what is no package', () =>
  inFolder(async (folder) => {
    const file = debFile(folder, Buffer.from('hello'));
    await rejects(compareDebs(file, file), 'E_FORMAT', /cannot be read/);
  }),
);

/** Bytecode of a source by a real interpreter. */
function compiled(folder: string, program: string, name: string): Buffer {
  const file = join(folder, `${name}.pyc`);
  execFileSync('/usr/bin/python3', [
    '-c',
    `import py_compile as p; ${program.replaceAll('FILE', JSON.stringify(file))}`,
  ]);
  return readFileSync(file);
}

compare('tells a bytecode header from its body', () =>
  inFolder(async (folder) => {
    const source = join(folder, 'x.py');
    writeFileSync(source, 'def f():\n    return 1\n');
    const make = (path: string, mode: string, name: string) =>
      compiled(
        folder,
        `p.compile(${JSON.stringify(source)}, FILE, ${JSON.stringify(path)}, invalidation_mode=p.PycInvalidationMode.${mode})`,
        name,
      );
    const [hashed, elsewhere] = [
      make('/opt/x.py', 'CHECKED_HASH', 'a'),
      make('/tmp/build/x.py', 'CHECKED_HASH', 'b'),
    ];
    const timed = make('/opt/x.py', 'TIMESTAMP', 'c');
    const body = explainContent('x.pyc', hashed, elsewhere);
    assert.is(body.kind, 'pyc-body');
    assert.match(body.detail, /\/opt\/x\.py.*\/tmp\/build\/x\.py/);
    const header = explainContent('x.pyc', hashed, timed);
    assert.is(header.kind, 'pyc-header');
    assert.match(header.cause ?? '', /time of the source/);
    const foreign = Buffer.from(hashed).fill(1, 0, 1);
    assert.match(explainContent('x.pyc', hashed, foreign).cause ?? '', /different interpreters/);
    writeFileSync(source, 'def f():\n    return 2\n');
    assert.match(
      explainContent('x.pyc', hashed, make('/opt/x.py', 'CHECKED_HASH', 'd')).cause ?? '',
      /source file differs/,
    );
  }),
);

/** A shared object by the real compiler, in a folder of its own. */
function linked(folder: string, name: string, options: readonly string[], text = 'text'): Buffer {
  mkdirSync(join(folder, name), {recursive: true});
  writeFileSync(
    join(folder, name, 'x.c'),
    `int f(void) { return 1; }\nconst char *g(void) { return "${text}"; }\n`,
  );
  execFileSync('gcc', ['-shared', '-fPIC', ...options, 'x.c', '-o', 'x.so'], {cwd: join(folder, name)});
  return readFileSync(join(folder, name, 'x.so'));
}

compare('tells why a shared object differs', () =>
  inFolder(async (folder) => {
    const plain = linked(folder, 'a', ['-g0']);
    const otherId = linked(folder, 'a', ['-g0', `-Wl,--build-id=0x${'12345678'.repeat(5)}`]);
    assert.is(explainContent('x.so', plain, otherId).kind, 'elf-build-id');
    const debug = explainContent('x.so', linked(folder, 'b', ['-g']), linked(folder, 'cc', ['-g']));
    assert.is(debug.kind, 'elf-debug');
    assert.match(debug.cure ?? '', /-g0/);
    const text = explainContent('x.so', plain, linked(folder, 'a', ['-g0'], 'texT'));
    assert.is(text.kind, 'elf');
    assert.match(text.detail, /\.rodata.* in "text" and "texT"$/);
  }),
);

compare('reads no sections from what is damaged', () =>
  inFolder(async (folder) => {
    const whole = linked(folder, 'a', ['-g0']);
    assert.ok(elfSections(whole)?.has('.note.gnu.build-id'));
    for (const length of [10, 64, 1000, whole.length - 100]) {
      const sections = elfSections(whole.subarray(0, length));
      assert.not(sections?.has('.note.gnu.build-id'));
    }
    assert.is(elfSections(Buffer.from('#!/bin/sh\n')), undefined);
  }),
);

for (const [title, path, a, b, kind, detail] of [
  [
    'RECORD',
    'x-1.0.dist-info/RECORD',
    'x.py,sha256=a,1\n',
    'x.py,sha256=b,1\n',
    'record',
    /Line 1: "x\.py,sha256=a,1"/,
  ],
  [
    'direct_url.json',
    'x-1.0.dist-info/direct_url.json',
    '{"url":"file:///a"}',
    '{"url":"file:///b"}',
    'direct-url',
    /file:\/\/\/a/,
  ],
  ['a shebang that is one only once', 'run', '#!/a\n', 'hello\n', 'text', /Line 1/],
  ['bytes', 'x.bin', 'ab\0cd', 'ab\0xd', 'binary', /^First difference at 3: 6364 and 7864$/],
  ['a longer binary', 'x.bin', 'ab\0', 'ab\0x', 'binary', /^First difference at 3: the end and 78$/],
  [
    'a path in a binary',
    'x.bin',
    '\0\0/tmp/build-1/x\0',
    '\0\0/tmp/build-2/x\0',
    'binary',
    /in "\/tmp\/build-1\/x" and "\/tmp\/build-2\/x"$/,
  ],
  ['bytecode of no Python', 'x.pyc', 'hello', 'jello', 'text', /Line 1/],
] as const) {
  compare(`explains ${title}`, () => {
    const found = explainContent(path, Buffer.from(a), Buffer.from(b));
    assert.is(found.kind, kind);
    assert.match(found.detail, detail);
  });
}

compare('explains the time in a gzip header', () => {
  const [one, two] = [gzipSync('x'), gzipSync('x')];
  two.writeUInt32LE(MTIME, 4);
  assert.is(explainContent('changelog.gz', one, two).kind, 'gzip-header');
});

compare.run();
