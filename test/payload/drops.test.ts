import {chmod, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Entry} from '../../lib/model.js';
import {type Drops, placeDrops} from '../../lib/payload/drops.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {type Files, writeTree} from '../helpers/wheels.js';

const drops = suite('payload/drops');

const NONE: Drops = {
  systemd: [],
  systemdUser: [],
  init: [],
  info: [],
  sysusers: [],
  tmpfiles: [],
  default: [],
  cron: [],
  logrotate: [],
  pam: [],
  udev: [],
  manpages: [],
  docs: [],
  examples: [],
  lintianOverrides: [],
};

/** Write files, and place those that the options name by their paths in the folder. */
function placing(files: Files, options: (path: (name: string) => string) => Partial<Drops>) {
  return inFolder(async (folder): Promise<readonly Entry[]> => {
    await writeTree(folder, files);
    const named = options((name) => join(folder, name));
    return placeDrops({...NONE, ...named}, {package: 'app', mtime: 7});
  });
}
const listed = (entries: readonly Entry[]) => entries.map(({path, mode}) => `${path} ${mode.toString(8)}`);
const LONG = 'x'.repeat(4097);
const dataOf = ({data}: Entry) => gunzipSync(data ?? '').toString();

drops('each file has its place, by the name of the package or its own', async () => {
  const entries = await placing({'a.x': 'x', job: 'x'}, (path) => {
    const both = [{source: path('a.x')}, {source: path('a.x'), name: 'own'}];
    const jobs = ['d', 'daily'].map((when) => ({source: path('job'), when}));
    return {
      ...{systemd: both, sysusers: both, tmpfiles: both, udev: both},
      ...{default: both, logrotate: both, pam: both, cron: jobs},
    };
  });
  assert.equal(listed(entries), [
    ...['usr/lib/systemd/system/a.x 644', 'usr/lib/systemd/system/own 644'],
    ...['usr/lib/sysusers.d/app.conf 644', 'usr/lib/sysusers.d/own 644'],
    ...['usr/lib/tmpfiles.d/app.conf 644', 'usr/lib/tmpfiles.d/own 644'],
    ...['usr/lib/udev/rules.d/60-app.rules 644', 'usr/lib/udev/rules.d/own 644'],
    ...['etc/default/app 644', 'etc/default/own 644'],
    ...['etc/logrotate.d/app 644', 'etc/logrotate.d/own 644'],
    ...['etc/pam.d/app 644', 'etc/pam.d/own 644'],
    ...['etc/cron.d/app 644', 'etc/cron.daily/app 755'],
  ]);
  assert.ok(entries.every(({mtime}) => mtime === 7));
});

for (const [name, wanted] of [
  ['app.1', 'usr/share/man/man1/app.1.gz'],
  ['app.8', 'usr/share/man/man8/app.8.gz'],
  ['app.3pm', 'usr/share/man/man3/app.3pm.gz'],
  ['app.de.1', 'usr/share/man/de/man1/app.1.gz'],
  ['app.pt_BR.5', 'usr/share/man/pt_BR/man5/app.5.gz'],
  ['app.sr@latin.1', 'usr/share/man/sr@latin/man1/app.1.gz'],
  ['app.conf.5', 'usr/share/man/man5/app.conf.5.gz'],
  ['app.1.gz', 'usr/share/man/man1/app.1.gz'],
] as const) {
  drops(`the manual page ${name} becomes ${wanted}`, async () => {
    const text = '.TH APP 1\n';
    const [entry] = await placing({[name]: name.endsWith('.gz') ? gzipSync(text) : text}, (path) => ({
      manpages: [{source: path(name), target: ''}],
    }));
    assert.equal([entry?.path, entry?.mode], [wanted, 0o644]);
    assert.is(entry && dataOf(entry), text);
  });
}

