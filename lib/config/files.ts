import {lstatSync, readdirSync} from 'node:fs';
import {basename, join, relative} from 'node:path';
import {globBase, globToRegExp, isGlob} from '../formats/glob.js';
import {compareBytes} from '../formats/order.js';
import type {Merged} from './layer.js';
import {type Problem, problemAt} from './problems.js';
import type {ParsedOptions} from './schema/index.js';
import type {PackedFile} from './types.js';

interface ExpandOptions {
  readonly problems: Problem[];
  /** Where the options name the file with that index. @default in `files` */
  readonly pathOf?: (index: number) => readonly PropertyKey[];
}

/** Find what `files` names: wildcards become one entry for each match, in the order of their names' bytes. */
export function expandFiles(
  files: readonly ParsedOptions['files'][number][],
  {originOf}: Merged,
  {problems, pathOf = (index) => ['files', index, 'source']}: ExpandOptions,
): readonly PackedFile[] {
  return files.flatMap(({source, target, mode}, index) => {
    const path = pathOf(index);
    const refuse = (says: string) => {
      problems.push(problemAt(originOf(path), path, {says, value: source}));
      return [];
    };
    const packed = (found: string, at: string): PackedFile => ({
      source: found,
      target: at,
      ...(mode === undefined ? {} : {mode}),
    });
    if (exists(source) || !isGlob(source)) {
      if (!exists(source)) return refuse('names a file that does not exist');
      return [packed(source, target.endsWith('/') ? join(target, basename(source)) : target)];
    }
    const base = globBase(source) || '/';
    const pattern = globToRegExp(source);
    const found = walk(base).filter((file) => pattern.test(file));
    if (found.length === 0) return refuse('matches no file');
    return found.map((file) => packed(file, join(target, relative(base, file))));
  });
}

const exists = (path: string): boolean => lstatSync(path, {throwIfNoEntry: false}) !== undefined;

/** Everything below a folder but folders themselves: what is packed of a folder is what it holds. */
function walk(folder: string): string[] {
  if (!lstatSync(folder, {throwIfNoEntry: false})?.isDirectory()) return [];
  return readdirSync(folder, {withFileTypes: true})
    .sort((a, b) => compareBytes(a.name, b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walk(path) : [path];
    });
}
