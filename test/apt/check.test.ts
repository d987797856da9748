import {readFileSync, writeFileSync} from 'node:fs';
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checkApt} from '../../lib/apt/check.js';
import {APT_CODES, type AptCode} from '../../lib/apt/check-codes.js';
import {editSuite} from '../../lib/apt/edit.js';
import {initApt} from '../../lib/apt/init.js';
import {listApt} from '../../lib/apt/list.js';
import {publishApt} from '../../lib/apt/publish.js';
import {unpublishApt} from '../../lib/apt/remove.js';
import {repairApt} from '../../lib/apt/repair.js';
import {type Repository, withRepository} from '../../lib/apt/repository.js';
import type {Storage} from '../../lib/apt/storage.js';
import {makeIndex, type NewFile, newFile, publishSuite, readSuite} from '../../lib/apt/suite.js';
import type {CodeMeaning} from '../../lib/archive/check-codes.js';
import type {Caller} from '../../lib/context.js';
import type {Issue} from '../../lib/model.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile, publicKeyOf} from '../helpers/pgp.js';
import {rejects, root, update} from '../helpers/suite.js';

const check = suite('apt/check');
const place = await openAptPlace();
const {folder, key, makeDeb} = place;

check.after(() => place.close());

const keyFile = await makeKeyFile(folder, 'ed25519');
const otherKey = await makeKeyFile(folder, 'rsa');
const publicKey = await publicKeyOf(keyFile);
const debs = [
  await makeDeb({version: '1.0'}),
  await makeDeb({name: 'other', architecture: 'all'}),
  await makeDeb({version: '2.0', text: 'new'}),
];
const [first = '', all = '', second = ''] = debs;
const options = {origin: 'own', architectures: ['amd64'], keyFiles: [keyFile], validDays: 30};

/** The clock of this process, which dates publications, is wrong by so many days. */
let wrongBy = 0;
const realNow = Date.now;
Date.now = () => realNow() + wrongBy * 86_400_000;

/** With three publications, made so many days ago. */
async function makeRepository(name: string, days = 0): Promise<string> {
  const repository = join(folder, name);
  wrongBy = -days;
  await initApt({repository, ...options});
  await publishApt({repository, files: [first, all]});
  await publishApt({repository, files: [second]});
  wrongBy = 0;
  return repository;
}

const sound = await makeRepository('sound');
const INDEX = 'dists/stable/main/binary-amd64';

/** Codes of what matters, once each. */
const codesOf = (issues: readonly Issue[], ...severities: readonly string[]) =>
  [...new Set(issues.filter(({severity}) => severities.includes(severity)).map(({code}) => code))].sort();
const serious = (issues: readonly Issue[]) => codesOf(issues, 'error', 'warning');

interface Damage {
  /** What it is like before, when it is not the sound one. */
  readonly of?: string;
  readonly damage: (at: string) => Promise<unknown>;
  readonly codes: readonly AptCode[];
  /** What the repair tells. */
  readonly told?: RegExp;
  /** What it offers afterwards. @default everything */
  readonly offered?: readonly string[];
  readonly dropMissing?: true;
}

const ALL = ['app 1.0-1', 'app 2.0-1', 'other 1.0-1'];
const rubbish = (at: string, path: string) => writeFile(join(at, path), 'rubbish');
const copies = async (at: string, ending = '') => {
  const hashes = join(at, INDEX, 'by-hash/SHA256');
  const listed = (await readFile(join(at, 'dists/stable/InRelease'), 'utf8')).matchAll(
    /^ ([0-9a-f]{64}) +\d+ main\/binary-amd64\/Packages(.*)$/gm,
  );
  return [...listed].flatMap(([, digest = '', suffix = '']) =>
    suffix.startsWith(ending) ? [join(hashes, digest), join(at, INDEX, `Packages${suffix}`)] : [],
  );
};
const debOf = async (at: string, name: string) => {
  const pool = await readdir(join(at, 'pool'), {recursive: true});
  return join(at, 'pool', pool.find((path) => path.endsWith(`/${name}`)) ?? name);
};
/** Publish something that mkvenvdeb itself never would. */
const forge = (at: string, change: (text: string, repository: Repository) => Promise<readonly NewFile[]>) =>
  withRepository({repository: at}, async (repository) => {
    const before = await readSuite(repository.storage, 'stable');
    const text = await readFile(join(at, INDEX, 'Packages'), 'latin1');
    const files = await change(text, repository);
    const fresh = new Set(files.map(({listed}) => listed.path));
    const kept = before?.release.files.filter(({path}) => !fresh.has(path)) ?? [];
    const facts = repository.settings.suites[0];
    if (facts === undefined) throw new Error('no suite');
    await publishSuite(repository.storage, await repository.signer(), {facts, before, files, kept});
  });
