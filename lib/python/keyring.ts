import {type Caller, definedOnly} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {decode, userAlone} from '../formats/logins.js';
import {run} from '../run.js';
import {which} from './interpreter.js';

/** Where packages come from, and whether the keyring knows the way in. */
export interface KeyringOptions {
  readonly keyring: boolean;
  readonly indexUrl?: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
}

/**
 * Ask the `keyring` program for the password of each URL that names a user and none, first under the URL and then
 * under its host, as pip does. The passwords come back in the URLs and among the secrets. Nothing is asked where there
 * is no such URL.
 *
 * @throws E_OPTION when the program is missing or knows no password
 */
export async function withKeyring<T extends KeyringOptions>(config: T, caller: Caller): Promise<T> {
  const {indexUrl, extraIndexUrls, findLinks} = config;
  const urls = [indexUrl ?? '', ...extraIndexUrls, ...findLinks];
  if (!config.keyring || !urls.some(userAlone)) return config;
  const program = await which('keyring', caller.environment.PATH ?? '/usr/bin:/bin');
  if (program === undefined) {
    throw new MkvenvdebError('E_OPTION', 'Program not found: keyring', {
      hint: 'Install it (Debian: apt install python3-keyring), or give passwords as variables (docs/secrets.md)',
    });
  }
  const secrets: string[] = [];
  const opened: string[] = [];
  // One after the other: a keyring that is locked asks once for all of them.
  for (const url of urls) {
    const alone = userAlone(url);
    if (alone === undefined) {
      opened.push(url);
      continue;
    }
    const password = await passwordOf(program, alone, caller);
    secrets.push(password, encodeURIComponent(password));
    opened.push(alone.with(password));
  }
  caller.hide(secrets);
  const [first, ...others] = opened;
  return {
    ...config,
    ...(indexUrl === undefined ? {} : {indexUrl: first}),
    extraIndexUrls: others.slice(0, extraIndexUrls.length),
    findLinks: others.slice(extraIndexUrls.length),
    secrets: [...new Set([...config.secrets, ...secrets])],
  };
}

/** It is the user's own program and gets the user's session; what it says is told to nobody. */
async function passwordOf(
  program: string,
  {url, host, user}: {readonly url: string; readonly host: string; readonly user: string},
  {environment, cwd, signal}: Caller,
): Promise<string> {
  const how = {cwd, env: definedOnly(environment), signal, tolerant: true};
  for (const service of [url, host]) {
    const {stdout, exitCode} = await run(program, ['get', service, decode(user)], how);
    if (exitCode === 0 && stdout !== '') return stdout;
  }
  throw new MkvenvdebError('E_OPTION', `The keyring has no password for ${url}`, {
    hint: `Store it: keyring set ${url} USER`,
  });
}
