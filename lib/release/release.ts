import {resolve} from 'node:path';
import {assertTexts, type Caller, openCaller} from '../context.js';
import {ownVersion} from '../own-version.js';
import {defaultParts} from './default-parts.js';
import {type Journal, type JournalState, openJournal, readJournal} from './journal.js';
import {makeArtifacts} from './make-artifacts.js';
import {
  chooseVersion,
  plannedOf,
  planRelease,
  type ReleasePlan,
  type ReleaseSource,
  readSource,
} from './plan-release.js';
import {preflight} from './preflight.js';
import {allTargets, publishRelease, type Targets} from './publish.js';
import {stepsOf} from './rehearse.js';
import type {ReleaseOptions, ReleaseParts, ReleaseResult} from './release-types.js';
import {tellKept} from './remote-lock.js';
import {reasonToSkip} from './skip.js';
import {finishedVersions, lockProject, stateFolder} from './state.js';
import {type ReleaseStepper, releaseSteps} from './stepper.js';
import type {PlannedRelease} from './target.js';
import {findUnfinished, tidy} from './unfinished.js';

/**
 * Release a commit: version, tests, sdist, wheel, packages, then everywhere or nowhere, then the tag. Start reading
 * here: every step of `releaseWith` is a stage.
 *
 * @throws E_OPTION, E_PYTHON for what is wrong with the project or its configuration; E_COMMAND for a test that fails;
 *   E_CHECK for what must not be published; E_PUBLISH; PartlyPublishedError once something may be public
 */
export const release = (options: ReleaseOptions = {}): Promise<ReleaseResult> =>
  releaseWith(options, defaultParts);

/** `release` with other parts. */
export async function releaseWith(options: ReleaseOptions, parts: ReleaseParts): Promise<ReleaseResult> {
  const caller = openCaller(options);
  assertTexts({...texts(options)});
  try {
    return await releaseFor(options, parts, caller);
  } catch (error) {
    throw caller.conceal(error);
  }
}

const texts = ({version, from = []}: ReleaseOptions): Record<string, unknown> => ({
  ...(version === undefined ? {} : {version}),
  ...Object.fromEntries(from.map((folder, index) => [`from[${index}]`, folder])),
});

/** What every stage works with. */
interface Run {
  readonly options: ReleaseOptions;
  readonly parts: ReleaseParts;
  readonly caller: Caller;
  readonly step: ReleaseStepper;
  /** Make sure that nobody has taken over: before whatever cannot be taken back. */
  readonly renew?: () => Promise<void>;
}

async function releaseFor(
  options: ReleaseOptions,
  parts: ReleaseParts,
  caller: Caller,
): Promise<ReleaseResult> {
  const run: Run = {options, parts, caller, step: releaseSteps(caller)};
  const {step} = run;
  const source = await step('checkout', () => readSource(options, caller));
  const {release: config} = source.config;
  const folder = await stateFolder({folder: source.project, caller}, source.repository, config.remote);
  if (options.dryRun) return rehearse(source, folder, run);
  const unlock = await step('lock', () => lockProject(folder, config.wait * 1000, caller));
  try {
    const unfinished = await findUnfinished(folder, options);
    const skipped = async () => (unfinished ? undefined : reasonToSkip(source, options, caller));
    const reason = await skipped();
    if (reason !== undefined) {
      if (options.abandon) await tidy(folder);
      return nothing(source, reason, run);
    }
    const lock = await parts.lockRemote?.(source, caller);
    const locked = {...run, renew: async () => lock?.renew()};
    try {
      // The one that was waited for may have released this commit.
      const meanwhile = lock && (await skipped());
      if (meanwhile !== undefined) return nothing(source, meanwhile, run);
      return await (unfinished ? goOn(unfinished, locked) : begin(source, folder, locked));
    } finally {
      await lock?.giveBack().catch(tellKept(lock, caller));
    }
  } finally {
    await unlock();
  }
}