const forgeText = (at: string, change: (text: string) => string) =>
  forge(at, async (text) => {
    const one = {package: '', version: '', architecture: '', filename: '', size: 0, sha256: ''};
    const packages = [{...one, bytes: Buffer.from(change(text), 'latin1')}];
    return makeIndex('main/binary-amd64', {packages});
  });
const editSettings = async (at: string, change: (text: string) => string) => {
  const file = join(at, '.mkvenvdeb/repository.json');
  await writeFile(file, change(await readFile(file, 'utf8')));
};
const signAs = async (at: string, by: string) => {
  const keys = JSON.stringify(by);
  await editSettings(at, (text) => text.replace(JSON.stringify(keyFile), keys));
  await forge(at, async () => []);
  await editSettings(at, (text) => text.replace(keys, JSON.stringify(keyFile)));
};

const damages: Readonly<Record<string, Damage>> = {
  'InRelease is gone': {
    damage: (at) => unlink(join(at, 'dists/stable/InRelease')),
    codes: ['no-release'],
    told: /published anew, by Release$/m,
  },
  'InRelease and Release are gone': {
    damage: async (at) => {
      for (const name of ['InRelease', 'Release', 'Release.gpg'])
        await unlink(join(at, 'dists/stable', name));
    },
    codes: ['no-release'],
    told: /what is left of it names: 3/,
  },
  'the whole suite is gone, and its history': {
    damage: async (at) => {
      await rm(join(at, 'dists'), {recursive: true});
      await rm(join(at, '.mkvenvdeb/history'), {recursive: true});
    },
    codes: ['no-release'],
    told: /the pool has for it: 3/,
  },
  'the whole suite is gone, but not its history': {
    damage: (at) => rm(join(at, 'dists'), {recursive: true}),
    codes: ['lost-generation', 'no-release'],
    told: /the pool has for it: 3/,
  },
  'InRelease is rubbish': {
    damage: (at) => rubbish(at, 'dists/stable/InRelease'),
    codes: ['unreadable-release'],
  },
  'InRelease was cut off': {
    damage: (at) => truncate(join(at, 'dists/stable/InRelease'), 700),
    codes: ['unreadable-release'],
  },
  'somebody changed InRelease': {
    damage: async (at) => {
      const file = join(at, 'dists/stable/InRelease');
      await writeFile(file, (await readFile(file, 'utf8')).replace('Origin: own', 'Origin: owm'));
    },
    codes: ['bad-signature', 'other-release', 'other-settings'],
  },
  'somebody else signed it': {
    damage: (at) => signAs(at, otherKey),
    codes: ['bad-signature', 'other-release'],
    told: /for nothing vouches/,
  },
  'one of two keys has not signed': {
    damage: (at) =>
      editSettings(at, (text) =>
        text.replace(JSON.stringify(keyFile), `${JSON.stringify(keyFile)}, ${JSON.stringify(otherKey)}`),
      ),
    codes: ['missing-signature'],
  },
  'Release is rubbish': {damage: (at) => rubbish(at, 'dists/stable/Release'), codes: ['other-release']},
  'Release.gpg is rubbish': {
    damage: (at) => rubbish(at, 'dists/stable/Release.gpg'),
    codes: ['other-release'],
  },
  'Release.gpg is gone': {
    damage: (at) => unlink(join(at, 'dists/stable/Release.gpg')),
    codes: ['other-release'],
  },
  'its days are over': {of: await makeRepository('old', 31), damage: async () => {}, codes: ['expired']},
  'its days are nearly over': {
    of: await makeRepository('aging', 25),
    damage: async () => {},
    codes: ['expires-soon'],
  },
  'it is from the day after tomorrow': {
    of: await makeRepository('early', -2),
    damage: async () => {},
    codes: ['bad-signature', 'future-date', 'other-release'],
  },
  'the settings were changed': {
    damage: (at) => editSettings(at, (text) => text.replace('"label": "own"', '"label": "mine"')),
    codes: ['other-settings'],
  },
  'an index is gone by name': {
    damage: (at) => unlink(join(at, INDEX, 'Packages.xz')),
    codes: ['missing-index'],
  },
  'an index is gone by digest': {
    damage: (at) => rm(join(at, INDEX, 'by-hash'), {recursive: true}),
    codes: ['lost-generation', 'missing-index'],
  },
  'an index is damaged by name': {
    damage: (at) => appendFile(join(at, INDEX, 'Packages'), 'x'),
    codes: ['damaged-index'],
  },
  'an index is damaged by digest': {
    damage: async (at) => truncate((await copies(at))[0] ?? '', 10),
    codes: ['damaged-index'],
  },
  'both copies of the plain index are damaged': {
    damage: async (at) => {
      for (const file of (await copies(at)).slice(0, 2)) await writeFile(file, 'rubbish');
    },
    codes: ['damaged-index'],
  },
  'all copies but one that is compressed are gone': {
    damage: async (at) => {
      const [kept = ''] = (await copies(at, '.xz')).slice(0, 1);
      for (const file of await copies(at)) if (file !== kept) await unlink(file);
    },
    codes: ['missing-index'],
  },
  'no copy is whole': {
    damage: async (at) => {
      for (const file of await copies(at)) {
        const stanza = (await readFile(file, 'latin1')).indexOf('\n\n');
        if (stanza < 0) await unlink(file);
        else await truncate(file, stanza + 60);
      }
    },
    codes: ['damaged-index', 'missing-index'],
    told: /what is left of it names: 1$/m,
    offered: ['app 1.0-1'],
  },
  'nothing of an index is left': {
    damage: async (at) => {
      for (const file of await copies(at)) await writeFile(file, 'rubbish');
    },
    codes: ['damaged-index'],
    told: /was offered at 20.*: 2/,
    offered: ['app 1.0-1', 'other 1.0-1'],
  },
  'Release does not list an index': {
    damage: (at) =>
      forge(at, async () => []).then(() =>
        editSettings(at, (text) => text.replace('"amd64"', '"amd64",\n "riscv64"')),
      ),
    codes: ['missing-index', 'other-settings'],
  },
  'a compressed index holds something else': {
    damage: (at) =>
      forge(at, async () => [newFile('main/binary-amd64/Packages.gz', [gzipSync('Package: none\n')])]),
    codes: ['other-content'],
  },
  'a stanza lacks its digest': {
    damage: (at) => forgeText(at, (text) => text.replace(/^SHA256: .*\n/m, '')),
    codes: ['unreadable-index'],
    told: /what is left of it names: 3/,
  },
  'a package lies outside of the pool': {
    damage: (at) => forgeText(at, (text) => text.replace(/^Filename: pool\/main/m, 'Filename: pool/../../x')),
    codes: ['unreadable-index'],
    offered: ['app 2.0-1', 'other 1.0-1'],
  },
  'a field is not that of the package': {
    damage: (at) => forgeText(at, (text) => text.replace('About app', 'About nothing')),
    codes: ['other-fields'],
  },
  'a package is gone': {
    damage: async (at) => unlink(await debOf(at, 'app_2.0-1_amd64.deb')),
    codes: ['missing-package'],
    dropMissing: true,
    told: /taken out: app 2.0-1 amd64/,
    offered: ['app 1.0-1', 'other 1.0-1'],
  },
  'a package of all architectures is gone, that was offered before as well': {
    damage: async (at) => unlink(await debOf(at, 'other_1.0-1_all.deb')),
    codes: ['lost-generation', 'missing-package'],
    dropMissing: true,
    told: /forgot what cannot be gone back to/,
    offered: ['app 1.0-1', 'app 2.0-1'],
  },
  'a package is damaged, in its size': {
    damage: async (at) => {
      const file = await debOf(at, 'app_2.0-1_amd64.deb');
      const bytes = await readFile(file);
      bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
      await writeFile(file, bytes);
    },
    codes: ['damaged-package'],
    dropMissing: true,
    offered: ['app 1.0-1', 'other 1.0-1'],
  },
  'a package was cut off': {
    damage: async (at) => truncate(await debOf(at, 'app_2.0-1_amd64.deb'), 100),
    codes: ['damaged-package'],
    dropMissing: true,
    offered: ['app 1.0-1', 'other 1.0-1'],
  },
  'an earlier publication is rubbish': {
    damage: async (at) => {
      const history = '.mkvenvdeb/history/stable';
      await rubbish(at, join(history, (await readdir(join(at, history)))[0] ?? ''));
    },
    codes: ['lost-generation'],
    told: /forgot/,
  },
  'copies of earlier publications are gone': {
    damage: async (at) => {
      const kept = new Set(await copies(at));
      const hashes = join(at, INDEX, 'by-hash/SHA256');
      for (const name of await readdir(hashes))
        if (!kept.has(join(hashes, name))) await unlink(join(hashes, name));
    },
    codes: ['lost-generation'],
    told: /forgot/,
  },
};

