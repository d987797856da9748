import {resolve} from 'node:path';
import {now} from '../apt/clock.js';
import {assertTexts, type Caller, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {parseDebianVersion} from '../policy/version.js';
import type {Context} from '../report.js';
import {dayIn} from './calendar.js';
import {type KnownVersion, versionProblems} from './check-version.js';
import {knownVersions, type VersionPlaces} from './known-versions.js';
import {nextInPattern, parseVersionPattern} from './version-pattern.js';

export interface VersionOptions extends Context {
  /** Folder of the project, in a git repository. @default the working folder */
  readonly project?: string | undefined;
  /** What stands before the version in a tag. @default 'v' */
  readonly tagPrefix?: string | undefined;
  /** Git repositories whose tags count as well as the local ones. @default none */
  readonly remotes?: readonly string[] | undefined;
  /** Folder of an apt repository, whose versions of the package count. @default none */
  readonly repository?: string | undefined;
  /** @default all of them */
  readonly suite?: string | undefined;
  /** URL of a package index (simple repository API), whose versions of the package count. @default none */
  readonly indexUrl?: string | undefined;
  /** Name of the Debian package and of the distribution; needed where an index is asked. */
  readonly package?: string | undefined;
}

export interface NextVersionOptions extends VersionOptions {
  /** Tokens with dots between them, those of calver.org and what is counted. @default 'YY.MM.NN' */
  readonly pattern?: string | undefined;
  /** Whose calendar counts (IANA time zone). @default 'UTC' */
  readonly zone?: string | undefined;
  /** The token that is counted up. @default the last that is counted */
  readonly bump?: string | undefined;
}

/**
 * The version that comes after all that exist: in git's tags, an apt repository, a package index.
 *
 * @throws E_OPTION for a pattern, zone or place that is none; E_PUBLISH when one of a later day exists, or an index
 *   does not answer; E_COMMAND when git fails
 */
export async function nextVersion(options: NextVersionOptions): Promise<string> {
  const caller = openCaller(options);
  return nextAmong(await knownVersions(placesOf(options, caller), caller), options);
}

/**
 * The version after those that are known.
 *
 * @throws as `nextVersion`
 */
export function nextAmong(
  known: readonly KnownVersion[],
  {pattern = 'YY.MM.NN', zone = 'UTC', bump}: Pick<NextVersionOptions, 'pattern' | 'zone' | 'bump'>,
): string {
  const day = dayIn(zone, now());
  const next = nextInPattern(parseVersionPattern(pattern), {day, known: known.map(asPython), bump});
  assertNewer(next, known);
  return next;
}

/** A Debian version of ours is the Python version and a revision. */
const asPython = ({version, kind}: KnownVersion): string =>
  kind === 'python' ? version : parseDebianVersion(version).upstream;

/**
 * Make sure that a version is newer than all that exist, for pip and for dpkg, and that none is the same in another
 * spelling: what is not is never upgraded to.
 *
 * @throws E_OPTION for what is no version, E_PUBLISH that names every version it is not newer than; as `nextVersion`
 */
export async function checkVersion(version: string, options: VersionOptions): Promise<void> {
  const caller = openCaller(options);
  assertTexts({version});
  versionProblems(version, []);
  assertNewer(version, await knownVersions(placesOf(options, caller), caller));
}

/** @throws E_OPTION for what is no version; E_PUBLISH that names every version it is not newer than */
export function assertNewer(version: string, known: readonly KnownVersion[]): void {
  const problems = versionProblems(version, known);
  if (problems.length === 0) return;
  throw new MkvenvdebError('E_PUBLISH', `Version is not newer than all that exist: ${version}`, {
    issues: problems,
    hint: 'mkvenvdeb version next tells the one that comes',
  });
}

function placesOf(options: VersionOptions, {cwd}: Caller): VersionPlaces {
  const {project = '.', tagPrefix = 'v', remotes = [], repository, suite, indexUrl} = options;
  assertTexts({project, tagPrefix});
  const {package: name} = options;
  if (name === undefined && (repository !== undefined || indexUrl !== undefined))
    throw new MkvenvdebError('E_OPTION', 'Option "package" is missing', {
      hint: 'Name the package whose versions the repository or the index shall be asked for',
    });
  return {
    project: resolve(cwd, project),
    tagPrefix,
    remotes,
    ...(repository === undefined || name === undefined ? {} : {apt: [{repository, suite, package: name}]}),
    ...(indexUrl === undefined || name === undefined ? {} : {index: {indexUrl, name}}),
  };
}
