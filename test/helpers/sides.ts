import type {Side} from '../../lib/policy/side.js';

/** A Debian side that asks for nothing. */
export const NO_SIDE: Side = {
  directories: [],
  units: [],
  userUnits: [],
  init: [],
  ucf: {},
  sysusers: [],
  tmpfiles: [],
  purge: 'keep',
  alternatives: [],
  triggers: [],
  debconf: {},
  maintscript: [],
};
