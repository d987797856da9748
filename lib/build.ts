import {access, constants, readdir, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {removeLitter} from './archive/litter.js';
import {besideName, makeCompanions} from './companions.js';
import {loadConfig} from './config/load.js';
import type {BuildOptions as Options} from './config/schema/index.js';
import {type Caller, openCaller} from './context.js';
import {ioError, MkvenvdebError} from './errors.js';
import type {DebFile, Entry} from './model.js';
import {type NamedDeb, pack} from './pack.js';
import {makePapers, type Papers} from './papers.js';
import {collectFiles, commandLinks, linkEntries} from './payload/files.js';
import {makePlan, type NeededField, type Plan, type PlanOptions} from './plan.js';
import {filePatterns} from './policy/copyright-files.js';
import {formatSbom} from './policy/sbom.js';
import {readDetails} from './python/details.js';
import {PINNED} from './python/environment.js';
import type {Context, Warning} from './report.js';
import {type FinishedVenv, type Making, makeVenv, soundEntries, type Variation} from './stage.js';
import {steps} from './steps.js';
import {withWorkFolder} from './work.js';

/** Options of `buildDeb`: every configuration key in camelCase, and what every function takes. */
export interface BuildOptions extends Options, Context {
  /** Configuration file in place of the one in the project folder; false reads none. */
  readonly configFile?: string | false | undefined;
  /** How messages name options: as the API does or as flags. @default 'api' */
  readonly spelling?: 'api' | 'flag' | undefined;
}

export interface BuildResult {
  /** One package; more only come from a debian/ folder. */
  readonly packages: readonly DebFile[];
  /** Paths of the files beside it, those that were asked for. */
  readonly buildinfo?: string;
  readonly changes?: string;
  readonly sbom?: string;
  /** Name and version of each distribution that is bundled, sorted by name. */
  readonly distributions: readonly {readonly name: string; readonly version: string}[];
  readonly warnings: readonly Warning[];
}

/** What the control file cannot do without. */
export const CONTROL_FIELDS: readonly NeededField[] = ['package', 'version', 'maintainer'];

/**
 * Build one Debian package from a Python project. Start reading here: every awaited line of `build` is a stage.
 *
 * @throws MkvenvdebError with a code by which stage failed; `signal.reason` when aborted. Whatever happens, the output
 *   folder holds either the complete package or what was there before
 */
export const buildDeb = (options: BuildOptions): Promise<BuildResult> => build(options, {});

/** `buildDeb` under a variation that must not change its bytes. */
export async function build(options: BuildOptions, variation: Variation): Promise<BuildResult> {
  const caller = openCaller(options);
  const step = steps(caller.report, caller.signal);
  const plan = await step('plan', () => planFor(options, caller, {askSetup: false, needs: CONTROL_FIELDS}));
  await openOut(plan.config.out);
  return withWorkFolder(workOptions(plan, caller), async (work) => {
    const making: Making = {caller, work, step, variation};
    const finished = await makeVenv(plan, making);
    const papers = await step('papers', () => papersOf(plan, finished, caller));
    const entries = await step('payload', () => collectEntries(plan, finished, {...making, papers}));
    const {config, scripts, interpreterDepends: depends} = plan;
    const {fields} = finished;
    const {interpreter} = plan;
    const beside = (named: NamedDeb) =>
      makeCompanions(named, {...papers, config, fields, interpreter, depends, environment: PINNED});
    const packing = {config, fields, depends, scripts, entries, forbidden: [work], caller, beside};
    const deb = await step('pack', () => pack(packing));
    const distributions = finished.venv.distributions.map((one) => ({name: one.name, version: one.version}));
    return {packages: [deb], ...besideOf(deb, config), distributions, warnings: caller.warnings};
  });
}

/** Decide everything that `buildDeb` would do, and do none of it: nothing is created. */
export const planDeb = (options: BuildOptions): Promise<Plan> =>
  planFor(options, openCaller(options), {askSetup: true, needs: CONTROL_FIELDS});

/** Resolve options and configuration files into a plan. */
export async function planFor(
  options: BuildOptions,
  {cwd, ...caller}: Caller,
  planOptions: PlanOptions,
): Promise<Plan> {
  const {
    signal: _signal,
    report: _report,
    cwd: _cwd,
    configFile,
    spelling,
    source: project,
    ...given
  } = options;
  const {environment} = caller;
  const config = await loadConfig({cwd, environment, configFile, spelling, project, options: given});
  return makePlan(config, {cwd, ...caller}, planOptions);
}

/** Where a build works, by its plan. */
export const workOptions = ({config}: Plan, {temporary}: Caller) => ({
  parent: config.workDir,
  candidates: temporary,
  keep: config.keepWork,
});

/**
 * Remove from the output folder what killed builds left, and find out before the work whether it can be written to.
 * It is made only when there is something to put into it.
 *
 * @throws E_IO when the package could not be written there
 */
export async function openOut(out: string): Promise<void> {
  await removeLitter(out);
  await assertWritable(out, out);
}

/** The folder itself, or the nearest above it that exists. */
async function assertWritable(folder: string, out: string): Promise<void> {
  try {
    const isFolder = (await stat(folder)).isDirectory();
    if (!isFolder)
      throw new MkvenvdebError('E_IO', `Not a folder, but the package shall go there: ${folder}`);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const isAbsent = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(folder) !== folder;
    if (isAbsent) return assertWritable(dirname(folder), out);
    throw ioError(error, `making the output folder ${out}`);
  }
}

const besideOf = ({file}: DebFile, {buildinfo, changes, sbom}: Plan['config']) => ({
  ...(buildinfo ? {buildinfo: besideName(file, 'buildinfo')} : {}),
  ...(changes ? {changes: besideName(file, 'changes')} : {}),
  ...(sbom === 'beside' || sbom === 'both' ? {sbom: besideName(file, 'cdx.json')} : {}),
});

type MadePapers = Papers & {readonly sbom: string | undefined};

/** What is said of the package and of everything that is bundled in it. */
async function papersOf(plan: Plan, finished: FinishedVenv, {report}: Caller): Promise<MadePapers> {
  const {extras, distribution, sbom: wanted} = plan.config;
  const {venv, fields, project, recorded} = finished;
  const {prefix, interpreter} = venv;
  const distributions = await readDetails(venv, {project, extras});
  const owners = new Map([...recorded].map(([path, {distribution: owner}]) => [path, owner]));
  const files = filePatterns({owners, prefix, sitePackages: interpreter.sitePackages});
  const bundled = {distributions, files};
  const synopsis = fields.description.split('\n')[0] ?? '';
  const sbom = wanted === 'none' ? undefined : await formatSbom({...fields, synopsis, distributions});
  const packed = wanted === 'beside' ? undefined : sbom;
  return {...makePapers({given: plan.papers, fields, distribution, bundled, sbom: packed, report}), sbom};
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
    ...commandLinks({bin: config.bin, commands, available, prefix, mtime}),
    ...papers.entries,
  ];
  return soundEntries(plan, {finished, making, further});
}
