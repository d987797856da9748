import {chmod, mkdir, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Entry} from '../../lib/model.js';
import {collectTree} from '../../lib/payload/walk.js';
import {formatConffiles, markConffiles} from '../../lib/policy/conffiles.js';
import {controlMembers} from '../../lib/policy/control-archive.js';
import {installedSize} from '../../lib/policy/installed-size.js';
import {formatMd5sums} from '../../lib/policy/md5sums.js';
import {mergeSnippets, readScripts} from '../../lib/policy/scripts.js';
import {inFolder, rejects, throws} from '../helpers/suite.js';

const archive = suite('policy/control-archive');

const entry = (path: string, more: Partial<Entry> = {}): Entry => ({
  ...{path, type: 'file', mode: 0o644, owner: 'root', group: 'root', mtime: 0, size: 0},
  ...more,
});

archive('Installed-Size is what dpkg-gencontrol says', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'debian/tree/opt/empty'), {recursive: true});
    const tree = join(folder, 'debian/tree');
    for (const size of [0, 1, 1023, 1024, 1025, 70_000])
      await writeFile(join(tree, `opt/${size}`), Buffer.alloc(size));
    await symlink('0', join(tree, 'opt/link'));
    await symlink('x'.repeat(1500), join(tree, 'opt/long-link'));
    await writeFile(
      join(folder, 'debian/control'),
      'Source: x1\n\nPackage: x1\nArchitecture: all\nDescription: x\n',
    );
    const changelog =
      'x1 (1) unstable; urgency=low\n\n  * x\n\n -- x <x@x>  Thu, 01 Jan 1970 00:00:00 +0000\n';
    await writeFile(join(folder, 'debian/changelog'), changelog);
    const {stdout} = await execa('dpkg-gencontrol', ['-px1', `-P${tree}`, '-O'], {cwd: folder});
    const entries = await collectTree({folder: tree, at: '', mtime: () => 0});
    assert.is(installedSize(entries), Number(/^Installed-Size: (\d+)$/m.exec(stdout)?.[1]));
    assert.is(installedSize([]), 1);
  }),
);

archive('a hard link takes no room', () => {
  const file = entry('a', {size: 5000});
  assert.is(installedSize([file, entry('b', {type: 'hardlink', target: 'a'})]), installedSize([file]));
});

const digest = (path: string, conffile = false) => ({
  path,
  md5: 'd41d8cd98f00b204e9800998ecf8427e',
  conffile,
});

archive('md5sums are sorted by bytes, without conffiles', () => {
  const digests = ['b', '\u{1F600}', '\uFF5E', 'a b', 'B'].map((path) => digest(path));
  assert.equal(
    formatMd5sums([...digests, digest('etc/x', true)])
      .split('\n')
      .map((line) => line.slice(34)),
    ['B', 'a b', 'b', '\uFF5E', '\u{1F600}', ''],
  );
});

archive('md5sum takes what was written', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'a b'), '');
    await execa('md5sum', ['--check', '--strict'], {cwd: folder, input: formatMd5sums([digest('a b')])});
  }),
);

const FILES = [
  entry('etc', {type: 'directory'}),
  entry('etc/z.conf'),
  entry('etc/a.conf'),
  entry('etc/link', {type: 'symlink', target: 'a.conf'}),
  entry('etcetera/x'),
  entry('opt/app/etc/defaults.yml'),
];

archive('conffiles are the regular files below /etc and those named', () => {
  assert.is(formatConffiles(markConffiles(FILES)), '/etc/a.conf\n/etc/z.conf\n');
  assert.is(
    formatConffiles(markConffiles(FILES, ['/opt/app/etc/defaults.yml', '/etc/a.conf'])),
    '/etc/a.conf\n/etc/z.conf\n/opt/app/etc/defaults.yml\n',
  );
  assert.is(formatConffiles(markConffiles([])), '');
});

for (const path of ['/etc/none', '/etc/link', '/etc', 'etc/a.conf', '/etc/a.conf/']) {
  archive(`${path} cannot be a conffile, because it is no packed file`, () => {
    throws(() => markConffiles(FILES, [path]), 'E_PAYLOAD', /Conffile is no file of the package: /);
  });
}

archive('a conffile whose name dpkg would strip is refused', () => {
  const one = throws(() => markConffiles([entry('etc/x ')], []), 'E_PAYLOAD', /ends in a blank/);
  assert.equal(one.issues, []);
  const two = throws(
    () => markConffiles([entry('etc/x ')], ['/y']),
    'E_PAYLOAD',
    /no file of the package: \/y/,
  );
  assert.is(two.issues.length, 2);
  throws(() => markConffiles([entry('etc/x ')]), 'E_PAYLOAD', /ends in a blank: "\/etc\/x "/);
});

