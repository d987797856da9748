import {MkvenvdebError} from '../errors.js';
import {hasToken, type MaintainerScripts, mergeSnippets, SCRIPT_NAMES, type ScriptName} from './scripts.js';
import type {Part} from './snippets/shell.js';

/** What undoes goes the other way round: last made, first undone. */
const REVERSED: ReadonlySet<ScriptName> = new Set(['prerm', 'postrm']);
const SHELL = /^#![ \t]*(?:\/usr)?\/bin\/(?:env[ \t]+)?(?:sh|dash|bash|ksh|mksh|zsh)\b/;

export interface MergedScripts {
  readonly scripts: MaintainerScripts;
  /** What found no place and can be done without, as the beginning of a message. */
  readonly homeless: readonly string[];
}

/**
 * Put the lines of the parts into the maintainer scripts, at the token or into a script of their own.
 *
 * @throws E_PAYLOAD for every script without a place for lines that the package cannot do without
 */
export function mergeParts(scripts: MaintainerScripts, parts: readonly Part[]): MergedScripts {
  const merged: Partial<Record<ScriptName, string>> = {};
  const problems: string[] = [];
  const homeless: string[] = [];
  for (const name of SCRIPT_NAMES) {
    const concerned = parts.filter((part) => part.scripts[name]);
    const script = scripts[name];
    const whyNot = script === undefined || concerned.length === 0 ? undefined : obstacle(script);
    if (whyNot === undefined) {
      const text = complete(script, linesOf(concerned, name));
      if (text !== undefined) merged[name] = text;
      continue;
    }
    merged[name] = script as string;
    const options = concerned.map(({option}) => option).join(', ');
    const message = `Script ${name} ${whyNot}, where the lines for ${options} would go`;
    (concerned.every(({isExtra}) => isExtra) ? homeless : problems).push(message);
  }
  const [first] = problems;
  if (first === undefined) return {scripts: merged, homeless};
  throw new MkvenvdebError('E_PAYLOAD', first, {
    issues: problems.length > 1 ? problems : [],
    hint: 'Put #DEBHELPER# on a line of its own into the shell script, before it exits',
  });
}

function obstacle(script: string): string | undefined {
  if (!hasToken(script)) return 'has no line #DEBHELPER#';
  return SHELL.test(script) ? undefined : 'is no shell script';
}

function linesOf(parts: readonly Part[], name: ScriptName): string {
  const ordered = REVERSED.has(name) ? parts.toReversed() : parts;
  return ordered
    .map(({option, scripts}) => `# Added by mkvenvdeb for "${option}"\n${scripts[name]}`)
    .join('\n');
}

function complete(script: string | undefined, lines: string): string | undefined {
  if (script !== undefined) return lines === '' ? script : mergeSnippets(script, lines);
  return lines === '' ? undefined : `#!/bin/sh\nset -e\n\n${lines}`;
}
