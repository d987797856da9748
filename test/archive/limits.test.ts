import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkDeb} from '../../lib/archive/check.js';
import {compareDebs} from '../../lib/archive/compare.js';
import {type ReadLimits, resolveLimits} from '../../lib/archive/limits.js';
import {readDeb} from '../../lib/archive/read.js';
import {crc32} from '../../lib/formats/crc32.js';
import {runCli} from '../helpers/cli.js';
import {long as everything, inFolder, rejects, root, throws} from '../helpers/suite.js';
import {
  endlessEnd,
  type Filling,
  gzipBomb,
  longNames,
  manyMembers,
  xzBomb,
  zeroFile,
  zeroFiles,
  zstdBomb,
} from './bombs.js';
import {arOf, controlTar, debFile, debOf, END, padded, rawHeader, tarOf, VERSION} from './deb-helper.js';
import {controlText, entry} from './helper.js';

const limits = suite('archive/limits');

const COMPRESSORS = {
  gzip: ['.gz', async (filling: Filling) => gzipBomb(filling)],
  xz: ['.xz', xzBomb],
  zstd: ['.zst', async (filling: Filling) => zstdBomb(filling)],
} as const;

const [control, data] = [await controlTar(), await tarOf([])];
/** The shortest archive. */
const tarBlock = Buffer.concat([rawHeader({}), END]);

/** A package whose data archive is a bomb, or its control archive. */
async function bombDeb(
  compressor: keyof typeof COMPRESSORS,
  filling: Filling,
  place: 'control' | 'data' = 'data',
): Promise<Buffer> {
  const [suffix, compress] = COMPRESSORS[compressor];
  const bomb = await compress(filling);
  const [first, second] = [
    place === 'control' ? [`control.tar${suffix}`, bomb] : ['control.tar', control],
    place === 'data' ? [`data.tar${suffix}`, bomb] : ['data.tar', data],
  ] as [[string, Buffer], [string, Buffer]];
  return arOf(['debian-binary', VERSION], first, second);
}

/** What a process with little memory says of a package, and how much it took. */
async function readSmall(
  file: string,
  most: ReadLimits = {},
): Promise<{message: string; hint: string; megabytes: number}> {
  const library = join(root, 'dist/lib/index.js');
  const script = `import {readDeb} from ${JSON.stringify(library)};
    const {message, hint} = await readDeb(${JSON.stringify(file)}, {
      limits: ${JSON.stringify(most)},
      visit: async (_, parts) => { for await (const _ of parts); },
    })
      .catch((error) => error);
    console.log(JSON.stringify({message: String(message), hint, megabytes: process.resourceUsage().maxRSS / 1000}));`;
  const args = ['--max-old-space-size=256', '--input-type=module', '--eval', script];
  const {stdout} = await promisify(execFile)(process.execPath, args, {timeout: 120_000});
  return JSON.parse(stdout);
}

for (const [title, filling, message, compressors] of [
  ['one file of 4 GiB', zeroFile(4096), /a member of 4294967296 bytes is over the limit/, ['xz', 'zstd']],
  ['files of 100 MiB', zeroFiles(9), /it unpacks to more than its limit/, ['gzip', 'xz', 'zstd']],
  ['zeros behind the last member', endlessEnd(4096), /it unpacks to more than its limit/, ['zstd']],
] as const) {
  for (const compressor of compressors) {
    limits(`${compressor}: ${title} ends early and in little memory`, () =>
      inFolder(async (folder) => {
        const file = debFile(folder, await bombDeb(compressor, filling));
        const started = process.hrtime.bigint();
        const found = await readSmall(file);
        const seconds = Number(process.hrtime.bigint() - started) / 1e9;
        assert.match(found.message, message);
        assert.match(found.hint, /limits\.unpackedSize, --limit-size/);
        assert.ok(found.megabytes < 400, `${found.megabytes} MB`);
        assert.ok(seconds < 60, `${seconds} s`);
      }),
    );
  }
}

