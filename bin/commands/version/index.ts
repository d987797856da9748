import {Command} from 'commander';
import type {Shell} from '../../shell.js';
import {checkCommand} from './check.js';
import {nextCommand} from './next.js';

/** Commands about the version of a project, in the order in which help lists them. */
export function versionCommand(shell: Shell): Command {
  const command = new Command('version').description(
    'Tell the next version of a project, or whether one is newer than all that exist',
  );
  command
    .helpOption('--help', 'Show this help; mkvenvdeb version COMMAND --help that of a command')
    .helpCommand(false);
  for (const one of [nextCommand(shell), checkCommand(shell)]) command.addCommand(one);
  return command;
}
