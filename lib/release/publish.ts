import type {Caller} from '../context.js';
import {MkvenvdebError, PartlyPublishedError} from '../errors.js';
import {type Journal, type JournalState, targetKey} from './journal.js';
import type {ReleaseStepper} from './stepper.js';
import type {Release, Target} from './target.js';

/** Where a release goes to. */
export interface Targets {
  /** In the order in which they are published: what can be taken back comes last. */
  readonly places: readonly Target[];
  /** Set when all others have been seen to have it. */
  readonly tag?: Target | undefined;
}

export const allTargets = ({places, tag}: Targets): readonly Target[] => (tag ? [...places, tag] : places);

/** What became of a target. */
export interface TargetOutcome {
  readonly name: string;
  /** Which: a URL without account, a folder. */
  readonly place: string;
  readonly outcome: 'published' | 'there';
}

export interface Publication {
  readonly release: Release;
  readonly targets: Targets;
  readonly journal: Journal;
  /** What an earlier run wrote down. */
  readonly state: JournalState;
  readonly caller: Caller;
  readonly step: ReleaseStepper;
  /** Make sure that nobody else releases. */
  readonly renew?: (() => Promise<void>) | undefined;
}

/**
 * Publish a release that was built and passed the gate: what nobody sees yet, then the places one by one, then look
 * whether all of them have it, then the tag. What is done is found done.
 *
 * @throws E_PUBLISH, PartlyPublishedError once something may be public; the signal's reason
 */
export async function publishRelease(publication: Publication): Promise<readonly TargetOutcome[]> {
  const {release, targets, step, journal, state} = publication;
  const {places, tag} = targets;
  for (const target of places) {
    if (target.stage === undefined || state.published.has(targetKey(target))) continue;
    const {stage} = target;
    await step('prepare', () => stage.call(target, release), shown(target));
    await journal.write({step: 'staged', target: targetKey(target)});
  }
  const progress = {begun: new Set(state.publishing), done: new Set(state.published)};
  try {
    const outcomes: TargetOutcome[] = [];
    for (const target of places) outcomes.push(await publishTo(target, publication, progress));
    for (const target of places) await verify(target, publication);
    if (tag) {
      outcomes.push(await publishTo(tag, publication, progress));
      await verify(tag, publication);
    }
    return outcomes;
  } catch (error) {
    throw partly(error, publication, progress);
  }
}

const shown = ({name, place}: Target): string => `${name} ${place}`;

/** Targets by their keys. */
interface Progress {
  readonly begun: Set<string>;
  readonly done: Set<string>;
}

async function publishTo(
  target: Target,
  {step, release, journal, renew}: Publication,
  progress: Progress,
): Promise<TargetOutcome> {
  const key = targetKey(target);
  const {name, place} = target;
  if (target.blind && progress.done.has(key)) return {name, place, outcome: 'there'};
  const outcome = await step(
    'publish',
    async () => {
      await renew?.();
      // Written down before: a run that is killed in the next moment may have published it.
      await journal.write({step: 'publishing', target: key});
      progress.begun.add(key);
      return target.publish(release);
    },
    shown(target),
  );
  await journal.write({step: 'published', target: key, outcome});
  progress.done.add(key);
  return {name, place, outcome};
}

async function verify(target: Target, {step, release, journal}: Publication): Promise<void> {
  await step('verify', () => target.verify(release), shown(target));
  await journal.write({step: 'verified', target: targetKey(target)});
}

/** One line that says what is public and what is not. */
function partly(error: unknown, publication: Publication, progress: Progress): unknown {
  const {targets, release, caller} = publication;
  if (progress.begun.size === 0) return error;
  const published: string[] = [];
  const missing: string[] = [];
  for (const target of allTargets(targets)) {
    const key = targetKey(target);
    if (progress.done.has(key)) published.push(shown(target));
    else missing.push(shown(target) + (progress.begun.has(key) ? ' (begun)' : ''));
  }
  const what = `Release ${release.version} is ${published.length === 0 ? 'perhaps' : 'partly'} public`;
  const has = published.length === 0 ? 'nothing for sure' : published.join(', ');
  const not = missing.length === 0 ? 'nothing, but not all was seen there' : missing.join(', ');
  const message = `${what}: there is ${has}; missing is ${not}`;
  const hint = 'Go on with the same files: mkvenvdeb release --resume';
  if (caller.signal?.aborted) {
    caller.report({type: 'warning', code: 'partly-published', message, hint});
    return error;
  }
  const issues =
    error instanceof MkvenvdebError ? [error.message, ...error.issues, ...hints(error)] : [String(error)];
  return new PartlyPublishedError(message, {published, missing, issues, hint, cause: error});
}

const hints = ({hint}: MkvenvdebError): readonly string[] => (hint === undefined ? [] : [hint]);
