/** Names of files that are not in a package of ours, or that are there and the same in every build. */
const NOTHING = /^(?:pip-selfcheck\.json|direct_url\.json|RECORD|\.gitignore|CACHEDIR\.TAG)$/;
const BYTECODE = /^(?:__pycache__|\*\.py(?:c|o|\[co\]|\?))$/;

/** A search that removes what is left out here in any case, or bytecode; undefined for any other. */
export function leftoversOf(words: readonly string[]): 'nothing' | 'bytecode' | undefined {
  const [tool, ...args] = words;
  if (tool !== 'find') return undefined;
  const start = args.findIndex((word) => word.startsWith('-'));
  const [places, tests] = [args.slice(0, start), args.slice(start).join('\0')];
  if (start < 1 || !places.every((place) => /(?:^|\/)debian(?:\/|$)/.test(place))) return undefined;
  const [, name] =
    /^(?:-type\0[fd]\0)?-i?name\0([^\0]+)(?:\0-type\0[fd])?(?:\0-(?:print|delete|depth|exec\0rm\0(?:-[rfv]+\0)*\{\}\0[+;]))+$/.exec(
      tests,
    ) ?? [];
  if (name === undefined) return undefined;
  if (NOTHING.test(name)) return 'nothing';
  return BYTECODE.test(name) ? 'bytecode' : undefined;
}
