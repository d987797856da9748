import {Command} from 'commander';
import {resignApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {gpgKeys, keyFiles, repository, suite, utc} from './options.js';

interface Options {
  readonly repository: string;
  readonly suite?: string;
  readonly gpgKeys?: readonly string[];
  readonly keyFiles?: readonly string[];
}

/** Sign again what is published. */
export function resignCommand(shell: Shell): Command {
  const command = new Command('resign').description(
    'Sign again what is published, so that clients go on to believe it; other keys may take over',
  );
  command.addOption(repository());
  command.addOption(suite('all of them'));
  command.addOption(gpgKeys());
  command.addOption(keyFiles());
  return complete(command, shell, {
    examples: [
      'repo resign --repository /srv/apt',
      'repo resign --repository /srv/apt --gpg-keys 0123…CDEF,4567…89AB',
    ],
    action: async ({cwd, signal, report, result}) => {
      const suites = await resignApt({...command.opts<Options>(), cwd, signal, report});
      const lines = suites.map(
        ({suite: name, validUntil}) =>
          `${name}${validUntil === undefined ? '' : `, valid until ${utc(validUntil)}`}`,
      );
      result({suites}, lines.join('\n'));
      return 0;
    },
  });
}
