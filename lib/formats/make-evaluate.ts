import {expandMake, type MakeScope, type MakeVariable, MOST_EXPANDED, splitArguments} from './make-expand.js';
import {type MakeNode, parseMakefile} from './makefile.js';

/** A command of a rule, expanded but for `unknown`. */
export interface MakeCommand {
  readonly text: string;
  readonly line: number;
  /** References and functions that could not be told: where there are any, the text is not what would be run. */
  readonly unknown: readonly string[];
}

export interface MakeRule {
  readonly target: string;
  readonly prerequisites: readonly string[];
  readonly commands: readonly MakeCommand[];
  readonly line: number;
}

export interface Makefile {
  /** One for each target, those of `a b: …` apart. */
  readonly rules: readonly MakeRule[];
  /** What the commands find in their environment because the file says so. */
  readonly exported: Readonly<Record<string, string>>;
  /** Exported variables whose value could not be told. */
  readonly untold: readonly {
    readonly name: string;
    readonly unknown: readonly string[];
    readonly line: number;
  }[];
  /** Lines outside of rules that are beyond this reader. */
  readonly beyond: readonly {readonly text: string; readonly line: number}[];
}

export interface EvaluateOptions extends Pick<MakeScope, 'shell' | 'wildcard'> {
  /** Variables of the environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that a file to include sets; undefined for one that is not known. */
  readonly include: (file: string) => Readonly<Record<string, string>> | undefined;
}

interface State {
  readonly variables: Map<string, MakeVariable>;
  readonly exported: Map<string, number>;
  readonly beyond: {text: string; line: number}[];
  open: readonly Draft[];
  readonly rules: Draft[];
  /** For each conditional that is open: is it being read, was one of its branches. */
  readonly branches: {active: boolean; taken: boolean}[];
  readonly options: EvaluateOptions;
  readonly budget: MakeScope['budget'];
  exportsAll: boolean;
}

interface Draft {
  readonly target: string;
  readonly prerequisites: readonly string[];
  readonly commands: {text: string; line: number}[];
  readonly line: number;
}

/**
 * Read a makefile as GNU make would before it runs anything: variables, conditionals, rules.
 *
 * @throws E_OPTION when it expands to more than any makefile of a person
 */
export function evaluateMakefile(text: string, options: EvaluateOptions): Makefile {
  const variables = new Map(
    Object.entries(options.environment).map(([name, value]) => [name, simple(value)]),
  );
  const state: State = {
    variables,
    exported: new Map(),
    beyond: [],
    open: [],
    rules: [],
    branches: [],
    options,
    budget: {left: MOST_EXPANDED},
    exportsAll: false,
  };
  for (const node of parseMakefile(text)) {
    if (node.kind === 'if' || node.kind === 'else' || node.kind === 'endif') branch(node, state);
    else if (state.branches.every(({active}) => active)) evaluate(node, state);
  }
  return {...exports(state), rules: state.rules.map((draft) => finish(draft, state)), beyond: state.beyond};
}

const simple = (value: string, unknown: readonly string[] = []): MakeVariable => ({
  value,
  simple: true,
  unknown,
});

function expandIn(state: State, text: string, more: Readonly<Record<string, string>> = {}) {
  const {shell, wildcard} = state.options;
  const unknown: string[] = [];
  const extra = new Map(Object.entries(more).map(([name, value]) => [name, simple(value)]));
  const variables = {get: (name: string) => extra.get(name) ?? state.variables.get(name)};
  const expanded = expandMake(text, {variables, shell, wildcard, unknown, budget: state.budget});
  return {text: expanded, unknown: [...new Set(unknown)]};
}

type Conditional = Extract<MakeNode, {kind: 'if' | 'else' | 'endif'}>;

function branch(node: Conditional, state: State): void {
  const {branches} = state;
  if (node.kind === 'endif') {
    branches.pop();
    return;
  }
  const chained = node.kind === 'else' || (node.kind === 'if' && node.chained);
  const current = chained ? branches.at(-1) : undefined;
  if (chained && !current) return;
  const outer = (chained ? branches.slice(0, -1) : branches).every(({active}) => active);
  const open = current ?? {active: false, taken: false};
  const wanted = outer && !open.taken && (node.kind === 'else' || holds(node, state));
  if (!current) branches.push(open);
  open.active = wanted;
  open.taken ||= wanted;
}

