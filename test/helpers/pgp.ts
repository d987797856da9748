import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as pgp from 'openpgp';

const userIDs = [{name: 'Own', email: 'own@example.org'}];
/** Long ago, so that no clock of a test is before it. */
const date = new Date(1_600_000_000_000);

/** Those that every gpgv verifies come first. */
export type KeyKind = 'ed25519' | 'rsa' | 'rsa2048' | 'nist' | 'curve25519';

/** @returns path of a file with an armoured secret key */
export async function makeKeyFile(folder: string, kind: KeyKind, more: object = {}): Promise<string> {
  const options = {
    ed25519: {type: 'ecc' as const, curve: 'ed25519Legacy' as const},
    rsa: {type: 'rsa' as const, rsaBits: 3072},
    rsa2048: {type: 'rsa' as const, rsaBits: 2048},
    nist: {type: 'ecc' as const, curve: 'nistP256' as const},
    curve25519: {type: 'curve25519' as const},
  }[kind];
  const {privateKey} = await pgp.generateKey({userIDs, date, format: 'armored', ...options, ...more});
  const file = join(folder, `${kind}.asc`);
  await writeFile(file, privateKey);
  return file;
}

/** @returns path of a file with the armoured public key */
export async function publicKeyOf(keyFile: string): Promise<string> {
  const key = await pgp.readPrivateKey({armoredKey: await readFile(keyFile, 'utf8')});
  const file = keyFile.replace(/\.asc$/, '-public.asc');
  await writeFile(file, key.toPublic().armor().replaceAll('\r\n', '\n'));
  return file;
}
