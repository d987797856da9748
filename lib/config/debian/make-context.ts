import {join, resolve} from 'node:path';
import type {ChangelogEntry} from '../../formats/changelog.js';
import {readShellLine} from '../../formats/shell-words.js';
import {type ReadText, runFilters, splitPipe} from '../../formats/text-filters.js';
import {expandGlob} from './lists.js';
import type {RulesOptions} from './rules.js';

export interface MakeFacts {
  readonly source: string;
  readonly packages: readonly string[];
  /** Those of them that are for all architectures. */
  readonly independent: readonly string[];
  readonly entry: ChangelogEntry;
  /** Variables of dpkg-architecture(1). */
  readonly architecture: Readonly<Record<string, string>>;
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a file by its whole path. */
  readonly read: ReadText;
}

const withoutEpoch = (version: string): string => version.replace(/^\d+:/, '');
const upstream = (version: string): string => withoutEpoch(version).replace(/-[^-]*$/, '');

/** What a makefile of a package finds: its environment, the files that dpkg-dev brings, the commands that all know. */
export function makeContext(
  facts: MakeFacts,
): Pick<RulesOptions, 'environment' | 'shell' | 'include' | 'wildcard'> {
  const {project, architecture, environment} = facts;
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    environment: {...Object.fromEntries(set), ...architecture, ...OF_MAKE, CURDIR: project},
    shell: (command) => shell(command, facts),
    include: (file) => included(file, facts),
    wildcard: (pattern) => matching(pattern, project),
  };
}

const OF_MAKE = {MAKE: 'make', MAKEFILE_LIST: 'debian/rules'};

/** Names of files by a pattern, as it is written: from the project folder, or whole; undefined outside of it. */
function matching(pattern: string, project: string): readonly string[] | undefined {
  if (!/^[/~]/.test(pattern)) return expandGlob(project, pattern);
  if (!pattern.startsWith(`${project}/`)) return undefined;
  return expandGlob(project, pattern.slice(project.length + 1)).map((path) => join(project, path));
}

/** /usr/share/dpkg/pkg-info.mk and its siblings, by what they set. */
function included(
  file: string,
  {source, entry, architecture}: MakeFacts,
): Readonly<Record<string, string>> | undefined {
  const name = /^\/usr\/share\/dpkg\/([a-z-]+)\.mk$/.exec(file)?.[1] ?? '';
  const {version} = entry;
  const info = {
    DEB_SOURCE: source,
    DEB_VERSION: version,
    DEB_VERSION_EPOCH_UPSTREAM: version.replace(/-[^-]*$/, ''),
    DEB_VERSION_UPSTREAM_REVISION: withoutEpoch(version),
    DEB_VERSION_UPSTREAM: upstream(version),
    DEB_DISTRIBUTION: entry.distributions.join(' '),
    SOURCE_DATE_EPOCH: String(entry.seconds),
  };
  if (name === 'pkg-info') return info;
  if (name === 'architecture') return architecture;
  if (name === 'default') return {...architecture, ...info};
  return ['buildflags', 'buildopts', 'buildtools', 'vendor'].includes(name) ? {} : undefined;
}

/** What a command prints, for those whose answer is in the folder itself, or in what the machine says of its system. */
function shell(command: string, facts: MakeFacts): string | undefined {
  const text = command.replace(/(?<!\s)\s+2>\s*\/dev\/null/g, '');
  const and = text.indexOf('&&');
  if (text.includes('||') || (and >= 0 && text.lastIndexOf('|') > and)) return undefined;
  const [first = '', ...filters] = splitPipe(text);
  // What was changed is a part of it that is not known here; filters look for the lines before.
  if (filters.length === 0 && /^(?:dpkg-)?parsechangelog\b(?!.*\s(?:-S|--show-field))/.test(first))
    return undefined;
  const start = printed(first, facts);
  const result =
    start === undefined
      ? runFilters([first, ...filters], undefined, (path) => readable(path, facts))
      : runFilters(filters, `${start}\n`, () => undefined);
  // GNU make manual, 8.14: newlines become blanks, but for those at the end.
  return result?.replace(/(?<!\n)\n+$/, '').replaceAll('\n', ' ');
}

/** Files of the project, and os-release(5), that a command may read. */
function readable(path: string, {project, read}: MakeFacts): string | undefined {
  const whole = resolve(project, path);
  return whole === OS_RELEASE || whole.startsWith(`${project}/`) ? read(whole) : undefined;
}

function printed(
  text: string,
  {packages, independent, architecture, project, read, ...facts}: MakeFacts,
): string | undefined {
  const [list, kind] = /^dh_listpackages(?:\s+-([asi]))?$/.exec(text) ?? [];
  if (list !== undefined) {
    const listed = (name: string) => kind === undefined || (kind === 'i') === independent.includes(name);
    return packages.filter(listed).join('\n');
  }
  if (/^pwd(?: -P)?$/.test(text)) return project;
  const variable = /^dpkg-architecture\s+-q\s*(\w+)$/.exec(text)?.[1];
  if (variable !== undefined) return architecture[variable];
  const {commands, beyond} = readShellLine(text);
  const [
    {
      words: [name, ...words],
    } = {words: []},
  ] = commands;
  if (name === 'echo' && commands.length === 1 && beyond === undefined)
    return words.filter((word, index) => index > 0 || word !== '-n').join(' ');
  return parsed(text, project, facts) ?? systemFact(text, read(OS_RELEASE) ?? '');
}

const OS_RELEASE = '/etc/os-release';

/** lsb_release(1), and the shell's own way to the same. */
function systemFact(text: string, release: string): string | undefined {
  const [, letters = ''] =
    /^lsb_release((?:\s+-[csri]+|\s+--(?:codename|short|release|id))+)$/.exec(text) ?? [];
  const short = letters.replace(/--(\w)\w*/g, '-$1').replace(/[\s-]/g, '');
  const [, sourced] = /^\.\s+\/etc\/os-release\s*(?:&&|;)\s*echo\s+"?\$\{?(\w+)\}?"?$/.exec(text) ?? [];
  const asked = sourced ?? {cs: 'VERSION_CODENAME', rs: 'VERSION_ID'}[[...short].sort().join('')];
  const line = asked && release.split('\n').find((one) => one.startsWith(`${asked}=`));
  return line?.slice(line.indexOf('=') + 1).replace(/^(["'])(.*)\1$/, '$2');
}

/** dpkg-parsechangelog(1), of the changelog of the folder; parsechangelog was a program beside it. */
function parsed(
  text: string,
  project: string,
  {source, entry}: Pick<MakeFacts, 'source' | 'entry'>,
): string | undefined {
  const fields: Readonly<Record<string, string>> = {
    Source: source,
    Version: entry.version,
    Distribution: entry.distributions.join(' '),
    Urgency: entry.urgency,
    Maintainer: entry.maintainer,
    Timestamp: String(entry.seconds),
    Date: entry.date,
  };
  const [, program, rest = ''] = /^(dpkg-parsechangelog|parsechangelog)\b(.*)$/s.exec(text) ?? [];
  const words = rest
    .replace(/(?:^|\s)(?:-l\s*|--file[= ])(\S+)/, (whole, file: string) =>
      resolve(project, file) === join(project, 'debian/changelog') ? '' : whole,
    )
    .trim();
  if (program !== undefined && words === '')
    return Object.entries(fields)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n');
  const asked = /^(?:-S\s*|--show-field[= ])(\w+)$/.exec(words)?.[1]?.toLowerCase();
  return Object.entries(fields).find(([name]) => name.toLowerCase() === asked)?.[1];
}
