import {chmod, copyFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Interpreter} from '../model.js';
import type {Context} from '../report.js';
import {buildEnvironment, type EnvironmentOptions} from './environment.js';
import {findPip} from './pip.js';
import {makeWorkFolders, type PackageIndex, type Workspace} from './workspace.js';

export interface WorkspaceOptions extends Pick<Context, 'signal' | 'report'> {
  /** Empty folder of this build. */
  readonly work: string;
  readonly cache: string;
  readonly interpreter: Interpreter;
  readonly wheelFolders: readonly string[];
  readonly index: IndexOptions;
  /** See CopyContext. */
  readonly selected?: string | undefined;
  readonly pipVersion?: string | undefined;
  /** File with credentials for hosts, copied into the home of the build. */
  readonly netrc?: string | undefined;
  readonly secrets: readonly string[];
  readonly environment: Omit<EnvironmentOptions, 'work'>;
}

/** Where packages come from, as the configuration says it. */
export interface IndexOptions {
  readonly noIndex: boolean;
  readonly indexUrl?: string | undefined;
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly pipArgs: readonly string[];
}

/** Make the folders of a build, its environment, and find the pip it uses. */
export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const {work, interpreter, cache, netrc, secrets, signal, report, wheelFolders, pipVersion} = options;
  const folders = await makeWorkFolders(work);
  const env = {...buildEnvironment({...options.environment, work}), PIP_CACHE_DIR: join(cache, 'pip-http')};
  if (netrc) {
    await copyFile(netrc, join(folders.home, '.netrc'));
    await chmod(join(folders.home, '.netrc'), 0o600);
  }
  const given = indexArguments(options.index);
  const findLinks = options.index.findLinks.filter((place) => !place.includes('://'));
  const pip = await findPip({
    interpreter,
    wheelFolders,
    findLinks,
    pipVersion,
    indexArgs: given,
    online: !options.index.noIndex || options.index.findLinks.length > findLinks.length,
    cache,
    tmp: folders.tmp,
    env,
    secrets,
    signal,
    report,
  });
  const offline = options.index.noIndex;
  // Offline, what came with Python is all there is to build with.
  const seeds = offline ? pip.seedFolders.flatMap((folder) => ['--find-links', folder]) : [];
  const index: PackageIndex = {args: [...given, ...seeds], offline, folders: findLinks};
  return {folders, interpreter, pip, index, selected: options.selected, cache, env, secrets, signal, report};
}

function indexArguments({noIndex, indexUrl, extraIndexUrls, findLinks, pipArgs}: IndexOptions): string[] {
  return [
    ...(noIndex ? ['--no-index'] : []),
    ...(indexUrl ? ['--index-url', indexUrl] : []),
    ...extraIndexUrls.flatMap((url) => ['--extra-index-url', url]),
    ...findLinks.flatMap((place) => ['--find-links', place]),
    ...pipArgs,
  ];
}
