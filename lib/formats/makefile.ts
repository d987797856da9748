/** A line of a makefile, joined with those that continue it. */
export type MakeNode =
  | {
      readonly kind: 'assign';
      readonly name: string;
      readonly operator: '=' | ':=' | '?=' | '+=' | '!=';
      readonly value: string;
      readonly exported: boolean;
      /** Targets it is for; empty for all. */
      readonly targets: readonly string[];
      readonly line: number;
    }
  /** `export NAME …`; without names, everything. */
  | {readonly kind: 'export' | 'unexport'; readonly names: string; readonly line: number}
  | {readonly kind: 'include'; readonly files: string; readonly optional: boolean; readonly line: number}
  | {
      readonly kind: 'if';
      readonly word: 'ifeq' | 'ifneq' | 'ifdef' | 'ifndef';
      readonly condition: string;
      /** True for `else ifeq …`. */
      readonly chained: boolean;
      readonly line: number;
    }
  | {readonly kind: 'else'; readonly line: number}
  | {readonly kind: 'endif'; readonly line: number}
  | {
      readonly kind: 'rule';
      readonly targets: string;
      readonly prerequisites: string;
      readonly line: number;
    }
  /** A command of the rule above. */
  | {readonly kind: 'recipe'; readonly text: string; readonly line: number}
  | {readonly kind: 'other'; readonly text: string; readonly line: number};

interface LogicalLine {
  readonly text: string;
  readonly line: number;
}

/** GNU make manual, 3.1.1: a backslash at the end joins lines; blanks around it become one, but in a recipe. */
function joinLines(text: string): readonly LogicalLine[] {
  const joined: {pieces: string[]; line: number}[] = [];
  let open = false;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const continues = /(?:^|[^\\])(?:\\\\)*\\$/.test(raw);
    const piece = continues ? raw.slice(0, -1) : raw;
    const last = joined.at(-1);
    if (!open || !last) joined.push({pieces: [piece], line: index + 1});
    else if (last.pieces[0]?.startsWith('\t')) last.pieces.push(piece.replace(/^\t/, ''));
    else joinPiece(last.pieces, piece.trimStart());
    open = continues;
  }
  return joined.map(({pieces, line}) => ({text: pieces.join(''), line}));
}

/** With one blank before it, in place of those that were there; the first piece is never taken away. */
function joinPiece(pieces: string[], piece: string): void {
  while (pieces.length > 1 && pieces.at(-1)?.trim() === '') pieces.pop();
  pieces[pieces.length - 1] = (pieces.at(-1) ?? '').trimEnd();
  pieces.push(` ${piece}`);
}

/** What `#` begins is a comment unless a backslash is before it. */
const withoutComment = (text: string): string => text.replace(/(?<!\\)#.*$/s, '').replaceAll('\\#', '#');

/** Read a makefile (GNU make manual, chapter 3) into its lines; nothing is expanded or decided yet. */
export function parseMakefile(text: string): readonly MakeNode[] {
  const nodes: MakeNode[] = [];
  let inRecipe = false;
  let definition = false;
  for (const {text: raw, line} of joinLines(text)) {
    if (definition) {
      definition = !/^\s*endef\b/.test(raw);
      continue;
    }
    if (raw.startsWith('\t') && inRecipe) {
      const command = raw.slice(1);
      if (command.trim() !== '' && !/^\s*#/.test(command)) nodes.push({kind: 'recipe', text: command, line});
      continue;
    }
    // What is blank at the end of a value stays (GNU make manual, 6.5).
    const plain = withoutComment(raw).trimStart();
    if (plain === '') continue;
    const found = parseLines(plain, line);
    nodes.push(...found);
    definition = /^(?:override\s+|export\s+)?define\b/.test(plain);
    // Conditionals may stand between the commands of a recipe.
    const [node] = found;
    if (node?.kind === 'rule') inRecipe = true;
    else if (node && !['if', 'else', 'endif'].includes(node.kind)) inRecipe = false;
  }
  return nodes;
}

const ASSIGNMENT = /^([^\s:#=?+!]+)\s*(::?:?=|\?=|\+=|!=|=)\s*(.*)$/s;

function parseLines(text: string, line: number): readonly MakeNode[] {
  return parseDirective(text.trim(), line) ?? parseAssignment(text, line, []) ?? parseRule(text.trim(), line);
}

function parseDirective(text: string, line: number): readonly MakeNode[] | undefined {
  const [, chained, word, condition = ''] =
    /^(else\s+)?(ifeq|ifneq|ifdef|ifndef)\b\s*(.*)$/s.exec(text) ?? [];
  if (word !== undefined) {
    const kind = word as 'ifeq' | 'ifneq' | 'ifdef' | 'ifndef';
    return [{kind: 'if', word: kind, condition, chained: chained !== undefined, line}];
  }
  if (/^(?:else|endif)$/.test(text)) return [text === 'else' ? {kind: 'else', line} : {kind: 'endif', line}];
  const [, include, files = ''] = /^(-include|sinclude|include)\s+(.*)$/s.exec(text) ?? [];
  if (include !== undefined) return [{kind: 'include', files, optional: include !== 'include', line}];
  const [, verb, rest = ''] = /^(export|unexport)\b\s*(.*)$/s.exec(text) ?? [];
  if (verb === 'unexport' || (verb === 'export' && !ASSIGNMENT.test(rest)))
    return [{kind: verb, names: rest, line}];
  if (/^(?:override\s+)?(?:define|undefine|vpath|load)\b/.test(text)) return [{kind: 'other', text, line}];
  return undefined;
}

function parseAssignment(
  text: string,
  line: number,
  targets: readonly string[],
): readonly MakeNode[] | undefined {
  const [, words = '', rest = ''] = /^((?:(?:export|override|private)\s+)*)(.*)$/s.exec(text) ?? [];
  const [, name, operator = '=', value = ''] = ASSIGNMENT.exec(rest) ?? [];
  if (name === undefined) return undefined;
  const known = operator.endsWith(':=') || operator.startsWith(':') ? ':=' : (operator as '=');
  return [{kind: 'assign', name, operator: known, value, exported: words.includes('export'), targets, line}];
}

function parseRule(text: string, line: number): readonly MakeNode[] {
  const [, targets, rest = ''] = /^((?:[^:$]|\$[({][^)}]*[)}])+?)::?(?!=)\s*(.*)$/s.exec(text) ?? [];
  if (targets === undefined) return [{kind: 'other', text, line}];
  const names = targets.trim().split(/\s+/);
  const own = parseAssignment(rest, line, names);
  if (own) return own;
  const [prerequisites = '', ...inline] = rest.split(';');
  const command = inline.join(';').trim();
  const rule = {kind: 'rule', targets: targets.trim(), prerequisites: prerequisites.trim(), line} as const;
  return command === '' ? [rule] : [rule, {kind: 'recipe', text: command, line}];
}
