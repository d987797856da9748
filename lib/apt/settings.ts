import {join, resolve} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import type {SuiteFacts} from './release-file.js';

/** How a repository signs: by gpg with these keys, or in this process with these files. */
export interface SigningKeys {
  /** Fingerprints of keys that gpg has. */
  readonly gpg: readonly string[];
  /** Armoured secret keys, absolute paths; they must not lie in the repository. */
  readonly files: readonly string[];
}

/** What `repo init` wrote down; it lies in the repository and holds no secret. */
export interface RepositorySettings {
  readonly version: 1;
  readonly suites: readonly SuiteFacts[];
  readonly keys: SigningKeys;
}

/** Where in the repository: servers do not publish what begins with a dot, and there is nothing to hide in it. */
export const STATE_FOLDER = '.mkvenvdeb';
export const SETTINGS_FILE = `${STATE_FOLDER}/repository.json`;

/** @throws E_FORMAT when it was damaged */
export function parseSettings(text: string, name: string): RepositorySettings {
  try {
    const settings = JSON.parse(text) as RepositorySettings;
    if (settings.version === 1 && Array.isArray(settings.suites) && settings.keys) return settings;
  } catch {
    // told below
  }
  throw new MkvenvdebError('E_FORMAT', `Settings of the repository cannot be read: ${name}`, {
    hint: 'Use the version of mkvenvdeb that wrote them, or make the repository anew with repo init',
  });
}

/**
 * Keys as they are given, for a repository in `root`.
 *
 * @throws E_OPTION for a secret key that lies where everybody may read it
 */
export function signingKeys(
  root: string,
  cwd: string,
  {gpgKeys = [], keyFiles = []}: GivenKeys,
): SigningKeys {
  const files = keyFiles.map((file) => resolve(cwd, file));
  const inside = files.find((file) => file.startsWith(join(root, '/')));
  if (inside === undefined) return {gpg: gpgKeys, files};
  throw new MkvenvdebError(
    'E_OPTION',
    `Secret key lies in the repository, which everybody can read: ${inside}`,
  );
}

export interface GivenKeys {
  /** Fingerprints of keys of gpg that sign … */
  readonly gpgKeys?: readonly string[] | undefined;
  /** … or files with armoured secret keys. */
  readonly keyFiles?: readonly string[] | undefined;
}

export const settingsBytes = (settings: RepositorySettings): Uint8Array =>
  Buffer.from(`${JSON.stringify(settings, null, 2)}\n`);
