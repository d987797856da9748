import {join, posix} from 'node:path';
import {readProject} from './config/project.js';
import type {Caller} from './context.js';
import {FALLBACK_EPOCH} from './epoch.js';
import {warnUnlocked, writeLock} from './locking.js';
import type {RelocatedVenv, StagedVenv} from './model.js';
import {completeFields, type Fields, type Plan} from './plan.js';
import {compileBytecode} from './python/bytecode.js';
import {type RecordedFile, recordedFiles} from './python/distributions.js';
import {runHooks} from './python/hooks.js';
import {installWheels, unmetRequirements} from './python/install.js';
import {openWorkspace} from './python/open.js';
import {copyProject} from './python/source.js';
import {createVenv} from './python/venv.js';
import {type CollectedWheels, collectWheels, type WheelRequest} from './python/wheels.js';
import type {Workspace} from './python/workspace.js';
import {relocate, rewriteRecords} from './relocate/index.js';
import type {Step} from './steps.js';
import {usableCache} from './work.js';

/** Changes to a build that must not change its bytes: what `verify` turns. */
export interface Variation {
  /** Put into the environment of every command after everything else was scrubbed. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Read folders backwards. */
  readonly reverse?: boolean;
  /** Take the sources of the project from a copy of it in another place. */
  readonly moved?: {readonly from: string; readonly to: string};
  /** Work in this folder, which must not be there yet, in place of one whose name is new each time. */
  readonly workFolder?: string;
  /** Threads that compress. @default the number of processors, at most 8 */
  readonly workers?: number;
}

/** What every stage needs beside the plan. */
export interface Making {
  readonly caller: Caller;
  /** Empty folder of this build. */
  readonly work: string;
  readonly step: Step;
  readonly variation: Variation;
}

/** A virtualenv in the stage that is ready to be packed. */
export interface FinishedVenv {
  readonly venv: RelocatedVenv;
  readonly fields: Fields;
  /** Normalised name of what is packed; undefined where requirements only are. */
  readonly project: string | undefined;
  /** Commands that the project itself brings. */
  readonly commands: readonly string[];
  /** Everything a RECORD names, by its path relative to the prefix. */
  readonly recorded: ReadonlyMap<string, RecordedFile>;
  /** Entry paths of files that are what somebody else's wheel brought, byte for byte. */
  readonly prebuilt: ReadonlySet<string>;
  /** Globs over absolute paths of the package in which paths of the build are harmless. */
  readonly allow: readonly string[];
}

/** Make the virtualenv of a plan: wheels, venv, installation, hooks, relocation, bytecode, RECORD. */
export async function makeVenv(plan: Plan, making: Making): Promise<FinishedVenv> {
  const {caller, step} = making;
  const {config} = plan;
  const {workspace, ...wheels} = await step('wheels', async () => {
    const opened = await openBuild(plan, making);
    // Nothing is fetched after this step, and a kept work folder shall hold no credentials.
    const {close: forget} = opened.logins;
    const collected = await collectWheels(opened, wheelRequest(plan, making.variation)).finally(forget);
    return {workspace: opened, ...collected};
  });
  if (config.writeLock) await writeLock(config.writeLock, plan, wheels);
  warnUnlocked(plan, wheels, caller);
  const {project} = wheels;
  const metadata = project && (await readProject({source: {kind: 'wheel', path: project.file}}));
  const fields = completeFields(plan, {project: metadata, newestMember: project?.newestMember, caller});
  const {systemSitePackages, hooks} = config;
  const hasHooks = hooks.afterInstall.length + hooks.beforePack.length > 0;
  const source = hasHooks ? await sourceForHooks(plan, making, workspace) : undefined;
  const tool: 'virtualenv' | 'builtin' = config.venv === 'virtualenv' ? 'virtualenv' : 'builtin';
  const {prefix, package: promptName} = fields;
  const venvOptions = {tool, systemSitePackages, prefix, promptName};
  const empty = await step('venv', () => createVenv(workspace, venvOptions));
  const installed = await step('install', () =>
    install(workspace, empty, {wheels, skip: config.skipInstall, caller}),
  );
  if (hooks.afterInstall.length > 0)
    await step('hooks', () => runHooks(workspace, installed, {commands: hooks.afterInstall, source}));
  const requested = new Set(project ? [project.normalizedName] : []);
  const options = {promptName, report: caller.report};
  const venv = await step('relocate', () => relocate(installed, options));
  if (hooks.beforePack.length > 0)
    await step('hooks', () => runHooks(workspace, venv, {commands: hooks.beforePack, source}));
  await step('bytecode', () => compileBytecode(workspace, venv, config.bytecode));
  const {unchanged} = await rewriteRecords(venv, {requested});
  const recorded = await recordedFiles(venv);
  warnStrays(recorded, venv, caller);
  const built = new Set(wheels.wheels.filter((wheel) => wheel.built).map((wheel) => wheel.normalizedName));
  const isOurs = (path: string) => built.has(distributionAt(venv, recorded, path) ?? '');
  return {
    venv,
    fields,
    project: project?.normalizedName,
    commands: metadata?.scripts ?? [],
    recorded,
    prebuilt: new Set([...unchanged].filter((path) => !isOurs(path))),
    allow: config.leaks.allow.map((glob) => (glob.startsWith('/') ? glob : `${prefix}/${glob}`)),
  };
}

