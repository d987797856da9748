import {ioError} from '../errors.js';
import {compareBytes} from '../formats/order.js';
import type {RelocatedVenv, StagedVenv} from '../model.js';
import type {Report} from '../report.js';
import {relocateActivations} from './activate.js';
import {relocateDirectUrls} from './direct-url.js';
import {relocateLinks} from './links.js';
import {refuseEditables, relocatePathFiles} from './pth.js';
import {relocatePyvenvs} from './pyvenv.js';
import {relocateShebangs} from './shebangs.js';
import {relocateSettings} from './sysconfig.js';
import {listTree, type Relocation, spellingsOf, withoutLitter} from './tree.js';

export {describeLeak, findLeaks, type Leak, type LeakOptions, refuseLeaks} from './leaks.js';
export {type RecordSummary, rewriteRecords} from './records.js';

export interface RelocateOptions {
  /** What activation scripts show in front of the prompt: letters, digits and `+ - . _`. */
  readonly promptName: string;
  /** @default nothing is reported */
  readonly report?: Report | undefined;
}

/** One file each, in this order: what refuses comes before what writes. */
const RULES: readonly ((relocation: Relocation) => Promise<readonly string[]>)[] = [
  relocateLinks,
  relocatePyvenvs,
  relocateActivations,
  relocateShebangs,
  relocatePathFiles,
  relocateDirectUrls,
  relocateSettings,
];

/**
 * Make every path that a virtualenv holds that of the server. The tree stays where it is and goes on working there as
 * far as `bin/python` is concerned. A second run changes nothing.
 *
 * @throws E_OPTION for an editable install, E_PAYLOAD for a link that leads out of the package or nowhere, E_RELOCATE
 *   for a script whose interpreter does not fit its first line
 */
export async function relocate(
  venv: StagedVenv,
  {promptName, report}: RelocateOptions,
): Promise<RelocatedVenv> {
  try {
    const nodes = await withoutLitter(await listTree(venv.stagedPrefix));
    const spellings = await spellingsOf(venv);
    const relocation: Relocation = {venv, nodes, spellings, prefix: venv.prefix, promptName};
    await refuseEditables(relocation);
    const changed = new Set<string>();
    for (const [done, rule] of RULES.entries()) {
      for (const path of await rule(relocation)) changed.add(path);
      report?.({type: 'progress', name: 'relocate', done: done + 1, total: RULES.length});
    }
    return {...venv, rewritten: [...changed].sort(compareBytes)};
  } catch (error) {
    throw ioError(error, 'relocating the virtualenv');
  }
}
