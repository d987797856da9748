import {resolve} from 'node:path';
import {Command, Option} from 'commander';
import {checkDeb, type Issue} from '../../lib/index.js';
import {addLimits} from '../limits.js';
import {collect} from '../repeatable.js';
import {complete, type Shell} from '../shell.js';
import {checkText, failOn, worstCode} from './check-text.js';

export function checkCommand(shell: Shell): Command {
  const command = new Command('check').description(
    'Check the structure of a package, Debian Policy, whether the virtualenv in it is true, and that nothing secret is in it',
  );
  command.argument('<file>', 'a .deb file');
  command.addOption(failOn());
  command.addOption(
    new Option(
      '--allow <what>',
      'Findings that are accepted: CODE, CODE:GLOB, or a GLOB over absolute paths of the package (repeatable)',
    ).argParser(collect),
  );
  command.addOption(
    new Option('--forbid <text>', 'Text, such as a path, that must occur nowhere (repeatable)').argParser(
      collect,
    ),
  );
  const limits = addLimits(command);
  return complete(command, shell, {
    examples: [
      'check warehouse.deb',
      'check --fail-on warning --forbid "$PWD" warehouse.deb',
      "check --allow 'private-key:**/tests/**' --allow setuid warehouse.deb",
    ],
    action: async ({cwd, signal, result, paint, verbose}, file: string) => {
      const {failOn: limit, forbid, allow} = command.opts<Options>();
      const issues = await checkDeb(resolve(cwd, file), {signal, forbidden: forbid, allow, limits: limits()});
      result({file, issues}, checkText(issues, {paint, verbose}));
      return worstCode(issues, limit);
    },
  });
}

interface Options {
  readonly failOn: Issue['severity'] | 'never';
  readonly forbid?: readonly string[];
  readonly allow?: readonly string[];
}
