import {compare, parse} from '@renovatebot/pep440';
import {MkvenvdebError} from '../errors.js';
import {compareDebianVersions, parseDebianVersion, toDebianVersion} from '../policy/version.js';

/** A version that exists somewhere. */
export interface KnownVersion {
  /** As it is written there. */
  readonly version: string;
  /** A Debian version has a revision, and is compared by dpkg's order only. */
  readonly kind: 'python' | 'debian';
  /** `tag v26.11.0 of origin`, `suite stable`, `package index`. */
  readonly where: string;
}

/**
 * What keeps a version from being the next one: it has to be newer than every other for pip (PEP 440) and for dpkg
 * (deb-version(7)), and spelled unlike none of them.
 *
 * @param version of Python
 * @throws E_OPTION when it is none
 */
export function versionProblems(version: string, known: readonly KnownVersion[]): readonly string[] {
  const ours = parse(version);
  if (ours === null)
    throw new MkvenvdebError(
      'E_OPTION',
      `Version is not a Python version (PEP 440): ${JSON.stringify(version)}`,
    );
  return known.flatMap((other) => {
    const name = `${other.version} (${other.where})`;
    const byPip = other.kind === 'python' && parse(other.version) ? compare(version, other.version) : 1;
    const byDpkg = compareUpstream(version, other);
    if (byPip > 0 && byDpkg > 0) return [];
    if (byPip !== 0 && Math.min(byPip, byDpkg) < 0) return [`older than ${name}`];
    const same = other.kind === 'python' ? other.version : parseDebianVersion(other.version).upstream;
    return [same === version ? `there already: ${name}` : `the same as ${name}, spelled differently`];
  });
}

/** By dpkg's order, without the revision: a new one does not make a new version of the software. */
function compareUpstream(version: string, {version: other, kind}: KnownVersion): number {
  const ours = toDebianVersion(version, {revision: '0'});
  if (kind === 'python')
    return parse(other) ? compareDebianVersions(ours, toDebianVersion(other, {revision: '0'})) : 1;
  const {epoch, upstream} = parseDebianVersion(other);
  return compareDebianVersions(ours, `${epoch}:${upstream}-0`);
}
