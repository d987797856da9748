import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type BuildOptions, buildDeb} from '../../lib/index.js';
import {makeProject} from '../helpers/projects.js';
import {inFolder, rejects} from '../helpers/suite.js';
import {makeWheel} from '../helpers/wheels.js';

/** What a lock promises: the same again, whatever has come to the index since. */
const lock = suite('integration/lock');

const MAINTAINER = 'Jo Doe <jo@example.org>';

const build = async (folder: string, options: BuildOptions) => {
  const result = await buildDeb({
    python: '/usr/bin/python3',
    noIndex: true,
    findLinks: [join(folder, 'index')],
    maintainer: MAINTAINER,
    out: join(folder, 'out'),
    cwd: folder,
    ...options,
  });
  return {...result, bundled: result.distributions.map(({name, version}) => `${name} ${version}`)};
};

lock('a lock holds when the index has newer versions, also of what the project itself requires', () =>
  inFolder(async (folder) => {
    const index = join(folder, 'index');
    await makeWheel(index, {name: 'appx', requires: ['depx']});
    await makeWheel(index, {name: 'depx'});
    const file = join(folder, 'lock.txt');
    const before = await build(folder, {source: 'appx==1.0', writeLock: file});
    await makeWheel(index, {name: 'depx', version: '1.1'});
    const after = await build(folder, {source: 'appx==1.0', requirements: [file]});
    assert.equal(after.bundled, ['appx 1.0', 'depx 1.0']);
    assert.is(after.packages[0]?.sha256, before.packages[0]?.sha256);
    const kept = await build(folder, {source: 'appx==1.0', requirements: [file], keepPip: true});
    assert.ok(kept.bundled.includes('depx 1.0') && kept.bundled.some((one) => one.startsWith('pip ')));
  }),
);

lock('require_hashes refuses a requirement and a preinstall that have none', () =>
  inFolder(async (folder) => {
    await makeWheel(join(folder, 'index'), {name: 'appx'});
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const hashes = {requireHashes: true};
    await rejects(build(folder, {source: 'appx==1.0', ...hashes}), 'E_OPTION', /without a hash: appx==1\.0/);
    const options = {source: project, preinstall: ['appx'], ...hashes};
    await rejects(build(folder, options), 'E_OPTION', /without a hash: appx/);
    assert.equal((await build(folder, {source: project, ...hashes})).bundled.length, 1);
  }),
);

lock('a secret that a hook writes is not packed, and the error does not tell it', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const script = 'import os; open("leak.txt", "w").write("x" + os.environ["UPLOAD_TOKEN"])';
    const options = {
      source: project,
      environment: {UPLOAD_TOKEN: 'hunter2hunter2'},
      hooks: {afterInstall: [['bin/python', '-c', script]]},
    };
    const error = await rejects(
      build(folder, options),
      'E_RELOCATE',
      /Secret left in file: \/opt\/own\/leak.txt at byte 1/,
    );
    assert.not.match(`${error.message} ${error.hint}`, /hunter2/);
  }),
);

lock('credentials are not kept with the work folder', () =>
  inFolder(async (folder) => {
    const project = await makeProject(join(folder, 'project'), {name: 'own'});
    const netrc = join(folder, 'netrc');
    await writeFile(netrc, 'machine index.example login jo password hunter2hunter2\n');
    const script = 'import os; raise SystemExit(os.path.exists(os.path.expanduser("~/.netrc")))';
    await build(folder, {source: project, netrc, hooks: {afterInstall: [['bin/python', '-c', script]]}});
    assert.match(await readFile(netrc, 'utf8'), /hunter2/);
  }),
);

lock.run();
