import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DebUpgrade, describeUpgrade} from '../../lib/archive/upgrade.js';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {inFolder} from '../helpers/suite.js';
import {makeDpkgRoot} from './dpkg-root.js';
import {controlText, entry, MTIME, parents} from './helper.js';

const upgrade = suite('archive/upgrade');

interface Parts {
  readonly version?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly entries?: readonly Entry[];
  readonly conffiles?: string;
  readonly fields?: string;
  readonly scripts?: Readonly<Record<string, string>>;
}

async function made(
  file: string,
  {version = '1.0-1', files = {}, entries = [], ...more}: Parts,
): Promise<string> {
  const {conffiles, fields = '', scripts = {}} = more;
  const folders = new Map(
    Object.keys(files)
      .flatMap(parents)
      .map((one) => [one.path, one]),
  );
  const members = Object.entries(scripts).map(([name, data]) => ({name, data, mode: 0o755}));
  await writeDeb({
    file,
    entries: [
      ...folders.values(),
      ...Object.entries(files).map(([path, text]) => entry(path, {text})),
      ...entries,
    ],
    control: () => [
      {name: 'control', data: controlText(fields).replace('1.0-1', version), mode: 0o644},
      ...(conffiles === undefined ? [] : [{name: 'conffiles', data: conffiles, mode: 0o644}]),
      ...members,
    ],
    compression: 'none',
    mtime: MTIME,
  });
  return file;
}

const described = (before: Parts, after: Parts): Promise<DebUpgrade> =>
  inFolder(async (folder) =>
    describeUpgrade(
      await made(join(folder, 'a.deb'), before),
      await made(join(folder, 'b.deb'), {version: '1.1-1', ...after}),
    ),
  );

for (const [a, b] of [
  ['1.0-1', '1.0-2'],
  ['1.0~rc1-1', '1.0-1'],
  ['1:1.0-1', '2.0-1'],
  ['1.10-1', '1.9-1'],
  ['1.0-1', '1.0-1'],
  ['1.0-1', '1.0+b1-1'],
] as const) {
  upgrade(`knows the direction from ${a} to ${b} as dpkg does`, async () => {
    const is = (operator: string): boolean => {
      try {
        execFileSync('dpkg', ['--compare-versions', a, operator, b]);
        return true;
      } catch {
        return false;
      }
    };
    const wanted = is('lt') ? 'upgrade' : is('gt') ? 'downgrade' : 'same-version';
    const {direction, notes} = await described({version: a}, {version: b});
    assert.is(direction, wanted);
    assert.is(notes.length, wanted === 'upgrade' ? 0 : 1);
  });
}

upgrade('relations are told package by package, not as one long line', async () => {
  const {fields} = await described(
    {fields: 'Depends: libc6 (>= 2.34), libpq5, old | older\nSection: misc\n'},
    {fields: 'Depends: libpq5 (>= 15),new, libc6 (>=2.34)\n'},
  );
  assert.equal(fields, [
    {
      field: 'Depends',
      before: 'libc6 (>= 2.34), libpq5, old | older',
      after: 'libpq5 (>= 15),new, libc6 (>=2.34)',
      relations: {
        added: ['new'],
        removed: ['old | older'],
        changed: [{before: 'libpq5', after: 'libpq5 (>= 15)'}],
      },
    },
    {field: 'Section', before: 'misc'},
  ]);
});

upgrade('scripts are told with their changed lines', async () => {
  const lines = Array.from({length: 20}, (_, index) => `: ${index}`);
  const script = (more: readonly string[]) => `#!/bin/sh\n${[...lines, ...more].join('\n')}\n`;
  const {scripts} = await described(
    {scripts: {postinst: script(['old']), prerm: '#!/bin/sh\n'}},
    {scripts: {postinst: script(['new', 'newer'])}},
  );
  assert.equal(
    scripts.map(({name, change, addedLines, removedLines}) => [name, change, addedLines, removedLines]),
    [
      ['postinst', 'changed', 2, 1],
      ['prerm', 'removed', 0, 1],
    ],
  );
  assert.equal(scripts[0]?.diff, ['@@ 19 @@', ' : 17', ' : 18', ' : 19', '-old', '+new', '+newer']);
});

upgrade('files are told with what changed of them, but for their times', async () => {
  const at = (more: Partial<Entry>, text = 'x') => [entry('opt/f', {text, ...more})];
  const opt = entry('opt', {type: 'directory'});
  const change = async (more: Partial<Entry>, text?: string) => {
    const {files} = await described({entries: [opt, ...at({})]}, {entries: [opt, ...at(more, text)]});
    return files.map(({path, change, what}) => [path, change, ...what].join(' '));
  };
  assert.equal(await change({mtime: MTIME + 9}), []);
  assert.equal(await change({}, 'y'), ['opt/f changed content']);
  assert.equal(await change({mode: 0o755, owner: 'games'}), ['opt/f changed mode owner']);
  const {files} = await described({files: {'opt/a': 'x'}}, {files: {'opt/b': 'xy'}});
  assert.equal(
    files.map(({path, change, before, after}) => [path, change, before?.size, after?.size]),
    [
      ['opt/a', 'removed', 1, undefined],
      ['opt/b', 'added', undefined, 2],
    ],
  );
});

