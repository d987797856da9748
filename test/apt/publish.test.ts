import {createHash} from 'node:crypto';
import {readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openFolder} from '../../lib/apt/folder-storage.js';
import {initApt} from '../../lib/apt/init.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {type PublishedSuite, publishSuite, readSuite} from '../../lib/apt/suite.js';
import type {MkvenvdebError} from '../../lib/errors.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {rejects} from '../helpers/suite.js';

const publish = suite('apt/publish');
const place = await openAptPlace();
const {folder, key, makeDeb, newRepository, newClient} = place;

publish.after(() => place.close());

async function publishedSuite(repository: string): Promise<PublishedSuite> {
  const found = await readSuite(
    openFolder(repository, async () => {}),
    'stable',
  );
  assert.ok(found, 'nothing is published');
  return found;
}

publish('apt reads an empty repository without a word', async () =>
  updated(await newClient(await newRepository())),
);

publish('apt installs what was published, and upgrades to what is published later', async () => {
  const repository = await newRepository();
  const client = await newClient(repository);
  await publishApt({
    repository,
    files: [await makeDeb(), await makeDeb({name: 'other', architecture: 'all'})],
  });
  await updated(client);
  assert.is((await client.get('install', 'app', 'other')).exitCode, 0);
  assert.is(await client.installed('app'), '1.0-1');
  assert.is(await client.installed('other'), '1.0-1');
  await publishApt({repository, files: [await makeDeb({version: '1.10', text: 'new'})]});
  await publishApt({repository, files: [await makeDeb({version: '1.9'})]});
  await updated(client);
  assert.is((await client.get('upgrade')).exitCode, 0);
  assert.is(await client.installed('app'), '1.10-1');
  assert.is(await readFile(join(client.root, 'opt/app/text'), 'utf8'), 'new');
});

publish('packages for all architectures are in the index of each', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [await makeDeb({architecture: 'all'})]});
  for (const architecture of ['amd64', 'arm64']) {
    const index = join(repository, `dists/stable/main/binary-${architecture}/Packages`);
    assert.match(await readFile(index, 'utf8'), /^Package: app$/m);
  }
});

publish('the indexes do not depend on what was published when', async () => {
  const files = [];
  for (const version of ['1.0', '1.2', '1.10', '1.1']) files.push(await makeDeb({version}));
  files.push(await makeDeb({name: 'zoo'}), await makeDeb({name: 'ant'}));
  const [once, often] = [await newRepository(), await newRepository()];
  await publishApt({repository: once, files});
  for (const file of [...files].reverse()) await publishApt({repository: often, files: [file]});
  for (const name of ['Packages', 'Packages.gz', 'Packages.xz']) {
    const [one, two] = await Promise.all(
      [once, often].map((repository) => readFile(join(repository, 'dists/stable/main/binary-amd64', name))),
    );
    assert.ok(one?.equals(two as Buffer), name);
  }
  const folderOf = join(once, 'dists/stable/main/binary-amd64');
  const plain = (await execa('xz', ['-dc', join(folderOf, 'Packages.xz')], {stripFinalNewline: false}))
    .stdout;
  assert.is(plain, await readFile(join(folderOf, 'Packages'), 'utf8'));
  assert.is(
    (await execa('gzip', ['-dc', join(folderOf, 'Packages.gz')], {stripFinalNewline: false})).stdout,
    plain,
  );
});

publish('the same package again is nothing to do', async () => {
  const repository = await newRepository();
  const files = [await makeDeb()];
  const first = await publishApt({repository, files});
  assert.equal(first.added, ['app 1.0-1 amd64']);
  const before = await readFile(join(repository, 'dists/stable/InRelease'), 'utf8');
  assert.equal(await publishApt({repository, files}), {suite: 'stable', added: []});
  assert.is(await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'), before);
});

publish(
  'the same version with other bytes is refused, both digests told, and nothing of that run is published',
  async () => {
    const repository = await newRepository();
    const [first, second] = [await makeDeb({text: 'one'}), await makeDeb({text: 'two'})];
    await publishApt({repository, files: [first]});
    const before = await readFile(join(repository, 'dists/stable/InRelease'), 'utf8');
    const error = (await rejects(
      publishApt({repository, files: [await makeDeb({name: 'third'}), second]}),
      'E_PUBLISH',
      /other bytes: app 1.0-1/,
    )) as MkvenvdebError;
    for (const file of [first, second]) {
      const digest = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      assert.ok(error.issues.join('\n').includes(digest));
    }
    assert.is(await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'), before);
    const client = await newClient(repository);
    await updated(client);
    assert.is((await client.get('install', 'app')).exitCode, 0);
  },
);

publish('a version that dpkg holds equal but is spelled differently is refused', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [await makeDeb({version: '26.01.01-1'})]});
  await rejects(
    publishApt({repository, files: [await makeDeb({version: '26.1.1-1'})]}),
    'E_PUBLISH',
    /two ways/,
  );
});

