import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {discardDebs, placeDebs} from './archive/place.js';
import {assertUploads, type Companions, type Member, makeCompanions, sbomFile} from './companions.js';
import {type LoadOptions, loadConfig, loadConfigs} from './config/load.js';
import type {BuildOptions as Options} from './config/schema/index.js';
import type {Config, WithCopy} from './config/types.js';
import {type Caller, openCaller} from './context.js';
import {FALLBACK_EPOCH} from './epoch.js';
import {ioError, MkvenvdebError} from './errors.js';
import type {DebFile, Entry} from './model.js';
import {openOut} from './out.js';
import {pack} from './pack.js';
import {packFolder} from './pack-deb.js';
import {makePapers, type Papers} from './papers.js';
import {placeDrops} from './payload/drops.js';
import {collectFiles, commandLinks, linkEntries} from './payload/files.js';
import {makePlan, type NeededField, type Plan, type PlanOptions} from './plan.js';
import {filePatterns} from './policy/copyright-files.js';
import {formatSbom} from './policy/sbom.js';
import {readDetails} from './python/details.js';
import {type CopyContext, copyProject} from './python/source.js';
import type {Context, Report, Warning} from './report.js';
import {soundEntries} from './sound.js';
import {type FinishedVenv, type Making, makeVenv, type Variation} from './stage.js';
import {steps} from './steps.js';
import {withWorkFolder} from './work.js';

/** Options of `buildDeb`: every configuration key in camelCase, and what every function takes. */
export interface BuildOptions extends Options, Context {
  /** Configuration file in place of the one in the project folder; false reads none. */
  readonly configFile?: string | false | undefined;
  /** How messages name options: as the API does or as flags. @default 'api' */
  readonly spelling?: 'api' | 'flag' | undefined;
}

/** A package, and what belongs to it alone. */
export interface BuiltPackage extends DebFile {
  /** Name and version of each distribution that is bundled, sorted by its normalised name. */
  readonly distributions: readonly {readonly name: string; readonly version: string}[];
  /** Path of the bill of materials beside it, where it was asked for. */
  readonly sbom?: string;
  /** The temporary folder, where `keepWork` keeps it. */
  readonly workFolder?: string;
}

export interface BuildResult {
  /** One package; more only come from a debian/ folder, in the order of its debian/control. */
  readonly packages: readonly BuiltPackage[];
  /** Paths of the files that describe all of them, those that were asked for. */
  readonly buildinfo?: string;
  readonly changes?: string;
  /** Offline: what kept the network away, the kernel's `namespace` or `settings` that programs need to heed. */
  readonly isolation?: 'namespace' | 'settings';
  readonly warnings: readonly Warning[];
}

/** What the control file cannot do without. */
export const CONTROL_FIELDS: readonly NeededField[] = ['package', 'version', 'maintainer'];

/**
 * Build one Debian package from a Python project, or all those of a debian/ folder. Start reading here: every awaited
 * line of `build` is a stage.
 *
 * @throws MkvenvdebError with a code by which stage failed; `signal.reason` when aborted. Whatever happens, the output
 *   folder holds either all packages, complete, or what was there before
 */
export const buildDeb = (options: BuildOptions): Promise<BuildResult> => build(options, {});

/** `buildDeb` under a variation that must not change its bytes. */
export async function build(options: BuildOptions, variation: Variation): Promise<BuildResult> {
  const caller = openCaller(options);
  return buildFor(options, caller, variation).catch((error) => {
    throw caller.conceal(error);
  });
}

async function buildFor(options: BuildOptions, caller: Caller, variation: Variation): Promise<BuildResult> {
  const step = steps(caller.report, caller.signal);
  const plans = await step('plan', () => plansFor(options, caller, {needs: CONTROL_FIELDS}));
  for (const out of new Set(plans.map(({config}) => config.out))) await openOut(out);
  const made: Made[] = [];
  try {
    for (const plan of plans) made.push(await buildPlanned(plan, {caller, step, variation}));
    const {files, ...beside} = await makeBeside(made);
    caller.signal?.throwIfAborted();
    await placeDebs(
      made.map(({deb}) => deb),
      files,
    );
    const [isolation] = plans.flatMap((plan) => ('interpreter' in plan ? (plan.isolation?.by ?? []) : []));
    const proof = isolation ? {isolation} : {};
    return {packages: made.map(resultOf), ...beside, ...proof, warnings: caller.warnings};
  } finally {
    await discardDebs(made.map(({deb}) => deb));
  }
}

