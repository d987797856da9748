import {lstatSync, readdirSync, statSync} from 'node:fs';
import {basename, dirname, join, posix} from 'node:path';
import {MkvenvdebError} from '../../errors.js';
import {globToRegExp, isGlob} from '../../formats/glob.js';
import {compareBytes} from '../../formats/order.js';
import type {DebianFolder} from './folder.js';

/** A line of a list such as `.install`: its words, variables already expanded. */
export interface ListLine {
  readonly words: readonly string[];
  /** Number of the line. */
  readonly line: number;
}

export interface ListContext {
  readonly compat: number;
  readonly folder: DebianFolder;
  /** What `${env:NAME}` and the program behind an executable list find. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `DEB_HOST_MULTIARCH` and its like. */
  readonly architecture: Readonly<Record<string, string>>;
  /** Runs an executable list; gives what it prints. */
  readonly execute: (path: string) => Promise<string>;
  readonly problem: (text: string, hint?: string) => void;
}

/** debhelper(7), "Substitutions in debhelper config files". */
const REFERENCE = /\$\{([^{}$]*)\}/g;
const CONSTANT: Readonly<Record<string, string>> = {Dollar: '$', Newline: '\n', Space: ' ', Tab: '\t'};

/** Read a list of words in lines; one that may be executed is run, and what it prints is taken as it is. */
export async function readList(path: string, context: ListContext): Promise<readonly ListLine[]> {
  const {folder, compat} = context;
  const executable = folder.isExecutable(path);
  const text = executable ? await context.execute(path) : folder.read(path);
  return text.split(/\r?\n/).flatMap((raw, index): ListLine[] => {
    const words = raw.split(/\s+/).filter((word) => word !== '');
    const isComment = !executable && raw.trimStart().startsWith('#');
    if (words.length === 0 || isComment) return [];
    const at = `${path}:${index + 1}`;
    const expanded = compat < 13 ? words : words.map((word) => expand(word, at, context));
    return [{words: expanded, line: index + 1}];
  });
}

function expand(word: string, at: string, {environment, architecture, problem}: ListContext): string {
  return word.replace(REFERENCE, (whole, name: string) => {
    const [, variable] = /^env:(.+)$/.exec(name) ?? [];
    const value = variable === undefined ? (CONSTANT[name] ?? architecture[name]) : environment[variable];
    if (value === undefined)
      problem(`${at}: Variable is not known: ${whole}`, 'Set it, or write out what it stands for');
    return value ?? '';
  });
}

/** Files that a word of a list stands for, relative to the project, in the order of their bytes. */
export function expandGlob(project: string, pattern: string): readonly string[] {
  const clean = pattern
    .replace(/\/{2,}/g, '/')
    .replace(/^\.\//, '')
    .replace(/(?<=.)\/$/, '');
  if (exists(join(project, clean))) return [clean];
  if (!isGlob(clean) && !BRACES.test(clean)) return [];
  return braces(clean)
    .flatMap((one) => match(project, '', one.split('/')))
    .sort(compareBytes);
}

const exists = (path: string): boolean => lstatSync(path, {throwIfNoEntry: false}) !== undefined;

const BRACES = /\{([^{},]*,[^{}]*)\}/;
/** Twenty pairs of braces stand for a million words. */
const MOST_WORDS = 10_000;

/** `{a,b}` as the shell has it; debhelper's glob knows it too. */
function braces(pattern: string): readonly string[] {
  let words: readonly string[] = [pattern];
  while (words.some((word) => BRACES.test(word))) {
    words = words.flatMap((word) => {
      const [whole, inner = ''] = BRACES.exec(word) ?? [];
      return whole === undefined ? [word] : inner.split(',').map((one) => word.replace(whole, () => one));
    });
    if (words.length > MOST_WORDS)
      throw new MkvenvdebError('E_OPTION', `Pattern stands for too many names: ${pattern.slice(0, 200)}`, {
        hint: `Write it with fewer braces: it may stand for ${MOST_WORDS}`,
      });
  }
  return words;
}

/** Like the shell, a wildcard does not stand for the dot at the beginning of a name. */
function match(project: string, at: string, [part = '', ...rest]: readonly string[]): readonly string[] {
  const names = isGlob(part)
    ? list(join(project, at)).filter(
        (name) => globToRegExp(part).test(name) && (part[0] === '.' || name[0] !== '.'),
      )
    : [part];
  return names.flatMap((name) => {
    const path = posix.join(at, name);
    if (!exists(join(project, path))) return [];
    return rest.length === 0 ? [path] : match(project, path, rest);
  });
}

const list = (folder: string): readonly string[] =>
  statSync(folder, {throwIfNoEntry: false})?.isDirectory() ? readdirSync(folder) : [];

/** A file to install, and the folder that it goes to on the server, or its whole path. */
export interface InstalledFile {
  readonly source: string;
  readonly target: string;
}

export interface InstallOptions {
  readonly project: string;
  /** Words of `.install` or of dh_install. */
  readonly words: readonly string[];
  /** Folder to look into before debian/tmp. @default the project */
  readonly sourceFolder?: string | undefined;
  /** `-X`: parts of paths that are left out. */
  readonly exclude: readonly string[];
  /** Each word is a pattern of its own. */
  readonly autodest?: boolean;
}

/**
 * Where files go by a line of dh_install(1): the last of several words is the folder; one word alone keeps its place,
 * without the `debian/tmp` that it may begin with. Patterns that fit nothing are given back.
 */
export function installLine({project, words, sourceFolder = '.', exclude, autodest}: InstallOptions): {
  readonly files: readonly InstalledFile[];
  readonly missing: readonly string[];
} {
  const hasTarget = words.length > 1 && !autodest;
  const patterns = hasTarget ? words.slice(0, -1) : words;
  const excluded = (path: string) => exclude.some((part) => path.includes(part));
  const missing: string[] = [];
  const files = patterns
    .filter((pattern) => !excluded(pattern))
    .flatMap((pattern) => {
      const [found = []] = [sourceFolder, 'debian/tmp']
        .map((folder) => expandGlob(project, posix.join(folder, pattern)))
        .filter((list) => list.length > 0);
      if (found.length === 0) missing.push(pattern);
      return found
        .filter((path) => !excluded(path))
        .map((path) => {
          const place = path
            .replace(/^(?:\.\/)?debian\/tmp\//, '')
            .replace(new RegExp(`^${sourceFolder}/`), '');
          const folder = hasTarget ? (words.at(-1) ?? '') : dirname(place);
          return {source: path, target: serverPath(folder, basename(path))};
        });
    });
  return {files, missing};
}

/** A path on the server from one in a list: the slash at the beginning may be missing. */
export const serverPath = (...parts: readonly string[]): string =>
  posix.join('/', ...parts).replace(/(?<=.)\/$/, '');