let count = 0;
async function copyOf(repository: string): Promise<string> {
  count += 1;
  const copy = join(folder, `copy-${count}`);
  await cp(repository, copy, {recursive: true, preserveTimestamps: true});
  return copy;
}

const offeredBy = async (repository: string) =>
  (await listApt({repository})).map(({package: name, version}) => `${name} ${version}`);

check('nothing is found where nothing is wrong, with the keys that clients have as well', async () => {
  assert.equal(await checkApt({repository: sound}), []);
  assert.equal(await checkApt({repository: sound, keyring: publicKey}), []);
  assert.equal(serious(await checkApt({repository: sound, keyring: key.publicKey})), [
    'bad-signature',
    'other-release',
  ]);
  await rejects(checkApt({repository: sound, keyring: all}), 'E_OPTION', /Keys cannot be read/);
  await rejects(checkApt({repository: sound, keyring: 'none'}), 'E_OPTION', /none/);
  const {done, issues} = await repairApt({repository: sound});
  assert.equal([done, issues], [[], []]);
});

check('signatures by gpg are verified, and its keys need not be told', async () => {
  const repository = await place.newRepository();
  await publishApt({repository, files: [first]});
  assert.equal(await checkApt({repository}), []);
});

for (const [title, {of = sound, damage, codes, told, offered = ALL, dropMissing}] of Object.entries(damages))
  check(`${title}: ${codes.join(', ')}; repaired, a client installs`, async () => {
    const repository = await copyOf(of);
    await damage(repository);
    assert.equal(serious(await checkApt({repository})), [...codes].sort());
    const {done, issues} = await repairApt({repository, dropMissing});
    assert.equal(serious(issues), [], JSON.stringify(issues));
    assert.match(done.join('\n'), told ?? /published anew/);
    assert.equal(await offeredBy(repository), offered);
    const client = await place.newClient(repository, 'stable', publicKey);
    await updated(client);
    assert.is((await client.get('install', (offered[0] ?? '').replace(' ', '='))).exitCode, 0);
    // And what comes next is published as ever.
    await publishApt({repository, files: debs});
    assert.equal(serious(await checkApt({repository})), []);
  });

