import {mkdir, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Interpreter} from '../model.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import type {Logins} from './logins.js';
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
  /** Variables that say so; for pip only. */
  readonly env: Readonly<Record<string, string>>;
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
  readonly logins: Logins;
  /** See CopyContext. */
  readonly selected?: string | undefined;
  /** Cache folder of this tool, shared by builds. */
  readonly cache: string;
  /** Complete environment of every command but pip, which gets what leads to the index as well. */
  readonly env: Readonly<Record<string, string>>;
  /** Texts that no line and no error may show. */
  readonly secrets: readonly string[];
  /** Command line that every command runs under: what takes the network away. */
  readonly under: readonly string[];
  readonly signal?: AbortSignal | undefined;
  readonly report?: Report | undefined;
}

/** What every command of a build runs with. */
export const inside = ({
  env,
  signal,
  secrets,
  under,
}: Pick<Workspace, 'env' | 'signal' | 'secrets' | 'under'>) => ({
  env,
  signal,
  secrets,
  under,
});

/**
 * Write requirements into a file that only its owner can read, and give pip's arguments for it. Their URLs may hold
 * passwords, and every user of a machine sees the arguments of a program.
 */
export async function requirementFile(
  {folders, logins}: Workspace,
  name: string,
  lines: readonly string[],
): Promise<{args: readonly string[]; remove: () => Promise<void>}> {
  // In a file, a path would end at its first blank.
  const paths = lines.filter((line) => line.startsWith('/'));
  const others = lines.filter((line) => !line.startsWith('/')).map(logins.strip);
  if (others.length === 0) return {args: paths, remove: () => Promise.resolve()};
  const file = join(folders.tmp, name);
  await writeFile(file, others.map((line) => `${line}\n`).join(''), {mode: 0o600});
  return {args: [...paths, '--requirement', file], remove: () => rm(file, {force: true})};
}

/**
 * Run pip under an interpreter of this build.
 *
 * @throws CommandError with pip's words and, where they tell, what to do
 */
export async function pip(workspace: Workspace, python: string, args: readonly string[]): Promise<void> {
  const {env, secrets, signal, report, folders, under} = workspace;
  const program = ['-s', join(workspace.pip.folder, 'pip')];
  const all = {...env, ...workspace.index.env};
  const options = {cwd: folders.root, env: all, secrets, signal, report, under, label: `pip ${args[0]}`};
  await run(python, [...program, ...args], {...options, keepOutput: false}).catch((error) => {
    throw readablePipError(error, workspace.index);
  });
}
