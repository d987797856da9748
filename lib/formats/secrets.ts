import {ManyNeedles} from './many-needles.js';
import {privateKeyIn} from './private-keys.js';
import {hasTokenChecksum, isMixed, urlCredentials} from './token-shapes.js';

/** Kinds of secrets that are known by how they look. */
export type SecretKind = 'private-key' | 'token' | 'credentials';

/** A secret that stands in a file. What it says is told to nobody: four characters of it at most. */
export interface Secret {
  readonly kind: SecretKind;
  /** What it is, for people: `GitHub token`. */
  readonly what: string;
  /** Bytes from the start of the content. */
  readonly offset: number;
  /** How it begins, four characters at most; empty for keys, which all begin alike. */
  readonly start: string;
  /** A password guards it. */
  readonly guarded?: boolean;
}

interface Pattern {
  readonly kind: 'token';
  readonly what: string;
  /** What it begins with. */
  readonly needle: string;
  /** Looks at the text from the needle on; gives back the secret when it is one. */
  readonly match: (text: string) => string | undefined;
}

/** The text that follows a needle is looked at up to here: the longest private keys have 13 kB. */
const LONGEST = 16384;
/** What stands before a needle: of a word, of a URL. */
const BEFORE = 40;

const token = (what: string, needle: string, shape: RegExp, holds: (text: string) => boolean = isMixed) =>
  ({
    kind: 'token',
    what,
    needle,
    match: (text) => {
      const [found] = shape.exec(text) ?? [];
      return found !== undefined && holds(found) ? found : undefined;
    },
  }) satisfies Pattern;

/** An AWS key id is public; with the key beside it, it is a secret. */
const AWS =
  /^A(?:KIA|SIA)(?!\w*EXAMPLE)[A-Z2-7]{16}(?![A-Za-z0-9])(?=[\s\S]{1,300}?(?<![A-Za-z0-9/+=])(?![^'"\s]*EXAMPLE)(?=[A-Za-z0-9/+]*[/+0-9])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=]))/;

const PATTERNS: readonly Pattern[] = [
  token('token of PyPI', 'pypi-AgE', /^pypi-AgE(?:IcHlwaS5vcmc|NdGVzdC5weXBpLm9yZw)[\w-]{50,}/),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((needle) =>
    token('token of GitHub', needle, /^gh[a-z]_[A-Za-z0-9]{36}(?![A-Za-z0-9])/, hasTokenChecksum),
  ),
  token('token of GitHub', 'github_pat_', /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?!\w)/),
  token('token of npm', 'npm_', /^npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/, hasTokenChecksum),
  token('token of GitLab', 'glpat-', /^glpat-(?:[\w-]{20}|[\w-]{27,300}\.[0-9a-z]{2}\.[0-9a-z]{9})(?![\w-])/),
  token('key of AWS', 'AKIA', AWS),
  token('key of AWS', 'ASIA', AWS),
  ...['xoxb-', 'xoxp-', 'xoxa-', 'xoxr-', 'xoxs-'].map((needle) =>
    token('token of Slack', needle, /^xox[a-z]-(?:\d+-)?\d{10,13}-[A-Za-z0-9-]{16,}/),
  ),
  token('key of Google', 'AIza', /^AIza[\w-]{35}(?![\w-])/),
  token('key of Stripe', 'sk_live_', /^sk_live_[A-Za-z0-9]{24,}/),
  token('key of Stripe', 'rk_live_', /^rk_live_[A-Za-z0-9]{24,}/),
];

const [URL, KEY] = [PATTERNS.length, PATTERNS.length + 1];
const NEEDLES = new ManyNeedles([...PATTERNS.map(({needle}) => needle), '://', '-----BEGIN ']);

/**
 * Find secrets by their looks: private keys that are whole, tokens with the prefix and the shape (where there is one,
 * the checksum) of those who hand them out, user and password in a URL. Placeholders are none.
 */
export function findSecrets(content: Buffer): readonly Secret[] {
  const found: Secret[] = [];
  NEEDLES.find(content, (number, offset) => {
    const text = content.toString('latin1', offset, offset + (number === URL ? 300 : LONGEST));
    const before = content.toString('latin1', Math.max(0, offset - BEFORE), offset);
    if (number === URL) {
      const user = urlCredentials(before, text);
      if (user !== undefined)
        found.push({kind: 'credentials', what: 'password in a URL', offset, start: user.slice(0, 4)});
      return;
    }
    if (number === KEY) {
      const key = privateKeyIn(text);
      const guarded = key === 'guarded' ? {guarded: true} : {};
      if (key !== undefined)
        found.push({kind: 'private-key', what: 'private key', offset, start: '', ...guarded});
      return;
    }
    const {kind, what, match} = PATTERNS[number] as Pattern;
    // In the middle of a word it is data that looks like it by chance.
    if (/[A-Za-z0-9_]$/.test(before)) return;
    const secret = match(text);
    if (secret !== undefined) found.push({kind, what, offset, start: secret.slice(0, 4)});
  });
  return found;
}