/** By default, and in the quick run a fifth of that: tar-stream needs ten seconds for half a million members. */
const MEMBERS = everything ? 500_000 : 100_000;
for (const [title, filling, message] of [
  ['more members', manyMembers(600), `it has more than ${MEMBERS} members`],
  ['names of 64 KiB', longNames(2500), `more than ${MEMBERS * 256} bytes of names and links`],
] as const) {
  limits(`${title} end in an error, not in a full memory`, () =>
    inFolder(async (folder) => {
      const archive: [string, Buffer] = ['data.tar.gz', gzipBomb(filling)];
      const deb = arOf(['debian-binary', VERSION], ['control.tar', control], archive);
      const most = {unpackedSize: 2 ** 40, ...(everything ? {} : {members: MEMBERS})};
      const found = await readSmall(debFile(folder, deb), most);
      assert.ok(found.message.includes(message), found.message);
      assert.match(found.hint, /limits\.members, --limit-members/);
      assert.ok(found.megabytes < 400, `${found.megabytes} MB`);
    }),
  );
}

/** Each limit, set to what the package just has and to one less. */
const someControl = await controlTar([entry('postinst', {text: '#!/bin/sh\n', mode: 0o755})]);
const someFiles = await tarOf([entry('a', {text: 'a'.repeat(3000)}), entry('b')]);
const MOST: Readonly<Record<keyof ReadLimits, number>> = {
  unpackedSize: someFiles.length,
  controlSize: someControl.length,
  members: 3,
};
for (const option of ['unpackedSize', 'controlSize', 'members'] as const) {
  limits(`${option} lets pass what it names and nothing more`, () =>
    inFolder(async (folder) => {
      const file = debFile(folder, await debOf({control: someControl, data: someFiles}));
      const most = (value: number) => ({limits: {[option]: value}});
      assert.is((await readDeb(file, most(MOST[option]))).entries.length, 3);
      assert.ok((await compareDebs(file, file, most(MOST[option]))).equal);
      const less = most(MOST[option] - 1);
      await rejects(
        readDeb(file, less),
        'E_FORMAT',
        new RegExp(`limit|more than(?:.|\\n)*limits\\.${option}`),
      );
      await rejects(compareDebs(file, file, less), 'E_FORMAT', new RegExp(`limits\\.${option}`));
      const [issue, ...others] = await checkDeb(file, less);
      assert.equal([issue?.code, issue?.severity, others.length], ['unreadable', 'error', 0]);
      assert.match(issue?.cure ?? '', new RegExp(`limits\\.${option}`));
    }),
  );

  for (const value of [-1, Number.NaN, '1' as never]) {
    limits(
      `${option} of ${JSON.stringify(value)} is refused`,
      () =>
        void throws(() => resolveLimits({[option]: value}, 0), 'E_OPTION', new RegExp(`limits\\.${option}`)),
    );
  }
}

limits('the default grows with the package, so that large ones are read', () => {
  assert.is(resolveLimits({}, 0).data.length, 256_000_000);
  assert.ok(resolveLimits({}, 100_000_000).data.length > 10e9);
});

for (const compressor of ['gzip', 'xz', 'zstd'] as const) {
  limits(`${compressor}: a control archive that is a bomb is refused`, () =>
    inFolder(async (folder) => {
      const file = debFile(folder, await bombDeb(compressor, zeroFiles(1), 'control'));
      await rejects(
        readDeb(file),
        'E_FORMAT',
        /control\.tar.*over the limit of 67108864(?:.|\n)*--limit-control/,
      );
    }),
  );
}

limits('a control file of many megabytes is refused', () =>
  inFolder(async (folder) => {
    const text = controlText(`X-Long:\n${' .\n'.repeat(3 << 20)}`);
    const file = debFile(folder, await debOf({control: await controlTar([], text)}));
    await rejects(readDeb(file), 'E_FORMAT', /control file is larger than 4 MiB/);
  }),
);

