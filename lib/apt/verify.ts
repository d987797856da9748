import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Key, KeyID} from 'openpgp';
import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {now} from './clock.js';
import type {Repository} from './repository.js';
import {noKey} from './sign-openpgp.js';

/** What signatures are worth. */
export interface Verdict {
  /** Why nobody should believe them; undefined where they are good. */
  readonly problem: string | undefined;
  /** Fingerprints of keys of the repository that have not signed. */
  readonly missing: readonly string[];
}

/** Verifies what a suite is vouched for by, as apt would. */
export interface Verifier {
  /** Of InRelease. */
  clear(message: Buffer): Promise<Verdict>;
  /** Of Release and Release.gpg. */
  detached(text: Buffer, signature: Buffer): Promise<Verdict>;
}

/**
 * Open the public keys of a repository, or those that a client has.
 *
 * @param keyring a file with public keys, armoured or not; not a keybox (.kbx)
 * @throws E_OPTION when there are none
 */
export async function openVerifier(
  repository: Repository,
  keyring: string | undefined,
  {cwd}: Caller,
): Promise<Verifier> {
  const pgp = await import('openpgp');
  const keys =
    keyring === undefined
      ? await ownKeys(repository)
      : await readKeys(await readKeyFile(resolve(cwd, keyring), CLIENTS), keyring);
  const verificationKeys = keys.map((key) => key.toPublic());
  // A signature of this very second is not from the future.
  const options = () => ({verificationKeys, date: new Date((now() + 1) * 1000)});
  const judge = (signatures: Signature[]) => judgeAll(signatures, keys, keyring === undefined);
  return {
    async clear(bytes) {
      const message = await pgp
        .readCleartextMessage({cleartextMessage: bytes.toString()})
        .catch(() => undefined);
      if (message === undefined) return unreadable(keys);
      return judge((await pgp.verify({message, ...options()})).signatures);
    },
    async detached(text, signature) {
      const message = await pgp.createMessage({binary: new Uint8Array(text)});
      const read = await pgp.readSignature({armoredSignature: signature.toString()}).catch(() => undefined);
      if (read === undefined) return unreadable(keys);
      return judge((await pgp.verify({message, signature: read, ...options()})).signatures);
    },
  };
}

interface Signature {
  readonly keyID: KeyID;
  readonly verified: Promise<true>;
}

const unreadable = (keys: readonly Key[]): Verdict => ({
  problem: 'it cannot be read',
  missing: keys.map((key) => key.getFingerprint().toUpperCase()),
});

async function judgeAll(
  signatures: readonly Signature[],
  keys: readonly Key[],
  wantsAll: boolean,
): Promise<Verdict> {
  const good = new Set<Key>();
  const bad: string[] = [];
  for (const {keyID, verified} of signatures) {
    const key = keys.find((one) => one.getKeys(keyID).length > 0);
    try {
      await verified;
      if (key) good.add(key);
    } catch (error) {
      if (key) bad.push(`${keyID.toHex().toUpperCase()}: ${(error as Error).message}`);
    }
  }
  const missing = wantsAll ? keys.filter((key) => !good.has(key)) : [];
  const nobody = good.size === 0 ? 'none of the keys has signed it' : undefined;
  return {
    problem: bad.length > 0 ? bad.join(', ') : nobody,
    missing: missing.map((key) => key.getFingerprint().toUpperCase()),
  };
}

/** Public parts only: nobody is asked for a passphrase. */
async function ownKeys({settings, signer}: Repository): Promise<readonly Key[]> {
  if (settings.keys.files.length === 0) return readKeys(await (await signer()).publicKeys(), 'gpg');
  const keys: Key[] = [];
  for (const file of settings.keys.files) keys.push(...(await readKeys(await readKeyFile(file), file)));
  return keys;
}

const CLIENTS = 'Give the file with the public keys that clients have';

async function readKeyFile(file: string, hint?: string): Promise<Uint8Array> {
  return readFile(file).catch((error) => {
    throw noKey(file, error, hint);
  });
}

async function readKeys(bytes: Uint8Array, name: string): Promise<readonly Key[]> {
  const pgp = await import('openpgp');
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = text.match(/^-----BEGIN PGP[\s\S]*?^-----END PGP[^\n]*$/gm);
  try {
    if (blocks === null) return await pgp.readKeys({binaryKeys: new Uint8Array(bytes)});
    const keys: Key[] = [];
    for (const armoredKeys of blocks) keys.push(...(await pgp.readKeys({armoredKeys})));
    return keys;
  } catch (cause) {
    throw new MkvenvdebError('E_OPTION', `Keys cannot be read: ${name}`, {
      hint: 'Give public keys as gpg --export writes them, armoured or not',
      cause,
    });
  }
}
