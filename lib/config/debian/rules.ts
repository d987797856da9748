import {evaluateMakefile, type MakeCommand, type MakeRule} from '../../formats/make-evaluate.js';
import {readShellLine, type SimpleCommand} from '../../formats/shell-words.js';
import {adviceFor} from './advice.js';
import {type DhLine, readDhLine} from './dh-line.js';
import {leftoversOf} from './leftovers.js';
import {PLACING, type Placement, parsePlacing} from './placing.js';
import {parseToolArgs, TOOLS, type ToolArgs, toolProblem} from './tools.js';

/** A call of a program of debhelper in a recipe. */
export interface ToolCall extends ToolArgs {
  readonly tool: string;
  /** Its arguments as they are written. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly line: number;
  readonly target: string;
}

/** Files of the project that a recipe puts into a package. */
export interface PlacingCall extends Placement {
  readonly line: number;
  readonly target: string;
}

/** Something in debian/rules that is not understood, and what takes its place. */
export interface RulesFinding {
  readonly line: number;
  /** Name that `ignoreRules` knows it by: a target, or a variable. */
  readonly target: string;
  readonly text: string;
  readonly hint: string;
}

/** What debian/rules says, by the subset that is understood. */
export interface DebianRules {
  readonly exported: Readonly<Record<string, string>>;
  readonly dh: DhLine | undefined;
  /** Calls of every program that a recipe runs, in their order. */
  readonly calls: readonly ToolCall[];
  readonly placed: readonly PlacingCall[];
  /** A recipe removes bytecode from the package. */
  readonly removesBytecode: boolean;
  /** Programs that an override stands for; without a call of their own they do not run. */
  readonly overridden: ReadonlySet<string>;
  readonly findings: readonly RulesFinding[];
}

export interface RulesOptions {
  /** Variables that make gets: the caller's and those of dpkg-buildpackage. */
  readonly environment: Readonly<Record<string, string>>;
  readonly shell: (command: string) => string | undefined;
  readonly include: (file: string) => Readonly<Record<string, string>> | undefined;
  readonly wildcard: (pattern: string) => readonly string[] | undefined;
  /** Names of the binary packages. */
  readonly packages: readonly string[];
  /** Targets and variables whose findings are left out: the configuration replaces them. */
  readonly ignore: ReadonlySet<string>;
}

const SEQUENCES = /^(?:%|(?:build|install|binary)(?:-arch|-indep)?)$/;
/** They clean the source tree, of which a copy is built. */
const CLEANING = /^(?:clean|(?:override|execute_(?:before|after))_dh_(?:auto_)?clean)$/;
/** The sequence of dh-virtualenv takes these steps out: their overrides never run. */
const TAKEN_OUT = /^(?:override|execute_(?:before|after))_dh_auto_(?:test|build|install)$/;
const HARMLESS: ReadonlySet<string> = new Set(
  ': true false exit echo printf set test [ pwd ls du date which uname'.split(' '),
);

interface State {
  readonly exported: Readonly<Record<string, string>>;
  readonly targets: ReadonlyMap<string, MakeRule>;
  readonly calls: ToolCall[];
  readonly placed: PlacingCall[];
  readonly overridden: Set<string>;
  readonly findings: RulesFinding[];
  readonly options: RulesOptions;
  removesBytecode: boolean;
  dh: DhLine | undefined;
}

/** Read debian/rules by its documented subset (docs/from-dh-virtualenv.md); nothing of it is run. */
export function readRules(text: string, options: RulesOptions): DebianRules {
  const makefile = evaluateMakefile(text, options);
  const state: State = {
    exported: makefile.exported,
    targets: new Map(makefile.rules.map((rule) => [rule.target, rule])),
    calls: [],
    placed: [],
    overridden: new Set(),
    findings: [],
    options,
    removesBytecode: false,
    dh: undefined,
  };
  for (const {text: beyond, line} of makefile.beyond) {
    add(state, {line, target: beyond.split(/\s/)[0] ?? '', text: `Not understood: ${beyond}`});
  }
  for (const {name, unknown, line} of makefile.untold) {
    add(state, {line, target: name, text: `Value of ${name} cannot be told without running ${unknown[0]}`});
  }
  // Which addons there are decides what the other targets mean.
  const isSequence = ({target}: MakeRule) => SEQUENCES.test(target);
  for (const rule of makefile.rules.filter(isSequence)) readRule(rule, state);
  for (const rule of makefile.rules.filter((one) => !isSequence(one))) readRule(rule, state);
  const {targets: _targets, options: _options, ...rules} = state;
  return rules;
}

function add({findings, options}: State, finding: Omit<RulesFinding, 'hint'>): void {
  if (!options.ignore.has(finding.target)) findings.push({...finding, hint: adviceFor(finding.target)});
}

function readRule(rule: MakeRule, state: State): void {
  const {target} = rule;
  if (CLEANING.test(target) || target.startsWith('.')) return;
  const addon = state.dh?.addons.includes('python-virtualenv') ?? true;
  if (TAKEN_OUT.test(target) && addon) return;
  const [, kind, tool = ''] = /^(override|execute_(?:before|after))_(dh_[\w-]+?)$/.exec(target) ?? [];
  if (kind === undefined && !SEQUENCES.test(target)) return;
  if (/-(?:arch|indep)$/.test(tool)) {
    add(state, {line: rule.line, target, text: `Target for some packages only: ${target}`});
    return;
  }
  for (const needed of rule.prerequisites) {
    const other = state.targets.get(needed);
    if (!other || other.commands.length === 0 || SEQUENCES.test(needed)) continue;
    add(state, {line: rule.line, target, text: `Target ${target} needs another first: ${needed}`});
  }
  if (kind === 'override') {
    state.overridden.add(tool);
    const needed = tool === 'dh_virtualenv' || TOOLS[tool]?.needed;
    if (needed && rule.commands.every(({text}) => isHarmless(text)))
      add(state, {line: rule.line, target, text: `No package without ${tool}: ${target} is empty`});
  }
  for (const command of rule.commands) readCommand(command, target, state);
}

const isHarmless = (text: string): boolean =>
  readShellLine(plain(text)).commands.every(({words: [word = ':']}) => HARMLESS.has(word));

/** Without what make itself reads (silent, ignore errors, run also with -n) and output that nobody gets. */
const plain = (text: string): string =>
  text
    .trim()
    .replace(/^[@+-]+\s*/, '')
    .replace(/(?<!\s)\s*(?:[12&]?>\s*\/dev\/null|2>&1)(?=\s|$)/g, '');

function readCommand(command: MakeCommand, target: string, state: State): void {
  const {line, unknown} = command;
  const [text = '', ...others] = plain(command.text)
    .split('||')
    .map((part) => part.trim());
  const {commands, beyond} = readShellLine(text, state.exported);
  const [untold] = unknown;
  const strange =
    commands.some(({words}) => !isKnown(words, {line, target}, state)) ||
    !others.every((other) => isFallback(other, commands));
  // A sequence that the configuration names still says which addons there are.
  const isNamed = commands.some(({words}) => words[0] === 'dh') && state.options.ignore.has(target);
  if ((untold === undefined || isNamed) && beyond === undefined && !strange) {
    for (const one of commands) runCommand(one, {line, target}, state);
    return;
  }
  const whole = plain(command.text);
  const why = untold === undefined ? whole : `${whole} (${untold} cannot be told without running it)`;
  add(state, {line, target, text: `Not understood in ${target}: ${why.replace(/\s+/g, ' ')}`});
}

/** What would run if the commands failed: it says so, or is one of them once more. */
function isFallback(text: string, commands: readonly SimpleCommand[]): boolean {
  const {commands: others, beyond} = readShellLine(text);
  const again = (word: string) => word.startsWith('dh_') && commands.some(({words}) => words[0] === word);
  return beyond === undefined && others.every(({words: [word = ':']}) => HARMLESS.has(word) || again(word));
}

function isKnown(words: readonly string[], {target}: Place, state: State): boolean {
  const [word = ':'] = words;
  if (PLACING.has(word)) return parsePlacing(words, placingContext(state)) !== undefined;
  if (word === 'find') return leftoversOf(words) !== undefined;
  return HARMLESS.has(word) || word.startsWith('dh_') || (word === 'dh' && SEQUENCES.test(target));
}

const placingContext = ({options: {packages, environment}}: State) => ({
  packages,
  project: environment.CURDIR ?? '',
});

interface Place {
  readonly line: number;
  readonly target: string;
}

function runCommand({words, environment}: SimpleCommand, {line, target}: Place, state: State): void {
  const [tool = ':', ...argv] = words;
  if (HARMLESS.has(tool)) return;
  if (tool === 'find') {
    state.removesBytecode ||= leftoversOf(words) === 'bytecode';
    return;
  }
  if (PLACING.has(tool)) {
    const placed = parsePlacing(words, placingContext(state)) ?? [];
    state.placed.push(...placed.map((one) => ({...one, line, target})));
    return;
  }
  if (tool === 'dh') {
    state.dh ??= readDhLine(argv, line);
    return;
  }
  const args = parseToolArgs(argv);
  const problem = tool === 'dh_virtualenv' ? undefined : toolProblem(tool, args);
  if (problem !== undefined) add(state, {line, target, text: `Not understood in ${target}: ${problem}`});
  else state.calls.push({...args, tool, argv, environment, line, target});
}
