import {Command, Option} from 'commander';
import {type NextVersionOptions, nextVersion} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {addPlaces} from './options.js';

/** Tell the version that comes. */
export function nextCommand(shell: Shell): Command {
  const command = new Command('next').description('Print the version that comes after all that exist');
  command
    .addOption(
      new Option('--pattern <tokens>', 'YY.MM.NN, YYYY.0M.MICRO, MAJOR.MINOR.PATCH …').default('YY.MM.NN'),
    )
    .addOption(new Option('--zone <name>', 'Time zone of the calendar').default('UTC'))
    .addOption(new Option('--bump <token>', 'What is counted up (default: the last that is counted)'));
  const read = addPlaces(command);
  return complete(command, shell, {
    examples: [
      'version next --remotes origin',
      'version next --pattern MAJOR.MINOR.PATCH --bump minor',
      'version next --package warehouse --repository /srv/apt',
    ],
    action: async (session) => {
      const version = await nextVersion({...command.opts<NextVersionOptions>(), ...read(session)});
      session.result({version}, version);
      return 0;
    },
  });
}
