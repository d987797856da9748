import {Command} from 'commander';
import {aptHistory} from '../../../lib/index.js';
import {table} from '../../present.js';
import {complete, type Shell} from '../../shell.js';
import {repository, suite, utc} from './options.js';

/** How many packages a row names. */
const NAMED = 3;

/** List what a suite published. */
export function historyCommand(shell: Shell): Command {
  const command = new Command('history').description('List what a suite published, the latest first');
  command.addOption(repository());
  command.addOption(suite('the only one'));
  return complete(command, shell, {
    examples: ['repo history --repository /srv/apt --suite stable'],
    action: async ({cwd, signal, report, result, paint, verbose}) => {
      const options = command.opts<{repository: string; suite?: string}>();
      const generations = await aptHistory({...options, cwd, signal, report});
      const most = verbose ? Number.POSITIVE_INFINITY : NAMED;
      const rows = generations.map(({date, steps, packages, added, removed}) => [
        utc(date),
        String(steps),
        packages === undefined ? 'gone' : String(packages),
        changes(added, removed, most),
      ]);
      const columns = [
        {head: 'date'},
        {head: 'steps', align: 'right' as const},
        {head: 'packages', align: 'right' as const},
        {head: 'changes'},
      ];
      result({generations}, rows.length === 0 ? '' : table(columns, rows, paint).join('\n'));
      return 0;
    },
  });
}

function changes(added: readonly string[], removed: readonly string[], most: number): string {
  const all = [...added.map((name) => `+ ${name}`), ...removed.map((name) => `- ${name}`)];
  const hidden = all.length - most;
  return [...all.slice(0, most), ...(hidden > 0 ? [`and ${hidden} more`] : [])].join(', ');
}
