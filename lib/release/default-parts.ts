import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {openTargets, type TargetChoices} from './open-targets.js';
import type {ReleaseParts} from './release.js';
import {remoteLock} from './remote-lock.js';
import type {Target} from './target.js';

/** The places that a configuration names: the package index, then apt repositories, then the tag. */
export const defaultParts: ReleaseParts = {
  targetsOf: async ({config}, caller) => {
    const {remote, index, apt, cells} = config.release;
    // Each by itself: what is wrong with one is told with what is wrong with the others.
    const open = (choices: Partial<TargetChoices>) => opened({remote, apt: [], cells, ...choices}, caller);
    const places = [...(index ? await open({index}) : [])];
    for (const one of apt) places.push(...(await open({apt: [one]})));
    const {tag} = await openTargets({remote, apt: []}, caller);
    return {places, tag};
  },
  lockRemote: ({project, config, package: name}, caller) => {
    const {remote, wait} = config.release;
    return remoteLock({project, remote, package: name, purpose: `release of ${name}`, wait}, caller);
  },
};

/** What cannot be opened becomes a place whose preflight says why. */
async function opened(choices: TargetChoices, caller: Caller): Promise<readonly Target[]> {
  try {
    return (await openTargets(choices, caller)).places;
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const fail = () => Promise.reject(error);
    const name = choices.index ? 'package index' : 'apt repository';
    return [{name, place: '', irreversible: false, preflight: fail, publish: fail, verify: fail}];
  }
}
