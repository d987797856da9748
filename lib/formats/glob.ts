const SPECIAL = /[\\^$.|+()[\]{}]/g;
const literal = (text: string): string => text.replace(SPECIAL, '\\$&');

/** True when a path holds a wildcard: `*`, `?` or `[`. */
export const isGlob = (pattern: string): boolean => /[*?[]/.test(pattern);

/**
 * A glob as a regular expression over a whole path: `*` and `?` stay inside one component, `**` crosses any number of
 * them (also none), `[a-z]` and `[!a]` are sets. Names that begin with a dot are matched like all others.
 */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
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
    source += text;
    index += token.length;
  }
  return new RegExp(`^${source}$`, 's');
}

/** The folder part before the first wildcard: `conf/*.yml` → `conf`, `*.yml` → an empty string. */
export const globBase = (pattern: string): string => {
  const fixed = pattern.slice(0, pattern.search(/[*?[]/));
  return fixed.slice(0, Math.max(0, fixed.lastIndexOf('/')));
};