limits('the command line sets every limit, in units', () =>
  inFolder(async (folder) => {
    const file = debFile(folder, await debOf({control: someControl, data: someFiles}));
    for (const [args, wanted] of [
      [['--limit-size', '1kB'], /--limit-size/],
      [['--limit-control', '1 KiB'], /--limit-control/],
      [['--limit-members', '2'], /--limit-members/],
    ] as const) {
      const {exitCode, stderr} = await runCli(['inspect', ...args, file]);
      assert.is(exitCode, 1);
      assert.match(stderr, wanted);
      assert.is((await runCli(['diff', ...args, file, file])).exitCode, 2);
      assert.match((await runCli(['check', ...args, file])).stdout, wanted);
    }
    const large = ['--limit-size=1.5GiB', '--limit-control=unlimited', '--limit-members=unlimited'];
    assert.is((await runCli(['inspect', ...large, file])).exitCode, 0);
    const wrong = await runCli(['inspect', '--limit-size', 'much', file]);
    assert.is(wrong.exitCode, 2);
    assert.match(wrong.stderr, /Give a size such as 20GB/);
  }),
);

for (const [title, content, message] of [
  ['a dictionary of 4 GiB', await xzWithDictionary(40), /it needs more memory than the decoder has/],
  ['a dictionary of 256 MiB', await xzWithDictionary(32), /it needs more memory than the decoder has/],
] as const) {
  limits(`xz: ${title} is refused`, () =>
    inFolder(async (folder) => {
      const deb = arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar.xz', content]);
      await rejects(readDeb(debFile(folder, deb)), 'E_FORMAT', message);
    }),
  );
}

/** An xz stream whose block asks for a dictionary (xz-file-format 5.3.1). */
async function xzWithDictionary(bits: number): Promise<Buffer> {
  const stream = await xzBomb([[tarBlock, 1]]);
  const size = ((stream[12] as number) + 1) * 4;
  const block = stream.subarray(12, 12 + size - 4);
  // The filter: number 0x21 (LZMA2), one byte of properties.
  const filter = block.indexOf(Buffer.from([0x21, 1]));
  assert.ok(filter > 0);
  block[filter + 2] = bits;
  stream.writeUInt32LE(crc32(block), 12 + size - 4);
  return stream;
}

for (const [title, descriptor] of [
  ['2 GiB', 21 << 3],
  ['192 MiB', (17 << 3) | 4],
] as const) {
  limits(`zstd: a window of ${title} is refused`, () =>
    inFolder(async (folder) => {
      const content = zstdBomb([[tarBlock, 1]]);
      content[5] = descriptor;
      const deb = arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar.zst', content]);
      await rejects(readDeb(debFile(folder, deb)), 'E_FORMAT', /window is larger than 128 MiB/);
    }),
  );
}

limits('a PAX header of digits only takes no time', () =>
  inFolder(async (folder) => {
    const digits = '1'.repeat(65_000);
    const member = Buffer.concat([
      rawHeader({size: digits.length}, {156: 'x'}),
      padded(digits),
      rawHeader({}),
    ]);
    const file = debFile(folder, await debOf({data: Buffer.concat([...Array(20).fill(member), END])}));
    const started = Date.now();
    await rejects(readDeb(file), 'E_FORMAT', /PAX header has a broken record/);
    assert.ok(Date.now() - started < 5000);
  }),
);

limits('a zstd frame of blocks of one byte takes no time that grows with the square', () =>
  inFolder(async (folder) => {
    const name = Buffer.concat([rawHeader({name: `./${'n'.repeat(60_000)}`}), END]);
    const frame = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3])];
    for (const byte of name) frame.push(Buffer.from([1 << 3, 0, 0, byte]));
    frame.push(Buffer.from([1, 0, 0]));
    const content = Buffer.concat(frame);
    const deb = arOf(['debian-binary', VERSION], ['control.tar', control], ['data.tar.zst', content]);
    const started = Date.now();
    assert.is((await readDeb(debFile(folder, deb))).entries.length, 1);
    assert.ok(Date.now() - started < 5000);
  }),
);

limits.run();
