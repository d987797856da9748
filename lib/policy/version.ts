import {parse} from '@renovatebot/pep440';
import {MkvenvdebError} from '../errors.js';
import {isDebianVersion} from '../formats/names.js';

/** A version of deb-version(7) in its three parts. */
export interface DebianVersion {
  readonly epoch: number;
  readonly upstream: string;
  /** An empty string where there is none (a native package). */
  readonly revision: string;
}

export interface VersionOptions {
  /** What follows the hyphen: letters, digits and `+ . ~`. @default '1' */
  readonly revision?: string;
}

/** Above this a number of a version no longer fits what JavaScript calls a safe integer. */
const TOO_LONG = /\d{16}/;
/** A version that is Debian's own, and has no revision (Policy 5.6.12). */
const NATIVE = 'native';
/** dpkg keeps epochs in an int. */
const LAST_EPOCH = 2 ** 31 - 1;

/**
 * Turn a Python version (PEP 440) into a Debian one (deb-version(7)) so that dpkg sorts as pip does.
 *
 * | Python | Debian | because |
 * |---|---|---|
 * | `1.0.dev1` | `1.0~~dev1-1` | below every pre-release: `~~` sorts before `~a` |
 * | `1.0rc1` | `1.0~rc1-1` | `~` sorts before the end of the text |
 * | `1.0rc1.dev1` | `1.0~rc1~dev1-1` | likewise |
 * | `1.0.post1` | `1.0+.post1-1` | `+` sorts before the `.` of 1.0.1, and `+.` after any local part |
 * | `1.0+ubuntu.1` | `1.0+ubuntu.1-1` | above 1.0, below 1.0.post1 |
 * | `2!1.0` | `2:1.0-1` | epoch |
 *
 * Two things dpkg cannot be told: 1.0 and 1.0.0 are equal in Python only, and parts of a local version that are
 * compared with each other follow dpkg's rule.
 *
 * @throws E_OPTION for what is not PEP 440, has a number of more than 15 digits, or an unusable revision
 */
export function toDebianVersion(version: string, {revision = '1'}: VersionOptions = {}): string {
  const text = version.trim();
  const parsed = parse(text);
  if (parsed === null) {
    throw new MkvenvdebError(
      'E_OPTION',
      `Version is not a Python version (PEP 440): ${JSON.stringify(version)}`,
      {
        hint: 'Set "version" to the one the Debian package shall have, such as 1.0~rc1-1',
      },
    );
  }
  const [publicPart = '', local] = text.split('+');
  if (TOO_LONG.test(publicPart)) {
    throw new MkvenvdebError('E_OPTION', `Version has a number of more than 15 digits: ${version}`);
  }
  const {epoch, release, pre, post, dev} = parsed;
  const upstream = [
    release.join('.'),
    pre ? `~${pre.join('')}` : '',
    post ? `+.${post.join('')}` : '',
    dev ? `${pre || post ? '~' : '~~'}${dev.join('')}` : '',
    local === undefined ? '' : `+${normalLocal(local)}`,
  ].join('');
  return joined({epoch, upstream, revision}, version);
}

/** From the text, because the parser takes `1e5` and `0x10` in a local version for numbers. */
const normalLocal = (local: string): string =>
  local
    .toLowerCase()
    .split(/[-_.]/)
    .map((part) => (/^\d+$/.test(part) ? part.replace(/^0+(?=\d)/, '') : part))
    .join('.');

/**
 * The version that the user asks for by the option `version`. One that only Debian can read (with `~`, `:` or a
 * revision) is kept as it is; what Python can read as well is taken for a Python version, so that `1.0rc1` does not
 * become newer than `1.0`. A revision is added where there is none.
 *
 * @throws E_OPTION for what is neither
 */
export function givenVersion(version: string, options: VersionOptions = {}): string {
  if (options.revision === NATIVE) {
    parseDebianVersion(version);
    return version;
  }
  // 1.0-1 is Python's old spelling of 1.0.post1, but in this place nobody means that.
  if (!version.includes('-') && parse(version) !== null) return toDebianVersion(version, options);
  const {epoch, upstream, revision} = parseDebianVersion(version);
  return revision === '' ? joined({epoch, upstream, revision: options.revision ?? '1'}, version) : version;
}

function joined({epoch, upstream, revision}: DebianVersion, given: string): string {
  if (revision === NATIVE) return joined({epoch, upstream, revision: '0'}, given).replace(/-0$/, '');
  if (!/^[A-Za-z0-9+.~]+$/.test(revision)) {
    throw new MkvenvdebError(
      'E_OPTION',
      `Option "revision" cannot end a Debian version: ${JSON.stringify(revision)}`,
      {
        hint: 'Use letters, digits and + . ~, such as 1 or 1~bookworm1',
      },
    );
  }
  if (epoch > LAST_EPOCH) throw new MkvenvdebError('E_OPTION', `Epoch of the version is too large: ${given}`);
  return `${epoch > 0 ? `${epoch}:` : ''}${upstream}-${revision}`;
}

/**
 * Take a Debian version apart: the epoch ends at the first colon, the revision begins after the last hyphen.
 *
 * @throws E_OPTION when it is none
 */
export function parseDebianVersion(version: string): DebianVersion {
  if (!isDebianVersion(version)) {
    throw new MkvenvdebError('E_OPTION', `Not a Debian version: ${JSON.stringify(version)}`, {
      hint: 'Start with a digit and use letters, digits and + . ~ -, such as 2:1.0~rc1-1',
    });
  }
  const colon = version.indexOf(':');
  const hyphen = version.lastIndexOf('-');
  const end = hyphen === -1 ? version.length : hyphen;
  return {
    epoch: colon === -1 ? 0 : Number(version.slice(0, colon)),
    upstream: version.slice(colon + 1, end),
    revision: version.slice(end + 1),
  };
}

/**
 * Compare two Debian versions as dpkg does: below 0 when `a` is the older one, 0 when they are equal.
 *
 * @throws E_OPTION when one is not a version
 */
export function compareDebianVersions(a: string, b: string): number {
  const left = parseDebianVersion(a);
  const right = parseDebianVersion(b);
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

/** deb-version(7): by turns a run of non-digits by character weight and a run of digits by value. */
function comparePart(a: string, b: string): number {
  const [left, right] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one = '', two = ''] = [left[index], right[index]];
    const difference = index % 2 === 0 ? compareWords(one, two) : compareNumbers(one, two);
    if (difference !== 0) return difference;
  }
  return 0;
}

const compareNumbers = (a: string, b: string): number => {
  const [left, right] = [BigInt(a || 0), BigInt(b || 0)];
  return left < right ? -1 : left > right ? 1 : 0;
};

function compareWords(a: string, b: string): number {
  for (let index = 0; index <= Math.max(a.length, b.length); index++) {
    const difference = weight(a[index]) - weight(b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` before the end of the text, the end before letters, letters before all else. */
function weight(character: string | undefined): number {
  if (character === '~') return -1;
  if (character === undefined) return 0;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
