import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DebReport, inspectDeb} from '../../lib/archive/inspect.js';
import {resolveLink} from '../../lib/archive/inspect-python.js';
import {writeDeb} from '../../lib/archive/write.js';
import type {Entry} from '../../lib/model.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {controlText, entry, MTIME, parents} from './helper.js';

const inspect = suite('archive/inspect');

const SITE = 'opt/app/lib/pypy3.9/site-packages';
const METADATA = 'Metadata-Version: 2.1\nName: My.Dist\nVersion: 1.2\nLicense: MIT License\nSummary: It is\n';
const ELF = readFileSync(process.execPath).subarray(0, 4096).toString('latin1');
const SBOM = JSON.stringify({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: 'urn:uuid:1',
  components: [{}, {}],
});

const FILES: Readonly<Record<string, string>> = {
  [`${SITE}/My_Dist-1.2.dist-info/METADATA`]: METADATA,
  [`${SITE}/My_Dist-1.2.dist-info/INSTALLER`]: 'pip\n',
  [`${SITE}/My_Dist-1.2.dist-info/REQUESTED`]: '',
  [`${SITE}/My_Dist-1.2.dist-info/direct_url.json`]: '{"url": "file:///src/my"}',
  [`${SITE}/My_Dist-1.2.dist-info/entry_points.txt`]: '[console_scripts]\nmy = my:main\nno-script = my:no\n',
  [`${SITE}/My_Dist-1.2.dist-info/RECORD`]:
    'my/__init__.py,,\r\nmy/fast.so,,\r\n../../../bin/my,,\r\nmy/absent.py,,\r\n../../../../../etc/passwd,,\r\n',
  [`${SITE}/my/__init__.py`]: 'x = 1\n',
  [`${SITE}/my/fast.so`]: ELF,
  [`${SITE}/old-3.egg-info/PKG-INFO`]:
    'Metadata-Version: 1.0\nName: old\nVersion: 3\nClassifier: License :: OSI Approved :: BSD License\n',
  [`${SITE}/old-3.egg-info/top_level.txt`]: 'old\n',
  [`${SITE}/old.py`]: 'old = True\n',
  [`${SITE}/bad-1.dist-info/METADATA`]: 'nothing\n',
  'opt/app/bin/my': '#!/opt/app/bin/python\n',
  'opt/app/pyvenv.cfg': 'home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.9.16\n',
  'usr/lib/systemd/system/app.service':
    '[Unit]\nDescription=The app\n[Service]\nUser=app\nExecStart=-/opt/app/bin/my --port \\\n  80\n[Install]\nWantedBy=multi-user.target\n',
  'usr/lib/systemd/system/app.timer': '[Timer]\nOnCalendar=daily\n',
  'usr/lib/sysusers.d/app.conf': 'u app - "The app"\ng web -\n',
  'etc/default/app': 'PORT=80\n',
  'etc/cron.d/app': '1 1 * * * root true\n',
  'usr/share/doc/app/app.cdx.json': SBOM,
};
const LINKS = {
  'opt/app/bin/python': 'pypy3',
  'opt/app/bin/pypy3': '/usr/bin/pypy3.9',
  'usr/bin/my': '/opt/app/bin/my',
};

function treeOf(
  files: Readonly<Record<string, string>>,
  links: Readonly<Record<string, string>> = {},
): Entry[] {
  const folders = new Map(
    [...Object.keys(files), ...Object.keys(links)].flatMap(parents).map((one) => [one.path, one]),
  );
  const list = Object.entries(files).map(([path, text]) =>
    entry(path, {data: Buffer.from(text, 'latin1'), size: Buffer.from(text, 'latin1').length}),
  );
  const targets = Object.entries(links).map(([path, target]) => entry(path, {type: 'symlink', target}));
  const byPath = (a: Entry, b: Entry) => (a.path < b.path ? -1 : 1);
  return [...[...folders.values()].sort(byPath), ...list.sort(byPath), ...targets.sort(byPath)];
}

const POSTINST =
  '#!/bin/sh\nadduser --quiet --system --ingroup web --home /srv/app other\nupdate-alternatives --install /usr/bin/thing thing /opt/app/bin/my 10\n';

