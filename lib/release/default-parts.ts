import type {ReleaseParts} from './release.js';

/** The places that a configuration names. */
export const defaultParts: ReleaseParts = {
  targetsOf: () => ({places: []}),
};
