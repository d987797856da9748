import {existsSync, readFileSync, statSync} from 'node:fs';
import {basename, join, resolve} from 'node:path';
import {parse} from 'smol-toml';
import {parseRequirement} from '../formats/requirements.js';
import type {Merged} from './layer.js';
import {type Problem, problemAt} from './problems.js';
import type {Source} from './types.js';

const SDIST = /\.(?:tar\.gz|tgz|tar\.bz2|zip)$/;

/** Say what is packed: a folder, an sdist, a wheel or a requirement; what is none of them becomes a problem. */
export function detectSource(text: string, {originOf}: Merged, problems: Problem[]): Source | undefined {
  const origin = originOf(['source']);
  const refuse = (says: string, value: string, hint?: string) => {
    problems.push(problemAt(origin, ['source'], {says, value, hint}));
    return undefined;
  };
  const path = resolve(origin.base, text);
  const stat = text.includes('://') ? undefined : statSync(path, {throwIfNoEntry: false});
  if (stat?.isDirectory()) return {kind: 'folder', path, installable: isInstallable(path)};
  if (stat?.isFile()) {
    if (path.endsWith('.whl')) return {kind: 'wheel', path};
    if (SDIST.test(path)) return {kind: 'sdist', path};
    return refuse('is a file, but neither an sdist nor a wheel', path, hintFor(path));
  }
  const requirement = parseRequirement(text);
  const isArchive = SDIST.test(text) || text.endsWith('.whl');
  if (requirement === undefined || (isArchive && requirement.url === undefined)) {
    return refuse(
      'names nothing that exists, and is no requirement',
      text,
      'Give a project folder, an sdist, a wheel or a requirement such as flask==2.3.3',
    );
  }
  const exact = /^===?\s*([^\s,*]+)$/.exec(requirement.specifier)?.[1];
  const {name} = requirement;
  return {kind: 'requirement', requirement: text, name, ...(exact === undefined ? {} : {version: exact})};
}

const hintFor = (path: string): string =>
  ['pyproject.toml', 'setup.py', 'setup.cfg'].includes(basename(path))
    ? 'Give the folder that it lies in'
    : 'Give a project folder, a .tar.gz, .zip, .tar.bz2 or .whl file';

/** True where pip finds something to build: PEP 517 and 621 tables, or a setup script. */
function isInstallable(folder: string): boolean {
  if (existsSync(join(folder, 'setup.py')) || existsSync(join(folder, 'setup.cfg'))) return true;
  try {
    const tables = parse(readFileSync(join(folder, 'pyproject.toml'), 'utf8'));
    return 'project' in tables || 'build-system' in tables;
  } catch {
    // Absent: not installable. Broken: whoever reads it next says so with line and column.
    return existsSync(join(folder, 'pyproject.toml'));
  }
}
