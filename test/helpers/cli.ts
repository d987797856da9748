import {spawn} from 'node:child_process';
import {cli} from './suite.js';

export interface CliResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Signals to send, a fifth of a second apart, once this text has appeared on standard error. */
  readonly interrupt?: {readonly at: string; readonly signals: readonly NodeJS.Signals[]};
}

/** Run the compiled command line as a user would: a process of its own, no terminal. */
export function runCli(
  args: readonly string[],
  {cwd, env = {}, interrupt}: CliOptions = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      env: {...process.env, ...env},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    const left = [...(interrupt?.signals ?? [])];
    const sendNext = () => {
      child.kill(left.shift());
      if (left.length > 0) setTimeout(sendNext, 200);
    };
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      const seen = interrupt !== undefined && stderr.includes(interrupt.at);
      stderr += data;
      if (interrupt !== undefined && !seen && stderr.includes(interrupt.at)) sendNext();
    });
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve({exitCode, signal, stdout, stderr}));
  });
}
