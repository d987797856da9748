import {MkvenvdebError} from './errors.js';
import {secretForms} from './formats/secret-forms.js';
import type {Entry} from './model.js';
import {type ClaimedDirectory, claimDirectories} from './payload/claim.js';
import {completePayload} from './payload/complete.js';
import {collectTree} from './payload/walk.js';
import type {Plan} from './plan.js';
import {findLeaks, refuseLeaks} from './relocate/index.js';
import {distributionAt, type FinishedVenv, type Making} from './stage.js';

/** What becomes the payload. */
export interface PayloadOptions {
  readonly finished: FinishedVenv;
  readonly making: Making;
  /** Entries beside the virtualenv. */
  readonly further: readonly Entry[];
  /** Folders whose modes the configuration decides. @default none */
  readonly directories?: readonly ClaimedDirectory[];
}

/**
 * The payload, complete and in order, and proven to hold no path of this build.
 *
 * @throws E_PAYLOAD for what dpkg could not unpack, E_RELOCATE for a path that is left
 */
export async function soundEntries(plan: Plan, options: PayloadOptions): Promise<readonly Entry[]> {
  const {config} = plan;
  const {finished, further, making, directories = []} = options;
  const mtime = finished.fields.epoch.seconds;
  const found = [...(await venvEntries(finished, making)), ...further];
  const entries = completePayload(claimDirectories(found, directories, {mtime}), {mtime});
  const {caller, work} = making;
  const leaks = await findLeaks(entries, {
    forbidden: [work],
    suspicious: [config.project, caller.home],
    trusted: finished.prebuilt,
    allow: finished.allow,
  });
  refuseLeaks(leaks, caller.report);
  await refuseSecrets(entries, config.secrets, finished.allow);
  return entries;
}

/** Shorter texts occur by chance. */
const SHORTEST_SECRET = 8;

/** Credentials of indexes and of the environment must not end up on a server that everybody may read. */
async function refuseSecrets(
  entries: readonly Entry[],
  secrets: readonly string[],
  allow: readonly string[],
): Promise<void> {
  const long = secrets.filter(({length}) => length >= SHORTEST_SECRET);
  const forbidden = secretForms(long).filter(({length}) => length >= SHORTEST_SECRET);
  if (forbidden.length === 0) return;
  const leaks = await findLeaks(entries, {suspicious: [], trusted: new Set(), allow, forbidden});
  // A name that holds such a text gives nothing away: it is what the value was copied from.
  const leak = leaks.find(({where}) => where === 'content');
  if (!leak) return;
  throw new MkvenvdebError('E_RELOCATE', `Secret left in file: /${leak.path} at byte ${leak.offset}`, {
    hint: 'It is a password of an index or a value of the environment; find out what writes it, or allow it with leaks.allow',
  });
}

function venvEntries({venv, fields, recorded}: FinishedVenv, {variation}: Making): Promise<Entry[]> {
  const times = new Map(venv.distributions.map((one) => [one.normalizedName, one.newestMember]));
  const epoch = fields.epoch.seconds;
  return collectTree({
    folder: venv.stagedPrefix,
    at: venv.prefix.slice(1),
    // What a new commit does not change keeps its bytes: a bundled distribution is as old as its wheel.
    mtime: (_path, distribution) => Math.min(epoch, times.get(distribution ?? '') ?? epoch),
    distributionOf: (path) => distributionAt(venv, recorded, path),
    linkTargets: [venv.interpreter.target],
    reverse: variation.reverse ?? false,
  });
}
