import {readFileSync} from 'node:fs';
import type {Output} from './streams.js';

/** What `bin/bundle.mjs` made by asking the command: the text for each command line that only asks for one. */
const FILE = new URL('../cli/answers.json', import.meta.url);
/** The texts are as wide as that. */
const COLUMNS = 80;

/**
 * The answer to a command line that asks for the version or for help, if it lies ready: making it anew takes ten times
 * as long as reading it.
 *
 * @returns undefined for every other command line, and where the text would not fit the terminal
 */
export function readyAnswer(args: readonly string[], {columns}: Pick<Output, 'columns'>): string | undefined {
  if (args.at(-1) !== '--help' && args.at(-1) !== '--version') return undefined;
  if (columns !== undefined && columns !== COLUMNS) return undefined;
  try {
    const answers = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>;
    return Object.hasOwn(answers, args.join(' ')) ? answers[args.join(' ')] : undefined;
  } catch {
    return undefined; // not bundled
  }
}