upgrade('distributions are matched by name, also when the folder of the interpreter is another', async () => {
  const dist = (python: string, name: string, version: string) => ({
    [`opt/lib/${python}/site-packages/${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
  });
  const {distributions} = await described(
    {
      files: {
        ...dist('python3.11', 'a', '1'),
        ...dist('python3.11', 'b', '1'),
        ...dist('python3.11', 'c', '1'),
      },
    },
    {
      files: {
        ...dist('python3.13', 'a', '2'),
        ...dist('python3.13', 'b', '1'),
        ...dist('python3.13', 'd', '1'),
      },
    },
  );
  assert.equal(
    distributions.map(({name, change, before, after}) => [name, change, before?.version, after?.version]),
    [
      ['a', 'changed', '1', '2'],
      ['c', 'removed', '1', undefined],
      ['d', 'added', undefined, '1'],
    ],
  );
});

const ENVIRONMENT = {LC_ALL: 'C.UTF-8', PATH: `/usr/sbin:/sbin:${process.env.PATH}`};
const F = 'etc/app.conf';
const LISTED = `/${F}\n`;
/** Title, both packages, and whether dpkg asks on a server where the file is as it was, edited, or (at first) foreign. */
const CONFFILES: readonly (readonly [
  string,
  Parts,
  Parts,
  DebUpgrade['conffiles'][number]['prompt'] | undefined,
])[] = [
  ['unchanged', {files: {[F]: 'a'}, conffiles: LISTED}, {files: {[F]: 'a'}, conffiles: LISTED}, 'never'],
  ['changed', {files: {[F]: 'a'}, conffiles: LISTED}, {files: {[F]: 'b'}, conffiles: LISTED}, 'if-edited'],
  ['removed', {files: {[F]: 'a'}, conffiles: LISTED}, {}, 'never'],
  [
    'removed by flag',
    {files: {[F]: 'a'}, conffiles: LISTED},
    {conffiles: `remove-on-upgrade ${LISTED}`},
    'never',
  ],
  ['a plain file from now on', {files: {[F]: 'a'}, conffiles: LISTED}, {files: {[F]: 'b'}}, 'never'],
  ['a conffile from now on', {files: {[F]: 'a'}}, {files: {[F]: 'a'}, conffiles: LISTED}, 'if-edited'],
  [
    'a conffile with other content from now on',
    {files: {[F]: 'a'}},
    {files: {[F]: 'b'}, conffiles: LISTED},
    'if-present',
  ],
  ['added', {files: {'opt/x': ''}}, {files: {[F]: 'a'}, conffiles: LISTED}, 'if-present'],
];

for (const [title, before, after, wanted] of CONFFILES) {
  upgrade(`foretells whether dpkg asks: a conffile that is ${title}`, () =>
    inFolder(async (folder) => {
      const first = await made(join(folder, 'a.deb'), before);
      const second = await made(join(folder, 'b.deb'), {version: '1.1-1', ...after});
      const {conffiles} = await describeUpgrade(first, second);
      assert.equal(
        conffiles.map(({path, prompt}) => [path, prompt]),
        [[`/${F}`, wanted]],
      );
      const asks = async (name: string, edit?: string): Promise<boolean> => {
        const {folder: root, dpkg} = makeDpkgRoot(join(folder, name));
        const file = join(root, F);
        await dpkg('-i', first);
        if (edit !== undefined) {
          execFileSync('mkdir', ['-p', join(root, 'etc')]);
          writeFileSync(file, edit);
        }
        // Standard input is closed: dpkg cannot ask, and says so.
        const args = [
          `--root=${root}`,
          '--log=/dev/null',
          '--force-not-root',
          '--force-depends',
          '-i',
          second,
        ];
        const {all} = await execa('dpkg', args, {
          stdin: 'ignore',
          reject: false,
          all: true,
          env: ENVIRONMENT,
        });
        return all.includes('Configuration file');
      };
      // A file that nobody touched is present too, where the older package has it.
      const isPresent = existsInFirst(before);
      assert.is(await asks('plain'), wanted === 'if-present' && isPresent);
      assert.is(await asks('edited', 'mine'), wanted !== 'never');
    }),
  );
}

const existsInFirst = ({files = {}}: Parts): boolean => F in files;

upgrade('an obsolete conffile stays, as it is told', () =>
  inFolder(async (folder) => {
    const first = await made(join(folder, 'a.deb'), {files: {[F]: 'a'}, conffiles: LISTED});
    const kept = await made(join(folder, 'b.deb'), {version: '1.1-1'});
    const flagged = await made(join(folder, 'c.deb'), {
      version: '1.1-1',
      conffiles: `remove-on-upgrade ${LISTED}`,
    });
    for (const [name, second, stays] of [
      ['kept', kept, true],
      ['flagged', flagged, false],
    ] as const) {
      const {folder: root, dpkg} = makeDpkgRoot(join(folder, name));
      await dpkg('-i', first);
      await dpkg('-i', second);
      assert.is(existsSync(join(root, F)), stays, name);
      const {conffiles} = await describeUpgrade(first, second);
      assert.match(conffiles[0]?.effect ?? '', stays ? /stays behind/ : /^removed/);
    }
  }),
);

upgrade('a script in another language is told to be unread', async () => {
  const {notes} = await described({}, {scripts: {postinst: '#!/usr/bin/perl\nexit 0;\n'}});
  assert.match(notes.join('\n'), /new postinst is beyond what can be read/);
});

upgrade('each package is only read', () =>
  inFolder(async (folder) => {
    const file = await made(join(folder, 'a.deb'), {files: {[F]: 'a'}});
    const before = readFileSync(file);
    await describeUpgrade(file, file);
    assert.ok(readFileSync(file).equals(before));
  }),
);

upgrade.run();
