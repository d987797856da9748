/** User names and passwords in URLs (RFC 3986, userinfo), and where tools look for them instead. */

/** An account on a host. */
export interface Login {
  /** `https`, or `http`. */
  readonly scheme: string;
  /** With its port, as the URL has it. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
}

/** What pip and git take a user name and password for from elsewhere than the URL. */
const URL_WITH_LOGIN = /\b((?:git\+)?)(https?):\/\/([^\s/@:]+):([^\s/]+)@([^\s/?#'"@]+)/gi;
/** What every reader of netrc files takes literally: quotes, backslashes and blanks differ from one to the other. */
const PLAIN = /^[!-~]+$/;
const SPECIAL = /["'\\#]/;

/** The accounts that the URLs in a text name. */
export const loginsIn = (text: string): readonly Login[] =>
  [...text.matchAll(URL_WITH_LOGIN)].map(([, , scheme = '', user = '', password = '', host = '']) => ({
    scheme: scheme.toLowerCase(),
    host,
    user: decode(user),
    password: decode(password),
  }));

/** A text without the accounts in its URLs, as far as `isKnown` says that they are kept elsewhere. */
export const withoutLogins = (text: string, isKnown: (login: Login) => boolean): string =>
  text.replace(URL_WITH_LOGIN, (whole, vcs: string, scheme: string, ...rest: string[]) => {
    const [login] = loginsIn(whole);
    return login && isKnown(login) ? `${vcs}${scheme}://${rest[2]}` : whole;
  });

/** A URL that names a user and no password. */
export interface UserAlone {
  /** The URL without the user. */
  readonly url: string;
  readonly host: string;
  /** As the URL has it. */
  readonly user: string;
  /** The URL with the password that was found. */
  readonly with: (password: string) => string;
}

const USER_ALONE = /^(https?:\/\/)([^\s/?#:@]+)@([^\s/?#@]+)(.*)$/is;

/** What a URL says that names a user and no password; undefined for all others. */
export function userAlone(text: string): UserAlone | undefined {
  const [, scheme = '', user, host = '', rest = ''] = USER_ALONE.exec(text) ?? [];
  if (user === undefined) return undefined;
  return {
    url: scheme + host + rest,
    host,
    user,
    with: (password) => `${scheme}${user}:${encodeURIComponent(password)}@${host}${rest}`,
  };
}

/** The host alone, which is all that a netrc file knows. */
export const hostOf = ({host}: Login): string => host.replace(/:\d*$/, '');

/**
 * Those accounts that a netrc file can hold: one to a host, of characters that every reader takes for themselves.
 */
export function plainLogins(logins: readonly Login[]): readonly Login[] {
  const isPlain = ({user, password, host}: Login) =>
    [user, password].every((text) => PLAIN.test(text) && !SPECIAL.test(text)) && !host.startsWith('[');
  const isAlone = (login: Login) =>
    logins.every((other) => hostOf(other) !== hostOf(login) || isSameAccount(other, login));
  return logins.filter((login) => isPlain(login) && isAlone(login));
}

export const isSameAccount = (a: Login, b: Login): boolean => a.user === b.user && a.password === b.password;

/** Lines of a netrc file (ftp(1)). */
export const netrcLines = (logins: readonly Login[]): string =>
  [
    ...new Set(logins.map((one) => `machine ${hostOf(one)} login ${one.user} password ${one.password}\n`)),
  ].join('');

/** What git-credential-store(1) reads. */
export const gitCredentials = (logins: readonly Login[]): string =>
  [
    ...new Set(
      logins.map(
        ({scheme, host, user, password}) =>
          `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}\n`,
      ),
    ),
  ].join('');

/** The accounts of a netrc file, as far as they are written in the plain way: for git, and to be hidden. */
export function loginsOfNetrc(text: string): readonly Login[] {
  const lines = text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith('#'));
  const words: readonly string[] = lines.join('\n').match(/\S+/g) ?? [];
  const logins: Login[] = [];
  let host: string | undefined;
  let user = '';
  for (let at = 0; at < words.length; at += 1) {
    const next = words[at + 1] ?? '';
    if (words[at] === 'machine') host = next;
    else if (words[at] === 'default') host = '';
    else if (words[at] === 'login' || words[at] === 'user') user = unquote(next);
    else if (words[at] === 'password' && host !== undefined)
      logins.push({scheme: 'https', host, user, password: unquote(next)});
    else continue;
    if (words[at] !== 'default') at += 1;
  }
  return logins;
}

const unquote = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;

/** A text of a URL without its percent-encoding; as it is where that is wrong. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