/** A package without its name yet, what is told of it, and what it brought. */
type Made = Member & Pick<BuiltPackage, 'distributions' | 'workFolder'>;

async function makeBeside([first, ...others]: readonly Made[]): Promise<Companions> {
  if (!first) return {files: []};
  return makeCompanions([first, ...others]).catch((error) => {
    throw ioError(error, `describing ${first.deb.file}`);
  });
}

function resultOf({deb, distributions, sbom, config, workFolder}: Made): BuiltPackage {
  const {temporaryFile: _, ...file} = deb;
  return {
    ...file,
    distributions,
    ...(sbom === undefined || config.sbom === 'inside' ? {} : {sbom: sbomFile(deb)}),
    ...(workFolder === undefined ? {} : {workFolder}),
  };
}

/** A plan; of a package without a virtualenv its configuration says everything. */
export type Planned = Plan | {readonly config: Config};

async function buildPlanned(plan: Planned, {caller, step, variation}: Omit<Making, 'work'>): Promise<Made> {
  if (!('interpreter' in plan)) {
    const member = await step('pack', () => packFolder(plan.config, undefined, caller, variation.workers));
    return {...member, distributions: []};
  }
  const where = {...workOptions(plan, caller), exactly: variation.workFolder};
  return withWorkFolder(where, async (work) => {
    const making: Making = {caller, work, step, variation};
    const finished = await makeVenv(plan, making);
    const papers = await step('papers', () => papersOf(plan, finished, caller));
    const entries = await step('payload', () => collectEntries(plan, finished, {...making, papers}));
    const {config, scripts, side, interpreter, interpreterDepends: depends} = plan;
    const {fields, allow} = finished;
    const {prefix} = fields;
    const what = {config, fields, prefix, depends, scripts, side, entries};
    const deb = await step('pack', () =>
      pack({...what, forbidden: [work], allow, caller, workers: variation.workers}),
    );
    const distributions = finished.venv.distributions.map((one) => ({name: one.name, version: one.version}));
    const {newest, sbom} = papers;
    const member = {deb, config, fields, newest, sbom, interpreter, depends};
    return {...member, distributions, ...keptFolder(plan, work)};
  });
}

/**
 * Decide everything that `buildDeb` would do, and do none of it: nothing is created, but for a temporary copy of a
 * project whose setup.py has to be asked.
 */
export async function planDeb(options: BuildOptions): Promise<Plan> {
  const [plan] = await planDebs(options);
  if (plan) return plan;
  throw new MkvenvdebError('E_OPTION', 'No package with a virtualenv');
}

/** `planDeb` for each package of a debian/ folder that gets a virtualenv. */
export async function planDebs(options: BuildOptions): Promise<readonly Plan[]> {
  const caller = openCaller(options);
  const copy = (workDir: string | undefined) => copying(workDir, caller);
  const plans = await plansFor(options, caller, {copying: copy, needs: CONTROL_FIELDS}).catch((error) => {
    throw caller.conceal(error);
  });
  return plans.filter((plan): plan is Plan => 'interpreter' in plan);
}

/** Copies a project that has to be asked. What is read of the copy holds no time. */
export const copying =
  (parent: string | undefined, caller: Caller): WithCopy =>
  (folder, use) =>
    withWorkFolder({parent, candidates: caller.temporary, keep: false}, async (work) =>
      use(await copyProject(copyContext(caller, FALLBACK_EPOCH), folder, join(work, 'project'))),
    );

/** What copying a project needs outside of a build. */
export const copyContext = ({environment, signal}: Caller, seconds: number): CopyContext => ({
  env: {PATH: environment.PATH ?? '/usr/bin:/bin', SOURCE_DATE_EPOCH: String(seconds)},
  signal,
});

