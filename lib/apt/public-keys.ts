import type {PublicKey} from 'openpgp';
import {MkvenvdebError} from '../errors.js';

/** What public keys say of themselves. */
export interface PublicKeys {
  readonly fingerprints: readonly string[];
  /** When the last of them was made or its days were changed, in seconds since 1970. */
  readonly newest: number;
  /** `Name <address>`, where one of them is made out to that. */
  readonly owner?: string | undefined;
}

/**
 * Read armoured public keys.
 *
 * @throws E_OPTION for what is none
 */
export async function readPublicKeys(armoredKeys: string): Promise<PublicKeys> {
  const pgp = await import('openpgp');
  const keys = await pgp.readKeys({armoredKeys}).catch((cause) => {
    throw new MkvenvdebError('E_OPTION', 'Public keys of the repository cannot be read', {cause});
  });
  const times = keys.flatMap(timesOf).map((date) => Math.floor(date.getTime() / 1000));
  return {
    fingerprints: keys.map((key) => key.getFingerprint().toUpperCase()),
    newest: times.reduce((last, time) => Math.max(last, time), 0),
    owner: keys.flatMap((key) => key.getUserIDs()).find((id) => /^[^<>]+ <[^<>\s]+@[^<>\s]+>$/.test(id)),
  };
}

/** A key whose end was put off has a new signature of its own, and the same date as ever. */
const timesOf = (key: PublicKey): readonly Date[] =>
  [
    key.getCreationTime(),
    ...key.users.flatMap(({selfCertifications}) => selfCertifications.map(({created}) => created)),
    ...key.subkeys.flatMap((subkey) => [
      subkey.getCreationTime(),
      ...subkey.bindingSignatures.map(({created}) => created),
    ]),
  ].filter((date): date is Date => date instanceof Date);
