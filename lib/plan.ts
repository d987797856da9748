import {readProject} from './config/project.js';
import {readRequirements} from './config/requirements.js';
import type {Config, ProjectMetadata, WithCopy} from './config/types.js';
import {passwordsOf} from './config/variables.js';
import type {Caller} from './context.js';
import {type Epoch, FALLBACK_EPOCH, NO_TIME, planEpoch} from './epoch.js';
import {MkvenvdebError} from './errors.js';
import {openDpkgDatabase} from './formats/dpkg-database.js';
import {isHomepage, isMaintainer} from './formats/names.js';
import type {Interpreter} from './model.js';
import {warnAccounts} from './policy/accounts.js';
import {
  changelogDay,
  changelogTime,
  checkNews,
  type GivenChangelog,
  readChangelog,
} from './policy/changelog.js';
import {readCopyright} from './policy/copyright.js';
import {interpreterDepends} from './policy/dependencies.js';
import {describeProject} from './policy/description.js';
import {maintainerOf, showPerson} from './policy/maintainer.js';
import {toPackageName} from './policy/names.js';
import {type MaintainerScripts, readScripts} from './policy/scripts.js';
import {readSide, type Side} from './policy/side.js';
import {givenVersion, toDebianVersion} from './policy/version.js';
import {probeInterpreter} from './python/interpreter.js';
import {findIsolation, type Isolation, NO_NAMESPACE, refuseRemote} from './python/offline.js';
import {arrangeRequirements, type Requirements, refuseUnhashed} from './python/requirements.js';

/** What comes from the project unless it is given; undefined until its wheel tells. */
export interface PlannedFields {
  readonly package?: string;
  /** Where the virtualenv will live. */
  readonly prefix?: string;
  /** Debian version. */
  readonly version?: string;
  readonly maintainer?: string;
  /** Synopsis, optionally followed by lines of longer text. */
  readonly description?: string;
  readonly homepage?: string;
  readonly epoch?: Epoch;
}

/** Everything that is decided before anything is made. */
export interface Plan {
  readonly config: Config;
  readonly needs: readonly NeededField[];
  /** What the project says of itself without being built. */
  readonly project: ProjectMetadata;
  readonly interpreter: Interpreter;
  /** Folders of this machine with wheels that came with the interpreter. */
  readonly wheelFolders: readonly string[];
  readonly requirements: Requirements;
  /** How the network is kept away; undefined where it is not. */
  readonly isolation?: Isolation;
  /** Relations that provide the interpreter. */
  readonly interpreterDepends: readonly string[];
  /** Documents that were given. */
  readonly papers: {readonly changelog: GivenChangelog | undefined; readonly copyright: string | undefined};
  /** Texts of the maintainer scripts. */
  readonly scripts: MaintainerScripts;
  /** What the files of the Debian side say. */
  readonly side: Side;
  readonly fields: PlannedFields;
}

/** The same when nothing is open any more. */
export type Fields = Required<
  Pick<PlannedFields, 'package' | 'prefix' | 'version' | 'maintainer' | 'description' | 'epoch'>
> &
  Pick<PlannedFields, 'homepage'>;

/** What somebody has to tell: the control file needs all of them, a staged virtualenv its name only. */
export type NeededField = 'package' | 'version' | 'maintainer';

export interface PlanOptions {
  readonly needs: readonly NeededField[];
  /**
   * Copies a project, given `work_dir`, so that its setup.py can be run for what only code tells. A build does without:
   * the wheel that it makes tells the same.
   */
  readonly copying?: (workDir: string | undefined) => WithCopy;
}

/**
 * Decide everything that can be decided without building: names, version, paths, time, interpreter, what it needs.
 *
 * @throws E_OPTION and E_PYTHON for everything that is wrong so far; nothing was written
 */
