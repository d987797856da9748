import {crc32} from './crc32.js';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * True when the last six of the 36 characters after a prefix such as `ghp_` are the CRC-32 of the others in base 62:
 * tokens of GitHub and npm have that, so that whoever scans need not guess.
 */
export function hasTokenChecksum(token: string): boolean {
  const body = token.slice(-36, -6);
  let value = crc32(Buffer.from(body, 'latin1'));
  let digits = '';
  for (let left = 6; left > 0; left -= 1) {
    digits = DIGITS.charAt(value % 62) + digits;
    value = Math.floor(value / 62);
  }
  return token.endsWith(digits);
}

/** True for what chance may have made: no `xxxxxxxx`, `YOUR_TOKEN_HERE`, `abcdefghij` or `0123456789`. */
export function isMixed(token: string): boolean {
  const body = token.replace(/^[a-z]+[-_]/, '');
  return (
    new Set(body).size >= 8 &&
    !/(.)\1{5}|x{4}|example|placeholder|your|abcdef|123456|\.\.\./i.test(body) &&
    // Slack's and AWS' have upper case only, so case alone tells nothing.
    (/\d/.test(body) || /[a-z][A-Z]|[A-Z]{2}[a-z]/.test(body))
  );
}

/** Words that stand for a password, a user or a host. */
const PLACEHOLDER =
  /^(?:[^:@]*(?:pass|pwd|passwd|word|secret|token|user|name|login|key|credential|account|changeme|dummy|fake|sample|test|admin|root|guest|foo|bar|baz|spam|egg|hunter2|scott|tiger|joe|jane|john|alice|bob|me|abc|123)[^:@]*|.{0,3}|\*+|x+|\.+|-+|_+)$/i;
const NO_HOST =
  /^(?:.*\.)?(?:example|test|invalid|local|localhost)(?:\.(?:com|org|net))?$|^[^.]+$|^(?:127|10|192\.168|0|1\.2\.3|172\.16)\.|^\.|(?:^|\.)(?:host|hostname|server|domain|foo|bar)\b/i;
const CREDENTIALS = /^:\/\/([^\s:/?#@'"<>`\\()[\]{}|^,;]+):([^\s/?#@'"<>`\\()[\]|^,;]+)@([\w.-]+)/;
/** What stands in the place of a value: `${USER}`, `{user}`, `%s`, `%(user)s`, `$USER`. */
const VARIABLE = /[${}<>*]|%[sdr(]|\.\.\./;

/**
 * The user of a URL with user and password.
 *
 * @param before what stands before `://`, its end
 * @param rest from `://` on
 * @returns undefined for placeholders, and for hosts that nobody has
 */
export function urlCredentials(before: string, rest: string): string | undefined {
  if (!/[A-Za-z][A-Za-z0-9+.-]*$/.test(before)) return undefined;
  const [, user = '', password = '', host = ''] = CREDENTIALS.exec(rest) ?? [];
  if (user === '' || VARIABLE.test(user) || VARIABLE.test(password)) return undefined;
  if (password === user || PLACEHOLDER.test(password) || NO_HOST.test(host)) return undefined;
  return user;
}
