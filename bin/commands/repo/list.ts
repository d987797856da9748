import {Command} from 'commander';
import {listApt} from '../../../lib/index.js';
import {bytes, table} from '../../present.js';
import {complete, type Shell} from '../../shell.js';
import {repository, suite} from './options.js';

/** List what is offered. */
export function listCommand(shell: Shell): Command {
  const command = new Command('list').description('List what the suites offer');
  command.addOption(repository());
  command.addOption(suite('all of them'));
  return complete(command, shell, {
    examples: ['repo list --repository /srv/apt', 'repo list --json | jq -r .packages[].filename'],
    action: async ({cwd, signal, report, result, paint}) => {
      const packages = await listApt({
        ...command.opts<{repository: string; suite?: string}>(),
        cwd,
        signal,
        report,
      });
      const columns = [
        {head: 'suite'},
        {head: 'package'},
        {head: 'version'},
        {head: 'architecture'},
        {head: 'size', align: 'right' as const},
      ];
      const rows = packages.map((one) => [
        one.suite,
        one.package,
        one.version,
        one.architecture,
        bytes(one.size),
      ]);
      result({packages}, packages.length === 0 ? '' : table(columns, rows, paint).join('\n'));
      return 0;
    },
  });
}
