import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Entry} from '../../lib/model.js';
import {completePayload} from '../../lib/payload/complete.js';
import {inFolder, throws} from '../helpers/suite.js';

const complete = suite('payload/complete');

const entry = (path: string, more: Partial<Entry> = {}): Entry => ({
  path,
  type: 'file',
  mode: 0o644,
  owner: 'root',
  group: 'root',
  mtime: 5,
  size: 0,
  ...more,
});
const directory = (path: string, more: Partial<Entry> = {}) =>
  entry(path, {type: 'directory', mode: 0o755, ...more});
const paths = (entries: readonly Entry[]) => completePayload(entries, {mtime: 9}).map(({path}) => path);

complete('adds every missing parent as 0755 root:root with the given time', () => {
  const given = entry('opt/app/bin/x', {owner: 'daemon', mode: 0o755});
  assert.equal(completePayload([given], {mtime: 9}), [
    directory('opt', {mtime: 9}),
    directory('opt/app', {mtime: 9}),
    directory('opt/app/bin', {mtime: 9}),
    given,
  ]);
});

complete('keeps a parent that is there', () => {
  const own = directory('opt', {mode: 0o750, owner: 'daemon', mtime: 1});
  assert.equal(completePayload([entry('opt/x'), own], {mtime: 9})[0], own);
});

complete('two sources may bring the same directory; the newer time is kept', () => {
  for (const order of [
    [1, 3],
    [3, 1],
  ]) {
    const both = order.map((mtime) => directory('opt', {mtime}));
    assert.equal(completePayload(both, {mtime: 9}), [directory('opt', {mtime: 3})]);
  }
});

complete(
  'orders directories, files by distribution, kind and name, hard links behind their file, symlinks last',
  () => {
    const site = 'opt/app/lib/site-packages';
    assert.equal(
      paths([
        entry('opt/app/lib64', {type: 'symlink', target: 'lib'}),
        entry('opt/app/a', {type: 'symlink', target: 'lib'}),
        entry(`${site}/b/z.py`, {distribution: 'b'}),
        entry(`${site}/b/a.pyc`, {distribution: 'b'}),
        entry(`${site}/b/a.py`, {distribution: 'b'}),
        entry(`${site}/b/logo.png`, {distribution: 'b'}),
        entry(`${site}/b/_x.so`, {distribution: 'b'}),
        entry(`${site}/b/__init__.py`, {distribution: 'b'}),
        entry(`${site}/b/sub/__init__.py`, {distribution: 'b'}),
        entry(`${site}/b/z2.py`, {distribution: 'b', type: 'hardlink', target: `${site}/b/a.py`}),
        entry(`${site}/b/0.py`, {distribution: 'b', type: 'hardlink', target: `${site}/b/a.py`}),
        entry(`${site}/a/z.png`, {distribution: 'a-z'}),
        entry('opt/app/bin/x'),
      ]),
      [
        'opt',
        'opt/app',
        'opt/app/bin',
        'opt/app/lib',
        site,
        `${site}/a`,
        `${site}/b`,
        `${site}/b/sub`,
        'opt/app/bin/x',
        `${site}/a/z.png`,
        `${site}/b/__init__.py`,
        `${site}/b/sub/__init__.py`,
        `${site}/b/a.py`,
        `${site}/b/0.py`,
        `${site}/b/z2.py`,
        `${site}/b/z.py`,
        `${site}/b/a.pyc`,
        `${site}/b/_x.so`,
        `${site}/b/logo.png`,
        'opt/app/a',
        'opt/app/lib64',
      ],
    );
  },
);

complete('sorts by bytes, not by UTF-16 units', () =>
  assert.equal(paths([entry('\u{1F600}'), entry('\uFF5E'), entry('Z'), entry('a')]), [
    'Z',
    'a',
    '\uFF5E',
    '\u{1F600}',
  ]),
);

