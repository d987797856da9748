import {Command} from 'commander';
import {unpublishApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository, suite} from './options.js';

/** Offer packages no longer. */
export function removeCommand(shell: Shell): Command {
  const command = new Command('remove').description(
    'Offer packages no longer; their files stay for older indexes',
  );
  command.argument('<packages...>', 'PACKAGE for all its versions, or PACKAGE=VERSION');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  return complete(command, shell, {
    examples: ['repo remove --repository /srv/apt warehouse=26.11.0-1'],
    action: async ({cwd, signal, report, result}, packages: readonly string[]) => {
      const options = command.opts<{repository: string; suite?: string}>();
      const removed = await unpublishApt({...options, packages, cwd, signal, report});
      result(removed, removed.removed.join('\n'));
      return 0;
    },
  });
}
