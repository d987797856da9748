import {Command, Option} from 'commander';
import {publishApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository, suite} from './options.js';

/** Publish packages. */
export function addCommand(shell: Shell): Command {
  const command = new Command('add').description('Publish packages, all of them in one step or none');
  command.argument('<files...>', '.deb files');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  command.addOption(new Option('--component <name>', "Component of the suite (default: the suite's first)"));
  return complete(command, shell, {
    examples: ['repo add --repository /srv/apt deb_dist/*.deb'],
    action: async ({cwd, signal, report, result}, files: readonly string[]) => {
      const options = command.opts<{repository: string; suite?: string; component?: string}>();
      const published = await publishApt({...options, files, cwd, signal, report});
      result(published, published.added.join('\n'));
      return 0;
    },
  });
}
