import type {ChangelogEntry} from '../../formats/changelog.js';
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
}

const withoutEpoch = (version: string): string => version.replace(/^\d+:/, '');
const upstream = (version: string): string => withoutEpoch(version).replace(/-[^-]*$/, '');

/** What a makefile of a package finds: its environment, the files that dpkg-dev brings, the commands that all know. */
export function makeContext(facts: MakeFacts): Pick<RulesOptions, 'environment' | 'shell' | 'include'> {
  const {project, architecture, environment} = facts;
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    environment: {...Object.fromEntries(set), ...architecture, CURDIR: project, MAKE: 'make'},
    shell: (command) => shell(command, facts),
    include: (file) => included(file, facts),
  };
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

/** What a command prints, for those whose answer is in the folder itself. */
function shell(
  command: string,
  {packages, independent, architecture, project, ...facts}: MakeFacts,
): string | undefined {
  const text = command.replace(/\s+2>\s*\/dev\/null$/, '');
  const [list, kind] = /^dh_listpackages(?:\s+-([asi]))?$/.exec(text) ?? [];
  if (list !== undefined) {
    const listed = (name: string) => kind === undefined || (kind === 'i') === independent.includes(name);
    return packages.filter(listed).join(' ');
  }
  if (/^pwd(?: -P)?$/.test(text)) return project;
  const variable = /^dpkg-architecture\s+-q\s*(\w+)$/.exec(text)?.[1];
  if (variable !== undefined) return architecture[variable];
  return parsed(text, facts);
}

const CHANGELOG_FILE = /\s+(?:-l\s*|--file[= ])debian\/changelog/;
/** Old ways to get at one field of what dpkg-parsechangelog prints. */
const FILTERS: readonly RegExp[] = [
  /^sed -ne? ['"]s\/\^(?<field>\w+): (?:\\\(\.\*\\\)\/\\1)?\/+p['"]$/,
  /^grep ['"]?\^?(?<field>\w+):? ?['"]? ?\| ?cut -d ?['"] ['"] -f ?2$/,
  /^awk ['"]\/\^?(?<field>\w+):?\/ ?\{ ?print \$2 ?\}['"]$/,
];

function parsed(text: string, {source, entry}: Pick<MakeFacts, 'source' | 'entry'>): string | undefined {
  const [, rest] = /^dpkg-parsechangelog\b(.*)$/s.exec(text.replace(CHANGELOG_FILE, '')) ?? [];
  if (rest === undefined) return undefined;
  const direct = /^\s+(?:-S\s*|--show-field[= ])(\w+)$/.exec(rest)?.[1];
  const filter = /^\s*\|\s*(.*)$/s.exec(rest)?.[1] ?? '';
  const field = direct ?? FILTERS.map((pattern) => pattern.exec(filter)?.groups?.field).find(Boolean);
  const fields: Readonly<Record<string, string>> = {
    source,
    version: entry.version,
    distribution: entry.distributions.join(' '),
    urgency: entry.urgency,
    maintainer: entry.maintainer,
    date: entry.date,
    timestamp: String(entry.seconds),
  };
  return fields[field?.toLowerCase() ?? ''];
}