check('packages that are gone stay told until they are put back or taken out', async () => {
  const repository = await copyOf(sound);
  const file = await debOf(repository, 'app_2.0-1_amd64.deb');
  await rename(file, `${folder}/aside.deb`);
  const {done, issues} = await repairApt({repository});
  assert.equal([done, serious(issues)], [[], ['missing-package']]);
  assert.match(issues[0]?.cure ?? '', /drop-missing/);
  await rename(`${folder}/aside.deb`, file);
  assert.equal(await checkApt({repository}), []);
});

check('quick finds what is gone or has another size, and reads nothing', async () => {
  const repository = await copyOf(sound);
  const file = await debOf(repository, 'app_2.0-1_amd64.deb');
  const bytes = await readFile(file);
  await writeFile(file, Buffer.alloc(bytes.length));
  assert.equal(await checkApt({repository, quick: true}), []);
  assert.equal(serious(await checkApt({repository})), ['damaged-package']);
  await truncate(file, 5);
  assert.equal(serious(await checkApt({repository, quick: true})), ['damaged-package']);
});

check('one version in two spellings is told, not repaired, and cured as the cure says', async () => {
  const repository = await copyOf(sound);
  await forgeText(
    repository,
    (text) => text + text.slice(0, text.indexOf('\n\n') + 2).replace('1.0-1', '1.00-1'),
  );
  assert.equal(serious(await checkApt({repository})), ['duplicate-version', 'other-fields']);
  const {issues} = await repairApt({repository});
  assert.equal(codesOf(issues, 'error'), ['duplicate-version']);
  await unpublishApt({repository, packages: ['app=1.0-1']});
  assert.equal(serious(await checkApt({repository})), []);
});

