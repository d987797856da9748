import {createHash} from 'node:crypto';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {byHash} from '../../lib/apt/commit.js';
import {editSuite} from '../../lib/apt/edit.js';
import {clearText} from '../../lib/apt/openpgp-armor.js';
import {parsePackages} from '../../lib/apt/packages-index.js';
import {publishPackages} from '../../lib/apt/publish.js';
import {readPackages} from '../../lib/apt/read-packages.js';
import {parseRelease, type SuiteFacts} from '../../lib/apt/release-file.js';
import type {Repository} from '../../lib/apt/repository.js';
import type {Signer} from '../../lib/apt/sign.js';
import {readSuite} from '../../lib/apt/suite.js';
import {openAptPlace} from '../helpers/apt-place.js';
import {type ObjectStore, type ObjectStoreOptions, objectStore, outage} from '../helpers/object-store.js';
import {rejects} from '../helpers/suite.js';

/** Publishing to what has conditional writes and nothing else: no lock, no rename, no list. */
const store = suite('apt/object-store');
const place = await openAptPlace();
store.after(() => place.close());

const facts: SuiteFacts = {
  ...{origin: 'own', label: 'own', suite: 'stable', codename: 'stable'},
  ...{
    architectures: ['amd64', 'arm64'],
    components: ['main'],
    notAutomatic: false,
    butAutomaticUpgrades: false,
  },
};
const settings = {version: 1, suites: [facts], keys: {gpg: ['none'], files: []}} as const;
/** Its form is all that matters here. */
const signer: Signer = {
  clearSign: async (text) =>
    Buffer.from(
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text}-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`,
    ),
  detach: async (text) => Buffer.from(`signature of ${createHash('md5').update(text).digest('hex')}`),
  publicKeys: async () => Buffer.from(''),
};

const COUNT = 6;
const debs = await Promise.all(
  Array.from({length: COUNT}, (_, number) => place.makeDeb({name: `app${number}`, text: String(number)})),
);

const repositoryIn = ({storage}: ObjectStore): Repository => ({
  ...{root: '/nowhere', settings, storage},
  signer: async () => signer,
});

async function publish(repository: Repository, file: string): Promise<readonly string[]> {
  const given = await readPackages([file], {component: 'main', allow: [], limits: {}});
  return (await publishPackages(repository, {facts, component: 'main', given}, {signal: undefined})).changed;
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** What a reader finds who sees this moment: everything that InRelease names lies there by its digest. */
function consistent({objects}: ObjectStore): readonly string[] {
  const inRelease = objects.get('dists/stable/InRelease');
  if (inRelease === undefined) return [];
  const {files} = parseRelease(clearText(inRelease.bytes.toString(), 'InRelease'), 'InRelease');
  const names = new Set<string>();
  for (const listed of files) {
    const found = objects.get(byHash('dists/stable', listed));
    assert.is(found && digest(found.bytes), listed.sha256, listed.path);
    if (!listed.path.endsWith('/Packages') || found === undefined) continue;
    for (const {filename, sha256, package: name} of parsePackages(found.bytes, listed.path)) {
      const deb = objects.get(filename);
      assert.is(deb && digest(deb.bytes), sha256, filename);
      names.add(name);
    }
  }
  return [...names].sort();
}

/** Looked at after each change, whoever made it. */
function watched(options: ObjectStoreOptions = {}): ObjectStore & {readonly looks: () => number} {
  const made = objectStore(options);
  let looks = 0;
  let date = 0;
  made.onChange = () => {
    looks += 1;
    consistent(made);
    const text = made.objects.get('dists/stable/InRelease')?.bytes.toString();
    const now = text === undefined ? 0 : parseRelease(clearText(text, 'x'), 'x').date;
    assert.ok(now >= date, 'its date went back');
    date = now;
  };
  return Object.assign(made, {looks: () => looks});
}

/** Files with a name are those of what is published. */
function named({objects}: ObjectStore): void {
  const text = clearText(objects.get('dists/stable/InRelease')?.bytes.toString() ?? '', 'InRelease');
  for (const {path, sha256} of parseRelease(text, 'InRelease').files)
    assert.is(digest(objects.get(`dists/stable/${path}`)?.bytes as Buffer), sha256, path);
  assert.is(objects.get('dists/stable/Release')?.bytes.toString(), text);
  const signature = `signature of ${createHash('md5').update(text).digest('hex')}`;
  assert.is(objects.get('dists/stable/Release.gpg')?.bytes.toString(), signature);
}

const all = debs.map((_, number) => `app${number}`);

store('one after the other, each is added, and nothing is listed', async () => {
  const made = watched();
  for (const file of debs) assert.is((await publish(repositoryIn(made), file)).length, 1);
  assert.equal(consistent(made), all);
  named(made);
  assert.is(made.lists(), 0);
  assert.equal(await publish(repositoryIn(made), debs[0] as string), []);
});

store(
  'writers at the same time without a lock lose nothing, and every reader sees a whole state',
  async () => {
    for (const latency of [0, 3]) {
      const made = watched({latency});
      const added = await Promise.all(debs.map((file) => publish(repositoryIn(made), file)));
      assert.equal(added.flat().length, COUNT);
      assert.equal(consistent(made), all);
      named(made);
      assert.ok(made.looks() > 8 * COUNT, String(made.looks()));
      assert.is(made.lists(), 0);
    }
  },
);

store('a removal and an addition at the same time both take effect', async () => {
  const made = watched();
  const repository = repositoryIn(made);
  await publish(repository, debs[0] as string);
  const removal = editSuite(
    repository,
    facts,
    {
      index: (_, packages) => {
        const changed = packages.filter((one) => one.package === 'app0');
        const rest = packages.filter((one) => one.package !== 'app0');
        return changed.length === 0 ? undefined : {packages: rest, changed};
      },
    },
    {signal: undefined},
  );
  await Promise.all([removal, publish(repository, debs[1] as string)]);
  assert.equal(consistent(made), ['app1']);
});

store('a commit whose answer is lost has taken effect, and is not done twice', async () => {
  let lost = 0;
  const made = watched({
    fault: (moment, what) => {
      if (moment !== 'answer' || what !== 'swap') return;
      lost += 1;
      throw outage(what);
    },
  });
  assert.equal(await publish(repositoryIn(made), debs[0] as string), ['app0 1.0-1 amd64']);
  assert.is(lost, 1);
  assert.equal(consistent(made), ['app0']);
  named(made);
});

store('whatever request fails, the state is whole, and the next run completes it', async () => {
  const swaps = {count: 0};
  for (let failing = 1; ; failing += 1) {
    let requests = 0;
    let broken = true;
    const made = watched({
      fault: (moment, what) => {
        if (moment === 'request') requests += 1;
        if (broken && requests === failing && moment === (failing % 2 === 0 ? 'request' : 'answer'))
          throw outage(what);
      },
    });
    const repository = repositoryIn(made);
    const failed = await publish(repository, debs[0] as string).then(
      () => false,
      () => true,
    );
    broken = false;
    const before = consistent(made);
    await publish(repository, debs[0] as string);
    await publish(repository, debs[1] as string);
    assert.equal(consistent(made), ['app0', 'app1']);
    named(made);
    swaps.count += before.length;
    if (!failed && requests < failing) break;
    assert.ok(failing < 100);
  }
  assert.ok(swaps.count > 0);
});

store('who is overtaken again and again gives up, with nothing of it published', async () => {
  const made = objectStore();
  const repository = repositoryIn(made);
  await publish(repository, debs[0] as string);
  const storage = {...made.storage, swap: async () => false};
  await rejects(publish({...repository, storage}, debs[1] as string), 'E_PUBLISH', /quicker/);
  assert.equal(consistent(made), ['app0']);
  assert.ok(await readSuite(made.storage, 'stable'));
});

store.run();
