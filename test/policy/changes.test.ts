import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseChangelog} from '../../lib/formats/changelog.js';
import {digestFile, digestText} from '../../lib/formats/digests.js';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {packDeb} from '../../lib/pack-deb.js';
import {formatBuildinfo} from '../../lib/policy/buildinfo.js';
import {formatChanges} from '../../lib/policy/changes.js';
import {inFolder, skip} from '../helpers/suite.js';

const changes = suite('policy/changes');

const CONTROL = `Source: thing
Section: web
Priority: optional
Maintainer: Jo Doe <jo@example.org>
Standards-Version: 4.6.2

Package: thing
Architecture: all
Description: Package that a test made, with a first line that is longer than what fits
 More of it.
`;
const header = (version: string, metadata = 'urgency=low') => `thing (${version}) bookworm; ${metadata}`;
const changelog = (version: string, metadata?: string, text = '  * A.') =>
  `${header(version, metadata)}\n\n${text}\n\n -- Al Roe <al@example.org>  Thu, 02 Nov 2023 10:11:12 +0100\n`;

/** A package, its changelog, and the `.changes` that dpkg-genchanges makes of it. */
async function byDpkg(folder: string, version: string, log: string) {
  const source = join(folder, 'thing');
  await mkdir(join(source, 'debian'), {recursive: true});
  await mkdir(join(folder, 'tree/usr/share/thing'), {recursive: true});
  await writeFile(join(folder, 'tree/usr/share/thing/file'), 'x');
  await writeFile(join(source, 'debian/control'), CONTROL);
  await writeFile(join(source, 'debian/changelog'), log);
  const deb = await packDeb({
    cwd: folder,
    folder: 'tree',
    out: '.',
    package: 'thing',
    version,
    maintainer: 'Jo Doe <jo@example.org>',
    description: CONTROL.split('Description: ')[1]?.trim() ?? '',
    changelog: 'thing/debian/changelog',
    section: 'web',
  });
  const name = deb.file.slice(deb.file.lastIndexOf('/') + 1);
  await writeFile(join(source, 'debian/files'), `${name} web optional\n`);
  const args = ['-b', `-u${folder}`];
  const ran = await execa('dpkg-genchanges', args, {cwd: source, reject: false, stripFinalNewline: false});
  return {deb, name, theirs: ran.exitCode === 0 ? ran.stdout : undefined, log: ran.stderr};
}

for (const [title, version, metadata, text] of [
  ['an entry of one line', '1.0-1', undefined, undefined],
  [
    'an epoch, bugs and blank lines',
    '1:1.0-1',
    'urgency=HIGH (security)',
    '  * A. Closes: #12, #3\n\n  * B\n     .\n    more',
  ],
  ['names beyond ASCII', '1.0~rc1-1', 'urgency=medium', '  [ Al ]\n  * Größe'],
] as const) {
  changes(`what is written of ${title} is what dpkg-genchanges writes`, () =>
    inFolder(async (folder) => {
      const log = changelog(version, metadata, text);
      const {deb, name, theirs, log: complaints} = await byDpkg(folder, version, log);
      if (theirs === undefined) return skip('dpkg-genchanges', complaints);
      const ours = formatChanges({
        ...deb,
        files: [{name, ...(await digestFile(deb.file))}],
        entry: parseChangelog(log, 'changelog').entries[0],
        distribution: undefined,
        maintainer: 'Jo Doe <jo@example.org>',
        synopsis: 'Package that a test made, with a first line that is longer than what fits',
        section: 'web',
        priority: 'optional',
      });
      assert.is(ours, theirs);
    }),
  );
}

changes('digests are those of md5sum, sha1sum and sha256sum', () =>
  inFolder(async (folder) => {
    for (const content of ['', 'x', 'ö'.repeat(200_000)]) {
      const file = join(folder, 'file');
      await writeFile(file, content);
      const sum = async (tool: string) => (await execa(tool, [file])).stdout.split(' ')[0];
      const wanted = {
        size: Buffer.byteLength(content),
        md5: await sum('md5sum'),
        sha1: await sum('sha1sum'),
        sha256: await sum('sha256sum'),
      };
      assert.equal(await digestFile(file), wanted);
      assert.equal(await digestText(content), wanted);
    }
  }),
);

changes("a distribution that is asked for takes the place of the entry's", () => {
  const [entry] = parseChangelog(changelog('1.0-1', 'urgency=low, binary-only=yes'), 'changelog').entries;
  const text = formatChanges({
    package: 'thing',
    version: '1.0-1',
    architecture: 'all',
    files: [],
    entry,
    distribution: 'trixie',
    maintainer: 'Jo Doe <jo@example.org>',
    synopsis: 'x',
    section: 'web',
    priority: 'optional',
  });
  assert.match(text, /^Distribution: trixie$/m);
  assert.match(text, /^Binary-Only: yes$/m);
});

changes('a build is told with what it was made, foreign packages by their architecture', () => {
  const installed = [
    {package: 'libc6', version: '2.36-9', architecture: 'amd64'},
    {package: 'libc6', version: '2.36-9', architecture: 'i386'},
    {package: 'tzdata', version: '2024a-0', architecture: 'all'},
  ];
  const text = formatBuildinfo({
    package: 'thing',
    version: '1:1.0-1',
    architecture: 'amd64',
    files: [{name: 'thing_1.0-1_amd64.deb', size: 3, md5: 'aa', sha1: 'bb', sha256: 'cc'}],
    buildArchitecture: 'amd64',
    installed,
    environment: {TZ: 'UTC', LANG: 'a"b\\c'},
  });
  const [fields] = parseStanzas(text, 'buildinfo');
  assert.is(
    fields?.get('Installed-Build-Depends'),
    '\n libc6 (= 2.36-9),\n libc6:i386 (= 2.36-9),\n tzdata (= 2024a-0)',
  );
  assert.is(fields?.get('Environment'), '\n LANG="a\\"b\\\\c"\n TZ="UTC"');
  assert.is(fields?.get('Checksums-Sha1'), '\n bb 3 thing_1.0-1_amd64.deb');
});

changes.run();
