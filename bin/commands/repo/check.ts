import {Command, Option} from 'commander';
import {checkApt, type Issue, repairApt} from '../../../lib/index.js';
import {complete, type Shell} from '../../shell.js';
import {checkText, failOn, worstCode} from '../check-text.js';
import {repository} from './options.js';

interface Options {
  readonly repository: string;
  readonly failOn: Issue['severity'] | 'never';
  readonly keyring?: string;
  readonly quick?: true;
  readonly repair?: true;
  readonly dropMissing?: true;
}

/** Check a repository, and repair it. */
export function checkCommand(shell: Shell): Command {
  const command = new Command('check').description(
    'Check signatures, dates, indexes and packages of a repository, and repair it',
  );
  command.addOption(repository());
  command.addOption(failOn());
  command.addOption(
    new Option(
      '--keyring <file>',
      'Public keys that clients have (default: those that it signs with)',
    ).conflicts('repair'),
  );
  command.addOption(new Option('--quick', 'Read no packages, only look whether they are there'));
  command.addOption(new Option('--repair', 'Restore indexes and publish them anew'));
  command.addOption(
    new Option('--drop-missing', 'With --repair, take packages out whose file is gone or damaged').implies({
      repair: true,
    }),
  );
  return complete(command, shell, {
    examples: ['repo check --repository /srv/apt', 'repo check --repository /srv/apt --repair'],
    action: async ({cwd, signal, report, result, paint, verbose}) => {
      const options = command.opts<Options>();
      const {done, issues} = options.repair
        ? await repairApt({...options, cwd, signal, report})
        : {done: [], issues: await checkApt({...options, cwd, signal, report})};
      const text = [...done, checkText(issues, {paint, verbose})].join('\n');
      result({...(options.repair ? {done} : {}), issues}, text);
      return worstCode(issues, options.failOn);
    },
  });
}
