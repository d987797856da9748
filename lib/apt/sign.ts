import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {RepositorySettings} from './settings.js';
import {gpgSigner} from './sign-gpg.js';
import {openPgpSigner} from './sign-openpgp.js';

/** Signs what a suite is vouched for by. */
export interface Signer {
  /** The text with its signature around it: InRelease. */
  clearSign(text: string): Promise<Uint8Array>;
  /** A signature apart, armoured: Release.gpg. */
  detach(text: string): Promise<Uint8Array>;
  /** The public keys in one armoured block, as `Signed-By` takes them from a file whose name ends in `.asc`. */
  publicKeys(): Promise<Uint8Array>;
}

/** The passphrase of key files is taken from here, and from nowhere else. */
export const PASSPHRASE_VARIABLE = 'MKVENVDEB_KEY_PASSPHRASE';
/** What gpg needs of the caller's environment to find its keys and its agent. */
const FOR_GPG = ['PATH', 'HOME', 'GNUPGHOME', 'GPG_TTY', 'SSH_AUTH_SOCK', 'XDG_RUNTIME_DIR'];

/**
 * Open the keys of a repository.
 *
 * @throws E_OPTION when there is none, when some are gpg's and some are files, or when one cannot be used
 */
export async function openSigner({keys}: RepositorySettings, caller: Caller): Promise<Signer> {
  const {environment, signal} = caller;
  if (keys.gpg.length > 0 === keys.files.length > 0) {
    throw new MkvenvdebError(
      'E_OPTION',
      'Repository signs with keys of gpg or with key files, not both or none',
      {
        hint: 'Give --gpg-keys or --key-files; two keys of a kind sign together while one replaces the other',
      },
    );
  }
  if (keys.files.length > 0)
    return openPgpSigner({files: keys.files, passphrase: environment[PASSPHRASE_VARIABLE]});
  const env = Object.fromEntries(
    FOR_GPG.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
  return gpgSigner({keys: keys.gpg, cwd: caller.cwd, env: {...env, LC_ALL: 'C.UTF-8'}, signal});
}

/**
 * Prove that keys can sign, before anything is written that they shall sign.
 *
 * @throws what signing throws
 */
export async function assertSigns(signer: Signer): Promise<void> {
  await signer.detach('\n');
}
