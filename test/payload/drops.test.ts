import {join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Drops, placeDrops} from '../../lib/payload/drops.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {writeTree} from '../helpers/wheels.js';

const drops = suite('payload/drops');

const NONE: Drops = {
  systemd: [],
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
