import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {initApt} from '../../lib/apt/init.js';
import {publishApt} from '../../lib/apt/publish.js';
import {resignApt} from '../../lib/apt/resign.js';
import {parseSettings} from '../../lib/apt/settings.js';
import {type AptClient, aptClient} from '../helpers/apt-client.js';
import {openAptPlace, updated} from '../helpers/apt-place.js';
import {makeKeyFile, publicKeyOf} from '../helpers/pgp.js';
import {rejects} from '../helpers/suite.js';

const resign = suite('apt/resign');
const place = await openAptPlace();
const {folder, key, makeDeb, newRepository, newClient} = place;

resign.after(() => place.close());

/** Clients that know one key each. */
async function clientsOf(repository: string, files: readonly string[]): Promise<readonly AptClient[]> {
  const clients: AptClient[] = [];
  for (const [index, file] of files.entries()) {
    const at = join(folder, `client of ${index}`);
    const signedBy = await publicKeyOf(file);
    clients.push(await aptClient({folder: at, uri: `file:${repository}`, signedBy}));
  }
  return clients;
}

const knows = async (client: AptClient) => (await client.get('update')).exitCode === 0;

resign('what was valid for some days is valid again, with the same content', async () => {
  const repository = await newRepository({suites: ['stable', 'next'], validDays: 2});
  await publishApt({repository, files: [await makeDeb()], suite: 'stable'});
  const client = await newClient(repository);
  await updated(client);
  const text = (suite: string) => readFile(join(repository, `dists/${suite}/InRelease`), 'utf8');
  const until = async (suite: string) => /^Valid-Until: (.*)$/m.exec(await text(suite))?.[1] ?? '';
  const list = async () => /^SHA256:\n(?: .*\n)+/m.exec(await text('stable'))?.[0];
  const before = [await until('stable'), await until('next'), await list()];
  const signed = await resignApt({repository});
  assert.equal(
    signed.map(({suite}) => suite),
    ['stable', 'next'],
  );
  for (const [index, {suite, date, validUntil}] of signed.entries()) {
    assert.is(validUntil, date + 2 * 24 * 3600);
    assert.ok(Date.parse(await until(suite)) > Date.parse(before[index] ?? ''));
    const {mtimeMs} = await stat(join(repository, `dists/${suite}/InRelease`));
    assert.ok(mtimeMs / 1000 >= date - 5);
  }
  assert.is(await list(), before[2]);
  await updated(client);
  assert.is((await client.get('install', 'app')).exitCode, 0);
  const [only, ...more] = await resignApt({repository, suite: 'next'});
  assert.equal([only?.suite, more], ['next', []]);
});

resign('a key takes over from another by way of both, and no client loses sight', async () => {
  const repository = join(folder, 'rotation');
  const [old, fresh] = [await makeKeyFile(folder, 'ed25519'), await makeKeyFile(folder, 'rsa')];
  await initApt({
    repository,
    origin: 'own',
    architectures: ['amd64'],
    suites: ['stable', 'next'],
    keyFiles: [old],
  });
  const [knowsOld, knowsNew] = (await clientsOf(repository, [old, fresh])) as [AptClient, AptClient];
  assert.equal([await knows(knowsOld), await knows(knowsNew)], [true, false]);
  await resignApt({repository, keyFiles: [old, fresh]});
  assert.equal([await knows(knowsOld), await knows(knowsNew)], [true, true]);
  await publishApt({repository, files: [await makeDeb()], suite: 'stable'});
  assert.equal([await knows(knowsOld), await knows(knowsNew)], [true, true]);
  await resignApt({repository, keyFiles: [fresh]});
  assert.equal([await knows(knowsOld), await knows(knowsNew)], [false, true]);
  const settings = parseSettings(await readFile(join(repository, '.mkvenvdeb/repository.json'), 'utf8'), '');
  assert.equal(settings.keys, {gpg: [], files: [fresh]});
  assert.is((await knowsNew.get('install', 'app')).exitCode, 0);
});

resign('keys that cannot take over are told, and nothing changes', async () => {
  const repository = await newRepository({suites: ['stable', 'next']});
  const state = async () => [
    await readFile(join(repository, 'dists/stable/InRelease'), 'utf8'),
    await readFile(join(repository, 'dists/next/InRelease'), 'utf8'),
    await readFile(join(repository, '.mkvenvdeb/repository.json'), 'utf8'),
  ];
  const before = await state();
  const gpgKeys = [key.fingerprint];
  const keyFiles = [await makeKeyFile(folder, 'ed25519')];
  await rejects(resignApt({repository, gpgKeys, suite: 'next'}), 'E_OPTION', /those of all suites/);
  await rejects(resignApt({repository, gpgKeys, keyFiles}), 'E_OPTION', /not both or none/);
  await rejects(resignApt({repository, gpgKeys: []}), 'E_OPTION', /not both or none/);
  await rejects(resignApt({repository, gpgKeys: ['0123456789ABCDEF']}), 'E_OPTION', /not every secret key/);
  await rejects(
    resignApt({repository, gpgKeys: [key.fingerprint, '0123456789ABCDEF']}),
    'E_OPTION',
    /secret key: .*0123/,
  );
  await rejects(resignApt({repository, keyFiles: [join(repository, 'key.asc')]}), 'E_OPTION', /lies in the/);
  await rejects(
    resignApt({repository, keyFiles: [join(folder, 'none.asc')]}),
    'E_OPTION',
    /key: .*none\.asc/,
  );
  await rejects(resignApt({repository, suite: 'none'}), 'E_OPTION', /No such suite/);
  assert.equal(await state(), before);
});

resign.run();
