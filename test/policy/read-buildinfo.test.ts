import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {formatBuildinfo} from '../../lib/policy/buildinfo.js';
import {parseBuildinfo} from '../../lib/policy/read-buildinfo.js';
import {throws} from '../helpers/suite.js';

const read = suite('policy/read-buildinfo');
const SHA = 'c'.repeat(64);

const ours = formatBuildinfo({
  source: {name: 'thing', version: '1:1.0-1'},
  version: '1:1.0-1',
  packages: [{package: 'thing', architecture: 'amd64', synopsis: 'x'}],
  files: [
    {
      ...{name: 'thing_1.0-1_amd64.deb', section: 'web', priority: 'optional'},
      ...{size: 3, md5: 'a'.repeat(32), sha1: 'b'.repeat(40), sha256: SHA},
    },
  ],
  buildArchitecture: 'amd64',
  installed: [
    {package: 'libc6', version: '2.36-9', architecture: 'i386'},
    {package: 'tzdata', version: '2024a-0+deb12u1', architecture: 'all'},
  ],
  environment: {TZ: 'UTC', LANG: 'a"b\\c', SOURCE_DATE_EPOCH: '17'},
  toolVersion: '0.1.0',
});

/** As dpkg-genbuildinfo of Debian 12 writes it, with a signature around it. */
const SIGNED = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

Format: 1.0
Source: thing (1.0-1)
Binary: thing
 thing-doc
Architecture: all
Version: 1.0-1+b1
Checksums-Sha256:
 ${SHA} 3 thing_1.0-1_all.deb
Build-Origin: Debian
Build-Architecture: amd64
Build-Date: Fri, 27 Nov 2026 10:00:00 +0000
Build-Path: /build/thing-1.0
Installed-Build-Depends:
 autoconf (= 2.71-3),
 zlib1g (= 1:1.2.13.dfsg-1)
Environment:
 DEB_BUILD_OPTIONS="parallel=2"
 SOURCE_DATE_EPOCH="1700000000"

-----BEGIN PGP SIGNATURE-----

iQ==
-----END PGP SIGNATURE-----
`;

read('what we write is read back', () => {
  const found = parseBuildinfo(ours, 'x');
  assert.equal(found.environment, {TZ: 'UTC', LANG: 'a"b\\c', SOURCE_DATE_EPOCH: '17'});
  assert.equal(found.installed, [
    {package: 'libc6', version: '2.36-9', architecture: 'i386'},
    {package: 'tzdata', version: '2024a-0+deb12u1'},
  ]);
  assert.equal([...found.files], [['thing_1.0-1_amd64.deb', SHA]]);
  const {source, version, binaries, toolVersion, architecture, date} = found;
  assert.equal(
    [source, version, binaries, toolVersion, architecture, date],
    ['thing', '1:1.0-1', ['thing'], '0.1.0', 'amd64', undefined],
  );
});

read('what dpkg-genbuildinfo writes is read, signed as well', () => {
  const found = parseBuildinfo(SIGNED, 'x');
  assert.equal(found.binaries, ['thing', 'thing-doc']);
  assert.is(found.source, 'thing');
  assert.is(found.path, '/build/thing-1.0');
  assert.is(found.date, 'Fri, 27 Nov 2026 10:00:00 +0000');
  assert.is(found.toolVersion, undefined);
  assert.is(found.installed[1]?.version, '1:1.2.13.dfsg-1');
});

for (const [title, text, message] of [
  ['nothing', '', /it is empty/],
  ['noise', '\0\x01\x02', /No field in line 1/],
  ['a control file', 'Package: x\nVersion: 1\n', /no field Format/],
  ['two paragraphs', `${ours}\n${ours}`, /more than one paragraph/],
  ['another format', ours.replace('Format: 1.0', 'Format: 9'), /format 9/],
  [
    'a path in place of a name',
    ours.replace('thing_1.0-1_amd64.deb\nBuild', '../../etc/passwd\nBuild'),
    /Checksums/,
  ],
  ['a hash that is none', ours.replace(SHA, 'x'.repeat(64)), /Checksums-Sha256/],
  ['a relation that is no version', ours.replace('(= 2.36-9)', '(>= 2.36-9)'), /Installed-Build-Depends/],
  ['a command in a version', ours.replace('2.36-9)', '$(id))'), /Installed-Build-Depends/],
  ['a variable without quotes', ours.replace('TZ="UTC"', 'TZ=UTC'), /Environment/],
] as const) {
  read(`refuses ${title}`, () => {
    throws(() => parseBuildinfo(text, 'x.buildinfo'), 'E_FORMAT', message);
  });
}

read.run();
