import {openTargets} from './open-targets.js';
import type {ReleaseParts} from './release-types.js';
import {remoteLock} from './remote-lock.js';

/** The places that a configuration names, and the lock on the remote. */
export const defaultParts: ReleaseParts = {
  targetsOf: (plan, caller) => openTargets(plan.config.release, caller),
  lockRemote: ({project, config, package: name}, caller) => {
    const {remote, wait} = config.release;
    return remoteLock({project, remote, package: name, purpose: `release of ${name}`, wait}, caller);
  },
};
