import {mkdir, writeFile} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {loadConfigs} from '../config/load.js';
import {assertTexts, openCaller} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {tagPrefix} from '../formats/release-names.js';
import {ownVersion} from '../own-version.js';
import type {Context} from '../report.js';
import {cellsOf} from './cell-options.js';
import {githubWorkflow} from './ci-github.js';
import {gitlabPipeline} from './ci-gitlab.js';
import {jenkinsfile} from './ci-jenkins.js';

/** A cell, as a CI system has to provide for it. */
export interface CiCell {
  readonly id: string;
  /** Codename. */
  readonly distribution: string;
  /** As dpkg calls it; undefined for whatever machine there is. */
  readonly architecture: string | undefined;
  /** Debian packages that its build needs. */
  readonly packages: readonly string[];
}

/** What a pipeline is made from. */
export interface CiPlan {
  readonly branch: string;
  /** What stands before the version in a tag. */
  readonly tagPrefix: string;
  readonly cells: readonly CiCell[];
  /** Whether files go to a package index, which wants an account. */
  readonly usesIndex: boolean;
  /** Whether packages go to a repository in a folder, which only its own machine has. */
  readonly usesFolder: boolean;
  /** How mkvenvdeb is called. */
  readonly command: string;
}

const ENGINES = {
  jenkins: {path: 'Jenkinsfile', write: jenkinsfile},
  github: {path: '.github/workflows/release.yml', write: githubWorkflow},
  gitlab: {path: '.gitlab-ci.yml', write: gitlabPipeline},
} as const;

export type CiEngine = keyof typeof ENGINES;
/** The CI systems that `initCi` knows. */
export const CI_ENGINES = Object.keys(ENGINES) as readonly CiEngine[];

export interface InitCiOptions extends Context {
  /** Project folder. @default `cwd` */
  readonly project?: string | undefined;
  readonly ci: CiEngine;
}

export interface InitCiResult {
  /** The file that was written. */
  readonly file: string;
  readonly text: string;
}

/**
 * Write the pipeline of a CI system that releases every push to the branch: from the cells and places of the
 * configuration, built in parallel where there are several cells, published by one job when all of them are built.
 *
 * @throws E_OPTION where the file is there, which is never overwritten, or the configuration is not valid; E_IO
 */
export async function initCi(options: InitCiOptions): Promise<InitCiResult> {
  const {cwd, environment, machine: architecture, signal, report} = openCaller(options);
  const {ci, project: named = '.'} = options;
  assertTexts({ci, project: named});
  const engine = Object.hasOwn(ENGINES, ci) ? ENGINES[ci] : undefined;
  if (engine === undefined)
    throw new MkvenvdebError('E_OPTION', `Not a CI system that is known: ${ci}`, {
      hint: `Choose one of: ${CI_ENGINES.join(', ')}`,
    });
  const project = resolve(cwd, named);
  const load = {cwd, environment, architecture, signal, report, project, options: {version: '0'}};
  const [config] = await loadConfigs({...load, automatic: true});
  const text = engine.write(planOf(config));
  const file = join(project, engine.path);
  try {
    await mkdir(dirname(file), {recursive: true});
    await writeFile(file, text, {flag: 'wx'});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, 'writing the pipeline');
    throw new MkvenvdebError('E_OPTION', `There is a pipeline already: ${engine.path}`, {
      hint: 'It is never overwritten: move it away to begin anew',
    });
  }
  return {file, text};
}

type Config = Parameters<typeof cellsOf>[0];

function planOf(config: Config): CiPlan {
  const {branch = 'main', tag, index, apt} = config.release;
  const cells = cellsOf(config).map(({id, python, distribution = 'bookworm', architecture}) => {
    for (const [name, value] of Object.entries({distribution, architecture}))
      if (value !== undefined && !/^[a-z0-9][a-z0-9.+-]*$/.test(value))
        throw new MkvenvdebError('E_OPTION', `Not a ${name} that a pipeline can ask for: ${value}`, {
          hint: `It is that of cell ${id}: use small letters, digits and . + -`,
        });
    return {id, distribution, architecture, packages: packagesFor(python ?? config.python)};
  });
  return {
    ...{branch, tagPrefix: tagPrefix(tag), cells},
    usesIndex: index !== undefined,
    usesFolder: apt.some(({repository}) => repository !== undefined),
    command: `npx --yes mkvenvdeb@${ownVersion()}`,
  };
}

/** What a Debian without anything needs to build with an interpreter. */
const packagesFor = (python: string): readonly string[] => [
  ...['ca-certificates', 'git', 'gcc', 'libc6-dev'],
  ...['python3-pip-whl', 'python3-setuptools-whl', 'python3-wheel-whl'],
  ...(basename(python).startsWith('pypy')
    ? ['pypy3', 'pypy3-dev']
    : ['python3', 'python3-dev', 'python3-venv']),
];
