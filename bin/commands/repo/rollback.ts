import {Command, Option} from 'commander';
import {rollbackApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {repository, seconds, suite, utc} from './options.js';

/** Offer again what was offered before. */
export function rollbackCommand(shell: Shell): Command {
  const command = new Command('rollback').description('Publish again what a suite offered before');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  command.addOption(
    new Option('--to <date>', 'Publication to go back to, as history tells its date')
      .argParser(seconds)
      .conflicts('steps'),
  );
  command.addOption(new Option('--steps <n>', 'Changes to go back (default: 1)').argParser(Number));
  return complete(command, shell, {
    examples: [
      'repo rollback --repository /srv/apt',
      'repo rollback --repository /srv/apt --to 2026-11-27T17:44:06Z',
    ],
    action: async ({cwd, signal, report, result}) => {
      const options = command.opts<{repository: string; suite?: string; to?: number; steps?: number}>();
      const done = await rollbackApt({...options, cwd, signal, report});
      if (done.removed.length > 0)
        report({
          type: 'warning',
          code: 'no-downgrade',
          message: 'Machines that installed a newer version keep it: apt does not downgrade by itself',
          hint: 'Publish the good state under a newer version, or downgrade them: docs/apt-repository.md',
        });
      const lines = [
        `${done.suite} offers again what it did at ${utc(done.to)}`,
        ...done.added.map((name) => `+ ${name}`),
        ...done.removed.map((name) => `- ${name}`),
      ];
      result(done, lines.join('\n'));
      return 0;
    },
  });
}