for (const [title, entries, message] of [
  [
    'two files for one path',
    [entry('x', {source: '/b'}), entry('x', {source: '/a'})],
    /one path: x \(\/a and \/b\)/,
  ],
  [
    'a file and a directory',
    [entry('x', {source: '/b'}), directory('x')],
    /one path: x \(\/b and directory of mode 755\)/,
  ],
  ['directories that differ', [directory('x'), directory('x', {mode: 0o700})], /one path: x/],
  ['directories of two owners', [directory('x'), directory('x', {group: 'adm'})], /one path: x/],
  ['a file below a file', [entry('a/b/c'), entry('a')], /Path below a file: a\/b\/c \(a\)/],
  [
    'a file below a symlink',
    [entry('l/x'), entry('l', {type: 'symlink', target: 'd'})],
    /below a symlink: l\/x \(l\)/,
  ],
  ['a hard link to nothing', [entry('a', {type: 'hardlink', target: 'b'})], /Hard link .*: a -> b/],
  [
    'a hard link to a symlink',
    [entry('a', {type: 'hardlink', target: 'b'}), entry('b', {type: 'symlink', target: 'c'})],
    /a -> b/,
  ],
  ['a leading slash', [entry('/x')], /plain form: \/x/],
  ['a trailing slash', [entry('x/')], /plain form: x\//],
  ['the root itself', [directory('')], /plain form/],
  ['two dots', [entry('opt/../x')], /plain form/],
  ['one dot', [entry('./x')], /plain form/],
  ['a line break', [entry('a\nb')], /Line break/],
  ['a name of 247 bytes', [entry(`${'ä'.repeat(123)}x`)], /Name over 246 bytes/],
  ['a path of 4086 bytes', [entry(`${'d/'.repeat(2042)}xx`)], /Path over 4085 bytes/],
] as const) {
  complete(`refuses ${title}`, () => {
    for (const order of [entries, entries.toReversed()]) {
      throws(() => completePayload(order, {mtime: 9}), 'E_PAYLOAD', message);
    }
  });
}

complete('accepts the longest path', () => assert.is(paths([entry(`${'d/'.repeat(2042)}x`)]).length, 2043));

complete('lists every problem at once', () => {
  const error = throws(
    () => completePayload([entry('b\n'), entry('/a')], {mtime: 9}),
    'E_PAYLOAD',
    /and 1 more/,
  );
  assert.equal(error.issues, ['Line break in a name: "b\\n"', 'Path is not in its plain form: /a']);
});

complete('gives the same whatever the order it is given', () => {
  const name = fc.constantFrom('a', 'b', 'a-b', 'ä', '\u{1F600}', 'x.py', 'x.pyc', 'y.so');
  const distribution = fc.constantFrom(undefined, 'one', 'two');
  const file = fc.record({parts: fc.array(name, {minLength: 1, maxLength: 4}), distribution});
  // Files get a last component that no directory has, so that none is below another.
  const payload = fc
    .uniqueArray(file, {selector: ({parts}) => parts.join('/'), maxLength: 20})
    .map((files) => files.map(({parts, distribution}) => entry(`${parts.join('/')}/file`, {distribution})));
  const shuffled = payload.chain((files) =>
    fc.tuple(fc.constant(files), fc.shuffledSubarray(files, {minLength: files.length})),
  );
  fc.assert(
    fc.property(shuffled, ([one, two]) => {
      const result = completePayload(one, {mtime: 9});
      assert.equal(completePayload(two, {mtime: 9}), result);
      const seen = new Set(['']);
      for (const {path} of result) {
        assert.ok(seen.has(path.slice(0, Math.max(0, path.lastIndexOf('/')))), `${path} before its parent`);
        seen.add(path);
      }
    }),
  );
});

complete('the longest name is the longest that dpkg unpacks', () =>
  inFolder(async (folder) => {
    const unpack = async (length: number) => {
      const [tree, root] = [join(folder, `tree${length}`), join(folder, `root${length}`)];
      await mkdir(join(tree, 'DEBIAN'), {recursive: true});
      await mkdir(join(tree, 'opt'));
      await writeFile(join(tree, 'opt', 'x'.repeat(length)), '');
      await writeFile(
        join(tree, 'DEBIAN/control'),
        'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n',
      );
      await mkdir(join(root, 'var/lib/dpkg/updates'), {recursive: true});
      await mkdir(join(root, 'var/lib/dpkg/info'));
      await writeFile(join(root, 'var/lib/dpkg/status'), '');
      await execa('dpkg-deb', ['--build', '-Znone', '--root-owner-group', tree, `${tree}.deb`]);
      const options = ['--force-not-root', '--force-bad-path', '--log=/dev/null', `--root=${root}`];
      return (await execa('dpkg', [...options, '--unpack', `${tree}.deb`], {reject: false})).exitCode;
    };
    assert.is(await unpack(246), 0);
    assert.is.not(await unpack(247), 0);
  }),
);

complete.run();
