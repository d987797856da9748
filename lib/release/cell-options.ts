import type {BuildOptions} from '../build.js';
import {mergeLayers} from '../config/layer.js';
import {type Problem, throwProblems} from '../config/problems.js';
import type {Config} from '../config/types.js';

/** What a release is made of, as a build needs it. */
export interface BuildInputs {
  /** Folder of the project in a checkout that has the version. */
  readonly project: string;
  readonly config: Config;
  /** The file that was named in place of the project's own. */
  readonly configFile: string | undefined;
  /** The version of the project (PEP 440). */
  readonly version: string;
  /** When the commit was made, in seconds since 1970. */
  readonly epoch: number;
  /** Variables that tell the back end the version. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One package of a release, and how its build differs from the others. */
export interface Cell {
  readonly id: string;
  readonly python?: string | undefined;
  /** Codename of the distribution that it is for. */
  readonly distribution?: string | undefined;
  /** Architecture that it is built on. */
  readonly architecture?: string | undefined;
  readonly revision?: string | undefined;
  /** Suite of the apt repositories that it goes to. */
  readonly suite?: string | undefined;
  /** Options of the build, in the spelling of a configuration file. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Command line that the build is run under. */
  readonly under: readonly string[];
}

/** The cells of a configuration: this machine alone where it has none. */
export const cellsOf = ({release}: Config): readonly Cell[] =>
  release.cells ?? [{id: 'default', options: {}, under: []}];

/**
 * Options of the build of a cell, or of what all cells have in common.
 *
 * @throws E_OPTION for options that no build has
 */
export function buildOptionsOf(inputs: BuildInputs, cell?: Cell): BuildOptions {
  const {project, config, configFile, version, epoch} = inputs;
  const own = cell ? optionsOf(cell, project) : {};
  const {python, revision, distribution} = cell ?? {};
  const environment = {...config.environment, ...own.environment, ...inputs.environment};
  return {
    ...(python === undefined ? {} : {python}),
    ...(revision === undefined ? {} : {revision}),
    ...(distribution === undefined ? {} : {distribution}),
    ...own,
    ...{source: project, configFile, version, sourceDateEpoch: epoch},
    environment,
    writeLock: undefined,
  };
}

/** What a cell says of its build, with paths as if they stood in the configuration file. */
export function optionsOf({id, options}: Cell, base: string): BuildOptions {
  const problems: Problem[] = [];
  const layer = {values: options, base, spelling: 'file' as const, locate: () => `release.cells "${id}"`};
  const {options: read, release} = mergeLayers([layer], problems);
  for (const key of ['version', 'source', 'out', 'sourceDateEpoch'] as const)
    if (read[key] !== undefined)
      problems.push({text: `release.cells "${id}": Option "${key}" is the release's own`});
  if (release !== undefined) problems.push({text: `release.cells "${id}": A cell has no cells`});
  throwProblems(problems);
  return read;
}
