import {basename} from 'node:path';
import type {BuildOptions} from '../schema/index.js';
import {type ContentContext, callsOf, fileOf, hasAddon, nameOf} from './context.js';
import {expandGlob} from './lists.js';

type Files = NonNullable<BuildOptions['files']>;

const FOLDER = '/usr/share/bash-completion/completions';
/** dh_bash-completion(1) tells a script from a list by what only a script would hold. */
const IN_SCRIPTS: readonly (readonly RegExp[])[] = [
  [/(?:^|[|&;])\s*complete\b/, /-[A-Za-z]/],
  [/\$\(/, /\)/],
  [/compgen/, /-[A-Za-z]/],
  [/if/, /;/, /then/],
];

/** True when each is found behind the one before. */
function holdsInOrder(line: string, patterns: readonly RegExp[]): boolean {
  let rest = line;
  for (const pattern of patterns) {
    const found = pattern.exec(rest);
    if (found === null) return false;
    rest = rest.slice(found.index + found[0].length);
  }
  return true;
}

/**
 * Completions for bash. The program comes with the package bash-completion and its addon: without it nothing reads
 * the file, which is a script, or a list of scripts, each with the name that it gets.
 */
export function completions(context: ContentContext): Files {
  const calls = callsOf(context, 'dh_bash-completion', hasAddon(context, 'bash-completion'));
  return calls.flatMap((call) => {
    const source = fileOf(context, 'bash-completion', nameOf(call));
    if (source === undefined) return [];
    return listed(source, context) ?? [placed(source, context.package)];
  });
}

const placed = (source: string, name: string): Files[number] => ({
  source,
  target: `${FOLDER}/${name}`,
  mode: '0644',
});

/** What a list names; undefined where it is none, or names something that is not there. */
function listed(source: string, {folder}: ContentContext): Files | undefined {
  const lines = folder
    .read(source)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.some((line) => IN_SCRIPTS.some((patterns) => holdsInOrder(line, patterns)))) return undefined;
  const files: Files = [];
  for (const line of lines) {
    const words = line.split(/\s+/);
    const [first = '', ...more] = words;
    const patterns = more.length > 0 ? words.slice(0, -1) : words;
    for (const pattern of patterns) {
      const [found] = [pattern, `debian/tmp/${pattern}`]
        .map((one) => expandGlob(folder.project, one))
        .filter((paths) => paths.length > 0);
      if (!found) return undefined;
      files.push(...found.map((path) => placed(path, more.at(-1) ?? basename(first))));
    }
  }
  return files;
}
