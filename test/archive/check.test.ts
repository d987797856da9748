import {open} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listArMembers} from '../../lib/archive/ar.js';
import {checkDeb} from '../../lib/archive/check.js';
import {crossCheck} from '../../lib/archive/check-cross.js';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry, Issue} from '../../lib/model.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {
  arOf,
  controlTar,
  debFile,
  debOf,
  END,
  padded,
  ROOT,
  rawHeader,
  tarOf,
  VERSION,
} from './deb-helper.js';
import {makeDpkgRoot} from './dpkg-root.js';
import {controlText, entry, MTIME, parents, someMd5sums} from './helper.js';

const check = suite('archive/check');
const long = (length: number) => 'n'.repeat(length);
const app: readonly Entry[] = [entry('opt', {type: 'directory'}), entry('opt/app', {type: 'directory'})];

const good: readonly Entry[] = [
  ...app,
  ...parents('etc/app/x').slice(0, 2),
  entry(`opt/app/${long(246)}`, {text: 'long'}),
  entry('opt/app/日本', {text: 'x', mode: 0o755}),
  entry('etc/app/conf', {text: 'y', conffile: true}),
  entry('opt/app/peer', {type: 'hardlink', target: 'opt/app/日本', mode: 0o755}),
  entry('opt/app/link', {type: 'symlink', target: '/usr/bin/pypy3'}),
];

const codes = (issues: readonly Issue[]) =>
  issues.map(({code, severity, file}) => `${severity} ${code}${file === undefined ? '' : ` ${file}`}`);

for (const compression of ['xz', 'gzip', 'zstd', 'none'] as const) {
  check(`${compression}: finds nothing in what the library wrote`, () =>
    inFolder(async (folder) => {
      const file = `${folder}/x.deb`;
      await writeDeb({
        file,
        entries: good,
        control: (digests) => [
          {name: 'conffiles', data: '/etc/app/conf\n', mode: 0o644},
          {
            name: 'control',
            data: controlText('Depends: python3 (>= 3.11~), python3 (<< 3.12)\n'),
            mode: 0o644,
          },
          {name: 'md5sums', data: someMd5sums(digests.filter(({conffile}) => !conffile)), mode: 0o644},
          {name: 'postinst', data: '#!/bin/sh\nset -e\n', mode: 0o755},
        ],
        compression,
        mtime: MTIME,
        check: async (temporary) =>
          assert.equal(await checkDeb(temporary, {forbidden: ['/build/path'], scope: 'structure'}), []),
      });
      assert.equal(await checkDeb(file, {scope: 'structure'}), []);
    }),
  );
}

/** What dpkg makes of a package: 'takes' when it unpacks it, else its words. */
async function byDpkg(folder: string, file: string): Promise<string> {
  try {
    await makeDpkgRoot(folder).dpkg('--unpack', file);
    return 'takes';
  } catch (error) {
    return (error as {stderr: string}).stderr;
  }
}

const f = rawHeader({name: './f'});
const optHeader = rawHeader({name: './opt/', type: 'directory', mode: 0o755});
const data = (...parts: Buffer[]) => Buffer.concat([ROOT, ...parts, END]);

