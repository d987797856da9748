import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {initApt} from '../../lib/apt/init.js';
import {openSigner} from '../../lib/apt/sign.js';
import {openCaller} from '../../lib/context.js';
import {aptClient} from '../helpers/apt-client.js';
import {makeGpgKey, stopGpg} from '../helpers/gpg.js';
import {type KeyKind, makeKeyFile} from '../helpers/pgp.js';
import {inFolder, rejects} from '../helpers/suite.js';

const sign = suite('apt/sign');
const TEXT = 'Origin: own\nSuite: stable\nDescription: trailing blanks  \n- a line with a dash\n';

const settingsOf = (keys: {gpg?: readonly string[]; files?: readonly string[]}) => ({
  version: 1 as const,
  suites: [],
  keys: {gpg: keys.gpg ?? [], files: keys.files ?? []},
});

async function openFiles(folder: string, files: readonly string[]) {
  return openSigner(settingsOf({files}), openCaller({cwd: folder}));
}

/** What gpgv, which apt asks, says of a signed text. */
async function verified(folder: string, keys: Uint8Array, args: readonly string[]): Promise<string> {
  const keyring = join(folder, 'keyring.gpg');
  await writeFile(join(folder, 'keyring.asc'), keys);
  await execa('gpg', ['--batch', '--yes', '--dearmor', '--output', keyring, join(folder, 'keyring.asc')]);
  const {exitCode, stderr} = await execa('gpgv', ['--keyring', keyring, ...args], {reject: false});
  return `${exitCode} ${(stderr.match(/Good signature/g) ?? []).length} good`;
}

