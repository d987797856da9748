import {createHash} from 'node:crypto';
import {copyFile, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {Spec, Validation} from '@cyclonedx/cyclonedx-library';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseStanzas} from '../../lib/formats/stanza.js';
import {type BuildOptions, type BuildResult, buildDeb} from '../../lib/index.js';
import {makeProject} from '../helpers/projects.js';
import {inFolder, rejects, skip} from '../helpers/suite.js';
import {makeWheel} from '../helpers/wheels.js';

/** What stands beside the program in a package, and what beside the package: of whole builds. */
const papers = suite('integration/papers');

const EPOCH = 1_700_000_000;
const MIT = `Copyright (c) 2022 Al Roe

Permission is hereby granted, free of charge, to any person obtaining a copy of this software to deal in it.

The above copyright notice and this permission notice shall be included in all copies.
`;

/** A project, and an index of what it needs: each tells its licence in another way. */
async function prepare(folder: string): Promise<BuildOptions> {
  const index = join(folder, 'index');
  await makeWheel(index, {
    name: 'one',
    requires: ['two[more]', 'absent; python_version < "3"'],
    metadata:
      'License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE.txt\nHome-page: https://example.org/one\n',
    files: {'one/__init__.py': '', 'one-1.0.dist-info/licenses/LICENSE.txt': MIT},
  });
  await makeWheel(index, {
    name: 'two',
    requires: ['three; extra == "more"', 'one; extra == "other"'],
    metadata:
      'Provides-Extra: more\nAuthor-email: Eve <eve@example.org>\nClassifier: License :: OSI Approved :: MIT License\n',
  });
  await makeWheel(index, {
    name: 'three',
    metadata: 'License: UNKNOWN\n',
    files: {'three.py': '', 'three-1.0.dist-info/LICENSE': MIT},
  });
  await makeWheel(index, {name: 'four', year: 2019, metadata: 'License: Proprietary\n'});
  const project = await makeProject(join(folder, 'project'), {name: 'app', requires: ['one', 'four']});
  const common = {
    noIndex: true,
    findLinks: [index],
    cwd: folder,
    out: join(folder, 'out'),
    sourceDateEpoch: EPOCH,
  };
  return {...common, source: project};
}

const ALL = {changes: true, buildinfo: true, sbom: 'both'} as const;
const interpreters = ['/usr/bin/python3', '/usr/bin/pypy3'];

/** Build once for each interpreter, and judge the result by many. */
for (const python of interpreters) {
  papers(`everything is written and fits together (${basename(python)})`, async () => {
    const {failed} = await execa(python, ['--version'], {reject: false});
    if (failed) return skip(`papers with ${python}`, 'it is not installed');
    await inFolder(async (folder) => {
      const options = {...(await prepare(folder)), python, ...ALL};
      const result = await buildDeb(options);
      const deb = result.packages[0]?.file ?? '';
      const {buildinfo = '', changes = ''} = result;
      const {sbom: bill = ''} = result.packages[0] ?? {};
      const beside = [deb, buildinfo, bill, changes];
      const stem = deb.replace(/\.deb$/, '');
      assert.is(result.changes, `${stem}.changes`);
      assert.is(result.buildinfo, `${stem}.buildinfo`);
      assert.is(bill, `${stem}.cdx.json`);
      assert.equal((await readdir(join(folder, 'out'))).sort(), beside.map((file) => basename(file)).sort());
      const tree = join(folder, 'tree');
      await execa('dpkg-deb', ['-x', deb, tree]);
      const documents = join(tree, 'usr/share/doc/app');
      assert.equal((await readdir(documents)).sort(), ['app.cdx.json', 'changelog.Debian.gz', 'copyright']);
      await assertCopyright(await readFile(join(documents, 'copyright'), 'utf8'), result);
      const sbom = await readFile(bill, 'utf8');
      assert.is(await readFile(join(documents, 'app.cdx.json'), 'utf8'), sbom);
      await assertSbom(sbom);
      await assertHashes(result);
      const {stdout: log} = await execa('gzip', ['-dc', join(documents, 'changelog.Debian.gz')]);
      assert.match(log, /^app \(1\.0-1\) unstable; urgency=medium\n\n {2}\* Version 1\.0\.\n\n -- Jo Doe/);
      // Once more: the same bytes in every file.
      const again = await buildDeb({...options, out: join(folder, 'again')});
      for (const file of beside) {
        const other = join(dirname(again.packages[0]?.file ?? ''), basename(file));
        assert.ok((await readFile(file)).equals(await readFile(other)), basename(file));
      }
    });
  });
}

