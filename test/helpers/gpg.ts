import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';

/** A key in a keyring of its own. */
export interface GpgKey {
  /** For GNUPGHOME. */
  readonly home: string;
  readonly fingerprint: string;
  /** File with the armoured public key. */
  readonly publicKey: string;
}

/** Make a key without passphrase, as gpg itself makes it. */
export async function makeGpgKey(folder: string, {kind = 'ed25519', name = 'Test'} = {}): Promise<GpgKey> {
  // The agent's socket has a path of at most 108 bytes.
  const home = join(folder, 'gpg');
  await mkdir(home, {recursive: true, mode: 0o700});
  const gpg = (...args: readonly string[]) => execa('gpg', ['--homedir', home, '--batch', ...args]);
  await gpg('--passphrase', '', '--quick-gen-key', `${name} <${name}@example.org>`, kind, 'sign', '0');
  const {stdout} = await gpg('--list-secret-keys', '--with-colons');
  const fingerprint =
    stdout
      .match(/^fpr:+([0-9A-F]+):/gm)
      ?.at(-1)
      ?.replace(/^fpr:+|:$/g, '') ?? '';
  const publicKey = join(folder, `${fingerprint}.asc`);
  await writeFile(publicKey, `${(await gpg('--armor', '--export', fingerprint)).stdout}\n`);
  return {home, fingerprint, publicKey};
}

/** What gpg left running. */
export const stopGpg = ({home}: GpgKey): Promise<unknown> =>
  execa('gpgconf', ['--homedir', home, '--kill', 'all'], {reject: false});