async function inspected(files = FILES, links: Readonly<Record<string, string>> = LINKS): Promise<DebReport> {
  return inFolder(async (folder) => {
    const file = join(folder, 'app.deb');
    const depends = 'Depends: libc6, pypy3 (>= 7.3.11), pypy3 (<< 7.3.17~), python3-foo\nInstalled-Size: 7\n';
    await writeDeb({
      file,
      entries: treeOf(files, links),
      control: () => [
        {name: 'control', data: controlText(depends), mode: 0o644},
        {name: 'conffiles', data: '/etc/default/app\n/etc/cron.d/app\n', mode: 0o644},
        {name: 'postinst', data: POSTINST, mode: 0o755},
      ],
      compression: 'gzip',
      mtime: MTIME,
    });
    writeFileSync(join(folder, 'app.cdx.json'), SBOM);
    return inspectDeb(file);
  });
}

inspect('distributions are told by name, licence, size by RECORD and native code', async () => {
  const {distributions, notes} = await inspected();
  const record = Buffer.byteLength(ELF, 'latin1') + 'x = 1\n'.length + '#!/opt/app/bin/python\n'.length;
  assert.equal(distributions, [
    {
      name: 'My.Dist',
      normalizedName: 'my-dist',
      version: '1.2',
      summary: 'It is',
      licence: 'MIT',
      path: `${SITE}/My_Dist-1.2.dist-info`,
      size: record,
      files: 3,
      native: true,
      installer: 'pip',
      requested: true,
      directUrl: 'file:///src/my',
    },
    {
      name: 'old',
      normalizedName: 'old',
      version: '3',
      ...(distributions[1]?.licence ? {licence: distributions[1].licence} : {}),
      path: `${SITE}/old-3.egg-info`,
      size: (FILES[`${SITE}/old-3.egg-info/PKG-INFO`]?.length ?? 0) + 'old\n'.length + 'old = True\n'.length,
      files: 3,
      native: false,
      requested: false,
    },
  ]);
  assert.equal(notes, [`No name in core metadata: ${SITE}/bad-1.dist-info`]);
});

inspect('the interpreter is what bin/python leads to, and who provides it', async () =>
  assert.equal((await inspected()).virtualenvs, [
    {
      prefix: '/opt/app',
      implementation: 'pypy',
      version: '3.9.16',
      interpreter: '/usr/bin/pypy3.9',
      bundled: false,
      systemSitePackages: false,
      providedBy: ['pypy3 (>= 7.3.11)', 'pypy3 (<< 7.3.17~)'],
    },
  ]),
);

inspect('commands, units, accounts and what else concerns the system', async () => {
  const report = await inspected();
  assert.equal(
    report.entryPoints.map(({name, script}) => [name, script]),
    [
      ['my', '/opt/app/bin/my'],
      ['no-script', undefined],
    ],
  );
  assert.equal(report.commands, [{path: '/usr/bin/my', target: '/opt/app/bin/my'}]);
  assert.equal(
    report.units.map(({name, command, user, detail, installable}) => [
      name,
      command,
      user,
      detail,
      installable,
    ]),
    [
      ['app.service', '/opt/app/bin/my --port 80', 'app', undefined, true],
      ['app.timer', undefined, undefined, 'OnCalendar=daily', false],
    ],
  );
  assert.equal(report.conffiles, ['/etc/default/app', '/etc/cron.d/app']);
  assert.equal(
    report.integration.map(({kind, name}) => `${kind} ${name}`),
    [
      'cron /etc/cron.d/app',
      'sysusers /usr/lib/sysusers.d/app.conf',
      'user app',
      'group web',
      'user other',
      'alternative thing (/usr/bin/thing)',
    ],
  );
});

