import {Command} from 'commander';
import type {Shell} from '../../shell.js';
import {addCommand} from './add.js';
import {initCommand} from './init.js';
import {keyringCommand} from './keyring.js';
import {listCommand} from './list.js';
import {removeCommand} from './remove.js';
import {serveCommand} from './serve.js';

/** Commands for a repository that apt reads, in the order in which help lists them. */
export function repoCommand(shell: Shell): Command {
  const command = new Command('repo').description('Make, fill and look at a repository that apt reads');
  command
    .helpOption('--help', 'Show this help; mkvenvdeb repo COMMAND --help that of a command')
    .helpCommand(false);
  const commands = [initCommand, addCommand, removeCommand, listCommand, keyringCommand, serveCommand];
  for (const one of commands) command.addCommand(one(shell));
  return command;
}