publish('what cannot be published there is told before anything is written', async () => {
  const repository = await newRepository();
  const text = join(folder, 'no.deb');
  await writeFile(text, 'no package');
  const state = async () =>
    (await readdir(repository, {recursive: true})).sort().filter((name) => !/lock/.test(name));
  const before = await state();
  await rejects(publishApt({repository, files: [text]}), 'E_FORMAT', /no\.deb/);
  await rejects(
    publishApt({repository, files: [join(folder, 'missing.deb')]}),
    'E_OPTION',
    /No such package/,
  );
  await rejects(
    publishApt({repository, files: [await makeDeb({architecture: 'riscv64'})]}),
    'E_OPTION',
    /architecture/,
  );
  await rejects(
    publishApt({repository, files: [await makeDeb()], suite: 'none'}),
    'E_OPTION',
    /No such suite: none/,
  );
  await rejects(
    publishApt({repository, files: [await makeDeb()], component: 'none'}),
    'E_OPTION',
    /no component none/,
  );
  await rejects(publishApt({repository: join(folder, 'nowhere'), files: []}), 'E_OPTION', /No repository/);
  assert.equal(await state(), before);
});

publish('date and time of the index grow with each publication, however quickly they follow', async () => {
  const repository = await newRepository();
  const file = join(repository, 'dists/stable/InRelease');
  const times: number[] = [];
  const dates: number[] = [];
  for (const version of ['1', '2', '3', '4']) {
    await publishApt({repository, files: [await makeDeb({version})]});
    times.push(Math.floor((await stat(file)).mtimeMs / 1000));
    dates.push(Date.parse(/^Date: (.*)$/m.exec(await readFile(file, 'utf8'))?.[1] ?? ''));
  }
  for (const list of [times, dates])
    assert.equal(
      list,
      [...new Set(list)].sort((a, b) => a - b),
    );
});

publish('writers at the same time wait for each other, and all is published', async () => {
  const repository = await newRepository();
  const files = await Promise.all(['a1', 'b1', 'c1', 'd1'].map((name) => makeDeb({name})));
  await Promise.all(files.map((file) => publishApt({repository, files: [file]})));
  const client = await newClient(repository);
  await updated(client);
  assert.is((await client.get('install', 'a1', 'b1', 'c1', 'd1')).exitCode, 0);
});

