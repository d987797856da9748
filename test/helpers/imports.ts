import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join, normalize} from 'node:path';
import {root} from './suite.js';

export interface Import {
  /** Relative to the checkout: `lib/archive/tar.ts`. */
  readonly from: string;
  /** The same of the imported file, or the name of the package. */
  readonly to: string;
  readonly internal: boolean;
}

/** TypeScript files below a folder of the checkout, sorted, as paths relative to the checkout. */
export function sourceFiles(...folders: string[]): readonly string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
        .filter((file) => file.endsWith('.ts'))
        .map((file) => `${folder}/${file}`),
    )
    .sort();
}

/** A file's text. */
export const readSource = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The text without comments, its lines where they were. */
export const withoutComments = (text: string): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '$1');

const STATIC = /^(?:import\b(?:[^;'"]*?\bfrom)?|export\b[^;'"=]*?\bfrom)\s*'([^']+)';/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;

/** Every import and re-export of these files, of types too. */
export function importsOf(files: readonly string[]): readonly Import[] {
  return files.flatMap((from) => {
    const text = withoutComments(readSource(from));
    return [STATIC, DYNAMIC]
      .flatMap((pattern) => [...text.matchAll(pattern)])
      .map(([, to = '']) => {
        if (to.startsWith('.'))
          return {from, to: normalize(join(dirname(from), to)).replace(/\.js$/, '.ts'), internal: true};
        const name = to
          .split('/')
          .slice(0, to.startsWith('@') ? 2 : 1)
          .join('/');
        return {from, to: name, internal: false};
      });
  });
}