/** A data archive, what is found in it, and whether dpkg refuses it. */
const archives: readonly (readonly [
  title: string,
  archive: Buffer,
  wanted: readonly string[],
  dpkg: RegExp | 'takes',
])[] = [
  [
    'a PAX header',
    data(rawHeader({size: 8}, {156: 'x'}), padded('8 a=bcd\n'), f),
    ['error pax-header f'],
    /unsupported PAX tar header type 'x'/,
  ],
  [
    'a global PAX header',
    data(rawHeader({size: 8}, {156: 'g'}), padded('8 a=bcd\n'), f),
    ['error global-pax-header data.tar'],
    /unsupported PAX tar header type 'g'/,
  ],
  [
    'a long name without NUL',
    data(rawHeader({size: 5}, {156: 'L'}), padded('./lon'), f),
    ['error long-name-without-nul data.tar'],
    'takes',
  ],
  ['a ustar header', data(rawHeader({}, {257: 'ustar\x0000'})), ['warning tar-format f'], 'takes'],
  ['no end mark', Buffer.concat([ROOT, f]), ['warning no-end-mark data.tar'], 'takes'],
  [
    'one zero block',
    Buffer.concat([ROOT, f, Buffer.alloc(512)]),
    ['warning lone-zero-block data.tar'],
    'takes',
  ],
  ['no root', Buffer.concat([f, END]), ['warning no-root ./'], 'takes'],
  [
    'no folder before a file',
    data(rawHeader({name: './opt/f'})),
    ['error no-parent opt/f'],
    /unable to create/,
  ],
  [
    'a folder after its file',
    data(rawHeader({name: './opt/f'}), optHeader),
    ['error no-parent opt/f'],
    /unable to create/,
  ],
  [
    'a file behind a symlink',
    data(optHeader, rawHeader({name: './a', type: 'symlink', target: 'opt'}), rawHeader({name: './a/f'})),
    ['error no-parent a/f', 'warning symlink-order a/f'],
    /unable to create/,
  ],
  ['a file twice', data(f, f), ['error duplicate f'], 'takes'],
  ['a folder twice', data(optHeader, optHeader), ['warning duplicate opt'], 'takes'],
  [
    'a name that leads out',
    data(rawHeader({name: './opt/../../f'})),
    ['error unsafe-name opt/../../f', 'error no-parent opt/../../f'],
    /unable to create|No such file/,
  ],
  [
    'a line break in a name',
    data(rawHeader({name: './f\nx'})),
    ['error name-line-break f\nx'],
    /newline not allowed/,
  ],
  [
    'a name part of 247 bytes',
    data(rawHeader({name: `./${long(247)}`})),
    [`error long-name ${long(247)}`],
    /File name too long/,
  ],
  ['a name that is not UTF-8', data(rawHeader({}, {2: '\xe9'})), ['warning name-encoding \ufffd'], 'takes'],
  ['a name without ./', data(rawHeader({name: 'f'})), ['warning name-form f'], 'takes'],
  ['an absolute name', data(rawHeader({name: '/f'})), ['warning name-form f'], 'takes'],
  [
    'a folder without slash',
    data(rawHeader({name: './opt', type: 'directory'})),
    ['warning name-form opt'],
    'takes',
  ],
  ['another owner', data(rawHeader({owner: 'games'})), ['warning owner f'], 'takes'],
  [
    'an owner by number',
    data(rawHeader({owner: '', group: ''}, {108: '0001750\0'})),
    ['warning owner f'],
    'takes',
  ],
  ['a device', data(rawHeader({}, {156: '3'})), ['warning special-file f'], 'takes'],
  ['a pipe', data(rawHeader({}, {156: '6'})), ['warning special-file f'], 'takes'],
  ['a file that all may write to', data(rawHeader({mode: 0o666})), ['warning world-writable f'], 'takes'],
  [
    'a folder that all may write to',
    data(rawHeader({name: './opt/', type: 'directory', mode: 0o777})),
    ['warning world-writable opt'],
    'takes',
  ],
  ['a folder like /tmp', data(rawHeader({name: './opt/', type: 'directory', mode: 0o1777})), [], 'takes'],
  ['a setuid file', data(rawHeader({mode: 0o4755})), ['warning setuid f'], 'takes'],
  [
    'a symlink to nothing',
    data(rawHeader({type: 'symlink', target: ''})),
    ['error empty-link f'],
    /error creating symbolic link/,
  ],
  [
    'a symlink before a file',
    data(rawHeader({name: './a', type: 'symlink', target: 'f'}), f),
    ['warning symlink-order f'],
    'takes',
  ],
  [
    'a hard link before its file',
    data(rawHeader({name: './a', type: 'hardlink', target: './f'}), f),
    ['error hardlink a'],
    /error creating hard link/,
  ],
  [
    'a hard link to nothing',
    data(rawHeader({name: './a', type: 'hardlink', target: './g'})),
    ['error hardlink a'],
    /error creating hard link/,
  ],
  [
    'a hard link to a symlink',
    data(
      rawHeader({type: 'symlink', target: 'x'}),
      rawHeader({name: './a', type: 'hardlink', target: './f'}),
    ),
    ['error hardlink a', 'warning symlink-order a'],
    /error creating hard link/,
  ],
];

for (const [title, archive, wanted, dpkg] of archives) {
  check(`data archive with ${title}: finds ${wanted.join(' and ') || 'nothing'}`, () =>
    inFolder(async (folder) => {
      const file = debFile(folder, await debOf({data: archive}));
      const issues = await checkDeb(file, {scope: 'structure'});
      // Nothing has md5sums here.
      assert.equal(codes(issues.filter(({code}) => code !== 'md5sums')), wanted);
      const verdict = await byDpkg(folder, file);
      if (dpkg === 'takes') assert.is(verdict, 'takes');
      else assert.match(verdict, dpkg);
    }),
  );
}