async function begin(source: ReleaseSource, folder: string, run: Run): Promise<ReleaseResult> {
  const {options, parts, caller, step} = run;
  const plan = await planNew(source, folder, run);
  const targets = await parts.targetsOf(plan, caller);
  const builds = options.from === undefined;
  await step('preflight', () => preflight(plan, {targets, builds}, caller));
  await tidy(folder);
  const journal = await openJournal(resolve(folder, plan.version));
  const {project: _, ...planned} = plannedOf(plan);
  const {spelled, configFile} = plan;
  const from = options.from?.map((one) => resolve(caller.cwd, one));
  await journal.write({step: 'begun', release: {...planned, spelled, configFile, from, tool: ownVersion()}});
  return finish(plan, {journal, targets}, run);
}

/** The same commit, version and configuration, and the same bytes as far as there are any. */
async function goOn({folder, state}: {readonly folder: string; readonly state: JournalState}, run: Run) {
  const {options, parts, caller, step} = run;
  const {commit, spelled, configFile, from} = state.release;
  const source = await readSource({...options, commit, configFile}, caller);
  const plan = planRelease(source, spelled);
  const targets = await parts.targetsOf(plan, caller);
  // Of what is half published, not everything can be tried any more; publishing itself tells.
  if (state.publishing.size === 0)
    await step('preflight', () =>
      preflight(plan, {targets, builds: from === undefined && !state.gated}, caller),
    );
  return finish(plan, {journal: await openJournal(folder), targets}, run);
}

interface Begun {
  readonly journal: Journal;
  readonly targets: Targets;
}

async function finish(plan: ReleasePlan, {journal, targets}: Begun, run: Run): Promise<ReleaseResult> {
  const {caller, step, renew} = run;
  try {
    const state = (await readJournal(journal.folder)) as JournalState;
    const artifacts = await makeArtifacts({plan, journal, state, caller, step});
    const release = {...plannedOf(plan), artifacts};
    const outcomes = await publishRelease({release, targets, journal, state, caller, step, renew});
    await journal.write({step: 'finished'});
    return {released: true, ...namesOf(plan), artifacts, targets: outcomes, ...toldBy(run)};
  } catch (error) {
    // What was killed says nothing; whoever comes next can tell the two apart.
    await journal
      .write({step: 'failed', message: error instanceof Error ? error.message : String(error)})
      .catch(() => {});
    throw error;
  }
}

async function planNew(
  source: ReleaseSource,
  folder: string,
  {options, caller, step}: Run,
): Promise<ReleasePlan> {
  const spelled = await step('version', async () => {
    const journals = await finishedVersions(folder);
    return chooseVersion(source, {given: options.version, journals}, caller);
  });
  return planRelease(source, spelled);
}

const namesOf = ({package: name, version, tag, commit}: PlannedRelease) => ({
  package: name,
  version,
  tag,
  commit,
});

const toldBy = ({caller, step}: Run) => ({
  milliseconds: Object.fromEntries(step.times),
  warnings: caller.warnings,
});

function nothing(source: ReleaseSource, reason: string, run: Run): ReleaseResult {
  const {package: name, facts} = source;
  const empty = {artifacts: [], targets: []};
  return {released: false, reason, package: name, commit: facts.commit, ...empty, ...toldBy(run)};
}

/** Everything that can be tried without changing anything, and what would follow. */
async function rehearse(source: ReleaseSource, folder: string, run: Run): Promise<ReleaseResult> {
  const {options, parts, caller, step} = run;
  if (!options.resume) await findUnfinished(folder, options);
  const reason = await reasonToSkip(source, options, caller);
  if (reason !== undefined) return nothing(source, reason, run);
  const plan = await planNew(source, folder, run);
  const targets = await parts.targetsOf(plan, caller);
  await step('preflight', () => preflight(plan, {targets, builds: options.from === undefined}, caller));
  const steps = stepsOf(plan, allTargets(targets), options.from);
  const empty = {artifacts: [], targets: []};
  return {released: false, reason: 'dry run', ...namesOf(plan), ...empty, steps, ...toldBy(run)};
}