for (const kinds of [['ed25519'], ['rsa'], ['ed25519', 'rsa']] as const)
  sign(`gpgv verifies signatures by ${kinds.join(' and ')} in files`, () =>
    inFolder(async (folder) => {
      const files = await Promise.all(kinds.map((kind) => makeKeyFile(folder, kind)));
      const signer = await openFiles(folder, files);
      const [clear, text, apart] = ['clear', 'text', 'apart'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      await writeFile(clear, await signer.clearSign(TEXT));
      await writeFile(text, TEXT);
      await writeFile(apart, await signer.detach(TEXT));
      const keys = await signer.publicKeys();
      assert.is(await verified(folder, keys, [clear]), `0 ${kinds.length} good`);
      assert.is(await verified(folder, keys, [apart, text]), `0 ${kinds.length} good`);
    }),
  );

const refused: readonly (readonly [KeyKind, RegExp])[] = [
  ['rsa2048', /RSA of 2048 bits/],
  ['nist', /ecdsa/],
  ['curve25519', /ed25519/],
];
for (const [kind, message] of refused)
  sign(`a key that not every gpgv verifies is refused: ${kind}`, () =>
    inFolder(async (folder) => {
      const file = await makeKeyFile(folder, kind);
      await rejects(openFiles(folder, [file]), 'E_OPTION', message);
    }),
  );

sign('files that hold no usable secret key are told', () =>
  inFolder(async (folder) => {
    const none = join(folder, 'none.asc');
    await writeFile(none, 'no key');
    await rejects(openFiles(folder, [none]), 'E_OPTION', /no armoured secret key/);
    await rejects(
      openFiles(folder, [join(folder, 'missing.asc')]),
      'E_OPTION',
      /No such key: .*missing\.asc/,
    );
    const expired = await makeKeyFile(folder, 'ed25519', {keyExpirationTime: 3600});
    await rejects(openFiles(folder, [expired]), 'E_OPTION', /no valid key that signs/);
    await rejects(openFiles(folder, []), 'E_OPTION', /not both or none/);
  }),
);

sign('a locked key needs its passphrase, by the environment', () =>
  inFolder(async (folder) => {
    const file = await makeKeyFile(folder, 'ed25519', {passphrase: 'open sesame'});
    await rejects(openFiles(folder, [file]), 'E_OPTION', /it is locked/);
    process.env.MKVENVDEB_KEY_PASSPHRASE = 'wrong one';
    try {
      const error = await rejects(openFiles(folder, [file]), 'E_OPTION', /passphrase does not open/);
      assert.not.match(String(error.message), /wrong one/);
      process.env.MKVENVDEB_KEY_PASSPHRASE = 'open sesame';
      assert.ok((await (await openFiles(folder, [file])).clearSign(TEXT)).length > 200);
    } finally {
      delete process.env.MKVENVDEB_KEY_PASSPHRASE;
    }
  }),
);

sign('apt trusts a repository signed by two keys when it knows either', () =>
  inFolder(async (folder) => {
    const files = [await makeKeyFile(folder, 'ed25519'), await makeKeyFile(folder, 'rsa')];
    const repository = join(folder, 'repository');
    await initApt({repository, origin: 'own', architectures: ['amd64'], keyFiles: files});
    for (const [index, file] of files.entries()) {
      const signedBy = join(folder, `${index}.asc`);
      await writeFile(signedBy, await (await openFiles(folder, [file])).publicKeys());
      const client = await aptClient({
        folder: join(folder, `client-${index}`),
        uri: `file:${repository}`,
        signedBy,
      });
      const {exitCode, stderr} = await client.get('update');
      assert.is(`${exitCode} ${stderr}`, '0 ');
    }
  }),
);

sign('a key that gpg made and exported signs here as well', () =>
  inFolder(async (folder) => {
    const key = await makeGpgKey(folder);
    try {
      const args = ['--homedir', key.home, '--batch', '--armor', '--export-secret-keys', key.fingerprint];
      const file = join(folder, 'exported.asc');
      await writeFile(file, `${(await execa('gpg', args)).stdout}\n`);
      const signer = await openFiles(folder, [file]);
      const clear = join(folder, 'clear');
      await writeFile(clear, await signer.clearSign(TEXT));
      assert.is(await verified(folder, await readFile(key.publicKey), [clear]), '0 1 good');
    } finally {
      await stopGpg(key);
    }
  }),
);

sign('nothing is written where the keys cannot sign, or lie in the repository', () =>
  inFolder(async (folder) => {
    const repository = join(folder, 'repository');
    const options = {repository, origin: 'own', architectures: ['amd64']};
    const weak = await makeKeyFile(folder, 'rsa2048');
    await rejects(initApt({...options, keyFiles: [weak]}), 'E_OPTION', /2048/);
    await rejects(
      initApt({...options, keyFiles: [join(repository, 'key.asc')]}),
      'E_OPTION',
      /lies in the repository/,
    );
    await rejects(initApt({...options, gpgKeys: ['A'], suites: ['../x']}), 'E_OPTION', /cannot be made so/);
    assert.equal((await readdir(folder)).sort(), ['rsa2048.asc']);
  }),
);

/** Signatures on a key, as gpg counts them. */
async function signaturesIn(folder: string, keys: Uint8Array): Promise<number> {
  const file = join(folder, 'listed.asc');
  await writeFile(file, keys);
  const {stdout} = await execa('gpg', ['--batch', '--list-packets', file]);
  return stdout.match(/^:signature packet:/gm)?.length ?? 0;
}

sign('what is exported of a key that many have signed is the key alone', () =>
  inFolder(async (folder) => {
    const key = await makeGpgKey(folder);
    const gpg = (...args: readonly string[]) =>
      execa('gpg', ['--homedir', key.home, '--batch', '--yes', '--no-tty', ...args]);
    try {
      for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) {
        const {fingerprint} = await makeGpgKey(folder, {name});
        await gpg('--default-key', fingerprint, '--quick-sign-key', key.fingerprint);
      }
      const all = Buffer.from((await gpg('--armor', '--export', key.fingerprint)).stdout);
      assert.is(await signaturesIn(folder, all), 6);
      const secret = join(folder, 'secret.asc');
      const {stdout} = await gpg(
        ...['--armor', '--export-options', 'export-local-sigs'],
        ...['--export-secret-keys', key.fingerprint],
      );
      await writeFile(secret, `${stdout}\n`);
      const environment = {...process.env, GNUPGHOME: key.home};
      const byGpg = await openSigner(settingsOf({gpg: [key.fingerprint]}), {
        ...openCaller({cwd: folder}),
        environment,
      });
      for (const signer of [byGpg, await openFiles(folder, [secret])]) {
        const keys = await signer.publicKeys();
        assert.is(await signaturesIn(folder, keys), 1);
        await writeFile(join(folder, 'signed'), await signer.clearSign(TEXT));
        assert.is(await verified(folder, keys, [join(folder, 'signed')]), '0 1 good');
      }
    } finally {
      await stopGpg(key);
    }
  }),
);

sign.run();
