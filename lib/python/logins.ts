import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  gitCredentials,
  isSameAccount,
  loginsIn,
  loginsOfNetrc,
  netrcLines,
  plainLogins,
  withoutLogins,
} from '../formats/logins.js';

/** The accounts of a build, kept where pip and git read them and nobody else looks. */
export interface Logins {
  /** Variables that lead pip and git to them; for those two only. */
  readonly env: Readonly<Record<string, string>>;
  /** A text without the accounts in its URLs. */
  readonly strip: (text: string) => string;
  /** Forget them: nothing is fetched any more. */
  readonly close: () => Promise<void>;
}

export interface LoginOptions {
  /** Folder that is made for them; only its owner may look into it. */
  readonly folder: string;
  /** Texts with URLs: of indexes, requirements, arguments. */
  readonly texts: readonly string[];
  /** The user's own netrc file. */
  readonly netrc?: string | undefined;
}

/**
 * Take user names and passwords out of URLs. Arguments are seen by every user of a machine (ps(1)) and the
 * environment by every back end that pip starts; pip hands the URL of its index on to its own children as an argument.
 * A netrc file knows one account for a host: of two on the same host, both stay in their URLs.
 */
export async function openLogins({folder, texts, netrc}: LoginOptions): Promise<Logins> {
  const given = netrc === undefined ? '' : await readFile(netrc, 'utf8');
  const plain = plainLogins(texts.flatMap(loginsIn));
  if (given === '' && plain.length === 0)
    return {env: {}, strip: (text) => text, close: () => Promise.resolve()};
  await mkdir(folder, {mode: 0o700});
  const files = {netrc: join(folder, 'netrc'), git: join(folder, 'git-credentials')};
  const separator = given === '' || given.endsWith('\n') ? '' : '\n';
  // The last of two lines for one host wins: what the configuration says in so many words.
  await writeFile(files.netrc, `${given}${separator}${netrcLines(plain)}`, {mode: 0o600});
  await writeFile(files.git, gitCredentials([...plain, ...loginsOfNetrc(given).filter(({host}) => host)]), {
    mode: 0o600,
  });
  const helper = `store --file='${files.git.replaceAll("'", "'\\''")}'`;
  return {
    env: {
      NETRC: files.netrc,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'credential.helper',
      GIT_CONFIG_VALUE_0: helper,
    },
    strip: (text) =>
      withoutLogins(text, (login) =>
        plain.some((one) => one.host === login.host && isSameAccount(one, login)),
      ),
    close: () => rm(folder, {recursive: true, force: true}),
  };
}
