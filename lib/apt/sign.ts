import {MkvenvdebError} from '../errors.js';
import {run} from '../run.js';

/** Signs what a suite is vouched for by. */
export interface Signer {
  /** The text with its signature around it: InRelease. */
  clearSign(text: string): Promise<Uint8Array>;
  /** A signature apart, armoured: Release.gpg. */
  detach(text: string): Promise<Uint8Array>;
  /** The public keys, not armoured, as `Signed-By` wants them. */
  publicKeys(): Promise<Uint8Array>;
}

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
    const {stdout} = await run('gpg', args, {...options, input, label: 'gpg', report: undefined as never});
    return Buffer.from(`${stdout}\n`);
  };
  return {
    clearSign: (text) => gpg([...common, ...users, '--clear-sign'], text),
    detach: (text) => gpg([...common, ...users, '--detach-sign'], text),
    publicKeys: async () => {
      const armored = await gpg(['--batch', '--armor', '--export', ...keys], '');
      if (armored.length < 10)
        throw new MkvenvdebError('E_OPTION', `gpg has no such key: ${keys.join(', ')}`);
      return armored;
    },
  };
}
