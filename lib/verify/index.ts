import {copyFile, mkdir, readdir, rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import type {Difference} from '../archive/compare.js';
import {type BuildOptions, type BuildResult, build, CONTROL_FIELDS, plansFor} from '../build.js';
import {type Caller, openCaller} from '../context.js';
import type {DebFile} from '../model.js';
import type {Report} from '../report.js';
import {steps} from '../steps.js';
import {chooseVariations, type VariationReport, type Varied} from '../variations/choose.js';
import {type VariationName, wantedVariations} from '../variations/names.js';
import {withWorkFolder} from '../work.js';
import {causeOf, guessCause} from './causes.js';
import {compared, type VerifiedPackage} from './compared.js';
import {attribute} from './explain.js';
import {configOf, makePlace, PLACE, trial} from './trial.js';

/** The same as for `buildDeb`; nothing is written to `out` and `writeLock`. */
export interface VerifyOptions extends BuildOptions {
  /** Names of what shall not be varied, such as `hostname`. @default everything is that this machine can vary */
  readonly noVary?: readonly VariationName[] | undefined;
  /**
   * Where the builds differ, build again under parts of the variations until it is known which of them brings about
   * each difference. @default false
   */
  readonly explain?: boolean | undefined;
}

/** What building twice showed. */
export interface ReproReport {
  /** True where all packages are. */
  readonly equal: boolean;
  readonly packages: readonly VerifiedPackage[];
  /** Each thing that was different for the second build, and those that were not, with the reason. */
  readonly variations: readonly VariationReport[];
}

/**
 * Build twice, the second time under everything that must not matter: `VARIATIONS` has the list.
 *
 * @throws E_OPTION for a `noVary` that is none; as `buildDeb`; a difference is a result, not an error
 */
export async function verifyReproducible(options: VerifyOptions): Promise<ReproReport> {
  const {noVary, explain = false, ...given} = options;
  const wanted = wantedVariations(noVary, given.spelling === 'flag');
  return withTrials(given, wanted, async ({varied, tryOut, caller}) => {
    const names = [...varied.changes.keys()];
    const packages = await tryOut(names, caller.report);
    return {
      equal: packages.every((one) => one.equal),
      packages: await explained(packages, {explain, varied, names, tryOut, caller}),
      variations: varied.reports,
    };
  });
}

/** A first build is there; others can be made and compared with it. */
export interface Trials {
  readonly varied: Varied;
  /** Build under these variations, and compare. */
  readonly tryOut: (names: readonly VariationName[], report?: Report) => Promise<readonly VerifiedPackage[]>;
  readonly caller: Caller;
}

/** Build once, and run with what is needed to build again under any part of the variations. */
export async function withTrials<T>(
  options: BuildOptions,
  wanted: ReadonlySet<VariationName>,
  use: (trials: Trials) => Promise<T>,
): Promise<T> {
  const caller = openCaller(options);
  const plans = await plansFor(options, caller, {needs: CONTROL_FIELDS});
  const {workDir: parent, keepWork: keep, writeLock} = configOf(plans);
  const {temporary: candidates, report} = caller;
  return withWorkFolder({parent, candidates, keep, report}, async (folder) => {
    const {packages} = await buildFirst(options, {folder, keepLock: writeLock === undefined});
    const facts = {plans, caller, folder, wanted, room: roomFor(packages)};
    const varied = await chooseVariations(facts);
    const again = {options, plans, caller, folder, varied};
    const tryOut: Trials['tryOut'] = (names, told) =>
      trial({...again, names, report: told}, async (files) => {
        // Whoever keeps the folder wants to look at both; what is tried out beside is nobody's.
        if (keep && told) await keepIn(join(folder, 'second'), files);
        return steps(told ?? (() => {}), caller.signal)('compare', () => comparedAll(packages, files));
      });
    return use({varied, tryOut, caller});
  });
}

/** A first build, in the folder where the second one is as well unless its path is varied. */
async function buildFirst(
  options: BuildOptions,
  {folder, keepLock}: {readonly folder: string; readonly keepLock: boolean},
): Promise<BuildResult> {
  const place = join(folder, PLACE);
  await makePlace(place);
  const lock = keepLock ? {} : {writeLock: join(folder, 'first.lock')};
  const own = {...options, ...lock, out: join(folder, 'first'), keepWork: false};
  const result = await build(own, {workFolder: join(place, 'work', 'build')});
  for (const name of await readdir(place)) await rm(join(place, name), {recursive: true, force: true});
  return result;
}

/** Bytes that a build of these packages may take: sources, wheels, pip and the virtualenv, with some to spare. */
const roomFor = (packages: BuildResult['packages']): number =>
  (512 << 20) + packages.reduce((sum, {installedSize}) => sum + installedSize * 1024 * 6, 0);

async function keepIn(folder: string, files: readonly string[]): Promise<void> {
  await mkdir(folder);
  for (const file of files) await copyFile(file, join(folder, basename(file)));
}

const comparedAll = (
  packages: readonly DebFile[],
  files: readonly string[],
): Promise<readonly VerifiedPackage[]> =>
  Promise.all(packages.map((deb, index) => compared(deb, files[index] ?? '')));

interface Explaining extends Trials {
  readonly explain: boolean;
  /** What was varied. */
  readonly names: readonly VariationName[];
}

/** Say of each difference what brought it about: found out where that was asked for, else by what it looks like. */
async function explained(
  packages: readonly VerifiedPackage[],
  {explain, varied, names, tryOut, caller}: Explaining,
): Promise<readonly VerifiedPackage[]> {
  const keys = new Set(packages.flatMap((one) => one.differences.map((it) => keyOf(one, it))));
  if (!explain || keys.size === 0) {
    const guess = (it: Difference) => ({...it, ...guessCause(it, varied.reports)});
    return packages.map((one) => ({...one, differences: one.differences.map(guess)}));
  }
  const found = await attribute({keys, names}, async (some) => {
    const detail = some.length === 0 ? 'nothing varied' : `varied: ${some.join(', ')}`;
    caller.report({type: 'detail', name: 'compare', detail});
    const tried = await tryOut(some);
    return new Set(tried.flatMap((one) => one.differences.map((it) => keyOf(one, it))));
  });
  return packages.map((one) => ({
    ...one,
    differences: one.differences.map((it) => {
      const variations = found.get(keyOf(one, it)) ?? [];
      return {...it, ...causeOf(it, variations), variations};
    }),
  }));
}

/** What the same difference of two comparisons has in common. */
const keyOf = ({package: name}: VerifiedPackage, {member, path, kind}: Difference): string =>
  JSON.stringify([name, member, path ?? kind, ENTRY_KINDS.has(kind) ? kind : 'content']);

/** Differences that one file can have beside another of its content. */
const ENTRY_KINDS: ReadonlySet<string> = new Set([
  ...['missing', 'extra', 'type', 'mode', 'mtime', 'owner', 'group', 'uid', 'gid', 'target'],
]);
