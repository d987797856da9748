import {mkdir, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseChangelog} from '../../lib/formats/changelog.js';
import {digestFile, digestText} from '../../lib/formats/digests.js';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {type PackOptions, packDeb} from '../../lib/pack-deb.js';
import {formatBuildinfo} from '../../lib/policy/buildinfo.js';
import {formatChanges, type UploadedFile} from '../../lib/policy/changes.js';
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

/** Packages of a source, its changelog, and the `.changes` and `.buildinfo` that dpkg makes of them. */
async function byDpkg(folder: string, {control, log, packages}: DpkgCase) {
  const source = join(folder, 'thing');
  await mkdir(join(source, 'debian'), {recursive: true});
  await mkdir(join(folder, 'tree/usr/share/thing'), {recursive: true});
  await writeFile(join(folder, 'tree/usr/share/thing/file'), 'x');
  await writeFile(join(source, 'debian/control'), control);
  await writeFile(join(source, 'debian/changelog'), log);
  const files: UploadedFile[] = [];
  for (const {section, priority, synopsis: description, ...one} of packages) {
    const common = {cwd: folder, folder: 'tree', out: '.', maintainer: MAINTAINER, section, priority};
    const {file} = await packDeb({...common, ...one, description, changelog: 'thing/debian/changelog'});
    files.push({name: basename(file), section, priority, ...(await digestFile(file))});
  }
  const listed = files.map(({name, section, priority}) => `${name} ${section} ${priority}\n`);
  await writeFile(join(source, 'debian/files'), listed.join(''));
  const options = {cwd: source, reject: false, stripFinalNewline: false} as const;
  // A fixed architecture: the names are those of every machine.
  const dpkg = async (tool: string, ...args: string[]) => {
    const ran = await execa(tool, ['--build=binary', `-u${folder}`, ...args], {
      ...options,
      env: {DEB_HOST_ARCH: 'amd64'},
    });
    return {text: ran.exitCode === 0 ? ran.stdout : undefined, log: ran.stderr};
  };
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {files, changes: await dpkg('dpkg-genchanges'), buildinfo: await dpkg('dpkg-genbuildinfo', '-O')};
}

interface DpkgCase {
  readonly control: string;
  readonly log: string;
  readonly packages: readonly (Pick<PackOptions, 'package' | 'version' | 'architecture'> & {
    readonly section: string;
    readonly priority: 'optional' | 'extra';
    readonly synopsis: string;
  })[];
}

const MAINTAINER = 'Jo Doe <jo@example.org>';
const SYNOPSIS = 'Package that a test made, with a first line that is longer than what fits';
const single = (version: string) => [
  {
    package: 'thing',
    version,
    architecture: 'all',
    section: 'web',
    priority: 'optional',
    synopsis: SYNOPSIS,
  } as const,
];
const SEVERAL = `${CONTROL}
Package: thing-worker
Architecture: any
Section: net
Description: Works – in the background, whatever is asked of it 大きさ大きさ大きさ

Package: a-thing
Architecture: any
Priority: extra
Description: Short
`;
const several = (version: string) => [
  ...single(version),
  {
    package: 'thing-worker',
    version: `${version}~bookworm`,
    architecture: 'amd64',
    section: 'net',
    priority: 'optional',
    synopsis: 'Works – in the background, whatever is asked of it 大きさ大きさ大きさ',
  } as const,
  {
    package: 'a-thing',
    version,
    architecture: 'amd64',
    section: 'web',
    priority: 'extra',
    synopsis: 'Short',
  } as const,
];

const rebuilt = `${changelog('1.0-1+b1', 'urgency=low, binary-only=yes')}\n${changelog('1.0-1')}`;
for (const [title, log, control, packages] of [
  ['an entry of one line', changelog('1.0-1'), CONTROL, single('1.0-1')],
  [
    'an epoch, bugs and blank lines',
    changelog('1:1.0-1', 'urgency=HIGH (security)', '  * A. Closes: #12, #3\n\n  * B\n     .\n    more'),
    CONTROL,
    single('1:1.0-1'),
  ],
  [
    'names beyond ASCII',
    changelog('1.0~rc1-1', 'urgency=medium', '  [ Al ]\n  * Größe'),
    CONTROL,
    single('1.0~rc1-1'),
  ],
  ['several packages, one of another version', changelog('2:1.0-1'), SEVERAL, several('2:1.0-1')],
  ['a rebuild', rebuilt, SEVERAL, several('1.0-1+b1')],
] as const) {
  changes(`what is written of ${title} is what dpkg-genchanges and dpkg-genbuildinfo write`, () =>
    inFolder(async (folder) => {
      const theirs = await byDpkg(folder, {control, log, packages});
      const [entry, before] = parseChangelog(log, 'changelog').entries;
      const facts = {
        source: {name: 'thing', version: (entry.binaryOnly ? before : entry)?.version ?? ''},
        version: entry.version,
        packages: [...packages].sort((a, b) => (`${a.package}_` < `${b.package}_` ? -1 : 1)),
        files: theirs.files,
      };
      if (theirs.changes.text === undefined) return skip('dpkg-genchanges', theirs.changes.log);
      assert.is(
        formatChanges({...facts, entry, distribution: undefined, maintainer: MAINTAINER}),
        theirs.changes.text,
      );
      if (theirs.buildinfo.text === undefined) return skip('dpkg-genbuildinfo', theirs.buildinfo.log);
      const machine = {toolVersion: '1.0', buildArchitecture: 'amd64', installed: [], environment: {}};
      const ours = formatBuildinfo({...facts, ...machine});
      assert.equal(sameIn(ours), sameIn(theirs.buildinfo.text));
    }),
  );
}

/** What does not depend on the machine and the moment. */
function sameIn(buildinfo: string): readonly (readonly [string, string])[] {
  const [fields] = parseStanzas(buildinfo, 'buildinfo');
  const kept = /^(?:Format|Source|Binary|Architecture|Version|Checksums-.*)$/;
  return [...(fields ?? [])].filter(([name]) => kept.test(name));
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
    source: {name: 'thing', version: '1.0-1'},
    version: '1.0-1',
    packages: [{package: 'thing', architecture: 'all', synopsis: 'x'}],
    files: [],
    entry,
    distribution: 'trixie',
    maintainer: MAINTAINER,
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
    source: {name: 'thing', version: '1:1.0-1'},
    version: '1:1.0-1',
    packages: [{package: 'thing', architecture: 'amd64', synopsis: 'x'}],
    files: [
      {
        ...{name: 'thing_1.0-1_amd64.deb', section: 'web', priority: 'optional'},
        ...{size: 3, md5: 'aa', sha1: 'bb', sha256: 'cc'},
      },
    ],
    buildArchitecture: 'amd64',
    installed,
    environment: {TZ: 'UTC', LANG: 'a"b\\c'},
    toolVersion: '1.2.3',
  });
  const [fields] = parseStanzas(text, 'buildinfo');
  assert.is(
    fields?.get('Installed-Build-Depends'),
    '\n libc6 (= 2.36-9),\n libc6:i386 (= 2.36-9),\n tzdata (= 2024a-0)',
  );
  assert.is(fields?.get('Environment'), '\n LANG="a\\"b\\\\c"\n TZ="UTC"');
  assert.is(fields?.get('Mkvenvdeb-Version'), '1.2.3');
  assert.is(fields?.get('Checksums-Sha1'), '\n bb 3 thing_1.0-1_amd64.deb');
});

changes.run();
