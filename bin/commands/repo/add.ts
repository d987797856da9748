import {Command, Option} from 'commander';
import {publishApt} from '../../../lib/index.js';
import {addLimits} from '../../limits.js';
import {collect} from '../../repeatable.js';
import {complete, type Shell} from '../../shell.js';
import {printable} from '../../terminal.js';
import {repository, suite} from './options.js';

/** Publish packages. */
export function addCommand(shell: Shell): Command {
  const command = new Command('add').description(
    'Check packages and publish them, all of them in one step or none',
  );
  command.argument('<files...>', '.deb files, folders with such, and .changes files with all that they list');
  command.addOption(repository());
  command.addOption(suite('what the .changes says, else the only one'));
  command.addOption(new Option('--component <name>', "Component of the suite (default: the suite's first)"));
  command.addOption(
    new Option(
      '--allow <what>',
      'Findings that are accepted, as check takes them: CODE, CODE:GLOB or GLOB (repeatable)',
    ).argParser(collect),
  );
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: [
      'repo add --repository /srv/apt deb_dist/*.deb',
      'repo add --repository /srv/apt deb_dist/warehouse_26.11.0-1_amd64.changes',
    ],
    action: async ({cwd, signal, report, result}, files: readonly string[]) => {
      const options = command.opts<Options>();
      const {leftOut = [], ...published} = await publishApt({
        ...{...options, files, limits: limits()},
        ...{cwd, signal, report},
      });
      const added = [...published.added, ...leftOut.map((file) => `left out: ${printable(file)}`)];
      result({...published, leftOut}, added.join('\n'));
      return 0;
    },
  });
}

interface Options {
  readonly repository: string;
  readonly suite?: string;
  readonly component?: string;
  readonly allow?: readonly string[];
}
