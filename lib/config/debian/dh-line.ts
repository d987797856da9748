/** The line that runs dh. */
export interface DhLine {
  readonly line: number;
  /** Addons that `--with` names. */
  readonly addons: readonly string[];
  readonly buildsystem?: string;
  /** What dh passes on to every program, as `-O--option=value`. */
  readonly passed: readonly string[];
}

/** Options that are for dh itself. */
const OWN = /^--?(?:after|until|before|with|without)$/;
const OWN_EQUAL = /^--?(?:no-act|remaining|(?:after|until|before|with|without)=.*)$/;

/**
 * Read the arguments of dh(1): what it keeps, and what it passes on as it does: every option behind `-O`, a word after
 * one glued to it.
 */
export function readDhLine(argv: readonly string[], line: number): DhLine {
  const addons = new Set<string>();
  const passed: string[] = [];
  const words = argv.filter((word, index) => index > 0 || word.startsWith('-'));
  const name = (list: string, without: boolean) => {
    for (const addon of list.split(',')) {
      if (without) addons.delete(addon.replaceAll('_', '-'));
      else addons.add(addon.replaceAll('_', '-'));
    }
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [, verb, list] = /^--(with|without)(?:=(.*))?$/.exec(word) ?? [];
    if (verb !== undefined) name(list ?? words.shift() ?? '', verb === 'without');
    else if (OWN.test(word)) words.shift();
    else if (OWN_EQUAL.test(word)) continue;
    else if (word.startsWith('-O')) passed.push(word);
    else if (word.startsWith('-')) passed.push(`-O${word}`);
    else if (passed.length > 0) {
      const last = passed.pop() ?? '';
      passed.push(last.startsWith('-O--') ? `${last}=${word}` : last + word);
    }
  }
  const system = passed.flatMap((word) => /^-O(?:--buildsystem=|-S)(.+)$/.exec(word)?.[1] ?? []).at(-1);
  return {line, addons: [...addons], passed, ...(system === undefined ? {} : {buildsystem: system})};
}
