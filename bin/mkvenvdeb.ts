#!/usr/bin/env node
import {constants} from 'node:os';
import {Cancelled} from './cancelled.js';
import {main} from './main.js';

const controller = new AbortController();

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // The first asks: commands are ended, the work folder is removed. The second does not wait for that.
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort(new Cancelled(name));
  });
}

/** `mkvenvdeb inspect … | head`: whoever reads has had enough. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  environment: process.env,
  signal: controller.signal,
  stdout: (text) => process.stdout.write(text),
  stderr: process.stderr,
});
