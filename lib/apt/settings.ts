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
