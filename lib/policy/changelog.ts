import {MkvenvdebError} from '../errors.js';
import {type Changelog, type ChangelogEntry, parseChangelog} from '../formats/changelog.js';
import {formatMailDate} from '../formats/mail-date.js';
import {type MarkdownRelease, parseMarkdownChangelog} from '../formats/markdown-changelog.js';
import {readTextFile} from '../formats/text-file.js';
import {bulletLines} from './bullets.js';
import {compareDebianVersions, givenVersion, parseDebianVersion} from './version.js';

/** The changelog that the user gave. */
export type GivenChangelog =
  | {readonly kind: 'debian'; readonly file: string; readonly text: string; readonly changelog: Changelog}
  | {
      readonly kind: 'markdown';
      readonly file: string;
      readonly text: string;
      readonly releases: readonly MarkdownRelease[];
    };

/**
 * Read the file of the option `changelog`: Markdown by its name, else a Debian changelog.
 *
 * @throws E_OPTION when it holds no changelog, E_PAYLOAD when it is no text
 */
export async function readChangelog(file: string | undefined): Promise<GivenChangelog | undefined> {
  if (file === undefined) return undefined;
  const text = await readTextFile(file, 'Changelog');
  if (!/\.(?:md|markdown)$/i.test(file))
    return {kind: 'debian', file, text, changelog: parseChangelog(text, file)};
  const releases = parseMarkdownChangelog(text);
  if (releases.length > 0) return {kind: 'markdown', file, text, releases};
  throw new MkvenvdebError('E_OPTION', `No version in changelog: ${file}`, {
    hint: 'A heading for each version is looked for, such as "## 1.2.0 - 2024-01-02"',
  });
}

/**
 * See that the file of the option `news` is what apt-listchanges can show (Developers Reference 6.3.4).
 *
 * @throws E_OPTION when it is not in the form of a Debian changelog, E_PAYLOAD when it is no text
 */
export async function checkNews(file: string | undefined): Promise<void> {
  if (file !== undefined) parseChangelog(await readTextFile(file, 'NEWS'), file);
}

/** The moment that a Debian changelog tells; undefined for others, which know days at most. */
export const changelogTime = (given: GivenChangelog | undefined): number | undefined =>
  given?.kind === 'debian' ? given.changelog.entries[0].seconds : undefined;

/** The newest day that a Markdown changelog names, in seconds since 1970: for where nothing tells more exactly. */
export const changelogDay = (given: GivenChangelog | undefined): number | undefined =>
  given?.kind === 'markdown'
    ? given.releases.reduce<number | undefined>(
        (newest, {seconds = newest}) => (newest === undefined || (seconds ?? 0) > newest ? seconds : newest),
        undefined,
      )
    : undefined;

/** What a new entry says beside its changes. */
export interface EntryFacts {
  readonly package: string;
  readonly version: string;
  readonly distribution: string | undefined;
  readonly maintainer: string;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/** What becomes of it. */
export interface PackedChangelog {
  /** Debian changelog as text. */
  readonly text: string;
  /** The project's own changelog, where it is another one. */
  readonly upstream?: string;
  readonly newest: ChangelogEntry;
  /** Sentences for warnings. */
  readonly problems: readonly string[];
}

/** The changelog of a package: the given one as it is, or made of a Markdown one, or one entry. */
export function makeChangelog(given: GivenChangelog | undefined, facts: EntryFacts): PackedChangelog {
  if (given?.kind === 'debian') {
    const [newest] = given.changelog.entries;
    const {problems} = given.changelog;
    const other =
      newest.version === facts.version
        ? []
        : [`Newest changelog entry is of version ${newest.version}, the package of ${facts.version}`];
    const foreign =
      newest.source === facts.package
        ? []
        : [`Newest changelog entry is of ${newest.source}, the package's source is ${facts.package}`];
    return {text: given.text, newest, problems: [...other, ...foreign, ...problems]};
  }
  const {releases, problems} = given ? chooseReleases(given, facts) : {releases: [], problems: []};
  const text = [newestEntry(given?.releases ?? [], facts), ...olderEntries(releases, facts)].join('\n');
  const {entries} = parseChangelog(text, 'the changelog that was made');
  return {text, newest: entries[0], ...(given ? {upstream: given.text} : {}), problems};
}

type Dated = MarkdownRelease & {readonly debian: string};

/** Everything older than the package, newest first; what is out of order or no version is left out. */
function chooseReleases(
  {releases, file}: GivenChangelog & {kind: 'markdown'},
  {version}: EntryFacts,
): {releases: readonly Dated[]; problems: readonly string[]} {
  const chosen: Dated[] = [];
  const problems: string[] = [];
  let above = version;
  for (const release of releases) {
    const debian = release.version === undefined ? undefined : debianVersion(release.version, version);
    if (debian === undefined || isSameUpstream(debian, version)) continue;
    if (compareDebianVersions(debian, above) < 0) {
      chosen.push({...release, debian});
      above = debian;
    } else if (compareDebianVersions(debian, version) < 0)
      problems.push(`Changelog has version ${release.version} below an older one: ${file}`);
  }
  return {releases: chosen, problems};
}

/** With the first revision; native where the package is. */
function debianVersion(version: string, like: string): string | undefined {
  try {
    const whole = givenVersion(version);
    return like.includes('-') ? whole : whole.replace(/-1$/, '');
  } catch (error) {
    if (error instanceof MkvenvdebError) return undefined;
    throw error;
  }
}

function isSameUpstream(a: string, b: string): boolean {
  const [one, two] = [parseDebianVersion(a), parseDebianVersion(b)];
  return one.epoch === two.epoch && one.upstream === two.upstream;
}

/** What the changelog says of this version; of one that it does not name yet, what it says of the unreleased one. */
function newestEntry(releases: readonly MarkdownRelease[], facts: EntryFacts): string {
  const own = releases.find(({version}) => {
    const debian = version === undefined ? undefined : debianVersion(version, facts.version);
    return debian !== undefined && isSameUpstream(debian, facts.version);
  });
  const unreleased = releases.find(({version}) => version === undefined);
  return formatEntry({...facts, groups: (own ?? unreleased)?.groups ?? []});
}

/** Each is at most as young as the one above it. */
function olderEntries(releases: readonly Dated[], facts: EntryFacts): readonly string[] {
  let seconds = facts.seconds;
  return releases.map(({debian, groups, seconds: own = seconds}) => {
    seconds = Math.max(0, Math.min(own, seconds));
    return formatEntry({...facts, version: debian, seconds, groups});
  });
}

function formatEntry({groups, ...facts}: EntryFacts & Pick<MarkdownRelease, 'groups'>): string {
  const {distribution = 'unstable', version, maintainer, seconds} = facts;
  const lines = groups.flatMap(bulletLines);
  const {upstream} = parseDebianVersion(version);
  const changes = lines.length > 0 ? lines : [`  * Version ${upstream}.`];
  const end = ` -- ${maintainer}  ${formatMailDate(seconds)}`;
  return `${facts.package} (${version}) ${distribution}; urgency=medium\n\n${changes.join('\n')}\n\n${end}\n`;
}
