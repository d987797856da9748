import {posix} from 'node:path';
import {parseToolArgs} from './tools.js';

/** What a command of a recipe puts into the folder of a package: `debian/PACKAGE/…`. */
export interface Placement {
  readonly kind: 'directory' | 'copy' | 'link';
  readonly package: string;
  /** Absolute path on the server. */
  readonly path: string;
  /** Files of the project, with wildcards; what a link points to. */
  readonly sources: readonly string[];
  /** The path is a folder that the sources go into. */
  readonly into: boolean;
  readonly mode?: string;
}

export interface PlacingContext {
  readonly packages: readonly string[];
  /** The project folder, as make knows it. */
  readonly project: string;
}

const ALLOWED: Readonly<Record<string, RegExp>> = {
  mkdir: /^(?:p|v|m|parents|verbose|mode)$/,
  install:
    /^(?:d|D|p|v|c|C|m|o|g|t|mode|directory|owner|group|target-directory|preserve-timestamps|verbose)$/,
  cp: /^(?:a|r|R|p|f|v|d|P|L|archive|recursive|preserve|force|verbose|no-preserve)$/,
  ln: /^(?:s|f|n|v|symbolic|force|no-dereference|verbose)$/,
};
export const PLACING: ReadonlySet<string> = new Set(Object.keys(ALLOWED));
const WITH_VALUE = /[mogt]$/;

/** What mkdir, install, cp and `ln -s` put into packages; undefined when they do something else. */
export function parsePlacing(
  [tool = '', ...argv]: readonly string[],
  context: PlacingContext,
): readonly Placement[] | undefined {
  const args = takeApart(tool, argv);
  if (!args || [...args.options.keys()].some((name) => !ALLOWED[tool]?.test(name))) return undefined;
  const {options, words} = args;
  const has = (...names: string[]) => names.some((name) => options.has(name));
  const value = (...names: string[]) => names.flatMap((name) => options.get(name) ?? []).at(-1);
  if (![value('o', 'owner'), value('g', 'group')].every((name) => name === undefined || name === 'root'))
    return undefined;
  if (tool === 'mkdir' || (tool === 'install' && has('d', 'directory'))) return directories(words, context);
  if (tool === 'ln') return has('s', 'symbolic') ? link(words, context) : undefined;
  const folder = value('t', 'target-directory');
  const to = inPackage(folder ?? words.at(-1) ?? '', context);
  const sources = folder === undefined ? words.slice(0, -1) : words;
  const own = sources.map((source) => inProject(source, context));
  if (!to || own.length === 0 || own.some((source) => source === undefined)) return undefined;
  const into = folder !== undefined || sources.length > 1 || to.folder;
  const mode = tool === 'install' ? (value('m', 'mode') ?? '0755') : undefined;
  if (mode !== undefined && !/^0?[0-7]{3}$/.test(mode)) return undefined;
  return [{kind: 'copy', ...to.place, sources: own.map(String), into, ...(mode === undefined ? {} : {mode})}];
}

/** Options by their letters or long names; with wildcards in a destination and the like, undefined. */
function takeApart(tool: string, argv: readonly string[]) {
  const spread = argv.flatMap((word, index) => {
    if (!/^-[A-Za-z]{2,}/.test(word) || argv.slice(0, index).includes('--')) return [word];
    const end = [...word].findIndex((letter) => tool !== 'cp' && WITH_VALUE.test(letter));
    const flags = [...(end < 0 ? word.slice(1) : word.slice(1, end))].map((letter) => `--${letter}`);
    return end < 0 ? flags : [...flags, `-${word.slice(end)}`];
  });
  const named: string[] = [];
  for (let index = 0; index < spread.length; index++) {
    const [, letter, glued] = /^-([A-Za-z])(.*)$/s.exec(spread[index] ?? '') ?? [];
    if (letter === undefined) named.push(spread[index] ?? '');
    else if (tool === 'cp' || !WITH_VALUE.test(letter)) named.push(`--${letter}`);
    else named.push(`--${letter}=${glued || spread[++index]}`);
  }
  const {options, words, rest} = parseToolArgs(named);
  return {options, words: [...words, ...rest]};
}

function directories(words: readonly string[], context: PlacingContext): readonly Placement[] | undefined {
  const found = words.map((word) => inPackage(word, context));
  if (found.length === 0 || found.includes(undefined)) return undefined;
  return found.flatMap((one) =>
    one ? [{kind: 'directory' as const, ...one.place, sources: [], into: true}] : [],
  );
}

function link(words: readonly string[], context: PlacingContext): readonly Placement[] | undefined {
  const [target = '', name = ''] = words;
  const to = words.length === 2 ? inPackage(name, context) : undefined;
  if (!to) return undefined;
  return [{kind: 'link', ...to.place, sources: [target], into: to.folder}];
}

/** `debian/PACKAGE/PATH`, by PACKAGE and PATH. */
function inPackage(word: string, context: PlacingContext) {
  const path = relative(word, context);
  const [top, owner = '', ...rest] = path.split('/');
  if (top !== 'debian' || !context.packages.includes(owner) || /[*?[]/.test(path)) return undefined;
  return {place: {package: owner, path: posix.join('/', ...rest)}, folder: /\/\.?$/.test(word)};
}

/** A file that the project brings: not one of a package that is being made, and not one from elsewhere. */
function inProject(word: string, context: PlacingContext): string | undefined {
  const path = relative(word, context);
  const [top = '', owner = ''] = path.split('/');
  const isMade = top === 'debian' && (owner === 'tmp' || context.packages.includes(owner));
  if (isMade || /^(?:\/|~|\.\.(?:\/|$))/.test(path)) return undefined;
  return /\/\.$/.test(word) ? `${path}/.` : path;
}

const relative = (word: string, {project}: PlacingContext): string =>
  posix
    .normalize(word.startsWith(`${project}/`) ? word.slice(project.length + 1) : word)
    .replace(/(?<=.)\/$/, '');