inspect('sizes of folders add up, and bills of materials are found in it and beside it', async () => {
  const report = await inspected();
  const total = report.entries.reduce((sum, {size}) => sum + size, 0);
  assert.is(report.contentSize, total);
  assert.equal([report.folders[0]?.path, report.folders[0]?.size], ['', total]);
  const below = report.entries.filter(({path}) => path.startsWith(`${SITE}/my/`));
  assert.is(
    report.folders.find(({path}) => path === `${SITE}/my`)?.size,
    below.reduce((sum, {size}) => sum + size, 0),
  );
  assert.is(report.installedSize.stated, 7);
  assert.equal(
    report.sboms.map(({place, format, components, serialNumber}) => [
      place,
      format,
      components,
      serialNumber,
    ]),
    [
      ['inside', 'CycloneDX 1.6', 2, 'urn:uuid:1'],
      ['beside', 'CycloneDX 1.6', 2, 'urn:uuid:1'],
    ],
  );
});

inspect('Installed-Size is what dpkg-gencontrol would count', () =>
  inFolder(async (folder) => {
    const tree = join(folder, 'debian', 'x');
    execFileSync('mkdir', ['-p', join(tree, 'opt/a'), join(folder, 'debian')]);
    writeFileSync(join(tree, 'opt/a/big'), Buffer.alloc(5000));
    execFileSync('ln', ['-s', 'big', join(tree, 'opt/a/link')]);
    writeFileSync(
      join(folder, 'debian/control'),
      `Source: x\nMaintainer: A <a@example.org>\n\nPackage: x\nArchitecture: all\nDescription: x\n`,
    );
    writeFileSync(
      join(folder, 'debian/changelog'),
      'x (1) unstable; urgency=low\n\n  * x\n\n -- A <a@example.org>  Mon, 01 Jan 2024 00:00:00 +0000\n',
    );
    const text = execFileSync('dpkg-gencontrol', ['-O', '-Pdebian/x', '-px'], {
      cwd: folder,
      encoding: 'utf8',
      env: {...process.env, LC_ALL: 'C'},
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const wanted = Number(/^Installed-Size: (\d+)$/m.exec(text)?.[1]);
    const file = join(folder, 'x.deb');
    const entries = [
      entry('opt', {type: 'directory'}),
      entry('opt/a', {type: 'directory'}),
      entry('opt/a/big', {data: Buffer.alloc(5000), size: 5000}),
      entry('opt/a/link', {type: 'symlink', target: 'big'}),
    ];
    return writeDeb({
      file,
      entries,
      control: () => [{name: 'control', data: controlText(), mode: 0o644}],
      compression: 'none',
      mtime: MTIME,
    }).then(async () => assert.is((await inspectDeb(file)).installedSize.actual, wanted));
  }),
);

for (const [title, files, note] of [
  [
    'no JSON',
    {[`${SITE}/a-1.dist-info/METADATA`]: METADATA, [`${SITE}/a-1.dist-info/direct_url.json`]: '{'},
    /Not JSON/,
  ],
  [
    'a broken RECORD',
    {[`${SITE}/a-1.dist-info/METADATA`]: METADATA, [`${SITE}/a-1.dist-info/RECORD`]: '"a'},
    /RECORD is not readable/,
  ],
  ['no metadata', {[`${SITE}/a-1.dist-info/RECORD`]: ''}, /No metadata of a distribution/],
  [
    'too much metadata',
    {[`${SITE}/a-1.dist-info/METADATA`]: 'x'.repeat((1 << 20) + 1)},
    /Too large to look at/,
  ],
  ['a bill that is none', {'usr/share/doc/a/a.cdx.json': '[]'}, /Not a bill of materials/],
] as const) {
  inspect(`${title} is a note and no failure`, async () =>
    assert.match((await inspected(files, {})).notes.join('\n'), note),
  );
}

inspect('links that turn in a circle, or lead out of the tree, end', () => {
  const links = new Map([
    ['a', 'b'],
    ['b', 'a'],
    ['c/d', '../../../../e'],
  ]);
  assert.ok(['a', 'b'].includes(resolveLink(links, 'a')));
  assert.is(resolveLink(links, 'c/d'), 'e');
});

inspect('what is no package, or not there, is one error', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'x.deb'), 'nothing');
    await rejects(inspectDeb(join(folder, 'x.deb')), 'E_FORMAT', /Package cannot be read/);
    await rejects(inspectDeb(join(folder, 'y.deb')), 'E_OPTION', /No such package/);
  }),
);

inspect.run();
