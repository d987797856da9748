/** Substitution variables by name, as a `.substvars` file holds them (deb-substvars(5)). */
export type Substvars = ReadonlyMap<string, string>;

const LINE = /^([A-Za-z0-9][A-Za-z0-9:_-]*)(?:\?|!)?\+?=(.*)$/;
const REFERENCE = /\$\{([^{}$]*)\}/g;
/** deb-substvars(5): more replacements than that are a loop. */
const MOST = 100;

/** Read a file of substitution variables: `NAME=VALUE`, comments and blank lines; `+=` adds to what was there. */
export function parseSubstvars(text: string): Substvars {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const before = variables.get(name);
    const adds = line.slice(name.length).startsWith('+=') && before;
    variables.set(name, adds ? `${before}, ${value.trim()}` : value.trim());
  }
  return variables;
}

export interface Substituted {
  readonly text: string;
  /** Variables that nobody set: they stand for an empty text, as dpkg-gencontrol has it. */
  readonly unknown: readonly string[];
}

const BUILTIN: Readonly<Record<string, string>> = {Newline: '\n', Space: ' ', Tab: '\t', '': '$'};

/** Replace every `${NAME}`, also those that come from values; `${}` stands for a dollar sign. */
export function substitute(text: string, variables: Substvars): Substituted {
  const unknown = new Set<string>();
  let left = MOST;
  const replace = (from: string): string =>
    from.replace(REFERENCE, (_whole, name: string) => {
      const builtin = BUILTIN[name];
      if (builtin !== undefined) return builtin;
      const value = variables.get(name);
      if (value === undefined || left-- <= 0) {
        unknown.add(name);
        return '';
      }
      return replace(value);
    });
  return {text: replace(text), unknown: [...unknown]};
}

/** A relation field after substitution, as a list: what became empty is dropped, as is a comma at the end. */
export const relationList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.replace(/\s+/g, ' ').trim())
    .map((part) =>
      part
        .split('|')
        .map((one) => one.trim())
        .filter((one) => one !== '')
        .join(' | '),
    )
    .filter((part) => part !== '');
