import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {findMount, parseMounts} from '../../lib/formats/mounts.js';

const mounts = suite('formats/mounts');

const TABLE = `/dev/vda / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw,nosuid,nodev,noexec,mode=755 0 0
/dev/vdb /srv/two\\040words\\134x xfs ro 0 0
tmpfs /run/user/1000 tmpfs rw,nosuid,nodev 0 0
overlay /srv btrfs rw 0 0
overlay /srv overlay rw 0 0
no mount
`;

for (const [path, type, title] of [
  ['/home/jo', 'ext4', 'the root'],
  ['/run/lock', 'tmpfs', 'a folder above it'],
  ['/runner', 'ext4', 'not a folder of a like name'],
  ['/srv/two words\\x/file', 'xfs', 'a folder with a blank and a backslash'],
  ['/srv/x', 'overlay', 'of two in one place the later'],
] as const) {
  mounts(`a path lies on ${title}: ${path}`, () =>
    assert.is(findMount(parseMounts(TABLE), path)?.type, type),
  );
}

mounts('options are told apart', () => {
  const options = findMount(parseMounts(TABLE), '/run/lock')?.options;
  assert.ok(options?.has('noexec'));
  assert.not.ok(findMount(parseMounts(TABLE), '/run/user/1000/x')?.options.has('noexec'));
});

mounts('stat knows the same kind for the folders of this machine', () => {
  const table = parseMounts(readFileSync('/proc/self/mounts', 'utf8'));
  for (const path of ['/', '/proc', tmpdir()]) {
    const told = execFileSync('stat', ['--file-system', '--format=%T', path], {encoding: 'utf8'}).trim();
    const same = told.startsWith('ext2') ? ['ext2', 'ext3', 'ext4'] : [told.replace(/fs$/, ''), told];
    assert.ok(same.includes(findMount(table, path)?.type ?? ''), `${path}: ${told}`);
  }
});

mounts.run();