check('what nobody needs is told with its bytes, and stays', async () => {
  const repository = await copyOf(sound);
  const files: Readonly<Record<string, AptCode>> = {
    'pool/main/x/x/unused.deb': 'unused-package',
    'pool/main/notes': 'unknown-file',
    'dists/stable/notes': 'unknown-file',
    'dists/else/InRelease': 'unknown-file',
    [`${INDEX}/by-hash/SHA256/notes`]: 'unknown-file',
    [`${INDEX}/by-hash/SHA256/5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5`]:
      'unused-index',
  };
  for (const path of Object.keys(files)) {
    await mkdir(dirname(join(repository, path)), {recursive: true});
    await writeFile(join(repository, path), '12345');
  }
  const dead = `${'0'.repeat(8)}-${'0'.repeat(8)}-1-1`;
  const [tag = ''] = (await readdir(join(repository, '.mkvenvdeb'))).filter((name) => /^lock/.test(name));
  const mine = JSON.parse(await readFile(join(repository, '.mkvenvdeb', tag), 'utf8')).tag.split('-');
  await mkdir(join(repository, `pool/.mkvenvdeb-${dead}-elsewhere`));
  await mkdir(join(repository, `pool/.mkvenvdeb-${mine[0]}-${mine[1]}-999999999-1-left`));
  await writeFile(join(repository, `.mkvenvdeb/.lock-${mine[0]}-${mine[1]}-999999999-1-1`), '');
  const issues = await checkApt({repository});
  assert.equal(serious(issues), []);
  assert.equal(codesOf(issues, 'info'), ['litter', 'unknown-file', 'unused-index', 'unused-package']);
  for (const [path, code] of Object.entries(files)) {
    const found = issues.find(({file}) => file === path);
    assert.equal([found?.code, found?.message], [code, '5 bytes']);
  }
  assert.is(issues.filter(({code}) => code === 'litter').length, 2);
  await repairApt({repository});
  assert.is((await checkApt({repository})).filter(({code}) => code === 'unused-package').length, 1);
  await publishApt({repository, files: [await makeDeb({version: '9'})]});
  assert.not.ok((await checkApt({repository})).some(({code}) => code === 'litter'));
});

/** A storage that breaks at the given write, as a full disk or a kill would. */
function breaking(storage: Storage, after: number): Storage & {readonly writes: () => number} {
  let writes = 0;
  const counted =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A) => {
      writes += 1;
      if (writes > after) throw new Error('broken');
      return work(...args);
    };
  return {
    ...storage,
    create: counted(storage.create),
    replace: counted(storage.replace),
    swap: counted(storage.swap),
    remove: counted(storage.remove),
    writes: () => writes,
  };
}

const dropAll = (repository: Repository, storage: Storage, caller: Caller) => {
  const facts = repository.settings.suites[0];
  if (facts === undefined) throw new Error('no suite');
  const edit = {index: (_: unknown, changed: readonly never[]) => ({packages: [], changed})};
  return editSuite({...repository, storage}, facts, edit as never, caller);
};

check('a publication that breaks at any write harms nobody, and the next one mends it', async () => {
  let whole = 0;
  for (let after = 0; whole === 0; after += 1) {
    const repository = await copyOf(sound);
    await withRepository({repository}, async (opened, caller) => {
      const storage = breaking(opened.storage, after);
      await dropAll(opened, storage, caller).then(
        () => {
          whole = storage.writes();
        },
        (error) => assert.is(error.message, 'broken'),
      );
    });
    if (whole > 0) break;
    const issues = await checkApt({repository});
    assert.equal(codesOf(issues, 'error'), [], `after ${after} writes`);
    assert.ok(['', 'unfinished'].includes(codesOf(issues, 'warning').join()), JSON.stringify(issues));
    assert.equal(await offeredBy(repository), ALL);
    // Another index than those that were broken off.
    if (after % 2 === 0) await publishApt({repository, files: [await makeDeb({name: 'next'})]});
    else await repairApt({repository});
    assert.equal(serious(await checkApt({repository})), [], `after ${after} writes and the next publication`);
  }
  assert.ok(whole >= 10, `only ${whole} writes`);
});

check('every code is expected by a test, and docs/apt-repository.md has the table of all', () => {
  const tests = ['check', 'contents']
    .map((name) => readFileSync(join(root, `test/apt/${name}.test.ts`), 'utf8'))
    .join('');
  const codes = Object.entries<CodeMeaning>(APT_CODES);
  assert.equal(
    codes.flatMap(([code]) => (tests.includes(`'${code}'`) ? [] : [code])),
    [],
  );
  const rows = codes.map(
    ([code, {severities, meaning, cure}]) =>
      `| \`${code}\` | ${severities.join()} | ${meaning} | ${cure} |\n`,
  );
  const table = `| code | severity | meaning | cure |\n| --- | --- | --- | --- |\n${rows.join('')}`;
  const path = join(root, 'docs/apt-repository.md');
  const text = readFileSync(path, 'utf8');
  const [before = '', after = ''] = text.split(/<!-- codes -->[\s\S]*<!-- end of codes -->/);
  const wanted = `${before}<!-- codes -->\n\n${table}\n<!-- end of codes -->${after}`;
  if (update) writeFileSync(path, wanted);
  else assert.is(text, wanted);
});

check.run();