const noField = (field: string) => controlText().replace(new RegExp(`^${field}:.*\n`, 'm'), '');
const file = (name: string, text: string, mode = 0o644) => entry(name, {text, mode});
const md5 = 'd41d8cd98f00b204e9800998ecf8427e';

const controls: readonly (readonly [
  title: string,
  archive: Buffer,
  wanted: readonly string[],
  dpkg: RegExp | 'takes',
])[] = [
  [
    'no Version',
    await controlTar([], noField('Version')),
    ['error missing-field control'],
    /missing 'Version' field/,
  ],
  [
    'no Architecture',
    await controlTar([], noField('Architecture')),
    ['error missing-field control'],
    /package architecture|missing/,
  ],
  ['no Maintainer', await controlTar([], noField('Maintainer')), ['error missing-field control'], 'takes'],
  [
    'a yes that is neither yes nor no',
    await controlTar([], controlText('Essential: maybe\n')),
    ['error bad-field control'],
    /'Essential' field: has invalid value 'maybe'/,
  ],
  [
    'a field of one letter',
    await controlTar([], controlText('X: y\n')),
    ['error bad-field control'],
    /user-defined field name 'X' too short/,
  ],
  [
    'a bad package name',
    await controlTar([], controlText().replace('example', 'Exämple')),
    ['error bad-field control'],
    /must start with|not allowed|character/,
  ],
  [
    'a bad version',
    await controlTar([], controlText().replace('1.0-1', '1 0')),
    ['error bad-field control'],
    /embedded spaces/,
  ],
  [
    'a bad relation',
    await controlTar([], controlText('Depends: python3 (> > 1)\n')),
    ['error bad-field control'],
    /Depends/,
  ],
  [
    'no final line end',
    await controlTar([], controlText().trimEnd()),
    ['error no-final-newline control'],
    /missing final newline/,
  ],
  ['a folder', await controlTar([entry('x', {type: 'directory'})]), ['error control-file x'], /directory/],
  [
    'a file in a folder',
    await controlTar([entry('x', {type: 'directory'}), file('x/y', '')]),
    ['error control-file x', 'error control-file x/y'],
    /directory/,
  ],
  [
    'a long name',
    await controlTar([file(long(120), '')]),
    [`error control-file ${long(120)}`],
    /overly-long/,
  ],
  [
    'a script that is not executable',
    await controlTar([file('postinst', '#!/bin/sh\n')]),
    ['warning control-mode postinst'],
    'takes',
  ],
  [
    'an executable that is no script',
    await controlTar([file('shlibs', '', 0o755)]),
    ['warning control-mode shlibs'],
    'takes',
  ],
  [
    'a script without interpreter',
    await controlTar([file('preinst', 'exit 0\n', 0o755)]),
    ['warning script preinst'],
    'takes',
  ],
  ['an owner', await controlTar([entry('shlibs', {owner: 'games'})]), ['warning owner shlibs'], 'takes'],
  [
    'conffiles without line end',
    await controlTar([file('conffiles', '/f')]),
    ['error no-final-newline conffiles'],
    /missing final newline/,
  ],
  [
    'a relative conffile',
    await controlTar([file('conffiles', 'f\n')]),
    ['error conffile conffiles'],
    /not an absolute/,
  ],
  [
    'a conffile that is not there',
    await controlTar([file('conffiles', '/g\n')]),
    ['error conffile conffiles'],
    'takes',
  ],
  [
    'a conffile twice',
    await controlTar([file('conffiles', '/f\n/f\n')]),
    ['error conffile conffiles'],
    'takes',
  ],
  [
    'a conffile with a blank',
    await controlTar([file('conffiles', '/f \n')]),
    ['error conffile conffiles', 'error conffile conffiles'],
    'takes',
  ],
  [
    'a conffile to remove',
    await controlTar([file('conffiles', '/f\nremove-on-upgrade /etc/gone\n')]),
    [],
    'takes',
  ],
  ['right md5sums', await controlTar([file('md5sums', `${md5}  f\n`)]), [], 'takes'],
  [
    'a wrong digest',
    await controlTar([file('md5sums', `${md5.replace('d', '0')}  f\n`)]),
    ['error md5sums f'],
    'takes',
  ],
  [
    'md5sums of what is not there',
    await controlTar([file('md5sums', `${md5}  f\n${md5}  g\n`)]),
    ['error md5sums md5sums'],
    'takes',
  ],
  [
    'broken md5sums',
    await controlTar([file('md5sums', `${md5}  f\nhello\n`)]),
    ['error md5sums md5sums'],
    'takes',
  ],
  [
    'md5sums without line end',
    await controlTar([file('md5sums', `${md5}  f`)]),
    ['warning no-final-newline md5sums'],
    'takes',
  ],
];