export async function makePlan(config: Config, caller: Caller, {copying, needs}: PlanOptions): Promise<Plan> {
  const {environment, signal, report, cwd} = caller;
  const lines = await readRequirements(config, {...environment, ...config.environment});
  const requirements = arrangeRequirements({...config, lines});
  refuseUnhashed({...config, lines}, requirements);
  const secrets = [...new Set([...config.secrets, ...lines.flatMap(({text}) => passwordsOf(text))])];
  caller.hide(secrets);
  if (config.offline) refuseRemote(config, lines);
  const isolation = config.offline ? await isolate(caller) : undefined;
  const database = openDpkgDatabase();
  const {ownerOf} = database;
  const {interpreter, wheelFolders} = await probeInterpreter({
    python: config.python,
    caller: environment,
    cwd,
    targetPython: config.targetPython,
    ownerOf,
    signal,
    report,
  });
  const depends =
    config.interpreterDepends.length > 0
      ? config.interpreterDepends
      : interpreterDepends(interpreter, {
          installed: (name) => database.installed(name)?.version,
          ownerOf: (path) => database.ownerOf(path)?.package,
        });
  const withCopy = copying?.(config.workDir);
  const {executable} = interpreter;
  const ask = withCopy && {executable, withCopy, under: isolation?.under};
  const project = await readProject(config, {ask, signal, report});
  const {source, sourceDateEpoch: given} = config;
  const folder = source.kind === 'folder' ? source.path : undefined;
  const papers = await readPapers(config);
  const epoch = await planEpoch({
    given,
    changelog: changelogTime(papers.changelog),
    day: changelogDay(papers.changelog),
    folder,
    environment,
    signal,
  });
  const fields = {...planFields(config, project, environment), ...(epoch ? {epoch} : {})};
  // Where name and version are known before the wheel is built, so are the people.
  const isKnown = project.name !== undefined && project.version !== undefined;
  if (isKnown && (source.kind === 'folder' || source.kind === 'wheel')) assertTold(fields, needs, project);
  warnHomepage(config, project, report);
  const scripts = await readScripts(config.scripts);
  await warnAccounts(config, scripts, report);
  return {
    config: {...config, secrets},
    needs,
    project,
    interpreter,
    wheelFolders,
    requirements,
    ...(isolation ? {isolation} : {}),
    interpreterDepends: depends,
    papers,
    scripts,
    side: await readSide(config, scripts),
    fields,
  };
}

async function isolate({environment, signal, report}: Caller): Promise<Isolation> {
  const isolation = await findIsolation(environment.PATH ?? '/usr/bin:/bin', {signal});
  if (isolation.by === 'settings') report(NO_NAMESPACE);
  return isolation;
}

/** Read the documents that are packed, so that what is wrong with them is found before anything is built. */
export async function readPapers({changelog, copyright, news}: Config): Promise<Plan['papers']> {
  await checkNews(news);
  return {changelog: await readChangelog(changelog), copyright: await readCopyright(copyright)};
}

/** Options win over the project's own metadata, that over the environment. */
export function planFields(
  config: Config,
  project: ProjectMetadata,
  environment: Caller['environment'],
): Omit<PlannedFields, 'epoch'> {
  const {revision} = config;
  const version =
    config.version !== undefined
      ? givenVersion(config.version, {revision})
      : project.version && toDebianVersion(project.version, {revision});
  const maintainer =
    config.maintainer ?? maintainerOf(project.maintainers, project.name) ?? debMaintainer(environment);
  const homepage = config.homepage ?? (isHomepage(project.homepage ?? '') ? project.homepage : undefined);
  const description = config.description ?? project.summary;
  const name = config.package ?? (project.name === undefined ? undefined : toPackageName(project.name));
  const prefix = config.prefix ?? (name && `/opt/${name}`);
  return {
    ...(name ? {package: name} : {}),
    ...(prefix ? {prefix} : {}),
    ...(version ? {version} : {}),
    ...(maintainer ? {maintainer} : {}),
    ...(description ? {description} : {}),
    ...(homepage ? {homepage} : {}),
  };
}