function holds({word, condition, line}: Extract<MakeNode, {kind: 'if'}>, state: State): boolean {
  if (word === 'ifdef' || word === 'ifndef') {
    const {text} = expandIn(state, condition);
    return ((state.variables.get(text.trim())?.value ?? '') !== '') === (word === 'ifdef');
  }
  const quoted = /["']$/.test(condition) ? /^["'](.*?)["']\s+["'](.*)["']$/s.exec(condition) : null;
  const [, quotedOne, quotedTwo] = quoted ?? [];
  const bracketed = splitArguments(condition.replace(/^\((.*)\)$/s, '$1'), 2);
  const [one = '', two = ''] = quotedOne === undefined ? bracketed : [quotedOne, quotedTwo];
  const sides = [one, two].map((side) => expandIn(state, side));
  const [untold] = sides.flatMap(({unknown}) => unknown);
  if (untold !== undefined) state.beyond.push({text: `${word} ${condition}`, line});
  const [left, right] = sides.map(({text}) => text.trim());
  return (left === right) === (word === 'ifeq');
}

function evaluate(node: Exclude<MakeNode, Conditional>, state: State): void {
  switch (node.kind) {
    case 'assign':
      assign(node, state);
      break;
    case 'export':
    case 'unexport':
      exportNames(node, state);
      break;
    case 'include':
      include(node, state);
      break;
    case 'rule': {
      const {line} = node;
      const prerequisites = split(expandIn(state, node.prerequisites).text);
      const targets = split(expandIn(state, node.targets).text);
      // They have the same commands.
      const commands: Draft['commands'] = [];
      state.open = targets.map((target) => ({target, prerequisites, commands, line}));
      for (const draft of state.open) state.rules.push(draft);
      break;
    }
    case 'recipe':
      state.open[0]?.commands.push({text: node.text, line: node.line});
      break;
    default:
      state.beyond.push({text: node.text, line: node.line});
  }
}

const split = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

function assign(node: Extract<MakeNode, {kind: 'assign'}>, state: State): void {
  const {name, operator, value, line, exported, targets} = node;
  if (operator === '!=' || targets.length > 0) {
    state.beyond.push({
      text: `${targets.length > 0 ? `${targets.join(' ')}: ` : ''}${name} ${operator} …`,
      line,
    });
    return;
  }
  if (exported) state.exported.set(name, line);
  const before = state.variables.get(name);
  if (operator === '?=' && before) return;
  if (operator === ':=' || (operator === '+=' && before?.simple)) {
    const {text, unknown} = expandIn(state, value);
    const whole = operator === '+=' && before ? `${before.value} ${text}` : text;
    state.variables.set(
      name,
      simple(whole, operator === '+=' ? [...(before?.unknown ?? []), ...unknown] : unknown),
    );
    return;
  }
  const whole = operator === '+=' && before ? `${before.value} ${value}` : value;
  state.variables.set(name, {value: whole, simple: false, unknown: []});
}

function exportNames(
  {kind, names, line}: Extract<MakeNode, {kind: 'export' | 'unexport'}>,
  state: State,
): void {
  const listed = split(expandIn(state, names).text);
  if (kind === 'export' && listed.length === 0) state.exportsAll = true;
  for (const name of listed) {
    if (kind === 'export') state.exported.set(name, line);
    else state.exported.delete(name);
  }
}

function include({files, optional, line}: Extract<MakeNode, {kind: 'include'}>, state: State): void {
  for (const file of split(expandIn(state, files).text)) {
    const known = state.options.include(file);
    if (known === undefined && !optional) state.beyond.push({text: `include ${file}`, line});
    for (const [name, value] of Object.entries(known ?? {})) {
      if (!state.variables.has(name)) state.variables.set(name, simple(value));
    }
  }
}

function exports(state: State): Pick<Makefile, 'exported' | 'untold'> {
  const {environment} = state.options;
  const names = new Map(state.exported);
  for (const name of state.variables.keys()) {
    // What came with the environment goes on to the commands with its new value (manual, 6.10).
    const changed = name in environment && state.variables.get(name)?.value !== environment[name];
    if (changed || (state.exportsAll && !(name in environment))) names.set(name, names.get(name) ?? 0);
  }
  const exported: Record<string, string> = {};
  const untold: {name: string; unknown: readonly string[]; line: number}[] = [];
  for (const [name, line] of names) {
    const {text, unknown} = expandIn(state, `$(${name})`);
    if (unknown.length > 0) untold.push({name, unknown, line});
    else exported[name] = text;
  }
  return {exported, untold};
}

function finish({target, prerequisites, commands, line}: Draft, state: State): MakeRule {
  if (commands.length === 0) return {target, prerequisites, commands: [], line};
  const automatic = {'@': target, '<': prerequisites[0] ?? '', '^': prerequisites.join(' '), '*': ''};
  const expanded = commands.map(({text, line: at}) => ({...expandIn(state, text, automatic), line: at}));
  return {target, prerequisites, commands: expanded, line};
}
