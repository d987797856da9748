import {join, resolve} from 'node:path';
import {readDeb} from '../archive/read.js';
import {type BuildOptions, build, CONTROL_FIELDS, type Planned, plansFor} from '../build.js';
import {type Caller, openCaller} from '../context.js';
import {readSourceDateEpoch} from '../epoch.js';
import {MkvenvdebError} from '../errors.js';
import type {DebFile} from '../model.js';
import {steps} from '../steps.js';
import {withWorkFolder} from '../work.js';
import {compared, type VerifiedPackage} from './compared.js';
import {compareMachine, likelyCause, type MachineDifference, pinnedOtherwise} from './machine.js';
import {findBuildinfo, type Recorded} from './recorded.js';
import {configOf} from './trial.js';

/** The same as for `buildDeb`; nothing is written to `out`. */
export interface RebuildOptions extends BuildOptions {
  /** The package that is checked against its source. */
  readonly deb: string;
  /** Its `.buildinfo` file. @default the one beside it that names its SHA-256 */
  readonly buildinfoFile?: string | undefined;
}

/** What building a package again showed. */
export interface RebuildReport {
  readonly equal: boolean;
  /** The package that was given, and in what the one that was built now differs. */
  readonly package: VerifiedPackage;
  /** Of the package that was built now; hexadecimal. */
  readonly rebuiltSha256: string;
  /** Path of the `.buildinfo` file. */
  readonly buildinfo: string;
  /** What the machine of the first build had otherwise than this one. */
  readonly machine: readonly MachineDifference[];
  /** Why it is not the same, as far as the machine tells. */
  readonly likelyCause?: string;
}

/**
 * Check a package against its source: build it again with the time that its `.buildinfo` file recorded, compare the
 * bytes, and name what this machine has otherwise than the one that built it.
 *
 * @throws E_OPTION where there is no `.buildinfo` file that names these bytes, or the project is another package or
 *   version; as `buildDeb`; a difference is a result, not an error
 */
export async function rebuildDeb(options: RebuildOptions): Promise<RebuildReport> {
  const {deb: given, buildinfoFile: named, ...rest} = options;
  const caller = openCaller(rest);
  const step = steps(caller.report, caller.signal);
  const path = (text: string) => resolve(caller.cwd, text);
  const recorded = await findBuildinfo(path(given), named === undefined ? undefined : path(named));
  const original = await describe(path(given), recorded, caller);
  const plans = await plansFor(rest, caller, {needs: CONTROL_FIELDS});
  assertSamePackage(plans, original);
  const machine = compareMachine(recorded.buildinfo);
  const {workDir: parent, keepWork: keep} = configOf(plans);
  const {temporary: candidates, report} = caller;
  return withWorkFolder({parent, candidates, keep, report}, async (folder) => {
    const fixed = {...rest, ...timeOf(recorded, plans), buildinfo: false, changes: false, keepWork: false};
    const lock = configOf(plans).writeLock === undefined ? {} : {writeLock: join(folder, 'lock')};
    const environment = pinnedOtherwise(recorded.buildinfo);
    const {packages} = await build({...fixed, ...lock, out: join(folder, 'out')}, {environment});
    const rebuilt = packages.find((one) => one.package === original.package);
    if (!rebuilt) throw another('package', packages.map((one) => one.package).join(', '), original.package);
    if (rebuilt.version !== original.version) throw another('version', rebuilt.version, original.version);
    const result = await step('compare', () => compared(original, rebuilt.file));
    const cause = likelyCause(result.differences, machine);
    return {
      equal: result.equal,
      package: result,
      rebuiltSha256: rebuilt.sha256,
      buildinfo: recorded.file,
      machine,
      ...(cause === undefined ? {} : {likelyCause: cause}),
    };
  });
}

/** What the package says of itself, which has to be what its `.buildinfo` file says. */
async function describe(file: string, recorded: Recorded, {signal}: Caller): Promise<DebFile> {
  const {buildinfo, file: beside, sha256, size} = recorded;
  const {control} = await readDeb(file, {signal});
  const field = (name: string) => control.get(name) ?? '';
  const name = field('Package');
  if (!buildinfo.binaries.includes(name)) {
    throw new MkvenvdebError('E_OPTION', `The .buildinfo file is that of another package: ${beside}`, {
      issues: [`it names ${buildinfo.binaries.join(', ')}, and the package is ${name}`],
    });
  }
  const installedSize = Number(field('Installed-Size'));
  const [version, architecture] = [field('Version'), field('Architecture')];
  return {file, package: name, version, architecture, size, installedSize, sha256};
}

/** What is known of the project before it is built. */
function assertSamePackage(plans: readonly Planned[], {package: name, version}: DebFile): void {
  const facts = plans.map((plan) => ('fields' in plan ? plan.fields : plan.config));
  const same = facts.find((one) => one.package === name);
  const names = facts.flatMap((one) => one.package ?? []);
  if (!same && names.length === facts.length) throw another('package', names.join(', '), name);
  if (same?.version !== undefined && same.version !== version)
    throw another('version', same.version, version);
}

const another = (what: 'package' | 'version', made: string, wanted: string): MkvenvdebError =>
  new MkvenvdebError('E_OPTION', `The project is another ${what}: it makes ${made}, not ${wanted}`, {
    hint: 'Check out the source that the package was built from, and give the options it was built with',
  });

/** Several packages come of a debian/ folder, whose changelogs tell the time of each. */
function timeOf({buildinfo}: Recorded, plans: readonly Planned[]): Pick<BuildOptions, 'sourceDateEpoch'> {
  const seconds = readSourceDateEpoch(buildinfo.environment);
  return seconds === undefined || plans.length > 1 ? {} : {sourceDateEpoch: seconds};
}
