import {readFile} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {MkvenvdebError} from '../errors.js';
import {parseDirectUrl} from './direct-url.js';
import {isIn, isMetadata, type Relocation, replaceStaged, rewriteFiles, type TreeNode} from './tree.js';

/** What makes Python's path longer: .pth files, and what setuptools leaves for editable installs. */
const PATH_FILE = /\.pth$|\.egg-link$|^__editable__.*\.py$/;
/** Of these, the ones that only an editable install has. */
const EDITABLE_FILE = /^easy-install\.pth$|\.egg-link$|^__editable__/;
/** An absolute path: a whole line, or a string in a Python file. */
const ABSOLUTE = /^(\/[^\n\r]*)$|(['"])(\/(?:[^'"\\\n]|\\.){0,4096})\2/gm;

/**
 * Refuse editable installs: they point to the project on the build machine. One whose files lie in the virtualenv
 * itself is none.
 *
 * @throws E_OPTION that names every distribution concerned
 */
export async function refuseEditables({nodes, spellings, prefix, venv}: Relocation): Promise<void> {
  const inside = (path: string) => [...spellings, prefix].some((one) => `${path}/`.startsWith(`${one}/`));
  const {sitePackages} = venv.interpreter;
  const found = new Map<string, string>();
  for (const node of nodes) {
    const name = basename(node.path);
    const isDirectUrl = isMetadata(node, 'direct_url.json', sitePackages);
    if (!isDirectUrl && !(isIn(node, sitePackages) && EDITABLE_FILE.test(name))) continue;
    const text = await readFile(node.staged, 'utf8');
    const outside = (isDirectUrl ? editableUrl(text) : pathsIn(text)).find((path) => !inside(path));
    const distribution = distributionOf(node);
    if (outside !== undefined && !found.has(distribution)) found.set(distribution, outside);
  }
  // easy-install.pth has a line for what NAME.egg-link names as well.
  if (found.size > 1) found.delete('easy-install.pth');
  if (found.size === 0) return;
  throw new MkvenvdebError('E_OPTION', `Editable install: ${[...found.keys()].join(', ')}`, {
    hint: 'Install it without -e: an editable install points to a folder of the build machine',
    issues: [...found].map(([distribution, path]) => `${distribution} is installed from ${path}`),
  });
}

/** PEP 610: `dir_info.editable` tells it, whatever the build backend wrote. */
function editableUrl(text: string): readonly string[] {
  const {url, dir_info} = parseDirectUrl(text);
  if (url === undefined || dir_info?.editable !== true) return [];
  return [URL.canParse(url) && /^file:\/\/\//.test(url) ? fileURLToPath(url) : url];
}

const pathsIn = (text: string): readonly string[] =>
  [...text.matchAll(ABSOLUTE)].map((match) => match[1]?.trimEnd() ?? match[3]?.replace(/\\(.)/g, '$1') ?? '');

/** `x-1.0.dist-info/direct_url.json`, `x.egg-link`, `__editable__.x-1.0.pth`, `__editable___x_1_0_finder.py`. */
function distributionOf({path}: TreeNode): string {
  const file = basename(path);
  if (file === 'direct_url.json') return basename(dirname(path)).replace(/-[^-]*\.dist-info$/, '');
  if (file.endsWith('.egg-link')) return file.slice(0, -'.egg-link'.length);
  return /^__editable__\.(.+)-[^-]*\.pth$/.exec(file)?.[1] ?? file;
}

/** Give .pth files (and the finders of what is installed editable within the virtualenv) the final path. */
export const relocatePathFiles = (relocation: Relocation): Promise<readonly string[]> =>
  rewriteFiles(relocation.nodes, {
    wanted: (node) =>
      isIn(node, relocation.venv.interpreter.sitePackages) && PATH_FILE.test(basename(node.path)),
    rewrite: (text) => replaceStaged(text, relocation),
  });