archive('dpkg takes the conffiles that were written', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'DEBIAN'));
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc/a b.conf'), '');
    await writeFile(
      join(folder, 'DEBIAN/conffiles'),
      formatConffiles(markConffiles([entry('etc/a b.conf')])),
    );
    const control = 'Package: x1\nVersion: 1\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n';
    await writeFile(join(folder, 'DEBIAN/control'), control);
    const {stderr} = await execa('dpkg-deb', ['-Znone', '--build', folder, `${folder}.deb`], {
      env: {LC_ALL: 'C'},
    });
    await execa('rm', [`${folder}.deb`]);
    assert.is(stderr, '');
  }),
);

const withScripts = (
  scripts: Readonly<Record<string, string>>,
  use: (files: Record<string, string>) => Promise<void>,
) =>
  inFolder(async (folder) => {
    const files = Object.keys(scripts).map((name) => [name, join(folder, name)] as const);
    for (const [name, file] of files) await writeFile(file, scripts[name] ?? '');
    await use(Object.fromEntries(files));
  });

archive('reads the scripts that there are', () =>
  withScripts({postinst: '#!/bin/sh\nset -e\n', prerm: '#! /usr/bin/perl -w\n1;'}, async (files) => {
    for (const file of Object.values(files)) await chmod(file, 0o600);
    assert.equal(await readScripts(files), {
      postinst: '#!/bin/sh\nset -e\n',
      prerm: '#! /usr/bin/perl -w\n1;\n',
    });
    assert.equal(await readScripts({}), {});
  }),
);

for (const [title, text, message] of [
  ['empty', ' \n', /Script postinst is empty: .*postinst/],
  ['without shebang', 'set -e\n', /does not begin with "#!"/],
  ['with a byte order mark', '\uFEFF#!/bin/sh\n', /does not begin with "#!"/],
  ['whose interpreter has no path', '#!sh\n', /does not begin with "#!"/],
  ['with line breaks of Windows', '#!/bin/sh\r\nset -e\r\n', /line breaks of Windows/],
] as const) {
  archive(`refuses a script ${title}`, () =>
    withScripts({postinst: text}, async (files) => {
      await rejects(readScripts(files), 'E_PAYLOAD', message);
    }),
  );
}

archive('every script that is wrong is named', () =>
  withScripts({prerm: 'x', postrm: ''}, async (files) => {
    const all = {...files, preinst: '/nonexistent/preinst'};
    const error = await rejects(
      readScripts(all),
      'E_PAYLOAD',
      /preinst does not exist: \/nonexistent\/preinst/,
    );
    assert.is(error.issues.length, 3);
  }),
);

for (const [script, wanted] of [
  ['#!/bin/sh\n#DEBHELPER#\nexit 0\n', '#!/bin/sh\nNEW $& \nexit 0\n'],
  ['#!/bin/sh\n#DEBHELPER#  \n', '#!/bin/sh\nNEW $& \n'],
  ['#!/bin/sh\n# dh replaces #DEBHELPER# below\n', '#!/bin/sh\n# dh replaces #DEBHELPER# below\n'],
  ['#!/bin/sh\n', '#!/bin/sh\n'],
] as const) {
  archive(`puts snippets into ${JSON.stringify(script)}`, () => {
    assert.is(mergeSnippets(script, 'NEW $& \n'), wanted);
    assert.is(mergeSnippets(script, ''), wanted.replace('NEW $& \n', ''));
  });
}

archive('members have the order and modes of dpkg-deb; empty ones are left out', () => {
  const scripts = {postinst: '#!/bin/sh\n#DEBHELPER#\n', prerm: '#!/bin/sh\n'};
  const all = controlMembers({
    control: 'Package: x\n',
    digests: [digest('opt/x'), digest('etc/x', true)],
    scripts,
  });
  assert.equal(
    all.map(({name, mode}) => [name, mode]),
    [
      ['conffiles', 0o644],
      ['control', 0o644],
      ['md5sums', 0o644],
      ['postinst', 0o755],
      ['prerm', 0o755],
    ],
  );
  assert.is(all[3]?.data, '#!/bin/sh\n');
  const more = {config: '#!/bin/sh\n', triggers: 'activate x\n', templates: ''};
  assert.equal(
    controlMembers({control: 'Package: x\n', digests: [digest('x')], scripts: {}, members: more}).map(
      ({name, mode}) => [name, mode],
    ),
    [
      ['config', 0o755],
      ['control', 0o644],
      ['md5sums', 0o644],
      ['triggers', 0o644],
    ],
  );
  const few = controlMembers({control: 'Package: x\n', digests: [], scripts: {}});
  assert.equal(few, [{name: 'control', data: 'Package: x\n', mode: 0o644}]);
});

archive.run();
