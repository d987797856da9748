import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Caller} from '../context.js';
import {type RunOptions, type RunResult, run} from '../run.js';

/** What an apt client of its own works with. */
export interface AptClientOptions {
  /** An empty one. */
  readonly folder: string;
  /** Of the packages that it looks for. */
  readonly architecture: string;
  /** What is installed, as dpkg writes it down. @default nothing is */
  readonly status?: string;
  /** Further settings, apt.conf(5). @default none */
  readonly settings?: string;
}

/** An apt client apart from this machine's. */
export interface AptClient {
  readonly folder: string;
  /** Where it looks for sources.list(5) files. */
  readonly sources: string;
  /** Where it keeps the indexes that it got. */
  readonly lists: string;
  /** Where it looks, and where it puts what it downloads. */
  readonly here: string;
  /** Run one of apt's tools. @throws CommandError when it fails, unless that is tolerated */
  run(tool: string, args: readonly string[], how?: HowToRun): Promise<RunResult>;
}

type HowToRun = Pick<RunOptions, 'tolerant' | 'report' | 'label'>;

/**
 * Make an apt client whose configuration, sources, lists and cache are its own, so that nothing of this machine's is
 * changed, and nothing read but what the settings name.
 */
export async function makeAptClient(options: AptClientOptions, caller: Caller): Promise<AptClient> {
  const {folder} = options;
  const at = (path: string) => join(folder, path);
  const [sources, lists, here] = [at('etc/apt/sources.list.d'), at('var/lib/apt/lists'), at('here')];
  const empty = ['apt.conf.d', 'preferences.d', 'trusted.gpg.d'].map((name) => at(`etc/apt/${name}`));
  for (const path of [...empty, sources, join(lists, 'partial'), at('var/cache/apt/archives/partial'), here])
    await mkdir(path, {recursive: true});
  await writeFile(at('status'), '');
  await writeFile(at('apt.conf'), configuration({status: at('status'), settings: '', ...options}));
  const env = {
    ...{PATH: caller.environment.PATH ?? '/usr/bin:/bin', APT_CONFIG: at('apt.conf')},
    ...{LC_ALL: 'C.UTF-8', HOME: folder},
  };
  const {signal} = caller;
  return {
    ...{folder, sources, lists, here},
    run: (tool, args, how = {}) => run(tool, args, {cwd: here, env, signal, ...how}),
  };
}

/** The folder comes first, so that apt reads nothing of this machine's configuration. */
const configuration = ({
  folder,
  architecture,
  status,
  settings,
}: Required<AptClientOptions>): string => `Dir "${folder}/";
Dir::State "var/lib/apt"; Dir::State::status "${status}"; Dir::Cache "var/cache/apt"; Dir::Log "var/log/apt";
Dir::Etc "etc/apt"; Dir::Bin::Methods "/usr/lib/apt/methods"; Dir::Bin::dpkg "/usr/bin/dpkg";
APT::Architecture "${architecture}"; APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::Retries "0";
${settings}
`;
