import {Argument, Command, Option} from 'commander';
import {listCells} from '../../lib/index.js';
import {table} from '../present.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

/** Tell the parts of a release that can be built apart. */
export function cellsCommand(shell: Shell): Command {
  const command = new Command('cells').description(
    'List the cells of a release, each of which build --cell builds, and the version they get',
  );
  const add = (flags: string, description: string) => new Option(flags, description);
  command
    .addArgument(new Argument('[project]', 'folder of the project, in a checkout of git (default: .)'))
    .addOption(add('--version <text>', 'Version (default: the next one)'))
    .addOption(add('--commit <name>', 'Commit, as git calls it (default: HEAD)'))
    .addOption(add('--config <file>', 'Configuration file in place of the one that the commit has'));
  return complete(command, shell, {
    examples: ['cells', 'cells --json', 'cells --version 26.11.3 ./project'],
    action: async (session, project?: string) => {
      const {config: configFile, ...flags} = command.opts<Record<'version' | 'commit' | 'config', string>>();
      const {cwd, signal, report, paint} = session;
      const list = await listCells({project, configFile, ...flags, cwd, signal, report});
      const rows = list.cells.map(({id, distribution = '', architecture = '', python = ''}) => [
        ...[id, distribution, architecture, python],
      ]);
      const heads = ['cell', 'distribution', 'architecture', 'python'].map((head) => ({head}));
      const head = `${printable(list.package)} ${list.version}, commit ${list.commit}`;
      session.result(list, [head, '', ...table(heads, rows, paint)].join('\n'));
      return 0;
    },
  });
}
