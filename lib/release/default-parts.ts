import type {Caller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {openIndexTarget} from './index-target.js';
import type {ReleasePlan} from './plan-release.js';
import type {ReleaseParts} from './release.js';
import {remoteLock} from './remote-lock.js';
import {openTagTarget} from './tag-target.js';
import type {Target} from './target.js';

/** The places that a configuration names: the package index, then apt repositories, then the tag. */
export const defaultParts: ReleaseParts = {
  targetsOf: async (plan, caller) => {
    const {remote, index} = plan.config.release;
    const places: Target[] = [];
    if (index) places.push(await opened('package index', () => openIndex(plan, caller)));
    return {places, tag: await opened('tag', async () => openTagTarget({remote}, caller))};
  },
  lockRemote: ({project, config, package: name}, caller) => {
    const {remote, wait} = config.release;
    return remoteLock({project, remote, package: name, purpose: `release of ${name}`, wait}, caller);
  },
};

const openIndex = ({config}: ReleasePlan, caller: Caller): Promise<Target> => {
  const {name, uploadUrl, indexUrl} = config.release.index ?? {};
  return openIndexTarget({index: name, uploadUrl, indexUrl}, caller);
};

/** What is wrong with one place shall be told with what is wrong with the others: in the preflight. */
async function opened(name: string, open: () => Promise<Target>): Promise<Target> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof MkvenvdebError)) throw error;
    const fail = () => Promise.reject(error);
    return {name, place: '', irreversible: false, preflight: fail, publish: fail, verify: fail};
  }
}
