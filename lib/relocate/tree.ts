import {lstat, open, readdir, readFile, realpath, rename, rm} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {compareBytes} from '../formats/order.js';
import {quotedForms} from '../formats/quoting.js';
import type {StagedVenv} from '../model.js';

/** One file, folder or symlink of the staged virtualenv. */
export interface TreeNode {
  /** Relative to the prefix: `bin/activate`. */
  readonly path: string;
  /** Where it lies now. */
  readonly staged: string;
  readonly type: 'file' | 'symlink';
}

/** From where to where. */
export interface PathChange {
  /** How a writer may have spelled the staged prefix: as it was given, and with symlinks resolved. */
  readonly spellings: readonly string[];
  /** The final one. */
  readonly prefix: string;
}

/** What every rule gets. */
export interface Relocation extends PathChange {
  readonly venv: StagedVenv;
  /** Every file and symlink of the virtualenv, sorted. */
  readonly nodes: readonly TreeNode[];
  /** What activation scripts show in front of the prompt. */
  readonly promptName: string;
}

/** The name under which a file or link is written before it takes the place of another. */
export const TEMPORARY = '.mkvenvdeb-new';

/** Remove what a killed run left under that name. @returns the other nodes */
export async function withoutLitter(nodes: readonly TreeNode[]): Promise<readonly TreeNode[]> {
  const isLitter = ({path}: TreeNode) => basename(path) === TEMPORARY;
  for (const {staged} of nodes.filter(isLitter)) await rm(staged);
  return nodes.filter((node) => !isLitter(node));
}

/** List a folder and all below it; symlinks are listed, never followed. */
export async function listTree(folder: string, below = ''): Promise<readonly TreeNode[]> {
  const nodes: TreeNode[] = [];
  for (const found of await readdir(join(folder, below), {withFileTypes: true})) {
    const path = below === '' ? found.name : `${below}/${found.name}`;
    const staged = join(folder, path);
    if (found.isDirectory()) nodes.push(...(await listTree(folder, path)));
    else if (found.isFile()) nodes.push({path, staged, type: 'file'});
    else if (found.isSymbolicLink()) nodes.push({path, staged, type: 'symlink'});
  }
  return nodes.sort((a, b) => compareBytes(a.path, b.path));
}

/** The staged prefix as given and as the system resolves it, the longer one first; none if it is final already. */
export async function spellingsOf({stagedPrefix, prefix}: StagedVenv): Promise<readonly string[]> {
  const spellings = new Set([stagedPrefix, await realpath(stagedPrefix)]);
  spellings.delete(prefix);
  return [...spellings].sort((a, b) => b.length - a.length);
}

/**
 * Write a file anew: a new inode by temporary name and rename, with the mode that the file had. The old inode stays
 * as it is, because installers hard-link files from their caches, and a read-only file needs no writable moment.
 */
export async function replaceFile(file: string, content: Uint8Array | string): Promise<void> {
  const {mode} = await lstat(file);
  const temporary = join(dirname(file), TEMPORARY);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      // Not the mode of open(): the umask would have a say in it.
      await handle.chmod(mode & 0o7777);
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
}

export interface Rewriting {
  readonly wanted: (node: TreeNode) => boolean;
  /**
   * Gets and gives the text byte by byte (Latin-1), so that what is no UTF-8 survives; `undefined` leaves the file
   * alone.
   */
  readonly rewrite: (text: string, node: TreeNode) => string | undefined;
}

/** Apply a pure rule to the files it wants. @returns the paths of those it changed */
export async function rewriteFiles(nodes: readonly TreeNode[], rule: Rewriting): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const node of nodes) {
    if (node.type !== 'file' || !rule.wanted(node)) continue;
    const text = await readFile(node.staged, 'latin1');
    const result = rule.rewrite(text, node);
    if (result === undefined || result === text) continue;
    await replaceFile(node.staged, Buffer.from(result, 'latin1'));
    changed.push(node.path);
  }
  return changed;
}

/** A path as it looks in a text that was read byte by byte. */
export const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');

/** True for a file that lies directly in the folder (relative to the prefix). */
export const isIn = ({path}: TreeNode, folder: string): boolean => path === `${folder}/${basename(path)}`;

/** True for that file of an installed distribution's `.dist-info`. */
export const isMetadata = ({path}: TreeNode, name: string, sitePackages: string): boolean =>
  basename(path) === name && path.endsWith(`.dist-info/${name}`) && dirname(dirname(path)) === sitePackages;

/** A text as a regular expression that matches it. */
export const literal = (text: string): string => text.replace(/[\\^$.|?*+()[\]{}-]/g, '\\$&');

/** What may stand before a path: blanks, quotes, separators, the flags of compilers. */
const BEFORE = '(?<=^|[\\s"\'=:,;(]|-[ILR])';

/**
 * Replace the staged prefix wherever it stands as a path of its own in a Latin-1 text, escaped or not; a longer name
 * that begins or ends with it stays as it is.
 */
export function replaceStaged(text: string, {spellings, prefix}: PathChange): string {
  const inners = spellings.flatMap((spelling) => quotedForms(asLatin1(spelling)).map(({inner}) => inner));
  let result = text;
  for (const inner of new Set(inners)) {
    const path = new RegExp(`${BEFORE}${literal(inner)}(?![\\w+.-])`, 'gm');
    result = result.replace(path, () => asLatin1(prefix));
  }
  return result;
}
