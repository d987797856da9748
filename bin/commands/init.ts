import {Command, Option} from 'commander';
import {CI_ENGINES, type CiEngine, initCi, initProject} from '../../lib/index.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

export function initCommand(shell: Shell): Command {
  const command = new Command('init')
    .description('Write a mkvenvdeb.yaml from a debian/ folder or from what the project says of itself')
    .argument('[project]', 'project folder (default: .)')
    .addOption(new Option('--package <text>', 'Package of debian/control (default: the first)'))
    .addOption(new Option('--no-debian', 'Leave a debian/ folder alone'))
    .addOption(
      new Option(
        '--ci <system>',
        'Write a pipeline that releases every push, from the configuration that is there',
      )
        .choices(CI_ENGINES)
        .conflicts(['package', 'debian']),
    );
  return complete(command, shell, {
    examples: ['init', 'init --package warehouse-worker ./project', 'init --ci github'],
    action: async ({cwd, signal, report, terminal, result}, project?: string) => {
      const {package: name, debian, ci} = command.opts<{package?: string; debian: boolean; ci?: CiEngine}>();
      if (ci !== undefined) {
        const written = await initCi({cwd, signal, report, project, ci});
        result(written, written.file);
        return 0;
      }
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
