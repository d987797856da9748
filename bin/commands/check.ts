import {resolve} from 'node:path';
import {Command, Option} from 'commander';
import {checkDeb, type Issue} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {complete, type Shell} from '../shell.js';
import {printable} from '../terminal.js';

const SEVERITIES = ['error', 'warning', 'info'] as const;

export function checkCommand(shell: Shell): Command {
  const command = new Command('check').description(
    'Check the structure of a package and look for texts that must not be in it',
  );
  command.argument('<file>', 'a .deb file');
  command.addOption(
    new Option('--fail-on <severity>', 'Exit with 1 for findings of this severity or worse')
      .choices(SEVERITIES)
      .default('error'),
  );
  command.addOption(
    new Option('--forbid <text>', 'Text, such as a path, that must occur nowhere (repeatable)').argParser(
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    ),
  );
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: ['check warehouse.deb', 'check --fail-on warning --forbid "$PWD" warehouse.deb'],
    action: async ({cwd, signal, result}, file: string) => {
      const {failOn, forbid} = command.opts<{failOn: Issue['severity']; forbid?: readonly string[]}>();
      const issues = await checkDeb(resolve(cwd, file), {signal, forbidden: forbid, limits: limits()});
      result({file, issues}, issues.map(issueText).join('\n'));
      const worst = SEVERITIES.indexOf(failOn);
      return issues.some(({severity}) => SEVERITIES.indexOf(severity) <= worst) ? 1 : 0;
    },
  });
}

const issueText = ({severity, code, file, message, cure}: Issue): string =>
  `${severity} ${code}: ${file === undefined ? '' : `${printable(file)}: `}${printable(message)}` +
  (cure === undefined ? '' : `\n    cure: ${printable(cure)}`);
