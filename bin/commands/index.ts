import type {Command} from 'commander';
import type {Shell} from '../shell.js';
import {buildCommand} from './build.js';
import {checkCommand} from './check.js';
import {diffCommand} from './diff.js';
import {doctorCommand} from './doctor.js';
import {initCommand} from './init.js';
import {inspectCommand} from './inspect.js';
import {packCommand} from './pack.js';
import {planCommand} from './plan.js';
import {repoCommand} from './repo/index.js';
import {stageCommand} from './stage.js';
import {verifyCommand} from './verify.js';

/** Every command, in the order in which help lists them. */
export const commands = (shell: Shell): readonly Command[] => [
  buildCommand(shell),
  planCommand(shell),
  stageCommand(shell),
  packCommand(shell),
  verifyCommand(shell),
  initCommand(shell),
  doctorCommand(shell),
  inspectCommand(shell),
  checkCommand(shell),
  diffCommand(shell),
  repoCommand(shell),
];