/** A copy of the project of its own: builds leave their output in theirs. */
async function sourceForHooks({config}: Plan, {variation}: Making, workspace: Workspace) {
  const {source} = config;
  if (source.kind !== 'folder') return undefined;
  return copyProject(workspace, placed(variation)(source.path), join(workspace.folders.src, 'hooks'));
}

/** The distribution of an entry path. */
export const distributionAt = (
  venv: StagedVenv,
  recorded: FinishedVenv['recorded'],
  path: string,
): string | undefined => recorded.get(posix.relative(venv.prefix.slice(1), path))?.distribution;

/** Modules that a `find_packages()` without `exclude` installs beside the package, for all of Python to see. */
const STRAYS = ['tests', 'test'];

function warnStrays(recorded: FinishedVenv['recorded'], {interpreter}: StagedVenv, {report}: Caller): void {
  for (const name of STRAYS) {
    const file = recorded.get(`${interpreter.sitePackages}/${name}/__init__.py`);
    if (!file) continue;
    report({
      type: 'warning',
      code: 'stray-package',
      message: `Distribution installs a top-level package "${name}": ${file.distribution}`,
      hint: 'Exclude it where the project lists its packages',
    });
  }
}

/** Make the folders of a build and the environment that its commands run in. */
export async function openBuild(plan: Plan, making: Omit<Making, 'step'>): Promise<Workspace> {
  const {caller, work, variation} = making;
  const {config, interpreter, wheelFolders} = plan;
  const {environment, cache, signal, report} = caller;
  return openWorkspace({
    work,
    cache: await usableCache(cache, work),
    interpreter,
    wheelFolders,
    index: config,
    selected: variation.moved?.to,
    pipVersion: config.pipVersion,
    limitSize: config.limitSize,
    netrc: config.netrc,
    urls: [...plan.requirements.lines, ...config.preinstall, ...config.buildRequires, requirementOf(config)],
    secrets: config.secrets,
    under: plan.isolation?.under,
    environment: {
      caller: environment,
      epoch: plan.fields.epoch?.seconds ?? FALLBACK_EPOCH,
      pass: config.passEnvironment,
      set: {...config.environment, ...variation.environment},
      offline: config.offline,
    },
    signal,
    report,
  });
}

const requirementOf = ({source}: Plan['config']): string =>
  source.kind === 'requirement' ? source.requirement : '';

/** Where a path of the project is read from. */
const placed =
  ({moved}: Variation) =>
  (path: string): string =>
    moved && (path === moved.from || path.startsWith(`${moved.from}/`))
      ? moved.to + path.slice(moved.from.length)
      : path;

function wheelRequest({config, requirements, fields}: Plan, variation: Variation): WheelRequest {
  const {source, skipInstall, buildIsolation: isolation, pipVersion} = config;
  const place = placed(variation);
  const pip = pipVersion ? `pip==${pipVersion}` : 'pip';
  return {
    project: skipInstall ? undefined : 'path' in source ? {...source, path: place(source.path)} : source,
    extras: config.extras,
    requirements: {
      ...requirements,
      folders: requirements.folders.map((one) => ({...one, path: place(one.path)})),
    },
    further: config.keepPip ? [pip, 'setuptools', 'wheel'] : [],
    isolation,
    // Without isolation, what is installed first is what later builds find.
    requires: isolation ? config.buildRequires : [...config.buildRequires, ...requirements.preinstall],
    epoch: fields.epoch?.seconds ?? FALLBACK_EPOCH,
  };
}

interface Installation {
  readonly wheels: CollectedWheels;
  readonly skip: boolean;
  readonly caller: Caller;
}

async function install(
  workspace: Workspace,
  venv: StagedVenv,
  installation: Installation,
): Promise<StagedVenv> {
  const installed = await installWheels(workspace, venv, installation.wheels.wheels);
  for (const message of await unmetRequirements(workspace, installed)) {
    installation.caller.report({type: 'warning', code: 'unmet-requirement', message});
  }
  return installed;
}
