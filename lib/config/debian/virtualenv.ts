import {posix} from 'node:path';
import type {BuildOptions} from '../schema/index.js';
import type {DhVirtualenvOptions} from './dh-virtualenv.js';
import {type TranslatedArgs, translatePipArgs, translateVirtualenvArgs} from './pip-args.js';

export interface VirtualenvContext {
  /** Name of the binary package. */
  readonly package: string;
  /** DH_VIRTUALENV_INSTALL_ROOT. */
  readonly root: string | undefined;
  /** DEB_BUILD_OPTIONS. */
  readonly buildOptions: string;
  /** True where the project has such a file. */
  readonly exists: (path: string) => boolean;
}

export interface VirtualenvValues {
  readonly values: BuildOptions;
  /** What has no counterpart. */
  readonly refused: readonly {readonly text: string; readonly hint: string}[];
}

/** Where dh_virtualenv puts virtualenvs unless it is told. */
const DEFAULT_ROOT = '/opt/venvs';

/** Options of dh_virtualenv as our own. */
export function virtualenvValues(options: DhVirtualenvOptions, context: VirtualenvContext): VirtualenvValues {
  const pip = translatePipArgs(options.extraPipArg);
  const tool = translateVirtualenvArgs(options.extraVirtualenvArg);
  const folder = options.sourcedirectory ?? '.';
  const file = posix.join(folder, options.requirements);
  const requirements = [...(context.exists(file) ? [file] : []), ...pip.requirements];
  const {upgradePipTo, indexUrl = pip.indexUrl} = options;
  const isVersion = upgradePipTo !== '' && upgradePipTo !== 'latest';
  const values: BuildOptions = {
    prefix: posix.join('/', context.root || DEFAULT_ROOT, options.installSuffix ?? context.package),
    // The command virtualenv takes the interpreter that runs it.
    python: options.python ?? tool.python ?? '/usr/bin/python3',
    requirements,
    ...(folder === '.' ? {} : {source: folder}),
    ...unless(options.extras.length === 0, {extras: [...options.extras]}),
    ...unless(options.preinstall.length === 0, {preinstall: [...options.preinstall]}),
    ...(indexUrl === undefined ? {} : {indexUrl}),
    ...lists(options.extraIndexUrl, pip),
    ...unless(!isVersion, {pipVersion: upgradePipTo}),
    ...unless(!pip.noIndex, {noIndex: true}),
    ...unless(!pip.requireHashes, {requireHashes: true}),
    ...unless(pip.buildIsolation !== false, {buildIsolation: false}),
    ...unless(pip.bytecode !== false, {bytecode: false}),
    ...unless(!options.useSystemPackages && !tool.systemSitePackages, {systemSitePackages: true}),
    ...unless(!options.skipInstall, {skipInstall: true}),
  };
  return {values, refused: [...refusedOf(options, context), ...argsRefused(pip, tool)]};
}

const unless = <T extends object>(condition: boolean, values: T): T | Record<string, never> =>
  condition ? {} : values;

function lists(
  urls: readonly string[],
  {extraIndexUrls, findLinks, constraints, pipArgs}: TranslatedArgs,
): BuildOptions {
  const further = [...urls, ...extraIndexUrls];
  return {
    ...unless(further.length === 0, {extraIndexUrls: further}),
    ...unless(findLinks.length === 0, {findLinks: [...findLinks]}),
    ...unless(constraints.length === 0, {constraints: [...constraints]}),
    ...unless(pipArgs.length === 0, {pipArgs: [...pipArgs]}),
  };
}

function refusedOf(
  {pipTool, setuptoolsTest, sourcedirectory}: DhVirtualenvOptions,
  {buildOptions, exists}: VirtualenvContext,
): VirtualenvValues['refused'] {
  const testing =
    setuptoolsTest &&
    !/\bnocheck\b/.test(buildOptions) &&
    exists(posix.join(sourcedirectory ?? '.', 'setup.py'));
  return [
    ...(pipTool === 'pip'
      ? []
      : [
          {
            text: `--pip-tool ${pipTool}`,
            hint: 'Leave it out: pip from outside the virtualenv installs everything',
          },
        ]),
    ...(testing
      ? [
          {
            text: '--setuptools-test',
            hint: 'Run the tests by hooks.after_install, or leave them out with DEB_BUILD_OPTIONS=nocheck',
          },
        ]
      : []),
  ];
}

const argsRefused = (pip: TranslatedArgs, tool: TranslatedArgs): VirtualenvValues['refused'] => [
  ...pip.refused.map(({argument, hint}) => ({text: `--extra-pip-arg ${argument}`, hint})),
  ...tool.refused.map(({argument, hint}) => ({text: `--extra-virtualenv-arg ${argument}`, hint})),
];

export interface BuildsystemContext {
  readonly source: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const words = (text = ''): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/** What `--buildsystem=dh_virtualenv` takes from its environment, in the words of the command line. */
export function buildsystemOptions({source, environment}: BuildsystemContext): {
  readonly argv: readonly string[];
  readonly root: string;
} {
  const {DH_UPGRADE_PIP: pip, DH_REQUIREMENTS_FILE: requirements} = environment;
  const argv = [
    ...['--install-suffix', environment.DH_VIRTUALENV_INSTALL_SUFFIX || source],
    ...(requirements ? ['--requirements', requirements] : []),
    ...(pip === undefined ? [] : ['--upgrade-pip-to', pip || 'latest']),
    ...words(environment.DH_PIP_EXTRA_ARGS).map((word) => `--extra-pip-arg=${word}`),
    ...words(environment.DH_VIRTUALENV_ARGUMENTS).map((word) => `--extra-virtualenv-arg=${word}`),
  ];
  return {argv, root: environment.DH_VIRTUALENV_INSTALL_ROOT || '/usr/share/python'};
}
