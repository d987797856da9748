import {Command, Option} from 'commander';
import {type AptKeyringOptions, buildAptKeyring} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository, words} from './options.js';

/** Make the package that introduces a repository to a machine. */
export function keyringCommand(shell: Shell): Command {
  const command = new Command('keyring').description(
    'Make the package that introduces a machine to the repository: its keys and a source for apt',
  );
  command.addOption(repository());
  command.addOption(new Option('--uri <uri>', 'Where machines find the repository').makeOptionMandatory());
  command.addOption(new Option('--package <name>', 'Name of the package (default: ORIGIN-archive-keyring)'));
  command.addOption(
    new Option('--version <version>', 'Its version (default: the day of the last change of the keys)'),
  );
  command.addOption(
    new Option(
      '--suites <names>',
      'Suites that machines read (repeatable, default: all but canaries)',
    ).argParser(words),
  );
  command.addOption(
    new Option('--maintainer <maintainer>', 'Its maintainer (default: whom the key is made out to)'),
  );
  command.addOption(new Option('--out <folder>', 'Folder to write it to').default('deb_dist'));
  return complete(command, shell, {
    examples: ['repo keyring --repository /srv/apt --uri https://apt.example.org'],
    action: async ({cwd, signal, report, result}) => {
      const deb = await buildAptKeyring({...command.opts<AptKeyringOptions>(), cwd, signal, report});
      result(deb, deb.file);
      return 0;
    },
  });
}