for (const [title, archive, wanted, dpkg] of controls) {
  check(`control archive with ${title}: finds ${wanted.join(' and ') || 'nothing'}`, () =>
    inFolder(async (folder) => {
      const deb = debFile(folder, await debOf({control: archive, data: data(f)}));
      const issues = await checkDeb(deb, {scope: 'structure'});
      const unlisted = 'It is not in md5sums';
      assert.equal(codes(issues.filter(({message}) => message !== unlisted)), wanted);
      const verdict = await byDpkg(folder, deb);
      if (dpkg === 'takes') assert.is(verdict, 'takes');
      else assert.match(verdict, dpkg);
    }),
  );
}

check('finds each file that is not in md5sums, but no conffile', () =>
  inFolder(async (folder) => {
    const control = await controlTar([file('conffiles', '/f\n')]);
    const deb = debFile(folder, await debOf({control, data: data(f, rawHeader({name: './g'}))}));
    assert.equal(codes(await checkDeb(deb, {scope: 'structure'})), ['warning md5sums g']);
  }),
);

const [control, empty] = [await controlTar(), data()];
for (const [title, content, wanted] of [
  [
    'an odd version',
    arOf(['debian-binary', Buffer.from('2.1\n')], ['control.tar', control], ['data.tar', empty]),
    ['warning format-version'],
  ],
  [
    'an extra member',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar', empty], ['_gpgorigin', VERSION]),
    ['warning extra-member _gpgorigin'],
  ],
  [
    'an empty extra member',
    arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar', empty], ['_x', Buffer.alloc(0)]),
    ['warning extra-member _x'],
  ],
  [
    'an owner in a header',
    Buffer.from(
      (await debOf()).toString('latin1').replace('0     0     100644', '1000  0     100644'),
      'latin1',
    ),
    ['warning ar-header debian-binary'],
  ],
  ['half of itself', (await debOf()).subarray(0, 1000), ['error unreadable']],
] as const) {
  check(`package with ${title}: finds ${wanted.join(' and ')}`, () =>
    inFolder(async (folder) => {
      assert.equal(codes(await checkDeb(debFile(folder, content), {scope: 'structure'})), wanted);
    }),
  );
}

check('a reader that sees other members is an issue', () =>
  inFolder(async (folder) => {
    const deb = debFile(folder, await debOf());
    const handle = await open(deb);
    const members = await listArMembers(handle);
    await handle.close();
    const found = await crossCheck(deb, members, async () => 'other');
    assert.equal(codes(found), ['error second-reader']);
  }),
);

for (const [title, entries, where] of [
  [
    'the content of a file',
    [entry('f', {text: 'see /build/path here'})],
    ['f', /^Its content at 4 has .*: \/build\/path$/],
  ],
  [
    'a large file, across two pieces',
    [entry('f', {text: `${'x'.repeat(262_140 - 1024)}/build/path`})],
    ['f', /^Its content at 261116 /],
  ],
  ['a name', [...parents('build/path/f'), entry('build/path/f')], ['build/path', /^Its name /]],
  ['a link target', [entry('f', {type: 'symlink', target: '/build/path/x'})], ['f', /^Its target /]],
  ['a URL in a file', [entry('f', {text: 'file:///build/path'})], ['f', /^Its content at 7 /]],
] as const) {
  check(`finds forbidden text in ${title}`, () =>
    inFolder(async (folder) => {
      const deb = debFile(folder, await debOf({data: await tarOf(entries)}));
      const [issue] = (await checkDeb(deb, {forbidden: ['/nowhere', '/build/path']})).filter(
        ({code}) => code === 'forbidden-text',
      );
      assert.is(issue?.file, where[0]);
      assert.match(issue?.message ?? '', where[1]);
      assert.is(issue?.severity, 'error');
    }),
  );
}

check('finds forbidden text in the control archive', () =>
  inFolder(async (folder) => {
    const control = await controlTar([file('postinst', '#!/build/path/sh\n', 0o755)]);
    const issues = await checkDeb(debFile(folder, await debOf({control, data: empty})), {
      forbidden: ['/build/path'],
      scope: 'structure',
    });
    assert.equal(codes(issues), ['error forbidden-text postinst']);
  }),
);

check('throws only when there is no file to check', async () => {
  await rejects(checkDeb('/nowhere/x.deb'), 'E_OPTION', /No such package/);
});

check.run();
