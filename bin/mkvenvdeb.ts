#!/usr/bin/env node
import {constants} from 'node:os';
import {Cancelled, SIGNALS} from './cancelled.js';
import {closeInherited} from './inherited.js';
import {main} from './main.js';
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

process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  environment: process.env,
  signal: controller.signal,
  stdout: openOutput(process.stdout),
  stderr: openScreen(process.stderr),
});
