import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Interpreter} from '../model.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import type {Pip} from './pip.js';
import {readablePipError} from './pip-hints.js';

/** The folders of one build. Their names are fixed, because some build tools write them into what they make. */
export interface WorkFolders {
  readonly root: string;
  /** Stands for `/` of the server. */
  readonly stage: string;
  readonly home: string;
  readonly tmp: string;
  /** Sources that are built, one folder each: NAME-VERSION. */
  readonly src: string;
  /** Build environments, one each. */
  readonly build: string;
  readonly downloads: string;
  /** What will be installed, and nothing else. */
  readonly wheels: string;
}

/** Create the folders of a build in an empty folder. */
export async function makeWorkFolders(root: string): Promise<WorkFolders> {
  const names = ['stage', 'home', 'tmp', 'src', 'build', 'downloads', 'wheels'] as const;
  for (const name of names) await mkdir(join(root, name), {mode: 0o755});
  const folders = Object.fromEntries(names.map((name) => [name, join(root, name)]));
  return {root, ...folders} as unknown as WorkFolders;
}

/** Where packages come from. */
export interface PackageIndex {
  /** pip's options that say so. */
  readonly args: readonly string[];
  /** True when no index is asked. */
  readonly offline: boolean;
  /** Folders of this machine among find_links. */
  readonly folders: readonly string[];
}

/** What every step of the Python side needs. */
export interface Workspace {
  readonly folders: WorkFolders;
  readonly interpreter: Interpreter;
  readonly pip: Pip;
  readonly index: PackageIndex;
  /** See CopyContext. */
  readonly selected?: string | undefined;
  /** Cache folder of this tool, shared by builds. */
  readonly cache: string;
  /** Complete environment of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Texts that no line and no error may show. */
  readonly secrets: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly report?: Report | undefined;
}

/**
 * Run pip under an interpreter of this build.
 *
 * @throws CommandError with pip's words and, where they tell, what to do
 */
export async function pip(workspace: Workspace, python: string, args: readonly string[]): Promise<void> {
  const {env, secrets, signal, report, folders} = workspace;
  const program = ['-s', join(workspace.pip.folder, 'pip')];
  const options = {cwd: folders.root, env, secrets, signal, report, label: `pip ${args[0]}`};
  await run(python, [...program, ...args], {...options, keepOutput: false}).catch((error) => {
    throw readablePipError(error, workspace.index);
  });
}
