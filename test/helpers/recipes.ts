import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './suite.js';

const BLOCK = /<!-- run: ([\w-]+) -->\n```\w*\n([\s\S]*?)```/g;

/** Code blocks of a document that say they are run, by their names. */
export function recipesOf(document: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, document), 'utf8');
  return new Map([...text.matchAll(BLOCK)].map(([, name = '', block = '']) => [name, block]));
}
