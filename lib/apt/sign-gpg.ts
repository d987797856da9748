import {CommandError, MkvenvdebError} from '../errors.js';
import {run} from '../run.js';
import type {Signer} from './sign.js';

/** Signatures of other people and pictures are nothing that a machine looks at, and there may be thousands. */
const MINIMAL = ['--export-options', 'export-minimal,no-export-attributes'];

export interface GpgOptions {
  /** Fingerprints, or whatever else gpg takes for the name of a key; every one of them signs. */
  readonly keys: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Signatures by gpg and its agent: a key may lie in a smart card, and its passphrase is never seen here. */
export function gpgSigner({keys, ...options}: GpgOptions): Signer {
  const users = keys.flatMap((key) => ['--local-user', key]);
  const common = ['--batch', '--no-tty', '--digest-algo', 'SHA512', '--armor'];
  const gpg = async (args: readonly string[], input: string) => {
    const given = {...options, input, label: 'gpg', report: undefined as never};
    const {stdout} = await run('gpg', args, given).catch((error) => {
      throw unusable(error, keys);
    });
    return Buffer.from(`${stdout}\n`);
  };
  return {
    clearSign: (text) => gpg([...common, ...users, '--clear-sign'], text),
    detach: (text) => gpg([...common, ...users, '--detach-sign'], text),
    publicKeys: async () => {
      const armored = await gpg(['--batch', '--armor', ...MINIMAL, '--export', ...keys], '');
      if (armored.length < 10)
        throw new MkvenvdebError('E_OPTION', `gpg has no such key: ${keys.join(', ')}`, {hint: LIST});
      return armored;
    },
  };
}

const LIST = 'gpg --list-secret-keys shows those that it has, for this user and GNUPGHOME';

/** What the caller can mend is no failure of gpg. */
function unusable(error: unknown, keys: readonly string[]): unknown {
  if (!(error instanceof CommandError)) return error;
  if (error.exitCode === undefined && /ENOENT/.test(error.output)) {
    const hint = 'Install the package gnupg, or sign with keys in files (--key-files)';
    return new MkvenvdebError('E_OPTION', 'There is no gpg on this machine', {hint, cause: error});
  }
  if (!/No secret key/.test(error.output)) return error;
  const what = `gpg has not every secret key: ${keys.join(', ')}`;
  return new MkvenvdebError('E_OPTION', what, {hint: LIST, cause: error});
}
