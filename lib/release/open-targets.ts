import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {openAptTarget} from './apt-target.js';
import {openCommandTarget} from './command-target.js';
import {openIndexTarget} from './index-target.js';
import {openTagTarget} from './tag-target.js';
import type {Target} from './target.js';

/** What a configuration says of where a release goes to. */
export interface TargetChoices {
  readonly index?:
    | {
        readonly name?: string | undefined;
        readonly uploadUrl?: string | undefined;
        readonly indexUrl?: string | undefined;
      }
    | undefined;
  readonly apt: readonly AptChoice[];
  /** Where the tag is pushed to. */
  readonly remote: string;
  readonly cells?: readonly {readonly id: string; readonly suite?: string | undefined}[] | undefined;
}

/** A folder, or a command that publishes. */
interface AptChoice {
  readonly repository?: string | undefined;
  readonly suite?: string | undefined;
  readonly component?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly preflight?: readonly string[] | undefined;
  readonly verify?: readonly string[] | undefined;
  readonly url?: string | undefined;
}

/**
 * Open the places of a release, in the order in which they are published: the package index, then the apt
 * repositories, so that no server installs what the index has not; the tag is for the very end. What is wrong with one
 * is told by its preflight, together with what is wrong with the others.
 */
export async function openTargets(
  {index, apt, remote, cells = []}: TargetChoices,
  caller: Caller,
): Promise<{readonly places: readonly Target[]; readonly tag: Target}> {
  const own = cells.flatMap(({id, suite}) => (suite === undefined ? [] : [[id, suite] as const]));
  const cellSuites = own.length > 0 ? new Map(own) : undefined;
  const places: Target[] = [];
  if (index !== undefined) {
    const {name, uploadUrl, indexUrl} = index;
    places.push(
      await opened('package index', () => openIndexTarget({index: name, uploadUrl, indexUrl}, caller)),
    );
  }
  for (const {repository, command = [], ...choice} of apt)
    places.push(
      repository === undefined
        ? await opened('command', () => openCommandTarget({...choice, command, cellSuites}, caller))
        : openAptTarget({...choice, repository, cellSuites}, caller),
    );
  return {places, tag: await opened('tag', () => openTagTarget({remote}, caller))};
}

async function opened(name: string, open: () => Target | Promise<Target>): Promise<Target> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const fail = () => Promise.reject(error);
    return {name, place: '', irreversible: false, preflight: fail, publish: fail, verify: fail};
  }
}
