import {execa} from 'execa';

/** Names of tags, each once, in alphabetical order. */
export interface Findings {
  /** What lintian complains of, with the letter of how much: `E dir-or-file-in-opt`. */
  readonly found: readonly string[];
  /** What it would complain of if the package did not override it. */
  readonly overridden: readonly string[];
  /** No error and no warning. */
  readonly passes: boolean;
}

/** Ask lintian about a package; undefined where it is not installed. Unused overrides are among the findings. */
export async function lintian(file: string, options: readonly string[] = []): Promise<Findings | undefined> {
  const plain = await run([...options, file]);
  if (plain === undefined) return undefined;
  // A run of its own: with this option, it fails on what is overridden too.
  const shown = await run(['--show-overrides', ...options, file]);
  return {
    found: tagsOf(plain.stdout, /^([A-Z]): \S+: ([a-z]\S+)/gm),
    overridden: tagsOf(shown?.stdout ?? '', /^O: \S+: ([a-z]\S+)/gm),
    passes: plain.exitCode === 0,
  };
}

async function run(args: readonly string[]): Promise<{stdout: string; exitCode: number} | undefined> {
  const always = ['--no-cfg', '--tag-display-limit', '0', '--fail-on', 'error,warning'];
  const {stdout, stderr, code, exitCode} = await execa('lintian', [...always, ...args], {reject: false});
  if (code === 'ENOENT') return undefined;
  // 1: it could not do its work; 2: it found what it shall fail on.
  if (exitCode !== 0 && exitCode !== 2) throw new Error(`lintian failed: ${stderr}`);
  return {stdout, exitCode};
}

const tagsOf = (output: string, line: RegExp): readonly string[] =>
  [...new Set([...output.matchAll(line)].map(([, ...words]) => words.join(' ')))].sort();
