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
  const always = ['--no-cfg', '--show-overrides', '--tag-display-limit', '0', '--fail-on', 'error,warning'];
  const {stdout, stderr, code, exitCode} = await execa('lintian', [...always, ...options, file], {
    reject: false,
  });
  if (code === 'ENOENT') return undefined;
  // 1: it could not do its work; 2: it found what it shall fail on.
  if (exitCode !== 0 && exitCode !== 2) throw new Error(`lintian failed: ${stderr}`);
  const tags = [...stdout.matchAll(/^([A-Z]): \S+: ([a-z]\S+)/gm)].map(([, letter = '', tag = '']) => ({
    letter,
    tag,
  }));
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  return {
    found: unique(tags.filter(({letter}) => !'OM'.includes(letter)).map((one) => `${one.letter} ${one.tag}`)),
    overridden: unique(tags.filter(({letter}) => letter === 'O').map(({tag}) => tag)),
    passes: exitCode === 0,
  };
}
