import {Command, Option} from 'commander';
import {initApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {gpgKeys, keyFiles, repository, words} from './options.js';

/** Make a repository. */
export function initCommand(shell: Shell): Command {
  const command = new Command('init').description('Make a repository, its suites empty and signed');
  command.addOption(repository());
  command.addOption(
    new Option('--origin <text>', 'Who publishes; it can never change').makeOptionMandatory(),
  );
  command.addOption(new Option('--label <text>', 'What apt preferences may name (default: the origin)'));
  command.addOption(new Option('--suites <names>', 'Suites (repeatable, default: stable)').argParser(words));
  command.addOption(
    new Option('--components <names>', 'Components (repeatable, default: main)').argParser(words),
  );
  command.addOption(
    new Option('--architectures <names>', 'Debian architectures (repeatable)')
      .argParser(words)
      .makeOptionMandatory(),
  );
  command.addOption(gpgKeys());
  command.addOption(keyFiles());
  command.addOption(
    new Option(
      '--canaries <names>',
      'Suites that apt installs from only when told to (repeatable)',
    ).argParser(words),
  );
  command.addOption(
    new Option('--valid-days <n>', 'Days for which clients believe an index (default: for ever)').argParser(
      Number,
    ),
  );
  command.addOption(new Option('--contents', 'Publish indexes of files, for apt-file'));
  return complete(command, shell, {
    examples: ['repo init --repository /srv/apt --origin example --architectures amd64 --gpg-keys 0123…CDEF'],
    action: async ({cwd, signal, report, result}) => {
      const options = command.opts<
        {repository: string} & Omit<Parameters<typeof initApt>[0], 'repository'>
      >();
      const settings = await initApt({...options, cwd, signal, report});
      result(settings, options.repository);
      return 0;
    },
  });
}
