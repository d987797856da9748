import {type Relocation, replaceStaged, rewriteFiles} from './tree.js';

/** Build settings that tools write as text: pkg-config files and those of a bundled interpreter. */
const SETTINGS = /(?:^|\/)(?:[^/]+\.pc|_sysconfigdata[^/]*\.py|config-[^/]+\/Makefile|bin\/[^/]+-config)$/;

/** Give the final path to pkg-config files and to the settings of an interpreter that lies in the virtualenv. */
export const relocateSettings = (relocation: Relocation): Promise<readonly string[]> =>
  rewriteFiles(relocation.nodes, {
    wanted: ({path}) => SETTINGS.test(path),
    // A program may be called x-config: moving its bytes would break it.
    rewrite: (text) => (text.includes('\0') ? undefined : replaceStaged(text, relocation)),
  });