publish(
  'what is removed is no longer offered, and its file stays for whoever has an older index',
  async () => {
    const repository = await newRepository();
    const client = await newClient(repository);
    const files = [
      await makeDeb({version: '1.0'}),
      await makeDeb({version: '2.0'}),
      await makeDeb({name: 'other'}),
    ];
    await publishApt({repository, files});
    await updated(client);
    const removed = await unpublishApt({repository, packages: ['app=2.0-1', 'other']});
    assert.equal(removed.removed, ['app 2.0-1 amd64', 'other 1.0-1 amd64']);
    assert.is((await client.get('install', 'app')).exitCode, 0);
    assert.is(await client.installed('app'), '2.0-1');
    const later = await newClient(repository);
    await updated(later);
    assert.is((await later.get('install', 'app')).exitCode, 0);
    assert.is(await later.installed('app'), '1.0-1');
    assert.is((await later.get('install', 'other')).exitCode, 100);
    const before = await readFile(join(repository, 'dists/stable/InRelease'), 'utf8');
    await rejects(
      unpublishApt({repository, packages: ['app', 'nothing']}),
      'E_OPTION',
      /does not have nothing/,
    );
    assert.is(await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'), before);
  },
);

publish(
  'two builds of one version never share a file, and a refused one leaves the published one alone',
  async () => {
    const repository = await newRepository();
    const [first, second] = [await makeDeb({text: 'one'}), await makeDeb({text: 'two'})];
    await publishApt({repository, files: [first]});
    await rejects(publishApt({repository, files: [second]}), 'E_PUBLISH', /other bytes/);
    const [listed] = await listApt({repository});
    assert.ok((await readFile(join(repository, listed?.filename ?? ''))).equals(await readFile(first)));
  },
);

publish('apt installs nothing from a canary suite by itself, and upgrades what was', async () => {
  const repository = await newRepository({suites: ['stable', 'canary'], canaries: ['canary']});
  await publishApt({repository, files: [await makeDeb({version: '1.0'})], suite: 'stable'});
  await publishApt({repository, files: [await makeDeb({version: '2.0'})], suite: 'canary'});
  const client = await newClient(repository, 'stable canary');
  await updated(client);
  assert.is((await client.get('install', 'app')).exitCode, 0);
  assert.is(await client.installed('app'), '1.0-1');
  assert.is((await client.get('install', '--target-release=canary', 'app')).exitCode, 0);
  assert.is(await client.installed('app'), '2.0-1');
  await publishApt({repository, files: [await makeDeb({version: '3.0'})], suite: 'canary'});
  await updated(client);
  assert.is((await client.get('upgrade')).exitCode, 0);
  assert.is(await client.installed('app'), '3.0-1');
});

publish('apt refuses an index whose days are over', async () => {
  const second = 1 / (24 * 3600);
  const client = await newClient(await newRepository({validDays: second}));
  await wait(2500);
  const {exitCode, stderr} = await client.get('update');
  assert.is(exitCode, 100);
  assert.match(stderr, /expired/);
  await updated(await newClient(await newRepository({validDays: 1})));
});

publish('an index that would be from the future waits, or tells of the clock', async () => {
  const repository = await newRepository();
  const seen = await publishedSuite(repository);
  const storage = openFolder(repository, async () => {});
  const {release} = seen;
  const later = (seconds: number) => ({
    ...seen,
    release: {...release, date: Math.floor(Date.now() / 1000) + seconds},
  });
  const publishAfter = (seconds: number) =>
    publishSuite(storage, signer, {
      facts: release.facts,
      before: later(seconds),
      files: [],
      kept: release.files,
    });
  const signer = {
    clearSign: async () => Buffer.from('signed'),
    detach: async () => Buffer.from('signed'),
    publicKeys: async () => Buffer.from(''),
  };
  await rejects(publishAfter(3600), 'E_PUBLISH', /Clock is 3\d{3} s behind/);
  assert.equal(await publishedSuite(repository), seen);
  const started = performance.now();
  await publishAfter(6);
  assert.ok(performance.now() - started > 900, 'it did not wait');
  await storage.close();
});

publish('what could not be made is no repository, and can be tried again', async () => {
  const repository = join(folder, 'second try');
  const options = {repository, origin: 'own', architectures: ['amd64']};
  await rejects(initApt({...options, gpgKeys: ['0123456789ABCDEF']}), 'E_OPTION', /secret key: 0123/);
  await rejects(listApt({repository}), 'E_OPTION', /No repository/);
  await initApt({...options, gpgKeys: [key.fingerprint]});
  await updated(await newClient(repository));
  await rejects(initApt({...options, gpgKeys: [key.fingerprint]}), 'E_OPTION', /already/);
});

publish('a repository that lost its settings is not emptied by a new one', async () => {
  const repository = await newRepository();
  await publishApt({repository, files: [await makeDeb()]});
  const before = await publishedSuite(repository);
  await rm(join(repository, '.mkvenvdeb/repository.json'));
  await rejects(
    initApt({repository, origin: 'own', architectures: ['amd64'], gpgKeys: [key.fingerprint]}),
    'E_OPTION',
    /Packages are published here already: dists\/stable/,
  );
  assert.equal(await publishedSuite(repository), before);
});

publish.run();
