import {join} from 'node:path';
import type {Interpreter} from '../model.js';
import type {Context} from '../report.js';
import {buildEnvironment, type EnvironmentOptions, fetchEnvironment} from './environment.js';
import {openLogins} from './logins.js';
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
  /** File with credentials for hosts. */
  readonly netrc?: string | undefined;
  /** Texts beside `index` whose URLs may name accounts: requirements. @default none */
  readonly urls?: readonly string[];
  readonly secrets: readonly string[];
  /** See Workspace. @default none */
  readonly under?: readonly string[] | undefined;
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
  const {work, interpreter, cache, secrets, signal, report, wheelFolders, pipVersion} = options;
  const folders = await makeWorkFolders(work);
  const env = {...buildEnvironment({...options.environment, work}), PIP_CACHE_DIR: join(cache, 'pip-http')};
  const {under = []} = options;
  const logins = await openLogins({...options, folder: join(work, 'logins'), texts: urlsOf(options)});
  const {args: given, env: indexEnv} = indexSettings(options.index, logins.strip);
  const fetching = options.environment.offline ? {} : fetchEnvironment(options.environment);
  const fetchEnv = {...fetching, ...logins.env, ...indexEnv};
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
    fetchEnv,
    secrets,
    under,
    signal,
    report,
  });
  const offline = options.index.noIndex;
  // Offline, what came with Python is all there is to build with.
  const seeds = offline ? pip.seedFolders.flatMap((folder) => ['--find-links', folder]) : [];
  const index: PackageIndex = {args: [...given, ...seeds], env: fetchEnv, offline, folders: findLinks};
  const {selected} = options;
  return {folders, interpreter, pip, index, logins, selected, cache, env, secrets, under, signal, report};
}

const urlsOf = ({index, urls = []}: WorkspaceOptions): readonly string[] => [
  ...(index.indexUrl ? [index.indexUrl] : []),
  ...[...index.extraIndexUrls, ...index.findLinks, ...index.pipArgs, ...urls],
];

/** What names an index, for pip: a URL stands in a variable, which only the same user can see (ps(1)). */
function indexSettings(
  {noIndex, indexUrl, extraIndexUrls, findLinks, pipArgs}: IndexOptions,
  strip: (text: string) => string,
): {args: string[]; env: Record<string, string>} {
  const isUrl = (place: string) => place.includes('://');
  const local = findLinks.filter((place) => !isUrl(place)).flatMap((place) => ['--find-links', place]);
  const variables = {
    PIP_INDEX_URL: indexUrl ?? '',
    PIP_EXTRA_INDEX_URL: extraIndexUrls.join(' '),
    // pip splits at blanks, and takes what the arguments say beside it.
    PIP_FIND_LINKS: findLinks
      .filter(isUrl)
      .map((url) => url.replaceAll(' ', '%20'))
      .join(' '),
  };
  const given = Object.entries(variables).filter(([, value]) => value !== '');
  return {
    args: [...(noIndex ? ['--no-index'] : []), ...local, ...pipArgs.map(strip)],
    env: Object.fromEntries(given.map(([name, value]) => [name, strip(value)])),
  };
}
