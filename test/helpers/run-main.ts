import * as assert from 'uvu/assert';
import {main} from '../../bin/main.js';

export interface MainRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MainOptions {
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Both streams are terminals of 200 columns. @default false */
  readonly isTTY?: boolean;
}

/** Run a command line in this process: a hundred others would take minutes. */
export async function runMain(args: readonly string[], options: MainOptions = {}): Promise<MainRun> {
  const {cwd = process.cwd(), environment = {}, isTTY = false} = options;
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await main(args, {
    cwd,
    environment,
    signal: new AbortController().signal,
    stdout: {write: (text: string) => void out.push(text), written: async () => {}, isTTY},
    stderr: {write: (text: string) => void err.push(text), isTTY, columns: 200},
  });
  return {exitCode, stdout: out.join(''), stderr: err.join('')};
}

/** Clears the screen, sets a title, turns the direction of text, goes back in the line. */
export const EVIL = '\u001b[2J\u001b]0;x\u0007\u202e\u009b31m\rX';
/** What must not reach a terminal; line breaks and tabs are ours. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** Progress clears its line, and colours are few. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
const OURS = /\r\u001b\[K|\u001b\[(?:1|2|22|31|32|33|39)m/g;

/** Fail where a run would steer a terminal; `asJson`: what it says has to be JSON as well. */
export function assertShown({stdout, stderr}: MainRun, what: string, asJson = false): void {
  for (const text of [stdout, stderr])
    assert.not.match(text.replace(OURS, ''), RAW, `${what}: ${JSON.stringify(text)}`);
  if (!asJson) return;
  if (stdout !== '') JSON.parse(stdout);
  for (const line of stderr.split('\n')) if (line !== '') JSON.parse(line);
}
