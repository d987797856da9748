import {execFileSync} from 'node:child_process';
import {open, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import fc from 'fast-check';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {MkvenvdebError} from '../../lib/errors.js';
import {listZip, readZipMember} from '../../lib/formats/zip.js';
import {inFolder, long, rejects} from '../helpers/suite.js';

const zip = suite('formats/zip');

/** Python's zipfile writes the archive and says what is in it. */
const SCRIPT = `
import json, sys, zipfile, calendar
out, force64 = sys.argv[1], sys.argv[2] == "64"
with zipfile.ZipFile(out, "w") as z:
    z.comment = b"made for a test"
    for name, kind, data in [("x-1.0.dist-info/METADATA", zipfile.ZIP_DEFLATED, b"Name: x\\n" * 500), ("stored", zipfile.ZIP_STORED, b"abc"),
                             ("empty", zipfile.ZIP_DEFLATED, b""), ("näme/日本", zipfile.ZIP_DEFLATED, b"utf8"), ("folder/", zipfile.ZIP_STORED, b"")]:
        info = zipfile.ZipInfo(name, (2020, 2, 3, 4, 5, 6))
        info.compress_type = kind
        info.external_attr = 0o100644 << 16
        with z.open(info, "w", force_zip64=force64) as member: member.write(data)
with zipfile.ZipFile(out) as z:
    print(json.dumps([[i.filename, i.file_size, i.compress_size, calendar.timegm(i.date_time + (0, 0, 0)), i.compress_type, i.external_attr >> 16] for i in z.infolist()]))
`;

const make = (file: string, kind = '') =>
  JSON.parse(execFileSync('/usr/bin/python3', ['-c', SCRIPT, file, kind], {encoding: 'utf8'}));

async function use<T>(
  file: string,
  action: (handle: Awaited<ReturnType<typeof open>>) => Promise<T>,
): Promise<T> {
  const handle = await open(file);
  try {
    return await action(handle);
  } finally {
    await handle.close();
  }
}

for (const kind of ['', '64']) {
  zip(`members are those that zipfile lists${kind === '' ? '' : ', written for zip64'}`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.whl');
      const wanted = make(file, kind);
      await use(file, async (handle) => {
        const members = await listZip(handle);
        assert.equal(
          members.map(({name, size, compressedSize, mtime, method, mode}) => [
            name,
            size,
            compressedSize,
            mtime,
            method,
            mode,
          ]),
          wanted,
        );
        const texts = await Promise.all(
          members.map(async (member) => (await readZipMember(handle, member)).toString()),
        );
        assert.equal(texts, ['Name: x\n'.repeat(500), 'abc', '', 'utf8', '']);
      });
    }),
  );
}

/** One stored member whose central record is all zip64, as archives over 4 GiB have it. */
function zip64(): Buffer {
  const name = Buffer.from('big');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(5n, 4);
  extra.writeBigUInt64LE(5n, 12);
  extra.writeBigUInt64LE(0n, 20);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt32LE(0x3610a686, 16);
  central.writeUInt32LE(0xffffffff, 20);
  central.writeUInt32LE(0xffffffff, 24);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt16LE(extra.length, 30);
  central.writeUInt32LE(0xffffffff, 42);
  const before = Buffer.concat([local, name, Buffer.from('hello')]);
  const directory = Buffer.concat([central, name, extra]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4); // what follows this field
  record.writeBigUInt64LE(1n, 24);
  record.writeBigUInt64LE(1n, 32);
  record.writeBigUInt64LE(BigInt(directory.length), 40);
  record.writeBigUInt64LE(BigInt(before.length), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(before.length + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0, 20);
  return Buffer.concat([before, directory, record, locator, end]);
}

zip('sizes, offsets and the end record of zip64 are followed', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.zip');
    await writeFile(file, zip64());
    await use(file, async (handle) => {
      const [member] = await listZip(handle);
      assert.is(member?.size, 5);
      assert.is(member && (await readZipMember(handle, member)).toString(), 'hello');
    });
    const asked = execFileSync('/usr/bin/python3', [
      '-c',
      'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).infolist()[0].file_size)',
      file,
    ]);
    assert.is(String(asked).trim(), '5');
  }),
);

zip('a comment that looks like an end record is none', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.zip');
    make(file);
    await writeFile(
      file,
      replace(await readFile(file), 'made for a test', 'PK\x05\x06 and this..'.slice(0, 15)),
    );
    assert.is((await use(file, listZip)).length, 5);
  }),
);

for (const [title, change, message] of [
  ['an empty file', () => Buffer.alloc(0), /no end record/],
  ['a text', () => Buffer.from('not a zip archive, but long enough'), /no end record/],
  ['an archive without its end', (data: Buffer) => data.subarray(0, data.length - 40), /no end record/],
  ['an archive without its beginning', (data: Buffer) => data.subarray(200), /./],
  ['a name that leads out', (data: Buffer) => replace(data, 'stored', '../../'), /unsafe name/],
  ['an absolute name', (data: Buffer) => replace(data, 'stored', '/store'), /unsafe name/],
  ['a NUL in a name', (data: Buffer) => replace(data, 'stored', 'sto\0ed'), /unsafe name/],
] as const) {
  zip(`${title} is refused`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'x.zip');
      make(file);
      await writeFile(file, change(await readFile(file)));
      await rejects(use(file, listZip), 'E_FORMAT', message);
    }),
  );
}

const replace = (data: Buffer, from: string, to: string) =>
  Buffer.from(data.toString('latin1').replaceAll(from, to), 'latin1');

zip('no damage throws anything but E_FORMAT, or makes a member longer than it says', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'x.zip');
    make(file);
    const data = await readFile(file);
    const damage = fc.array(fc.tuple(fc.nat(data.length - 1), fc.nat(255)), {minLength: 1, maxLength: 4});
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const copy = Buffer.from(data);
        for (const [at, value] of changes) copy[at] = value;
        await writeFile(file, copy);
        try {
          await use(file, async (handle) => {
            for (const member of await listZip(handle)) {
              if (member.compressedSize < 1e6)
                assert.is((await readZipMember(handle, member)).length, member.size);
            }
          });
        } catch (error) {
          if (!(error instanceof MkvenvdebError) || error.code !== 'E_FORMAT') throw error;
        }
      }),
      {numRuns: long ? 5000 : 300},
    );
  }),
);

zip.run();
