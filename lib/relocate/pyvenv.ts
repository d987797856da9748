import {dirname} from 'node:path';
import {asLatin1, type Relocation, rewriteFiles} from './tree.js';

export interface PyvenvPaths {
  /** The interpreter on the server: `/usr/bin/pypy3.9`. */
  readonly target: string;
  readonly promptName: string;
}

/** The prefix of an interpreter: `/usr` for `/usr/bin/pypy3.9`; portable ones may have no `bin`. */
const basePrefix = (target: string): string => {
  const folder = dirname(target);
  return folder.endsWith('/bin') ? dirname(folder) : folder;
};

/**
 * Rewrite a pyvenv.cfg (PEP 405 and what venv and virtualenv add): whatever names the interpreter of the build
 * machine names that of the server, and `command` goes, because it holds the whole command line of the build.
 * `prompt` is only changed where it stands.
 */
export function relocatePyvenv(text: string, {target, promptName}: PyvenvPaths): string {
  const values: Readonly<Record<string, string>> = {
    home: dirname(target),
    executable: target,
    'base-prefix': basePrefix(target),
    'base-exec-prefix': basePrefix(target),
    'base-executable': target,
  };
  const lines = text.split(/(?<=\n)/).map((line) => {
    const match = /^([\w-]+)(\s*=\s*)(.*)$/s.exec(line);
    if (!match) return line;
    const [, key = '', equals, rest = ''] = match;
    const value = rest.trimEnd();
    const end = rest.slice(value.length);
    const name = key.toLowerCase();
    if (name === 'command') return '';
    if (name === 'prompt')
      return `${key}${equals}${/^['"]/.test(value) ? `'${promptName}'` : promptName}${end}`;
    const wanted = values[name];
    return wanted === undefined ? line : `${key}${equals}${asLatin1(wanted)}${end}`;
  });
  return lines.join('');
}

/** Relocate the virtualenv's pyvenv.cfg. @returns its path if it changed */
export const relocatePyvenvs = ({nodes, venv, promptName}: Relocation): Promise<readonly string[]> =>
  rewriteFiles(nodes, {
    wanted: ({path}) => path === 'pyvenv.cfg',
    rewrite: (text) => relocatePyvenv(text, {target: venv.interpreter.target, promptName}),
  });
