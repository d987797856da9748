import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {StagedVenv} from '../../lib/model.js';
import {readDetails} from '../../lib/python/details.js';
import {readDistributions} from '../../lib/python/distributions.js';
import {inFolder} from '../helpers/suite.js';
import {type Files, writeTree} from '../helpers/wheels.js';

const details = suite('python/details');

const SITE = 'lib/python3.11/site-packages';

/** What is read of installed distributions, each its METADATA without name and further files of its dist-info. */
const read = (
  installed: Readonly<Record<string, {readonly metadata?: string; readonly files?: Files}>>,
  options: {readonly project?: string; readonly extras?: readonly string[]} = {},
) =>
  inFolder(async (folder) => {
    for (const [name, {metadata = '', files = {}}] of Object.entries(installed)) {
      const text = `Metadata-Version: 2.4\nName: ${name}\nVersion: 1.0\n${metadata}`;
      await writeTree(join(folder, SITE, `${name}-1.0.dist-info`), {METADATA: text, ...files});
    }
    const staged = {stagedPrefix: folder, interpreter: {sitePackages: SITE}} as StagedVenv;
    const venv = {...staged, distributions: await readDistributions(staged, [])};
    return readDetails(venv, {project: options.project, extras: options.extras ?? []});
  });

for (const [title, metadata, files, wanted] of [
  [
    'PEP 639',
    'License-File: LICENSE\nLicense-File: sub/NOTICE\n',
    {'licenses/LICENSE': 'a', 'licenses/sub/NOTICE': 'b'},
    ['licenses/LICENSE', 'licenses/sub/NOTICE'],
  ],
  [
    'older setuptools',
    'License-File: docs/LICENSE.rst\n',
    {'LICENSE.rst': 'a', COPYING: 'b'},
    ['LICENSE.rst'],
  ],
  [
    'a back end that names none',
    '',
    {LICENCE: 'a', 'COPYING.LESSER': 'b', 'licenses/x/y.txt': 'c', RECORD: 'd'},
    ['COPYING.LESSER', 'LICENCE', 'licenses/x/y.txt'],
  ],
  ['a name without a file', 'License-File: LICENSE\n', {NOTICE: 'a'}, ['NOTICE']],
  ['an empty file', '', {LICENSE: ' \n'}, []],
  ['none', '', {}, []],
] as const) {
  details(`licence files of ${title} are found`, async () => {
    const [one] = await read({one: {metadata, files}});
    assert.equal(
      one?.licenseFiles.map(({name}) => name),
      wanted,
    );
  });
}

details('a licence file that is not UTF-8 is read as Latin-1', async () => {
  const [one] = await read({one: {files: {LICENSE: Buffer.from('\xa9 Jos\xe9', 'latin1')}}});
  assert.is(one?.licenseFiles[0]?.text, '© José');
});

details('people are the authors, else the maintainers', async () => {
  const [one, two] = await read({
    one: {metadata: 'Author-email: Jo Doe <jo@example.org>, Al\nMaintainer: Eve\n'},
    two: {metadata: 'Maintainer: Eve\nMaintainer-email: eve@example.org\n'},
  });
  assert.equal(one?.people, ['Jo Doe <jo@example.org>', 'Al']);
  assert.equal(two?.people, ['Eve <eve@example.org>']);
});

details('dependencies are those that are installed; of extras those that somebody asks for', async () => {
  const needs = 'Requires-Dist: B_b[fast]\nRequires-Dist: gone\nRequires-Dist: c; extra == "more"\n';
  const installed = {
    a: {metadata: needs},
    'b.b': {metadata: 'Requires-Dist: d; extra == "fast"\nRequires-Dist: c; extra == "slow"\n'},
    c: {metadata: 'Requires-Dist: c; python_version > "2"\n'},
    d: {},
  };
  const graph = async (options?: Parameters<typeof read>[1]) =>
    Object.fromEntries((await read(installed, options)).map((one) => [one.name, one.requires]));
  assert.equal(await graph(), {a: ['b-b'], 'b.b': ['d'], c: [], d: []});
  assert.equal((await graph({project: 'a', extras: ['more']})).a, ['b-b', 'c']);
});

details('only the project is the project', async () => {
  const found = await read({a: {}, b: {}}, {project: 'b'});
  assert.equal(
    found.map((one) => one.isProject),
    [false, true],
  );
});

details.run();
