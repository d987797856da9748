#!/usr/bin/env node
import {constants} from 'node:os';
import {Cancelled, SIGNALS} from './cancelled.js';
import {closeInherited} from './inherited.js';
import {readyAnswer} from './ready-answer.js';
import {openOutput, openScreen} from './streams.js';

closeInherited();

const controller = new AbortController();

for (const name of SIGNALS) {
  process.on(name, () => {
    // The first asks: commands are ended, the work folder is removed. The second does not wait for that.
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort(new Cancelled(name));
  });
}

const args = process.argv.slice(2);
const stdout = openOutput(process.stdout);
const answer = readyAnswer(args, stdout);

if (answer === undefined) await runCommand();
else {
  stdout.write(answer);
  // What is wrong with the output, the long way tells as for any other command.
  await stdout.written().catch(runCommand);
}

async function runCommand(): Promise<void> {
  const {main} = await import('./main.js');
  process.exitCode = await main(args, {
    cwd: process.cwd(),
    environment: process.env,
    signal: controller.signal,
    stdout,
    stderr: openScreen(process.stderr),
  });
}