function assertCopyright(text: string, {warnings}: BuildResult): void {
  const stanzas = parseStanzas(text, 'copyright');
  const files = stanzas.filter((one) => one.has('Files'));
  assert.equal(
    files.map((one) => [one.get('Copyright'), one.get('License'), one.get('Comment')]),
    [
      ['2021 Jo Doe <jo@example.org>', 'unknown-app', '\n app 1.0'],
      ['2019 the authors of four', 'unknown-four', '\n four 1.0'],
      ['2022 Al Roe', 'Expat or Apache-2.0', '\n one 1.0'],
      ['2022 Al Roe', 'Expat', '\n three 1.0'],
      ['2020 Eve <eve@example.org>', 'Expat', '\n two 1.0'],
    ],
  );
  assert.match(files[3]?.get('Files') ?? '', /^opt\/app\/lib\/\S+\/site-packages\/\S+(\n \S+)+$/);
  const titles = stanzas.flatMap((one) =>
    one.has('Files') ? [] : (one.get('License')?.split('\n')[0] ?? []),
  );
  assert.equal(
    titles,
    ['Expat', 'unknown-app', 'unknown-four', 'Apache-2.0'].sort(
      (a, b) => titles.indexOf(a) - titles.indexOf(b),
    ),
  );
  const warning = warnings.find(({code}) => code === 'unknown-licence');
  assert.is(warning?.message, 'Licence could not be determined: app 1.0, four 1.0');
}

interface Bom {
  readonly dependencies: readonly {readonly ref: string; readonly dependsOn?: readonly string[]}[];
  readonly components: readonly {
    readonly purl?: string;
    readonly licenses?: unknown;
    readonly hashes?: readonly unknown[];
  }[];
}

/** The schema that CycloneDX publishes, as its library ships it, decides. */
async function assertSbom(text: string): Promise<void> {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
  assert.is(await validator.validate(text), null);
  assert.is.not(await validator.validate(text.replace('"library"', '"nonsense"')), null);
  const bom = JSON.parse(text) as Bom;
  const needs = bom.dependencies.map((one) => [one.ref, one.dependsOn ?? []]);
  assert.equal(Object.fromEntries(needs), {
    'deb:app': ['app@1.0'],
    'app@1.0': ['four@1.0', 'one@1.0'],
    'four@1.0': [],
    'one@1.0': ['two@1.0'],
    'three@1.0': [],
    'two@1.0': ['three@1.0'],
  });
  const found = bom.components.map((one) => [one.purl, JSON.stringify(one.licenses), one.hashes?.length]);
  assert.equal(found, [
    [undefined, undefined, undefined],
    ['pkg:pypi/four@1.0', '[{"license":{"name":"Proprietary"}}]', 1],
    ['pkg:pypi/one@1.0', '[{"expression":"MIT OR Apache-2.0"}]', 1],
    ['pkg:pypi/three@1.0', '[{"expression":"MIT"}]', 1],
    ['pkg:pypi/two@1.0', '[{"expression":"MIT"}]', 1],
  ]);
}

/** What dscverify does: every listed file is there, with that size and those digests. Gives the names. */
async function listed(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  const names = new Set<string>();
  for (const [, field = '', block = ''] of text.matchAll(/^(Files|Checksums-\w+):\n((?: .*\n)+)/gm)) {
    const algorithm = field === 'Files' ? 'md5' : field.slice('Checksums-'.length).toLowerCase();
    for (const line of block.trimEnd().split('\n')) {
      const words = line.trim().split(' ');
      const name = words.at(-1) ?? '';
      const content = await readFile(join(dirname(file), name));
      assert.is(words[0], createHash(algorithm).update(content).digest('hex'), `${field} ${name}`);
      assert.is(words[1], String(content.length));
      names.add(`${field} ${name}`);
    }
  }
  return [...names].sort();
}

async function assertHashes({changes = '', buildinfo = '', packages}: BuildResult): Promise<void> {
  const deb = basename(packages[0]?.file ?? '');
  const fields = ['Checksums-Sha1', 'Checksums-Sha256', 'Files'];
  assert.equal(
    await listed(changes),
    fields.flatMap((field) => [`${field} ${basename(buildinfo)}`, `${field} ${deb}`]),
  );
  assert.equal(
    await listed(buildinfo),
    ['Checksums-Md5', 'Checksums-Sha1', 'Checksums-Sha256'].map((field) => `${field} ${deb}`),
  );
  const [info] = parseStanzas(await readFile(buildinfo, 'utf8'), 'buildinfo');
  assert.match(info?.get('Installed-Build-Depends') ?? '', /\n (?:python3\.\d+|pypy3) \(= \S+\),/);
  assert.match(info?.get('Environment') ?? '', `SOURCE_DATE_EPOCH="${EPOCH}"`);
}

