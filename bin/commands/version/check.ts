import {Command} from 'commander';
import {checkVersion} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {addPlaces} from './options.js';

/** Tell whether a version is newer than all that exist. */
export function checkCommand(shell: Shell): Command {
  const command = new Command('check').description(
    'Exit with 1 unless a version is newer than all that exist, for dpkg and for pip',
  );
  command.argument('<version>', 'version of the project');
  const read = addPlaces(command);
  return complete(command, shell, {
    examples: ['version check 26.11.0 --remotes origin --package warehouse --repository /srv/apt'],
    action: async (session, version: string) => {
      await checkVersion(version, read(session));
      session.result({version, newer: true}, '');
      return 0;
    },
  });
}
