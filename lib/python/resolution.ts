import {MkvenvdebError} from '../errors.js';
import {parseRequirement} from '../formats/requirements.js';
import {run} from '../run.js';
import {stubBuiltins} from './builtins.js';
import {script} from './interpreter.js';
import type {LocalFolder, Requirements} from './requirements.js';
import {inside, pip, requirementFile, type Workspace} from './workspace.js';

/** The folders that are wanted under this interpreter: those without a marker and those whose marker holds. */
export async function wantedFolders(
  workspace: Workspace,
  folders: readonly LocalFolder[],
): Promise<readonly LocalFolder[]> {
  const markers = [...new Set(folders.flatMap(({marker}) => marker ?? []))];
  if (markers.length === 0) return folders;
  const {interpreter, pip: tool} = workspace;
  const args = ['-s', '-B', script('evaluate_markers.py'), tool.folder, JSON.stringify(markers)];
  const {stdout} = await run(interpreter.executable, args, {
    ...inside(workspace),
    cwd: '/',
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
  const runs = resolutionRuns(options, stubs.lines);
  const env = {...workspace.env, ...stubs.env};
  const isolation = options.isolation ? [] : ['--no-build-isolation'];
  for (const {args, lines} of runs) {
    const common = ['download', ...isolation, '--dest', folders.downloads, ...index.args, ...stubs.args];
    const file = await requirementFile(workspace, 'requirements.txt', lines);
    try {
      await pip({...workspace, env}, options.python, [...common, ...args, ...file.args]);
    } finally {
      await file.remove();
    }
  }
  return stubs.files;
}

/** One run of pip: its arguments, and the lines of its requirement file. */
interface ResolutionRun {
  readonly args: readonly string[];
  readonly lines: readonly string[];
}

function resolutionRuns(options: ResolutionOptions, builtin: readonly string[]): readonly ResolutionRun[] {
  const {requirements, ready, further} = options;
  const {lines, preinstall, hashed} = requirements;
  const constraints = requirements.constraints.flatMap((file) => ['--constraint', file]);
  const loose = [...preinstall, ...further];
  if (!hashed) {
    const asked = [...lines, ...loose];
    return asked.length + ready.length === 0 ? [] : [{args: [...constraints, ...ready], lines: asked}];
  }
  // A lock does not name what the interpreter brings, and pip wants a hash of that as well.
  const all = [...lines, ...builtin];
  const locked = lines.length > 0 ? [{args: ['--require-hashes', ...constraints], lines: all}] : [];
  const unlocked = loose.filter(
    (text) => !requirements.required.has(parseRequirement(text)?.normalizedName ?? ''),
  );
  if (unlocked.length > 0 && requirements.demandHashes) {
    throw new MkvenvdebError('E_OPTION', `Requirement without a hash: ${unlocked.join(', ')}`, {
      hint: 'Name it with its hash in a requirement file, or leave out require_hashes',
    });
  }
  // The lock holds what they depend on: asking an index again could bring a second version of it.
  return unlocked.length > 0 ? [...locked, {args: ['--no-deps', ...constraints], lines: unlocked}] : locked;
}