/** Resolve options and configuration files into plans, one for each package. */
export async function plansFor(
  options: BuildOptions,
  caller: Caller,
  how: PlanOptions,
): Promise<readonly Planned[]> {
  const plans: Planned[] = [];
  const configs = await loadConfigs(loadOptions(options, caller, true));
  assertUploads(configs);
  for (const config of configs) {
    warnBareName(config, caller.report);
    plans.push(config.venv === 'none' ? {config} : await makePlan(config, caller, how));
  }
  return plans;
}

/** Resolve options and configuration files into a plan, where only one package makes sense. */
export const planFor = async (
  options: BuildOptions,
  caller: Caller,
  how: PlanOptions & {readonly automatic?: boolean},
): Promise<Plan> => {
  const config = await loadConfig(loadOptions(options, caller, how.automatic ?? false));
  warnBareName(config, caller.report);
  return makePlan(config, caller, how);
};

function loadOptions(options: BuildOptions, caller: Caller, automatic: boolean): LoadOptions {
  const {
    signal: _signal,
    report: _report,
    cwd: _cwd,
    configFile,
    spelling,
    source: project,
    ...given
  } = options;
  const {cwd, environment, machine: architecture, signal, report} = caller;
  const context = {cwd, environment, architecture, signal, report, spelling};
  return {...context, configFile, project, options: given, automatic};
}

/** A folder's name that is mistyped is a distribution's name as well. */
function warnBareName({source}: Config, report: Report): void {
  if (source.kind !== 'requirement' || source.requirement !== source.name) return;
  report({
    type: 'warning',
    code: 'taken-for-requirement',
    message: `No such folder: taken for a requirement: ${source.name}`,
    hint: `pip fetches it and runs its code: write ./${source.name} for a folder, or name a version (${source.name}==…)`,
  });
}

/** Where a build works, by its plan. */
export const workOptions = ({config}: Plan, {temporary, report}: Caller) => ({
  parent: config.workDir,
  candidates: temporary,
  keep: config.keepWork,
  report,
});

/** What a result says of the work folder. */
export const keptFolder = ({config}: Plan, workFolder: string) => (config.keepWork ? {workFolder} : {});

type MadePapers = Papers & {readonly sbom: string | undefined};

/** What is said of the package and of everything that is bundled in it. */
async function papersOf(plan: Plan, finished: FinishedVenv, {report}: Caller): Promise<MadePapers> {
  const {extras, distribution, sourcePackage, sbom: wanted} = plan.config;
  const {venv, fields, project, recorded} = finished;
  const {prefix, interpreter} = venv;
  const distributions = await readDetails(venv, {project, extras});
  const owners = new Map([...recorded].map(([path, {distribution: owner}]) => [path, owner]));
  const files = filePatterns({owners, prefix, sitePackages: interpreter.sitePackages});
  const bundled = {distributions, files};
  const synopsis = fields.description.split('\n')[0] ?? '';
  const sbom = wanted === 'none' ? undefined : await formatSbom({...fields, synopsis, distributions});
  const packed = wanted === 'beside' ? undefined : sbom;
  const facts = {given: plan.papers, fields, distribution, sourcePackage, bundled, sbom: packed};
  return {...makePapers({...facts, report}), sbom};
}

/** A virtualenv's entries and those that the configuration adds. */
async function collectEntries(
  plan: Plan,
  finished: FinishedVenv,
  {papers, ...making}: Making & {readonly papers: Papers},
): Promise<readonly Entry[]> {
  const {config} = plan;
  const {venv, fields, commands} = finished;
  const {prefix, epoch} = fields;
  const mtime = epoch.seconds;
  const available = await readdir(join(venv.stagedPrefix, 'bin'));
  const further = [
    ...(await collectFiles(config.files, {mtime})),
    ...linkEntries(config.links, {mtime}),
    ...(await placeDrops(config, {package: fields.package, mtime})),
    ...commandLinks({bin: config.bin, commands, available, prefix, mtime}),
    ...papers.entries,
  ];
  return soundEntries(plan, {finished, making, further, directories: config.directories});
}
