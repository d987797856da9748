import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {parseRequirement} from '../formats/requirements.js';
import {run} from '../run.js';
import {stubBuiltins} from './builtins.js';
import {script} from './interpreter.js';
import type {LocalFolder, Requirements} from './requirements.js';
import {pip, type Workspace} from './workspace.js';

/** The folders that are wanted under this interpreter: those without a marker and those whose marker holds. */
export async function wantedFolders(
  workspace: Workspace,
  folders: readonly LocalFolder[],
): Promise<readonly LocalFolder[]> {
  const markers = [...new Set(folders.flatMap(({marker}) => marker ?? []))];
  if (markers.length === 0) return folders;
  const {interpreter, env, signal, pip: tool} = workspace;
  const args = ['-s', '-B', script('evaluate_markers.py'), tool.folder, JSON.stringify(markers)];
  const {stdout} = await run(interpreter.executable, args, {
    cwd: '/',
    env,
    signal,
    label: 'evaluate_markers',
  });
  const holds = JSON.parse(stdout) as boolean[];
  return folders.filter(({marker}) => marker === undefined || holds[markers.indexOf(marker)]);
}

export interface ResolutionOptions {
  readonly requirements: Requirements;
  /** Wheels that are there already, with the extras wanted of them: `/work/wheels/x-1.0-py3-none-any.whl[tls]`. */
  readonly ready: readonly string[];
  /** Requirements beside those of files, without hashes: the project itself when it comes from an index, pip … */
  readonly further: readonly string[];
  /** Python to run pip with. */
  readonly python: string;
  /** False: what is installed for `python` is what builds find. */
  readonly isolation: boolean;
}

/**
 * Have pip resolve everything together and download it. With hashes, what has none cannot be resolved together with
 * what has: the locked requirements are taken as complete then, the ready wheels as they are, and of the rest only
 * what the lock does not name, without its dependencies.
 *
 * @returns names of downloaded files that only stand for what the interpreter brings
 * @throws CommandError with pip's own words; E_OPTION for what has no hash where the user demands them
 */
export async function download(
  workspace: Workspace,
  options: ResolutionOptions,
): Promise<ReadonlySet<string>> {
  const {folders, index} = workspace;
  const stubs = await stubBuiltins(workspace, options.requirements.names);
  const runs = await resolutionRuns(workspace, options, stubs.lines);
  const env = {...workspace.env, ...stubs.env};
  const isolation = options.isolation ? [] : ['--no-build-isolation'];
  try {
    for (const args of runs) {
      const common = ['download', ...isolation, '--dest', folders.downloads, ...index.args, ...stubs.args];
      await pip({...workspace, env}, options.python, [...common, ...args]);
    }
  } finally {
    await rm(requirementFile(workspace), {force: true});
  }
  return stubs.files;
}

const requirementFile = ({folders}: Workspace) => join(folders.tmp, 'requirements.txt');

async function resolutionRuns(
  workspace: Workspace,
  options: ResolutionOptions,
  builtin: readonly string[],
): Promise<string[][]> {
  const {requirements, ready, further} = options;
  const {lines, preinstall, hashed} = requirements;
  const constraints = requirements.constraints.flatMap((file) => ['--constraint', file]);
  const file = requirementFile(workspace);
  // A lock does not name what the interpreter brings, and pip wants a hash of that as well.
  const all = hashed ? [...lines, ...builtin] : lines;
  // Its URLs may hold passwords, and the work folder is open to everybody.
  await writeFile(file, all.map((line) => `${line}\n`).join(''), {mode: 0o600});
  const fromFile = lines.length > 0 ? ['--requirement', file] : [];
  const loose = [...preinstall, ...further];
  if (!hashed) {
    const together = [...fromFile, ...loose, ...ready];
    return together.length === 0 ? [] : [[...constraints, ...together]];
  }
  const locked = lines.length > 0 ? [['--require-hashes', ...constraints, ...fromFile]] : [];
  const unlocked = loose.filter(
    (text) => !requirements.required.has(parseRequirement(text)?.normalizedName ?? ''),
  );
  if (unlocked.length > 0 && requirements.demandHashes) {
    throw new MkvenvdebError('E_OPTION', `Requirement without a hash: ${unlocked.join(', ')}`, {
      hint: 'Name it with its hash in a requirement file, or leave out require_hashes',
    });
  }
  // The lock holds what they depend on: asking an index again could bring a second version of it.
  return unlocked.length > 0 ? [...locked, ['--no-deps', ...constraints, ...unlocked]] : locked;
}
