import {MkvenvdebError} from '../../errors.js';
import {parseStanzas, type Stanza} from '../../formats/stanza.js';

/** One binary package of debian/control. */
export interface BinaryPackage {
  readonly name: string;
  /** As it is written: `any`, `all`, `amd64 arm64`. */
  readonly architecture: string;
  /** Its fields, by names in lower case, with those that it takes over from the source. */
  readonly fields: ReadonlyMap<string, string>;
  /** Fields that have no counterpart here, as they are written. */
  readonly further: readonly string[];
}

export interface DebianControl {
  readonly source: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly binaries: readonly BinaryPackage[];
}

/** deb-src-control(5): a binary package takes these from the source where it has none of its own. */
const INHERITED = ['section', 'priority', 'maintainer', 'homepage'];
const OWN =
  'package architecture section priority maintainer homepage description build-profiles package-type'
    .concat(' depends pre-depends recommends suggests enhances conflicts breaks replaces provides essential')
    .split(' ');

const lowered = (stanza: Stanza): Map<string, string> =>
  new Map([...stanza].map(([name, value]) => [name.toLowerCase(), value]));

/**
 * Read debian/control (deb-src-control(5)): the source, then every binary package.
 *
 * @param file used in messages
 * @throws E_OPTION with everything that is wrong with it
 */
export function parseControl(text: string, file: string): DebianControl {
  const [first, ...others] = readStanzas(text, file);
  const source = first && lowered(first);
  const problems: string[] = [];
  if (!source?.has('source')) problems.push(`No field Source in the first stanza of ${file}`);
  if (others.length === 0) problems.push(`No binary package in ${file}`);
  const binaries = others.map((stanza): BinaryPackage => {
    const fields = lowered(stanza);
    const name = fields.get('package') ?? '';
    const architecture = (fields.get('architecture') ?? '').replace(/\s+/g, ' ').trim();
    if (name === '') problems.push(`Stanza without field Package in ${file}`);
    else if (architecture === '') problems.push(`No field Architecture for ${name} in ${file}`);
    const inherited = INHERITED.flatMap((key) => {
      const value = source?.get(key);
      return value === undefined ? [] : [[key, value] as const];
    });
    const further = [...stanza.keys()].filter((key) => !OWN.includes(key.toLowerCase()));
    return {name, architecture, fields: new Map([...inherited, ...fields]), further};
  });
  const names = binaries.map(({name}) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) problems.push(`Package twice in ${file}: ${twice}`);
  const [problem] = problems;
  if (problem !== undefined) {
    throw new MkvenvdebError('E_OPTION', problem, {issues: problems.length > 1 ? problems : []});
  }
  return {source: source?.get('source') ?? '', fields: source ?? new Map(), binaries};
}

function readStanzas(text: string, file: string): readonly Stanza[] {
  try {
    return parseStanzas(text, file);
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    throw new MkvenvdebError('E_OPTION', error.message, {cause: error});
  }
}

/** Levels of debhelper whose rules are known. */
const LEVELS = [9, 10, 11, 12, 13] as const;

/**
 * The compat level of debhelper(7): debian/compat, else `debhelper-compat (= N)` in a Build-Depends field, else
 * `X-DH-Compat`.
 *
 * @param compat what debian/compat holds; undefined where there is none
 * @throws E_OPTION for no level, two levels, and one that is not supported
 */
export function compatLevel(control: DebianControl, compat: string | undefined): number {
  const relations = ['build-depends', 'build-depends-arch', 'build-depends-indep']
    .map((name) => control.fields.get(name) ?? '')
    .join(',');
  const related = /(?:^|[\s,|])debhelper-compat\s*\(\s*=\s*(\d+)\s*\)/.exec(relations)?.[1];
  const declared = related ?? control.fields.get('x-dh-compat');
  const written = compat?.trim().split(/\s+/)[0];
  if (written !== undefined && declared !== undefined) {
    throw new MkvenvdebError(
      'E_OPTION',
      'Compat level is told twice: in debian/compat and in debian/control',
      {
        hint: 'debhelper refuses that as well: remove debian/compat',
      },
    );
  }
  const level = Number(written ?? declared);
  if ((LEVELS as readonly number[]).includes(level)) return level;
  const given = written ?? declared;
  const what =
    given === undefined ? 'No compat level of debhelper' : `Compat level is not supported: ${given}`;
  throw new MkvenvdebError('E_OPTION', what, {
    hint: `Known are ${LEVELS[0]} to ${LEVELS.at(-1)}: write debhelper-compat (= 13) into Build-Depends`,
  });
}
