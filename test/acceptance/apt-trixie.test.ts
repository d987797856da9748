import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {generateKey} from 'openpgp';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {publishApt, serveApt} from '../../lib/index.js';
import {NoChroot} from '../helpers/chroot.js';
import {makeGpgKey} from '../helpers/gpg.js';
import {skip} from '../helpers/suite.js';
import {type AptMachine, offerKeyring, openAptMachine} from './apt-machine.js';

/** apt 3 has its signatures verified by sqv, which takes less than gpgv. */
const trixie = suite('acceptance/apt-trixie');
let opened: AptMachine | undefined;
let why = '';

trixie.before(async () => {
  try {
    opened = await openAptMachine(['gpgv', 'sqv'], 'trixie');
  } catch (error) {
    if (!(error instanceof NoChroot)) throw error;
    why = error.message;
  }
});
trixie.after(() => opened?.close());

type Keys = Readonly<{gpgKeys?: readonly string[]; keyFiles?: readonly string[]}>;

async function keyFile(folder: string, kind: 'ed25519' | 'rsa'): Promise<string> {
  const {privateKey} = await generateKey({
    userIDs: [{name: `Own ${kind}`, email: 'own@example.org'}],
    date: new Date(1_700_000_000_000),
    ...(kind === 'rsa' ? {type: 'rsa', rsaBits: 4096} : {type: 'ecc', curve: 'ed25519Legacy'}),
  });
  const file = join(folder, `${kind}.secret`);
  await writeFile(file, privateKey);
  return file;
}

const KINDS: Readonly<Record<string, (folder: string, own: string) => Promise<Keys>>> = {
  'ed25519 of gpg': async (_folder, own) => ({gpgKeys: [own]}),
  'RSA of 4096 bits of gpg': async (folder) => ({
    gpgKeys: [(await makeGpgKey(folder, {kind: 'rsa4096', name: 'Rsa'})).fingerprint],
  }),
  'ed25519 in a file': async (folder) => ({keyFiles: [await keyFile(folder, 'ed25519')]}),
  'ed25519 and RSA of 4096 bits in files': async (folder) => ({
    keyFiles: [await keyFile(folder, 'ed25519'), await keyFile(folder, 'rsa')],
  }),
};

for (const [kind, makeKeys] of Object.entries(KINDS))
  trixie(`apt of trixie updates and installs by ${kind}`, async () => {
    if (opened === undefined) return skip(kind, why);
    const {place, chroot, sh} = opened;
    const keys = await makeKeys(place.folder, place.key.fingerprint);
    const repository = await place.newRepository({origin: 'example', gpgKeys: undefined, ...keys});
    const {url, close} = await serveApt({repository, port: 0});
    await offerKeyring(repository, url, join(repository, '../keyring'));
    await publishApt({repository, files: [await place.makeDeb({name: 'plain', architecture: 'all'})]});
    await chroot.install(join(repository, 'example-archive-keyring.deb'));
    const {exitCode, stderr} = await chroot.run(['apt-get', 'update', '--error-on=any']);
    assert.is(`${exitCode} ${stderr}`, '0 ');
    await sh('apt-get install --yes plain');
    await sh('dpkg --purge plain example-archive-keyring && rm -rf /var/lib/apt/lists/*');
    await close();
  });

trixie('while keys rotate, either of them is enough', async () => {
  if (opened === undefined) return skip('rotation', why);
  const {place, chroot, sh} = opened;
  const [old, next] = [await keyFile(place.folder, 'ed25519'), await keyFile(place.folder, 'rsa')];
  const signedBy = async (keyFiles: readonly string[]) => {
    const repository = await place.newRepository({origin: 'example', gpgKeys: undefined, keyFiles});
    return {repository, server: await serveApt({repository, port: 0})};
  };
  const [before, between, after] = [
    await signedBy([old]),
    await signedBy([old, next]),
    await signedBy([next]),
  ];
  const served = [before, between, after];
  for (const [known, readable] of [
    [before, [before, between]],
    [between, [before, between, after]],
    [after, [between, after]],
  ] as const)
    for (const {repository, server} of served) {
      await offerKeyring(known.repository, server.url, join(known.repository, '../keyring'));
      await chroot.install(join(known.repository, 'example-archive-keyring.deb'));
      const {exitCode} = await chroot.run(['apt-get', 'update', '--error-on=any']);
      assert.is(exitCode, readable.some((one) => one.repository === repository) ? 0 : 100);
      await sh('dpkg --purge example-archive-keyring && rm -rf /var/lib/apt/lists/*');
    }
  for (const {server} of served) await server.close();
});

trixie.run();
