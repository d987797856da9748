import {Command, Option} from 'commander';
import {initProject} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

export function initCommand(shell: Shell): Command {
  const command = new Command('init')
    .description('Write a mkvenvdeb.yaml from a debian/ folder or from what the project says of itself')
    .argument('[project]', 'project folder (default: .)')
    .addOption(new Option('--package <text>', 'Package of debian/control (default: the first)'))
    .addOption(new Option('--no-debian', 'Leave a debian/ folder alone'));
  return complete(command, shell, {
    examples: ['init', 'init --package warehouse-worker ./project'],
    action: async ({cwd, signal, report, terminal, result}, project?: string) => {
      const {package: name, debian} = command.opts<{package?: string; debian: boolean}>();
      const given = debian ? {} : {debian};
      const {file, text, untranslated} = await initProject({
        cwd,
        signal,
        report,
        project,
        package: name,
        ...given,
      });
      result({file, text, untranslated}, file);
      for (const one of untranslated) terminal.note(`not translated: ${printable(one)}`);
      return 0;
    },
  });
}