/** dpkg's own tools take these two variables (deb-changelog tools, devscripts.conf). */
function debMaintainer({DEBFULLNAME: name, DEBEMAIL: mail}: Caller['environment']): string | undefined {
  if (!mail) return undefined;
  const text = mail.includes('<') ? mail : `${name ?? ''} <${mail}>`;
  if (isMaintainer(text)) return text;
  throw new MkvenvdebError('E_OPTION', `DEBFULLNAME and DEBEMAIL are no maintainer: ${text}`, {
    hint: 'Set DEBFULLNAME to a name and DEBEMAIL to an address, or the option "maintainer"',
  });
}

/** What a package cannot do without and neither the options nor the project tell. */
function assertTold(
  fields: PlannedFields,
  needs: readonly NeededField[],
  {maintainers: [person]}: ProjectMetadata,
): void {
  const missing = needs.filter((key) => !fields[key]);
  if (missing.length === 0) return;
  if (person && missing.join() === 'maintainer') {
    throw new MkvenvdebError('E_OPTION', `Maintainer has no mail address: ${showPerson(person)}`, {
      hint: 'Add the address to the project\'s authors or maintainers, or set "maintainer" or DEBFULLNAME and DEBEMAIL',
    });
  }
  throw new MkvenvdebError('E_OPTION', `Neither the options nor the project tell: ${missing.join(', ')}`, {
    hint: 'Set it in mkvenvdeb.yaml or on the command line; for the maintainer, DEBFULLNAME and DEBEMAIL do as well',
  });
}

/** A mistake of the project's that no package needs to fail for. */
function warnHomepage({homepage}: Config, project: ProjectMetadata, report: Caller['report']): void {
  if (homepage !== undefined || project.homepage === undefined || isHomepage(project.homepage)) return;
  report({
    type: 'warning',
    code: 'unusable-homepage',
    message: `Homepage of the project is no http or https URL: ${project.homepage}`,
    hint: 'Set "homepage" to its whole address',
  });
}

/** What is known once the wheels are there. */
export interface Told {
  /** The project's metadata as its wheel has it. */
  readonly project: ProjectMetadata | undefined;
  /** Newest time in the project's wheel, seconds since 1970. */
  readonly newestMember: number | undefined;
  readonly caller: Caller;
}

/**
 * Fill in what only the project's wheel told; nothing may be open then.
 *
 * @throws E_OPTION that names what neither the options nor the project tell
 */
export function completeFields(plan: Plan, {project: told, newestMember, caller}: Told): Fields {
  const {config, interpreter} = plan;
  const project = {...plan.project, ...told, maintainers: peopleOf(told) ?? plan.project.maintainers};
  const fields = planFields(config, project, caller.environment);
  assertTold(fields, plan.needs, project);
  if (project.homepage !== plan.project.homepage) warnHomepage(config, project, caller.report);
  const {package: name = '', prefix = '', version = '', maintainer = '', homepage} = fields;
  const description =
    config.description ??
    describeProject({
      package: name,
      project: project.name ?? name,
      version: project.version ?? version,
      summary: project.summary,
      prefix,
      interpreter: languageOf(interpreter),
    });
  const epoch = plan.fields.epoch ?? archiveEpoch(newestMember);
  if (epoch.from === 'fallback') caller.report(NO_TIME);
  return {package: name, prefix, version, maintainer, description, epoch, ...(homepage ? {homepage} : {})};
}

/** The wheel's people; undefined when it names none, as some back ends leave them out. */
const peopleOf = (told: ProjectMetadata | undefined) =>
  told?.maintainers.length ? told.maintainers : undefined;

/** `PyPy 3.9`: what a reader of the description knows it by. */
const languageOf = ({implementation, pythonVersion}: Interpreter): string =>
  `${implementation === 'pypy' ? 'PyPy' : 'CPython'} ${pythonVersion.split('.').slice(0, 2).join('.')}`;

const archiveEpoch = (newestMember: number | undefined): Epoch =>
  newestMember ? {seconds: newestMember, from: 'archive'} : {seconds: FALLBACK_EPOCH, from: 'fallback'};
