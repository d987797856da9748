import {readFile} from 'node:fs/promises';
import type {PrivateKey, PublicKey} from 'openpgp';
import {ioError, MkvenvdebError} from '../errors.js';
import {now} from './clock.js';
import type {Signer} from './sign.js';

export interface OpenPgpOptions {
  /** Absolute paths of armoured secret keys; every one of them signs. */
  readonly files: readonly string[];
  /** Of those that are locked. */
  readonly passphrase?: string | undefined;
}

/** What gpgv of every Debian since 10 verifies: RSA, and EdDSA as GnuPG 2 knows it. */
const USABLE: ReadonlySet<string> = new Set(['rsaEncryptSign', 'rsaSign', 'eddsaLegacy']);
const SHORTEST_RSA = 3072;

/**
 * Signatures by keys in files, made in this process: for machines without gpg.
 *
 * @throws E_OPTION for a file that is no secret key, is locked without its passphrase, has expired, or is of a kind
 *   that Debian's gpgv does not verify
 */
export async function openPgpSigner({files, passphrase}: OpenPgpOptions): Promise<Signer> {
  // Half a megabyte, for those who sign this way only.
  const pgp = await import('openpgp');
  const signingKeys: PrivateKey[] = [];
  for (const file of files) signingKeys.push(await readKey(file, passphrase));
  const date = () => new Date(now() * 1000);
  const config = {preferredHashAlgorithm: pgp.enums.hash.sha512, showComment: false, showVersion: false};
  return {
    async clearSign(text) {
      const message = await pgp.createCleartextMessage({text: text.replace(/\n$/, '')});
      return Buffer.from(unixLines(await pgp.sign({message, signingKeys, date: date(), config})));
    },
    async detach(text) {
      const message = await pgp.createMessage({binary: Buffer.from(text)});
      const signed = await pgp.sign({message, signingKeys, date: date(), detached: true, config});
      return Buffer.from(unixLines(signed));
    },
    async publicKeys() {
      const keys = Buffer.concat(signingKeys.map((key) => minimal(key.toPublic()).write()));
      // One block, as gpg makes it, and with the checksum, where gpg looks for the end of it.
      const none = undefined;
      return Buffer.from(unixLines(pgp.armor(pgp.enums.armor.publicKey, keys, none, none, none, true)));
    },
  };
}

/** As gpg's export-minimal: without signatures of other people, and without pictures. */
function minimal(key: PublicKey): PublicKey {
  key.users = key.users.filter(({userID}) => userID !== null);
  for (const user of key.users) user.otherCertifications = [];
  return key;
}

const unixLines = (text: string): string => `${text.replaceAll('\r\n', '\n').trimEnd()}\n`;

async function readKey(file: string, passphrase: string | undefined): Promise<PrivateKey> {
  const pgp = await import('openpgp');
  const armoredKey = await readFile(file, 'utf8').catch((error) => {
    throw noKey(file, error);
  });
  const key = await pgp.readPrivateKey({armoredKey}).catch((cause) => {
    throw unusable(
      file,
      'it is no armoured secret key',
      'Write one with gpg --armor --export-secret-keys KEY',
      cause,
    );
  });
  const open = key.isDecrypted() ? key : await unlock(key, file, passphrase);
  const signing = await open.getSigningKey(undefined, new Date(now() * 1000)).catch((cause) => {
    throw unusable(file, 'it has no valid key that signs', 'It may have expired or been revoked', cause);
  });
  const {algorithm, bits = 0} = signing.getAlgorithmInfo();
  const isShort = algorithm.startsWith('rsa') && bits < SHORTEST_RSA;
  if (USABLE.has(algorithm) && !isShort) return open;
  const kind = isShort ? `RSA of ${bits} bits` : algorithm;
  throw unusable(
    file,
    `its kind is not verified by every Debian: ${kind}`,
    'Use RSA of 3072 bits or more, or ed25519 as gpg makes it',
  );
}

/** @returns why a file with a key cannot be read */
export function noKey(file: string, cause: unknown, hint = PUT_BACK): unknown {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return ioError(cause, `reading the key ${file}`);
  return new MkvenvdebError('E_OPTION', `No such key: ${file}`, {hint});
}

const PUT_BACK = 'Put it back, or let another one take over: mkvenvdeb repo resign --key-files FILE';

async function unlock(key: PrivateKey, file: string, passphrase: string | undefined): Promise<PrivateKey> {
  const pgp = await import('openpgp');
  if (passphrase === undefined) throw unusable(file, 'it is locked', 'Give its passphrase');
  return pgp.decryptKey({privateKey: key, passphrase}).catch((cause) => {
    throw unusable(file, 'the passphrase does not open it', 'Give the right one', cause);
  });
}

const unusable = (file: string, why: string, hint: string, cause?: unknown): MkvenvdebError =>
  new MkvenvdebError('E_OPTION', `Key cannot be used to sign: ${file}: ${why}`, {hint, cause});