papers('reprepro and aptly include what was made', () =>
  inFolder(async (folder) => {
    const options = {...(await prepare(folder)), python: '/usr/bin/python3', changes: true, buildinfo: true};
    const {changes = ''} = await buildDeb({...options, distribution: 'bookworm'});
    const base = join(folder, 'reprepro');
    await mkdir(join(base, 'conf'), {recursive: true});
    await writeFile(
      join(base, 'conf/distributions'),
      'Codename: bookworm\nComponents: main\nArchitectures: amd64 arm64 source\n',
    );
    const reprepro = async (...args: string[]) =>
      execa('reprepro', ['-b', base, ...args], {reject: false, all: true});
    const included = await reprepro('include', 'bookworm', changes);
    if (included.code === 'ENOENT') skip('reprepro include', 'it is not installed');
    else {
      assert.is(included.exitCode, 0, included.all);
      assert.match((await reprepro('list', 'bookworm')).all, /: app 1\.0-1$/m);
      const refused = await reprepro('include', 'bookworm', await spoiled(changes, join(folder, 'spoiled')));
      assert.is.not(refused.exitCode, 0, 'a wrong digest was taken');
    }
    const home = join(folder, 'aptly');
    await mkdir(home);
    await writeFile(join(home, '.aptly.conf'), JSON.stringify({rootDir: home}));
    const aptly = (...args: string[]) => execa('aptly', args, {env: {HOME: home}, reject: false, all: true});
    const created = await aptly('repo', 'create', 'test');
    if (created.code === 'ENOENT') return skip('aptly repo include', 'it is not installed');
    const unsigned = ['-accept-unsigned', '-ignore-signatures', '-no-remove-files', '-repo=test'];
    const taken = await aptly('repo', 'include', ...unsigned, changes);
    assert.is(taken.exitCode, 0, taken.all);
    assert.match((await aptly('repo', 'show', '-with-packages', 'test')).all, /app_1\.0-1_all/);
  }),
);

/** A copy with a digest that is wrong. */
async function spoiled(changes: string, folder: string): Promise<string> {
  await mkdir(folder);
  for (const name of await readdir(dirname(changes))) {
    const file = join(dirname(changes), name);
    if (!name.endsWith('.changes')) await copyFile(file, join(folder, name));
    else
      await writeFile(
        join(folder, name),
        (await readFile(file, 'utf8')).replaceAll(/^ [0-9a-f]{8}/gm, ' 00000000'),
      );
  }
  return join(folder, basename(changes));
}

papers(
  'a Debian changelog tells the time, and what is wrong with it or the copyright file ends a build at once',
  () =>
    inFolder(async (folder) => {
      const {sourceDateEpoch: _, ...options} = await prepare(folder);
      const log = (version: string) =>
        `app (${version}) bookworm; urgency=low\n\n  * A.\n\n -- Al <al@example.org>  Thu, 02 Nov 2023 10:11:12 +0000\n`;
      await writeFile(join(folder, 'changelog'), log('1.0-1'));
      await writeFile(join(folder, 'copyright'), 'Mine.\n');
      const given = {
        ...options,
        python: '/usr/bin/python3',
        changelog: 'changelog',
        copyright: 'copyright',
        changes: true,
      };
      const {packages, changes = '', warnings} = await buildDeb(given);
      const deb = packages[0]?.file ?? '';
      const {stdout} = await execa('dpkg-deb', ['-c', deb], {env: {TZ: 'UTC'}});
      assert.match(stdout, /2023-11-02 10:11 \.\/usr\/share\/doc\/app\/copyright/);
      assert.match(await readFile(changes, 'utf8'), /^Date: Thu, 02 Nov 2023 10:11:12 \+0000$/m);
      assert.match(await readFile(changes, 'utf8'), /^Distribution: bookworm$/m);
      assert.equal(
        warnings.filter(({code}) => code === 'changelog' || code === 'unknown-licence'),
        [],
      );
      await writeFile(join(folder, 'changelog'), log('one'));
      await rejects(
        buildDeb({...given, out: join(folder, 'none')}),
        'E_OPTION',
        /Not a Debian version: .*changelog:1/,
      );
      await rejects(
        buildDeb({...given, changelog: 'nowhere'}),
        'E_OPTION',
        /names a file that does not exist/,
      );
    }),
);

papers('a folder in the place of a file beside the package leaves the package that was there', () =>
  inFolder(async (folder) => {
    const options = {...(await prepare(folder)), python: '/usr/bin/python3', changes: true};
    const {packages, changes = ''} = await buildDeb(options);
    const deb = packages[0]?.file ?? '';
    const before = await readFile(deb);
    await execa('rm', [changes]);
    await mkdir(join(changes, 'inside'), {recursive: true});
    await rejects(buildDeb({...options, sourceDateEpoch: EPOCH + 1}), 'E_IO', /changes/);
    assert.ok((await readFile(deb)).equals(before));
    assert.equal((await readdir(dirname(deb))).sort(), [basename(deb), basename(changes)].sort());
  }),
);

papers.run();