/** Policy 12.3: what is longer than 4 KiB, unless it is so already or a program opens it. */
for (const [name, text, compressed] of [
  ['README', LONG, true],
  ['README', LONG.slice(1), false],
  ['copyright', LONG, false],
  ['index.HTML', LONG, false],
  ['style.css', LONG, false],
  ['paper.pdf', LONG, false],
  ['old.gz', LONG, false],
  ['notes.html.txt', LONG, true],
] as const) {
  drops(`the document ${name} of ${text.length} bytes is ${compressed ? '' : 'not '}compressed`, async () => {
    const [entry] = await placing({[name]: text}, (path) => ({
      docs: [{source: path(name), target: `/${name}`}],
    }));
    const path = `usr/share/doc/app/${name}${compressed ? '.gz' : ''}`;
    assert.is(entry?.path, path);
    if (compressed && entry) assert.is(dataOf(entry), text);
  });
}

drops('examples stay as they are, news are compressed, overrides become one file', async () => {
  const entries = await inFolder(async (folder) => {
    await writeTree(folder, {conf: LONG, NEWS: 'new\n', one: 'app: a', two: 'app: b\n'});
    await chmod(join(folder, 'conf'), 0o755);
    const path = (name: string) => join(folder, name);
    return placeDrops(
      {
        ...NONE,
        examples: [{source: path('conf'), target: '/conf'}],
        news: path('NEWS'),
        lintianOverrides: [path('one'), path('two')],
      },
      {package: 'app', mtime: 7},
    );
  });
  assert.equal(listed(entries), [
    'usr/share/doc/app/examples/conf 755',
    'usr/share/doc/app/NEWS.Debian.gz 644',
    'usr/share/lintian/overrides/app 644',
  ]);
  assert.is(entries[1] && dataOf(entries[1]), 'new\n');
  assert.is(String(entries[2]?.data), 'app: a\napp: b\n');
});

drops('a folder of documents is compressed file by file', async () => {
  const entries = await placing({'docs/a': LONG, 'docs/b': 'x'}, (path) => ({
    docs: [{source: path('docs'), target: '/docs'}],
  }));
  assert.equal(
    entries.filter(({type}) => type === 'file').map(({path}) => basename(path)),
    ['a.gz', 'b'],
  );
});

drops('what cannot be read is an error', () =>
  inFolder(async (folder) => {
    await writeFile(join(folder, 'x'), '');
    const options = {...NONE, lintianOverrides: [join(folder, 'x/none')]};
    await rejects(placeDrops(options, {package: 'app', mtime: 0}), 'E_IO', /Debian side/);
  }),
);

drops('a job gets a name that cron reads', () =>
  inFolder(async (folder) => {
    await writeTree(folder, {job: '#!/bin/sh\n'});
    const source = join(folder, 'job');
    const cron = [
      {source, when: 'daily'},
      {source, when: 'd', name: 'other'},
    ];
    const entries = await placeDrops({...NONE, cron}, {package: 'lib2.0++', mtime: 7});
    const files = entries.filter(({type}) => type === 'file');
    assert.equal(
      files.map(({path, mode}) => [path, mode]),
      [
        ['etc/cron.daily/lib2_0__', 0o755],
        ['etc/cron.d/other', 0o644],
      ],
    );
  }),
);

drops('a compressed manual page is compressed anew, a broken one refused', () =>
  inFolder(async (folder) => {
    await writeTree(folder, {'a.1.gz': gzipSync('page', {level: 1}), 'b.1.gz': '\x1f\x8bodd'});
    const page = (name: string) => ({manpages: [{source: join(folder, name), target: `/${name}`}]});
    const names = {package: 'app', mtime: 7};
    const [entry] = await placeDrops({...NONE, ...page('a.1.gz')}, names);
    assert.is(entry?.path, 'usr/share/man/man1/a.1.gz');
    assert.is(gunzipSync(entry?.data ?? '').toString(), 'page');
    const broken = placeDrops({...NONE, ...page('b.1.gz')}, names);
    const {hint} = await rejects(broken, 'E_PAYLOAD', /^Not compressed by gzip, but named so: .*b\.1\.gz\n/);
    assert.match(hint ?? '', /without \.gz/);
  }),
);

drops.run();
