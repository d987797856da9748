import {type Command, InvalidArgumentError, Option} from 'commander';
import {type BuildOptions, describeOptions, type OptionDescription, type OptionKind} from '../lib/index.js';

const VALUE: Readonly<Record<OptionKind, string>> = {
  text: ' <text>',
  number: ' <n>',
  boolean: '',
  choice: ' <name>',
  list: ' <text>',
  names: ' <name|true|false>',
  map: ' <name=value>',
  json: ' <json>',
  item: ' <text|json>',
  items: ' <text|json>',
};

/** How a flag's text becomes a value; repeatable flags get what was there before. What is wrong, the schema says. */
const PARSE: Readonly<Partial<Record<OptionKind, (text: string, before: unknown) => unknown>>> = {
  number: (text) => (/^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : text),
  list: (text, before) => [...asList(before), text],
  names: (text, before) =>
    text === 'true' || text === 'false' ? text === 'true' : [...asList(before), text],
  map: (text, before) => ({...(before as object | undefined), ...readPair(text)}),
  json: (text, before) => [...asList(before), readJson(text)],
  item: (text) => readItem(text),
  items: (text, before) => [...asList(before), readItem(text)],
};

const readItem = (text: string): unknown => (text.startsWith('{') ? readJson(text) : text);

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function readPair(text: string): object {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Give it as NAME=VALUE');
  return {[name]: value};
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`Give it as JSON: ${(error as Error).message}`);
  }
}

/** A flag of the command line and the place in BuildOptions that it fills. */
interface Flag {
  readonly path: readonly string[];
  readonly option: Option;
  /** `--no-index` is commander's way to say that `index` is false; our option is called noIndex. */
  readonly inverted: boolean;
}

/** The flags of an option; a boolean gets both forms, of which help shows the one that changes something. */
function flagsOf(description: OptionDescription): readonly Flag[] {
  const {path, flag, kind, choices, group} = description;
  const help = helpText(description);
  if (kind === 'boolean') {
    const inverted = flag.startsWith('--no-');
    const positive = inverted ? flag.replace('--no-', '--') : flag;
    const shown = inverted || description.default === true;
    const yes = new Option(positive, help).helpGroup(`${group}:`).hideHelp(shown);
    const no = new Option(positive.replace('--', '--no-'), shown && !inverted ? denied(help) : help);
    return [yes, no.helpGroup(`${group}:`).hideHelp(!shown)].map((option) => ({path, option, inverted}));
  }
  const option = new Option(flag + VALUE[kind], help).helpGroup(`${group}:`);
  const parse = PARSE[kind];
  if (parse) option.argParser(parse);
  if (choices) option.choices([...choices]);
  return [{path, option, inverted: false}];
}

/** Descriptions are orders: `Ship compiled modules` becomes `Do not ship compiled modules`. */
const denied = (help: string): string => `Do not ${help.charAt(0).toLowerCase()}${help.slice(1)}`;

/** Each use of such a flag gives one item. */
const REPEATABLE: ReadonlySet<OptionKind> = new Set(['list', 'names', 'map', 'json', 'items']);

function helpText({description, kind, default: value, otherwise, sample}: OptionDescription): string {
  const text = description.replace(/\.$/, '').replaceAll('`', '');
  const such = kind === 'json' && sample !== undefined ? `, such as '${sample}'` : '';
  const repeatable = REPEATABLE.has(kind) ? ` (repeatable${such})` : '';
  const plain =
    otherwise ?? (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);
  return `${text}${plain === undefined ? '' : ` (default: ${plain.replaceAll('`', '')})`}${repeatable}`;
}

/**
 * Give a command the flags of the configuration; the function returned reads what was said with them.
 *
 * @param wanted the option as this command describes it; undefined where it has no such flag
 */
export function addFlags(
  command: Command,
  wanted: (option: OptionDescription) => OptionDescription | undefined = (option) => option,
): () => BuildOptions {
  const flags = describeOptions()
    .map(wanted)
    .filter((option) => option !== undefined)
    .flatMap(flagsOf);
  for (const {option} of flags) command.addOption(option);
  return () => {
    const options: Record<string, unknown> = {};
    for (const {path, option, inverted} of flags) {
      const name = option.attributeName();
      if (command.getOptionValueSource(name) !== 'cli') continue;
      const value: unknown = command.getOptionValue(name);
      const [key = '', inner] = path;
      const final = inverted ? !value : value;
      options[key] = inner === undefined ? final : {...(options[key] as object | undefined), [inner]: final};
    }
    return options as BuildOptions;
  };
}
