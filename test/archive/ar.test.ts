import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {mkdir, open} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {AR_MAGIC, arHeader, arPadding, listArMembers} from '../../lib/archive/ar.js';
import {MkvenvdebError} from '../../lib/errors.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {controlText, MTIME} from './helper.js';

const ar = suite('archive/ar');

const member = (name: string, content: string): Buffer[] => [
  arHeader({name, mtime: MTIME, size: content.length}),
  Buffer.from(content),
  arPadding(content.length),
];
const archive = (...members: Buffer[][]): Buffer => Buffer.concat([AR_MAGIC, ...members.flat()]);

async function list(data: Buffer) {
  return inFolder(async (folder) => {
    writeFileSync(join(folder, 'x.ar'), data);
    const file = await open(join(folder, 'x.ar'));
    try {
      return await listArMembers(file);
    } finally {
      await file.close();
    }
  });
}

ar('writes the headers that dpkg-deb writes', () =>
  inFolder(async (folder) => {
    await mkdir(join(folder, 'tree/DEBIAN'), {recursive: true});
    writeFileSync(join(folder, 'tree/DEBIAN/control'), controlText());
    const env = {...process.env, SOURCE_DATE_EPOCH: String(MTIME)};
    execFileSync('dpkg-deb', ['--build', join(folder, 'tree'), join(folder, 'x.deb')], {env, stdio: 'pipe'});
    const theirs = readFileSync(join(folder, 'x.deb'));
    const [version] = await list(theirs);
    assert.equal(version, {
      name: 'debian-binary',
      mtime: MTIME,
      uid: 0,
      gid: 0,
      mode: 0o100644,
      size: 4,
      offset: 68,
    });
    assert.is(
      Buffer.concat(member('debian-binary', '2.0\n')).toString('latin1'),
      theirs.subarray(8, 72).toString('latin1'),
    );
  }),
);

ar('pads every odd member, the last one too, and ar lists them', () =>
  inFolder(async (folder) => {
    const data = archive(member('one', 'x'), member('two', 'xx'), member('three', 'xxx'));
    assert.is(data.length % 2, 0);
    writeFileSync(join(folder, 'x.ar'), data);
    const verbose = execFileSync('ar', ['tv', join(folder, 'x.ar')], {
      encoding: 'utf8',
      env: {TZ: 'UTC', LC_ALL: 'C', PATH: process.env.PATH},
    });
    assert.equal(
      verbose
        .trim()
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ')),
      [
        'rw-r--r-- 0/0 1 Nov 14 22:13 2023 one',
        'rw-r--r-- 0/0 2 Nov 14 22:13 2023 two',
        'rw-r--r-- 0/0 3 Nov 14 22:13 2023 three',
      ],
    );
    assert.equal(
      (await list(data)).map(({name, size, offset}) => [
        name,
        size,
        data.toString('latin1', offset, offset + size),
      ]),
      [
        ['one', 1, 'x'],
        ['two', 2, 'xx'],
        ['three', 3, 'xxx'],
      ],
    );
  }),
);

for (const [title, fields, message] of [
  ['a member of eleven digits', {size: 10_000_000_000}, /too large for a \.deb: x \(10000000000 bytes\)/],
  ['a name of 16 characters', {name: 'n'.repeat(16)}, /Name does not fit/],
  ['a name with a slash', {name: 'a/b'}, /Name does not fit/],
  ['an empty name', {name: ''}, /Name does not fit/],
  ['a time of 13 digits', {mtime: 1e12}, /Time does not fit/],
] as const) {
  ar(`does not write ${title}`, () => {
    assert.throws(
      () => arHeader({name: 'x', mtime: MTIME, size: 1, ...fields}),
      (error: unknown) =>
        error instanceof MkvenvdebError && error.code === 'E_FORMAT' && message.test(error.message),
    );
  });
}

ar('writes the largest member', () => {
  assert.is(arHeader({name: 'x', mtime: MTIME, size: 9_999_999_999}).toString('latin1', 48), '9999999999`\n');
});

const patched = (offset: number, text: string): Buffer => {
  const data = archive(member('debian-binary', '2.0\n'), member('odd', 'x'), member('last', 'yyy'));
  data.write(text, offset, 'latin1');
  return data;
};
const whole = patched(0, '!<arch>\n');
const secondHeader = 8 + 60 + 4;

for (const [title, data] of [
  ['names that end in a slash', patched(8, 'debian-binary/  ')],
  ['blank owner, time and mode', patched(8 + 16, ' '.repeat(32))],
  ['a NUL as padding', patched(secondHeader + 61, '\0')],
  ['leading zeros in a size', patched(8 + 48, '0000000004')],
] as const) {
  ar(`reads ${title}`, async () => {
    assert.equal(
      (await list(data)).map(({name, size}) => `${name} ${size}`),
      ['debian-binary 4', 'odd 1', 'last 3'],
    );
  });
}

for (const [title, data, message] of [
  ['an empty file', Buffer.alloc(0), /does not begin with/],
  ['a wrong magic', patched(0, '!<arcH>\n'), /does not begin with/],
  ['a thin archive', patched(0, '!<thin>\n'), /does not begin with/],
  ['a header that is cut off', whole.subarray(0, 40), /a header is truncated/],
  ['a last member that is cut off', whole.subarray(0, -3), /member last is truncated/],
  ['a last member without padding', whole.subarray(0, -1), /member last of odd size is not padded/],
  ['other padding', patched(secondHeader + 61, 'z'), /member odd of odd size is not padded/],
  ['a byte at the end', Buffer.concat([whole, Buffer.from('\n')]), /something follows its last member/],
  ['zeros at the end', Buffer.concat([whole, Buffer.alloc(512)]), /header is corrupt/],
  ['a broken header end', patched(8 + 58, 'xx'), /header is corrupt at 8/],
  ['a size that is no number', patched(8 + 48, '4x'), /no number/],
  ['a negative size', patched(8 + 48, '-4'), /no number/],
  ['a blank size', patched(8 + 48, '          '), /has no size/],
  ['a mode that is no octal number', patched(8 + 40, '100649'), /no number/],
  ['a symbol table', patched(8, '/               '), /no plain name/],
  ['a table of long names', patched(8, '//              '), /no plain name/],
  ['a BSD long name', patched(8, '#1/8            '), /no plain name/],
  ['an empty name', patched(8, '                '), /no plain name/],
  ['a name with an escape character', patched(8, '\x1b[31m'), /no plain name/],
  [
    'more than a hundred members',
    archive(...Array.from({length: 101}, () => member('x', ''))),
    /more than 100/,
  ],
] as const) {
  ar(`refuses ${title}`, async () => {
    await rejects(list(data), 'E_FORMAT', message);
  });
}

ar.run();
