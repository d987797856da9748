import {MkvenvdebError} from '../errors.js';

const SPECIAL = /[\\^$.|+()[\]{}]/g;
const literal = (text: string): string => text.replace(SPECIAL, '\\$&');

/** True when a path holds a wildcard: `*`, `?` or `[`. */
export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

/** Characters of a path (PATH_MAX). */
const LONGEST = 4096;

/**
 * A glob as a regular expression over a whole path: `*` and `?` stay inside one component, `**` crosses any number of
 * them (also none), `[a-z]` and `[!a]` are sets. Names that begin with a dot are matched like all others.
 *
 * @throws E_OPTION for a set whose range is the wrong way round
 */
export function globToRegExp(pattern: string): RegExp {
  // Longer than any path: it fits none.
  if (pattern.length > LONGEST) return /(?!)/;
  const tokens = tokensOf(pattern);
  let source = '';
  let groups = 0;
  for (let at = 0; at < tokens.length; at += 1) {
    const [token = '', text = ''] = tokens[at] ?? [];
    const rest = token === '*' ? tokens.slice(at + 1) : [];
    const next = rest.findIndex(([one]) => one === '*' || one === '**' || one === '**/' || one === '/');
    if (rest[next]?.[0] !== '*') {
      source += text;
      continue;
    }
    // Up to the next star the first place that fits is as good as any: it is kept, or many stars take for ever.
    const piece = rest.slice(0, next).map(([, part]) => part);
    groups += 1;
    source += `(?=([^/]*?${piece.join('')}))\\${groups}(?:)`;
    at += next;
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch (cause) {
    throw new MkvenvdebError('E_OPTION', `Not a pattern of file names: ${pattern.slice(0, 200)}`, {
      hint: 'Write a set from its lowest to its highest letter: [a-z]',
      cause,
    });
  }
}

/** The parts of a pattern, each with its regular expression; two stars of a kind fit what one fits. */
function tokensOf(pattern: string): readonly (readonly [token: string, text: string])[] {
  const tokens: (readonly [string, string])[] = [];
  for (let index = 0; index < pattern.length; ) {
    const rest = pattern.slice(index);
    const set = /^\[(!?)([^\]/]+)\]/.exec(rest);
    const [token, text] = rest.startsWith('**/')
      ? ['**/', '(?:[^/]+/)*']
      : rest.startsWith('**')
        ? ['**', '.*']
        : rest.startsWith('*')
          ? ['*', '[^/]*']
          : rest.startsWith('?')
            ? ['?', '[^/]']
            : set
              ? [set[0], `[${set[1] ? '^/' : ''}${(set[2] ?? '').replace(/[\\^[]/g, '\\$&')}]`]
              : [rest.charAt(0), literal(rest.charAt(0))];
    if (!token.startsWith('*') || tokens.at(-1)?.[0] !== token) tokens.push([token, text]);
    index += token.length;
  }
  return tokens;
}

/** The folder part before the first wildcard: `conf/*.yml` → `conf`, `*.yml` → an empty string. */
export const globBase = (pattern: string): string => {
  const fixed = pattern.slice(0, pattern.search(/[*?[]/));
  return fixed.slice(0, Math.max(0, fixed.lastIndexOf('/')));
};
