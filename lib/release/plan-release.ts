import {join, relative, resolve} from 'node:path';
import {clean} from '@renovatebot/pep440';
import {type BuildOptions, copying, plansFor} from '../build.js';
import {loadConfigs} from '../config/load.js';
import {readProject} from '../config/project.js';
import type {Config} from '../config/types.js';
import {assertTexts, type Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {tagOf} from '../formats/release-names.js';
import {toPackageName} from '../policy/names.js';
import type {Context} from '../report.js';
import {withWorkFolder} from '../work.js';
import {type KnownVersion, versionProblems} from './check-version.js';
import {checkOut} from './checkout.js';
import {nameProject} from './name-project.js';
import {assertNewer, nextAmong} from './next-version.js';
import type {PlannedRelease} from './target.js';
import {versionsOf} from './versions-of.js';
import {
  type CommitFacts,
  findCommit,
  findWorkTree,
  type GitPlace,
  type GitRepository,
  git,
} from './work-tree.js';

/** What a release is made of, before its version is known. */
export interface ReleaseSource {
  /** Absolute folder of the project, in the user's work tree. */
  readonly project: string;
  readonly repository: GitRepository;
  readonly facts: CommitFacts;
  /** As the commit has it, or the file that was named. */
  readonly config: Config;
  readonly configFile: string | undefined;
  /** Name of the Debian package. */
  readonly package: string;
  /** Name of the distribution; undefined where no sdist and no wheel is made. */
  readonly distribution: string | undefined;
}

/** Everything that is decided before anything is built. */
export interface ReleasePlan extends PlannedRelease, ReleaseSource {
  readonly package: string;
  readonly project: string;
  readonly distribution: string | undefined;
  /** The version as the pattern spells it. */
  readonly spelled: string;
}

export interface SourceOptions extends Context {
  /** Folder of the project, in a git repository. @default the working folder */
  readonly project?: string | undefined;
  /** What git calls the commit. @default 'HEAD' */
  readonly commit?: string | undefined;
  /** Configuration file in place of the one that the commit has. */
  readonly configFile?: string | undefined;
}

/**
 * Find the commit and read the configuration that it has: uncommitted changes are no part of a release.
 *
 * @throws E_OPTION for what is no checkout, commit or valid configuration; E_COMMAND when git fails
 */
export async function readSource(options: SourceOptions, caller: Caller): Promise<ReleaseSource> {
  const {project: named = '.', commit = 'HEAD', configFile} = options;
  assertTexts({project: named, commit});
  const project = resolve(caller.cwd, named);
  const place = {folder: project, caller};
  const repository = await findWorkTree(place);
  const facts = await findCommit(place, commit);
  if (options.commit === undefined) await warnUncommitted(place);
  return withWorkFolder({parent: undefined, candidates: caller.temporary, keep: false}, async (work) => {
    // Deep: what the file names by going up stays below the work folder, and can be told.
    const target = join(work, 'up/'.repeat(8), 'source');
    await checkOut({repository, commit: facts.commit, target}, caller);
    const folder = resolve(target, repository.prefix);
    const file = configFile === undefined ? undefined : resolve(caller.cwd, configFile);
    const committed = {work, folder, project, configFile: file};
    const read = await readCommitted(committed, caller).catch((error) => {
      throw nameProject(error, committed);
    });
    return {project, repository, facts, configFile: file, ...read};
  });
}

async function warnUncommitted(place: GitPlace): Promise<void> {
  const changed = (await git(place, 'status', '--porcelain', '--', '.')).split('\n').filter(Boolean);
  if (changed.length === 0) return;
  place.caller.report({
    type: 'warning',
    code: 'uncommitted-changes',
    message: `Changes are not committed, and no part of the release: ${changed.length} ${changed.length === 1 ? 'file' : 'files'}`,
    hint: 'Commit and push them, or leave them for the next release',
  });
}

interface Committed {
  /** Temporary folder that holds the checkout. */
  readonly work: string;
  /** Folder of the project in the checkout. */
  readonly folder: string;
  readonly project: string;
  readonly configFile: string | undefined;
}

async function readCommitted(committed: Committed, caller: Caller) {
  const {folder, configFile} = committed;
  // Where only a version is missing, the release will tell it.
  const options = {version: '0'};
  const {cwd, environment, machine: architecture, signal, report} = caller;
  const context = {cwd, environment, architecture, signal, report};
  const [config] = await loadConfigs({...context, project: folder, configFile, options, automatic: true});
  caller.hide(config.secrets);
  const {name: told} = await readProject(config, {signal, report});
  const distribution = told ?? (await askedName({source: folder, ...options, configFile}, caller));
  const name = config.package ?? (distribution === undefined ? undefined : toPackageName(distribution));
  if (name === undefined)
    throw new MkvenvdebError('E_OPTION', 'Neither the options nor the project tell: package', {
      hint: 'Set it in mkvenvdeb.yaml',
    });
  const {sdist, wheel} = config.release;
  return {
    config: {...config, release: {...config.release, apt: config.release.apt.map(movedBack(committed))}},
    package: name,
    distribution: sdist || wheel ? distribution : undefined,
  };
}

/** Of a project whose name only its code tells: that needs an interpreter. */
async function askedName(options: BuildOptions, caller: Caller): Promise<string | undefined> {
  const copy = (workDir: string | undefined) => copying(workDir, caller);
  const [plan] = await plansFor(options, caller, {needs: [], copying: copy});
  return plan && 'interpreter' in plan ? plan.project.name : undefined;
}

/** What a file of the commit calls by a relative path lies beside the user's project, not beside a checkout of it. */
const movedBack =
  ({work, folder, project}: Committed) =>
  <T extends {readonly repository?: string | undefined}>(place: T): T => {
    const {repository} = place;
    if (!repository?.startsWith(work)) return place;
    return {...place, repository: resolve(project, relative(folder, repository))};
  };

export interface VersionChoice {
  readonly given: string | undefined;
  /** Versions that this machine has finished, whatever places say. @default none */
  readonly journals?: readonly KnownVersion[];
}

/**
 * The version of a release: the one that was given, or the next one; newer than all that exist.
 *
 * @throws as `nextVersion` and `checkVersion`
 */
export async function chooseVersion(
  source: ReleaseSource,
  {given, journals = []}: VersionChoice,
  caller: Caller,
): Promise<string> {
  if (given !== undefined) {
    assertTexts({version: given});
    assertSpelled(given);
  }
  const known = [...(await versionsOf(source, caller)), ...journals];
  if (given === undefined) return nextAmong(known, source.config.release.version);
  assertNewer(given, known);
  return given;
}

/** PEP 440 reads more than it writes; the tag and the files of the project get what was given. */
function assertSpelled(version: string): void {
  versionProblems(version, []);
  if (/^\d\S*$/.test(version)) return;
  throw new MkvenvdebError('E_OPTION', `Version does not begin with a digit: ${JSON.stringify(version)}`, {
    hint: `Write ${clean(version)}; what stands before it in a tag is said by release.tag`,
  });
}

/** What a release of that version will be. @throws E_OPTION for what is no version */
export function planRelease(source: ReleaseSource, spelled: string): ReleasePlan {
  assertSpelled(spelled);
  const version = clean(spelled) ?? spelled;
  const {config, facts} = source;
  return {...source, version, spelled, tag: tagOf(config.release.tag, spelled), commit: facts.commit};
}

/** The part of a plan that targets see. */
export const plannedOf = (plan: ReleasePlan): PlannedRelease => {
  const {package: name, distribution, version, tag, commit, project} = plan;
  return {package: name, distribution, version, tag, commit, project};
};
