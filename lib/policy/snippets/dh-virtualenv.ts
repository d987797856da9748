import {SCRIPT_NAMES, type ScriptName} from '../scripts.js';
import {type Part, words} from './shell.js';

export interface DhVirtualenvNames {
  readonly packageName: string;
  readonly prefix: string;
}

const USED = /\bdh_venv_(?:install_dir|package)\b/;

/**
 * The two variables that lines of dh-virtualenv set for scripts around them, where a script uses one. Such parts go
 * before and behind all others: removal goes the other way round.
 */
export function dhVirtualenvParts(
  scripts: Readonly<Partial<Record<ScriptName, string>>>,
  {packageName, prefix}: DhVirtualenvNames,
): Readonly<Record<'first' | 'last', readonly Part[]>> {
  const lines = `dh_venv_package=${words([packageName])}\ndh_venv_install_dir=${words([prefix])}\n`;
  const partOf = (names: readonly ScriptName[]): readonly Part[] => {
    const using = names.filter((name) => USED.test(scripts[name] ?? ''));
    if (using.length === 0) return [];
    const option = 'scripts';
    return [{option, isExtra: true, scripts: Object.fromEntries(using.map((name) => [name, lines]))}];
  };
  const isRemoval = (name: ScriptName) => name === 'prerm' || name === 'postrm';
  return {
    first: partOf(SCRIPT_NAMES.filter((name) => !isRemoval(name))),
    last: partOf(SCRIPT_NAMES.filter(isRemoval)),
  };
}
