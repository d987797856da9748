import {execFileSync} from 'node:child_process';
import {appendFile, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import type {MkvenvdebError} from '../../lib/errors.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {rejects} from '../helpers/suite.js';

/** What dpkg-genchanges wrote, taken into a repository. */
const changes = suite('apt/changes');
const place = await openAptPlace();
const {folder, key, newClient, newRepository} = place;
changes.after(() => place.close());

const CONTROL = `Source: two
Section: misc
Priority: optional
Maintainer: Jo Doe <jo@example.org>
Standards-Version: 4.6.2

Package: two-a
Architecture: any
Description: one of two
 It stands for a package that others built.

Package: two-b
Architecture: all
Description: the other of two
 It stands for a package that others built.
`;

const RULES = `#!/usr/bin/make -f
clean build build-arch build-indep:
	rm -rf debian/two-a debian/two-b debian/files
binary-%:
	:
binary:
	for p in two-a two-b; do \\
	  install -D -m 644 debian/changelog debian/$$p/usr/share/doc/$$p/changelog && \\
	  gzip -9n debian/$$p/usr/share/doc/$$p/changelog && mkdir debian/$$p/DEBIAN && \\
	  dpkg-gencontrol -p$$p -Pdebian/$$p && dpkg-deb --root-owner-group --build debian/$$p .. || exit 1; done
`;

const entry = (distribution: string) =>
  `two (1.0) ${distribution}; urgency=medium\n\n  * It.\n\n -- Jo Doe <jo@example.org>  Tue, 14 Nov 2023 22:13:20 +0000\n`;

let count = 0;
/** Build source and packages as Debian does. @param args of dpkg-buildpackage @returns path of the .changes */
async function build(distribution: string, ...args: readonly string[]): Promise<string> {
  count += 1;
  const outer = join(folder, `upload-${count}`);
  const source = join(outer, 'two');
  await mkdir(join(source, 'debian/source'), {recursive: true});
  await writeFile(join(source, 'debian/control'), CONTROL);
  await writeFile(join(source, 'debian/changelog'), entry(distribution));
  await writeFile(join(source, 'debian/rules'), RULES, {mode: 0o755});
  await writeFile(join(source, 'debian/source/format'), '3.0 (native)\n');
  const env = {...process.env, LC_ALL: 'C.UTF-8'};
  execFileSync('dpkg-buildpackage', ['--no-check-builddeps', ...args], {cwd: source, env, stdio: 'pipe'});
  const name = (await readdir(outer)).find((file) => file.endsWith('.changes')) ?? '';
  return join(outer, name);
}

const names = (paths: readonly string[] = []) => paths.map((path) => basename(path)).sort();
const LEFT_OUT = ['two_1.0.dsc', 'two_1.0.tar.xz', 'two_1.0_amd64.buildinfo'];

for (const [what, args] of [
  ['unsigned', ['--no-sign']],
  ['signed by gpg, as debsign does', [`--sign-key=${key.fingerprint}`]],
] as const)
  changes(`all packages of one that is ${what} are published, source and .buildinfo left out`, async () => {
    const file = await build('next', ...args);
    assert.is((await readFile(file, 'utf8')).startsWith('-----BEGIN PGP'), what !== 'unsigned');
    const repository = await newRepository({suites: ['stable', 'next']});
    const {suite: where, added, leftOut} = await publishApt({repository, files: [file]});
    assert.equal([where, added], ['next', ['two-a 1.0 amd64', 'two-b 1.0 all']]);
    assert.equal(names(leftOut), LEFT_OUT);
    const client = await newClient(repository, 'next');
    await updated(client);
    assert.is((await client.get('install', 'two-a', 'two-b')).exitCode, 0);
    // No source is offered, and no file of it lies in the pool.
    const pool = await readdir(join(repository, 'pool'), {recursive: true});
    assert.equal(
      pool.filter((name) => /\.(dsc|xz|buildinfo)$/.test(name)),
      [],
    );
  });

changes('one of a source without a package is told, and nothing is published', async () => {
  const repository = await newRepository({suites: ['next']});
  const file = await build('next', '--no-sign', '--build=source');
  await rejects(publishApt({repository, files: [file]}), 'E_OPTION', /lists no package: .*two_1\.0_source/);
  assert.equal(await listApt({repository}), []);
});

changes('a suite that the repository does not have is named, also that of a draft', async () => {
  const repository = await newRepository({suites: ['stable', 'next']});
  const file = await build('UNRELEASED', '--no-sign', '--build=binary');
  const error = await rejects(publishApt({repository, files: [file]}), 'E_OPTION', /suite: UNRELEASED/);
  assert.match((error as MkvenvdebError).hint ?? '', /stable, next/);
  const other = await build('stable', '--no-sign', '--build=binary');
  await rejects(publishApt({repository, files: [file, other]}), 'E_OPTION', /UNRELEASED, stable/);
  assert.is((await publishApt({repository, files: [file], suite: 'next'})).suite, 'next');
});

const HARM: readonly (readonly [string, (upload: string) => Promise<void>, RegExp])[] = [
  ['a package that grew', (upload) => appendFile(join(upload, 'two-a_1.0_amd64.deb'), 'x'), /two-a_.*bytes/],
  [
    'a package with another byte',
    async (upload) => {
      const file = join(upload, 'two-b_1.0_all.deb');
      const bytes = await readFile(file);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      await writeFile(file, bytes);
    },
    /two-b_.*SHA-256 is/,
  ],
  ['a package that is gone', (upload) => rm(join(upload, 'two-b_1.0_all.deb')), /two-b_.*not there/],
  ['a source that is gone', (upload) => rm(join(upload, 'two_1.0.dsc')), /two_1\.0\.dsc: it is not there/],
];

changes('one of whose files any is not as it says is refused as a whole', async () => {
  const repository = await newRepository({suites: ['next']});
  for (const [what, harm, message] of HARM) {
    const file = await build('next', '--no-sign');
    await harm(join(file, '..'));
    const error = await rejects(publishApt({repository, files: [file]}), 'E_CHECK', /not as the \.changes/);
    assert.match((error as MkvenvdebError).issues.join('\n'), message, what);
    assert.equal(await listApt({repository}), []);
  }
});

changes('what stands outside of a signature is no part of it', async () => {
  const repository = await newRepository({suites: ['next']});
  const file = await build('next', `--sign-key=${key.fingerprint}`);
  const text = await readFile(file, 'utf8');
  for (const other of [`Distribution: next\n${text}`, `${text}\nDistribution: next\n`]) {
    await writeFile(file, other);
    await rejects(publishApt({repository, files: [file]}), 'E_FORMAT', /./);
  }
  assert.equal(await listApt({repository}), []);
});

changes.run();
