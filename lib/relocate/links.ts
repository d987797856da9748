import {lstat, readlink, realpath, rename, rm, symlink} from 'node:fs/promises';
import {dirname, join, relative, resolve} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import type {StagedVenv} from '../model.js';
import {type Relocation, TEMPORARY, type TreeNode} from './tree.js';

/** The folders a link may lead into, both as given and with symlinks resolved. */
interface Places {
  readonly stages: readonly string[];
  readonly prefixes: readonly string[];
  /** The interpreter of this machine, symlinks resolved, and its name on the server. */
  readonly interpreter: string;
  readonly target: string;
}

/**
 * Make the symlinks of the virtualenv those of the final path: an absolute link into the stage becomes relative where
 * Policy 10.5 wants it so (and then works in the stage as well), relative ones stay as they are, the link to the
 * interpreter of this machine goes to `interpreter.target`.
 *
 * @returns the paths of those that changed
 * @throws E_PAYLOAD for a link that dangles, or that leads out of the package and not to the interpreter
 */
export async function relocateLinks({nodes, venv}: Relocation): Promise<readonly string[]> {
  const places = await placesOf(venv);
  const changed: string[] = [];
  for (const node of nodes.filter(({type}) => type === 'symlink')) {
    const old = await readlink(node.staged);
    const target = await relocateLink(node, old, places);
    if (target === old) continue;
    await replaceLink(node.staged, target);
    changed.push(node.path);
  }
  return changed;
}

async function placesOf({stage, stagedPrefix, interpreter}: StagedVenv): Promise<Places> {
  return {
    stages: [resolve(stage), await realpath(stage)],
    prefixes: [resolve(stagedPrefix), await realpath(stagedPrefix)],
    interpreter: await realOrSame(interpreter.executable),
    target: interpreter.target,
  };
}

async function relocateLink(node: TreeNode, text: string, places: Places): Promise<string> {
  if (text === places.target) return text;
  const folder = await realpath(dirname(node.staged));
  const aim = resolve(folder, text);
  const inPrefix = below(aim, places.prefixes) !== undefined;
  if (!inPrefix && (await realOrSame(aim)) === places.interpreter) return places.target;
  const inStage = below(aim, places.stages);
  // Not in the stage, but named as it will be on the server: a hook wrote it so.
  const staged = inStage === undefined ? join(places.stages[0] ?? '/', text) : aim;
  if (inStage === undefined && !(text.startsWith('/') && (await exists(staged)))) {
    throw new MkvenvdebError('E_PAYLOAD', `Symlink leads out of the package: ${node.path} -> ${text}`, {
      hint: 'Link to a file of the package, or copy what it points to',
    });
  }
  // Only this one step: what is a link again is looked at by itself, and may lead to the server's interpreter.
  if (!(await exists(staged))) {
    throw new MkvenvdebError('E_PAYLOAD', `Symlink to a file that does not exist: ${node.path} -> ${text}`);
  }
  if (inStage === undefined || !text.startsWith('/')) return text;
  return finalLink(below(folder, places.stages) ?? '', inStage);
}

/** Policy 10.5: relative within one top-level folder, absolute from one to another. Both paths without first slash. */
function finalLink(folder: string, target: string): string {
  const [top] = target.split('/');
  return folder.split('/')[0] === top ? relative(`/${folder}`, `/${target}`) || '.' : `/${target}`;
}

/** What comes after the first of the folders that holds the path; undefined if none does. */
function below(path: string, folders: readonly string[]): string | undefined {
  const folder = folders.find((one) => one === '/' || path.startsWith(`${one}/`));
  return folder === undefined ? undefined : path.slice(folder.length).replace(/^\//, '');
}

async function replaceLink(path: string, target: string): Promise<void> {
  const temporary = join(dirname(path), TEMPORARY);
  try {
    await symlink(target, temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, {force: true});
    throw error;
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const realOrSame = (path: string): Promise<string> => realpath(path).catch(() => path);
