import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {run} from '../run.js';
import {which} from './interpreter.js';

/** Where packages come from, and whether the keyring knows the way in. */
export interface KeyringOptions {
  readonly keyring: boolean;
  readonly indexUrl?: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly secrets: readonly string[];
}

/** An http URL that names a user and no password: what stands before the user, the user, the host, the rest. */
const USER_ALONE = /^(https?:\/\/)([^\s/?#:@]+)@([^\s/?#@]+)(.*)$/i;

/**
 * Ask the `keyring` program for the password of each URL that names a user and no password, first under the URL and
 * then under its host, as pip does; the passwords come back in the URLs and among the secrets. Nothing is asked where
 * every URL has what it needs.
 *
 * @throws E_OPTION when the program is missing or knows no password
 */
export async function withKeyring<T extends KeyringOptions>(config: T, caller: Caller): Promise<T> {
  const urls = [config.indexUrl ?? '', ...config.extraIndexUrls, ...config.findLinks];
  if (!config.keyring || !urls.some((url) => USER_ALONE.test(url))) return config;
  const program = await which('keyring', caller.environment.PATH ?? '/usr/bin:/bin');
  if (program === undefined) {
    throw new MkvenvdebError('E_OPTION', 'Program not found: keyring', {
      hint: 'Install it (Debian: apt install python3-keyring), or give passwords as variables (docs/secrets.md)',
    });
  }
  const secrets: string[] = [];
  // One after the other: a keyring that is locked asks once for all, and not in several windows.
  const open = async (url: string): Promise<string> => {
    const [, scheme = '', user, host = '', rest = ''] = USER_ALONE.exec(url) ?? [];
    if (user === undefined) return url;
    const password = await passwordOf({program, caller}, [scheme + host + rest, host], user);
    const encoded = encodeURIComponent(password);
    secrets.push(password, encoded);
    return `${scheme}${user}:${encoded}@${host}${rest}`;
  };
  const all: string[] = [];
  for (const url of urls) all.push(await open(url));
  const [first = '', ...others] = all;
  const extra = config.extraIndexUrls.length;
  caller.hide(secrets);
  return {
    ...config,
    ...(config.indexUrl === undefined ? {} : {indexUrl: first}),
    extraIndexUrls: others.slice(0, extra),
    findLinks: others.slice(extra),
    secrets: [...new Set([...config.secrets, ...secrets])],
  };
}

interface Asking {
  readonly program: string;
  readonly caller: Caller;
}

/** It is the user's own program and gets the user's session; what it says is told to nobody. */
async function passwordOf(
  {program, caller}: Asking,
  services: readonly [string, string],
  user: string,
): Promise<string> {
  const {environment, cwd, signal} = caller;
  const env = Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  for (const service of services) {
    const args = ['get', service, decodeURIComponent(user)];
    const {stdout, exitCode} = await run(program, args, {cwd, env, signal, tolerant: true});
    if (exitCode === 0 && stdout !== '') return stdout;
  }
  throw new MkvenvdebError('E_OPTION', `The keyring has no password for ${services[0]}`, {
    hint: `Store it: keyring set ${services[0]} USER`,
  });
}
