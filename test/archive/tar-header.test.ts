import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {encodeTarHeader, type TarHeader, tarHeaderLength} from '../../lib/archive/tar-header.js';
import {MkvenvdebError} from '../../lib/errors.js';

const header = suite('archive/tar-header');

const plain: TarHeader = {
  name: './opt/app/run',
  type: 'file',
  mode: 0o644,
  owner: 'root',
  group: 'root',
  mtime: 1_700_000_000,
  size: 5,
};

/** What Python's tarfile reads from some header blocks; it never looks at content. */
function readByPython(blocks: Buffer): Record<string, unknown> {
  const program = `
import sys, json, tarfile
m = tarfile.TarInfo.frombuf(b, 'utf-8', 'surrogateescape') if len(b := sys.stdin.buffer.read()) == 512 else next(iter(tarfile.open(fileobj=__import__('io').BytesIO(b), mode='r:')))
print(json.dumps({k: getattr(m, k) for k in ('name', 'mode', 'uid', 'gid', 'size', 'mtime', 'uname', 'gname', 'linkname')} | {'type': m.type.decode(), 'pax': bool(m.pax_headers)}))`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', program], {input: blocks, encoding: 'utf8'}));
}

const name = (length: number, character = 'n') => `./${character.repeat(length - 2)}`;
const cases: readonly (readonly [string, Partial<TarHeader>])[] = [
  ['a plain file', {}],
  ['a name of exactly 100 bytes', {name: name(100)}],
  ['a name of 101 bytes', {name: name(101)}],
  ['a name of 400 bytes', {name: name(400)}],
  ['a name whose record fills a block', {name: name(511)}],
  ['a name whose NUL needs one more block', {name: name(512)}],
  ['a short name that is not ASCII', {name: './日本/é'}],
  ['a long name that is not ASCII', {name: `./${'é'.repeat(80)}`}],
  ['a symlink', {type: 'symlink', size: 0, target: '/usr/bin/pypy3'}],
  ['a link target of 101 bytes', {type: 'symlink', size: 0, target: 't'.repeat(101)}],
  ['a link target of 60 characters and 120 bytes', {type: 'symlink', size: 0, target: 'é'.repeat(60)}],
  ['a long name with a long target', {type: 'symlink', size: 0, name: name(300), target: 't'.repeat(400)}],
  ['a hard link', {type: 'hardlink', size: 0, target: './opt/app/run'}],
  ['a directory', {type: 'directory', size: 0, name: './opt/app/', mode: 0o755}],
  ['mode 0', {mode: 0}],
  ['setuid, setgid and sticky bits', {mode: 0o7755}],
  ['other owners', {owner: 'www-data', group: 'adm'}],
  ['the first second', {mtime: 0}],
  ['a time after 2038', {mtime: 2 ** 32}],
  ['a time that takes base-256', {mtime: 2 ** 36}],
  ['8 GiB less one byte', {size: 2 ** 33 - 1}],
  ['8 GiB', {size: 2 ** 33}],
  ['900 GB', {size: 900e9}],
];

for (const [title, fields] of cases) {
  header(`writes ${title} as Python reads it`, () => {
    const wanted = {...plain, ...fields};
    const blocks = encodeTarHeader(wanted);
    const types = {file: '0', hardlink: '1', symlink: '2', directory: '5'};
    const found = readByPython(blocks);
    assert.equal(found, {
      name: wanted.name.replace(/\/$/, ''),
      type: types[wanted.type],
      mode: wanted.mode,
      uid: 0,
      gid: 0,
      size: wanted.size,
      mtime: wanted.mtime,
      uname: wanted.owner,
      gname: wanted.group,
      linkname: wanted.target ?? '',
      pax: false,
    });
    assert.is(blocks.length, tarHeaderLength(wanted));
    assert.is(blocks.toString('latin1', blocks.length - 512 + 257, blocks.length - 512 + 265), 'ustar  \0');
  });
}

header('ends each long name with a NUL inside its size', () => {
  const blocks = encodeTarHeader({...plain, name: name(300)});
  assert.is(blocks.toString('latin1', 0, 13), '././@LongLink');
  assert.is(blocks.toString('latin1', 124, 136), '00000000455\0'); // 301
  assert.is(blocks[512 + 299], 'n'.charCodeAt(0));
  assert.is(blocks[512 + 300], 0);
});

header('writes the bytes that GNU tar writes', () => {
  const tar = execFileSync('sh', [
    '-c',
    `cd "$(mktemp -d)" && mkdir d && touch -d @1700000000 d && tar --format=gnu --mode=755 --owner=root:0 --group=root:0 -cf - d`,
  ]);
  const ours = encodeTarHeader({...plain, name: 'd/', type: 'directory', mode: 0o755, size: 0});
  assert.equal(ours.toString('latin1'), tar.subarray(0, 512).toString('latin1'));
});

header('drops file type bits', () => {
  assert.is(encodeTarHeader({...plain, mode: 0o100644}).toString('latin1', 100, 108), '0000644\0');
});

header('refuses an owner that does not fit', () => {
  assert.throws(
    () => encodeTarHeader({...plain, owner: 'o'.repeat(32)}),
    (error: unknown) => error instanceof MkvenvdebError && error.code === 'E_FORMAT',
  );
});

header.run();
