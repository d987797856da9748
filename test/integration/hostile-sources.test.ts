import {mkdir, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {runMain} from '../helpers/run-main.js';
import {type ArchiveMember, writeArchive} from '../helpers/sdist.js';
import {listing, ownTemporaryFolder} from '../helpers/traces.js';

/** What is refused leaves nothing, wherever it wanted to go; test/python/build-wheel.test.ts has more that is refused. */
const hostile = suite('integration/hostile-sources');
const own = await ownTemporaryFolder();

/** Below a folder and in TMPDIR. What was made and removed in a folder changes its time, and no more. */
async function everything(above: string): Promise<readonly string[]> {
  const lines = [...(await listing(above)), ...(await listing(process.env.TMPDIR as string))];
  return lines.map((line) => line.replace(/^(.* 4\d{4} )\d+ [\d.]+ [\d.]+$/, '$1'));
}

const INFO = 'tiny-1.0.dist-info';
const WHEEL: readonly ArchiveMember[] = [
  {name: `${INFO}/METADATA`, text: 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n'},
  {name: `${INFO}/WHEEL`, text: 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'},
  {name: `${INFO}/RECORD`, text: ''},
];
const SDIST: readonly ArchiveMember[] = [
  {name: 'tiny-1.0/PKG-INFO', text: 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n'},
  {name: 'tiny-1.0/pyproject.toml', text: '[project]\nname = "tiny"\nversion = "1.0"\n'},
];

const cases: readonly (readonly [
  kind: 'sdist' | 'wheel',
  title: string,
  members: readonly ArchiveMember[],
])[] = [
  ['sdist', 'a path that climbs out', [{name: '../../../../evil'}]],
  ['sdist', 'an absolute path', [{name: 'ABOVE/evil'}]],
  [
    'sdist',
    'an absolute link',
    [{name: 'tiny-1.0/link', type: 'symlink', target: 'ABOVE'}, {name: 'tiny-1.0/link/evil'}],
  ],
  [
    'sdist',
    'a link out of its tree and a file through it',
    [{name: 'tiny-1.0/link', type: 'symlink', target: '../../../..'}, {name: 'tiny-1.0/link/evil'}],
  ],
  [
    'sdist',
    'a hard link to what lies outside',
    [{name: 'tiny-1.0/link', type: 'hardlink', target: '../../../secret'}],
  ],
  ['sdist', 'a device', [{name: 'tiny-1.0/null', type: 'device'}]],
  ['sdist', 'a name twice', [{name: 'tiny-1.0/a'}, {name: 'tiny-1.0//a'}]],
  ['sdist', 'a bomb', [{name: 'tiny-1.0/zeros', zeros: 300_000_000}]],
  ['wheel', 'a path that climbs out', [{name: '../../../../evil'}]],
  ['wheel', 'an absolute path', [{name: 'ABOVE/evil'}]],
  ['wheel', 'a symlink', [{name: 'tiny', mode: 0o120777, text: 'ABOVE'}]],
  ['wheel', 'a device', [{name: 'null', mode: 0o020666}]],
  ['wheel', 'a name twice', [{name: 'a.py'}, {name: './a.py'}]],
  ['wheel', 'a bomb', [{name: 'zeros', zeros: 300_000_000}]],
];

for (const [index, [kind, title, members]] of cases.entries()) {
  hostile(`a ${kind} with ${title} is refused, and around it nothing changes`, async () => {
    const above = join(own, `above-${index}`);
    for (const name of ['project', 'out', 'home']) await mkdir(join(above, name), {recursive: true});
    const named = members.map((one) => ({
      ...one,
      name: one.name.replace('ABOVE', above),
      ...(one.target === undefined ? {} : {target: one.target.replace('ABOVE', above)}),
    }));
    const [file, base] = kind === 'sdist' ? ['tiny-1.0.tar.gz', SDIST] : ['tiny-1.0-py3-none-any.whl', WHEEL];
    const packed = writeArchive(join(above, 'project', `${file}${kind === 'wheel' ? '.zip' : ''}`), [
      ...base,
      ...named,
    ]);
    const source = packed.replace(/\.zip$/, '');
    if (source !== packed) await rename(packed, source);
    const environment = {PATH: process.env.PATH, HOME: join(above, 'home'), TMPDIR: process.env.TMPDIR};
    const args = [
      ...['build', source, '--no-index', '--python', '/usr/bin/python3', '--out', join(above, 'out')],
      ...['--maintainer', 'Jo Doe <jo@example.org>'],
    ];
    const given = {cwd: join(above, 'project'), environment};
    // The first run may fill the cache, which belongs to HOME.
    const first = await runMain(args, given);
    const before = await everything(above);
    const second = await runMain(args, given);
    assert.equal(await everything(above), before);
    for (const {exitCode, stderr} of [first, second]) {
      assert.ok(exitCode === 1 || exitCode === 2, stderr);
      assert.match(stderr, /tiny-1\.0/);
      assert.not.match(stderr, /\n {4}at /);
    }
    const names = before.map((line) => line.split(' ')[0] ?? '');
    assert.equal(
      names.filter((name) => name.includes('evil') || name.startsWith('out/')),
      [],
    );
  });
}

hostile.run();
