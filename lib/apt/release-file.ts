import {MkvenvdebError} from '../errors.js';
import {formatMailDate, parseMailDate} from '../formats/mail-date.js';
import {formatStanza, parseStanzas, type Stanza} from '../formats/stanza.js';

/** A file that a Release file vouches for. */
export interface ListedFile {
  /** Relative to `dists/SUITE`: `main/binary-amd64/Packages.xz`. */
  readonly path: string;
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** What a Release file says of a suite; none of it may change between two publications but what stands at the end. */
export interface SuiteFacts {
  readonly origin: string;
  readonly label: string;
  readonly suite: string;
  readonly codename: string;
  readonly description?: string | undefined;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** apt installs nothing from it unless it is told to (apt_preferences(5): priority 1, or 100 with the next). */
  readonly notAutomatic: boolean;
  /** What was installed from it is upgraded from it. */
  readonly butAutomaticUpgrades: boolean;
  /** How long an index is believed, in seconds; undefined for ever. */
  readonly validFor?: number | undefined;
  /** Whether it has Contents indexes; Release says so by listing them. */
  readonly contents?: boolean | undefined;
}

export interface ReleaseFile {
  readonly facts: SuiteFacts;
  /** Seconds since 1970. */
  readonly date: number;
  readonly files: readonly ListedFile[];
}

/** Write a Release file (Debian repository format): UTC, in C locale, SHA256 only. */
export function formatRelease({facts, date, files}: ReleaseFile): string {
  const {validFor} = facts;
  const list = files.map(({path, size, sha256}) => `\n ${sha256} ${size} ${path}`).join('');
  return formatStanza([
    ['Origin', facts.origin],
    ['Label', facts.label],
    ['Suite', facts.suite],
    ['Codename', facts.codename],
    ['Date', utc(date)],
    ...(validFor === undefined ? [] : [['Valid-Until', utc(date + validFor)] as const]),
    ['Architectures', facts.architectures.join(' ')],
    ['Components', facts.components.join(' ')],
    ...(facts.description === undefined ? [] : [['Description', facts.description] as const]),
    ...(facts.notAutomatic ? [['NotAutomatic', 'yes'] as const] : []),
    ...(facts.butAutomaticUpgrades ? [['ButAutomaticUpgrades', 'yes'] as const] : []),
    ['Acquire-By-Hash', 'yes'],
    ['SHA256', list],
  ]);
}

/** As RFC 1123 has it; apt knows the zone under this name. */
const utc = (seconds: number): string => formatMailDate(seconds).replace('+0000', 'UTC');

/**
 * Read a Release file.
 *
 * @throws E_FORMAT when it is none, or lists no SHA256
 */
export function parseRelease(text: string, name: string): ReleaseFile {
  const [fields, ...more] = parseStanzas(text, name);
  if (fields === undefined || more.length > 0) throw broken(name, 'it has not exactly one paragraph');
  const [date, until] = ['Date', 'Valid-Until'].map((field) => dateOf(fields, field));
  if (date === undefined) throw broken(name, 'it has no usable Date');
  const files = listed(fields, name);
  const words = (field: string) => (fields.get(field) ?? '').split(/\s+/).filter(Boolean);
  return {
    facts: {
      origin: fields.get('Origin') ?? '',
      label: fields.get('Label') ?? '',
      suite: fields.get('Suite') ?? '',
      codename: fields.get('Codename') ?? '',
      ...(fields.has('Description') ? {description: fields.get('Description')} : {}),
      architectures: words('Architectures'),
      components: words('Components'),
      notAutomatic: fields.get('NotAutomatic') === 'yes',
      butAutomaticUpgrades: fields.get('ButAutomaticUpgrades') === 'yes',
      ...(until === undefined ? {} : {validFor: until - date}),
      ...(files.some(({path}) => CONTENTS.test(path)) ? {contents: true} : {}),
    },
    date,
    files,
  };
}

const CONTENTS = /^[^/]+\/Contents-[^/]+$/;

const dateOf = (fields: Stanza, field: string): number | undefined =>
  parseMailDate((fields.get(field) ?? '').replace(/(?:UTC|GMT|Z)$/, '+0000'));

/** A name that could lead out of the suite's folder is no name. */
const LINE = /^ ([0-9a-f]{64}) +(\d{1,15}) +((?!\/)(?!\.\.?\/)(?:(?!\/\.\.?\/)[\x21-\x7e])+)$/;

function listed(fields: Stanza, name: string): readonly ListedFile[] {
  const [, ...lines] = (fields.get('SHA256') ?? '').split('\n');
  return lines.map((line) => {
    const [, sha256, size, path] = LINE.exec(line) ?? [];
    if (sha256 === undefined || path === undefined)
      throw broken(name, `a line is not as it should be:${line}`);
    return {path, size: Number(size), sha256};
  });
}

const broken = (name: string, why: string): MkvenvdebError =>
  new MkvenvdebError('E_FORMAT', `Release file cannot be read: ${name}: ${why}`);
