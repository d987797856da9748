import {existsSync, readFileSync, statSync} from 'node:fs';
import {basename, dirname, join, relative, resolve} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {debianLayers} from './debian/layers.js';
import type {Layer} from './layer.js';
import {type Problem, show} from './problems.js';
import {type ConfigContext, resolveLayers} from './resolve.js';
import type {BuildOptions} from './schema/index.js';
import {readToml} from './toml.js';
import type {Config} from './types.js';
import {readYaml} from './yaml.js';

export interface LoadOptions extends ConfigContext {
  /** A project folder, or anything else that `source` takes. @default `cwd` */
  readonly project?: string | undefined;
  /** Configuration file in place of the one in the project folder; false reads none. */
  readonly configFile?: string | false | undefined;
  /** What wins over the files. */
  readonly options?: BuildOptions | undefined;
  /** Read a debian/ folder also where nothing says so and there is no configuration. @default false */
  readonly automatic?: boolean | undefined;
}

/**
 * Find and read the configuration of a project: options given win over mkvenvdeb.yaml, that over `[tool.mkvenvdeb]`
 * of pyproject.toml, that over a debian/ folder, that over the defaults. Paths in a file are relative to the file,
 * paths in options to `cwd`. One package comes out, several only of a debian/ folder.
 *
 * @throws E_OPTION with every problem, each with file and line where they are known; E_IO
 */
export async function loadConfigs(load: LoadOptions): Promise<readonly [Config, ...Config[]]> {
  try {
    return await findAndResolve(load);
  } catch (error) {
    throw ioError(error, 'reading the configuration');
  }
}

/** `loadConfigs` where only one package makes sense. */
export async function loadConfig(load: LoadOptions): Promise<Config> {
  const [config, ...others] = await loadConfigs(load);
  if (others.length === 0) return config;
  const names = [config, ...others].map((one) => one.package);
  throw new MkvenvdebError('E_OPTION', `debian/control has several packages: ${names.join(', ')}`, {
    hint: 'Choose one with the option "package"',
  });
}

async function findAndResolve(load: LoadOptions): Promise<readonly [Config, ...Config[]]> {
  const {cwd, project: named} = load;
  const given = load.options?.source === undefined ? named : undefined;
  const folder = resolve(cwd, typeof named === 'string' ? named : '.');
  const isFolder = isText(named) && (statSync(folder, {throwIfNoEntry: false})?.isDirectory() ?? false);
  const project = isFolder ? folder : cwd;
  const problems: Problem[] = [];
  const files = findFiles(isFolder ? folder : undefined, configFileOf(load, problems));
  const fileLayers = files.flatMap((file) => readLayerOf(file, cwd, problems));
  const options = isFolder || given === undefined ? load.options : {...load.options, source: given};
  const layer: Layer = {values: {...options}, base: cwd, spelling: load.spelling ?? 'api'};
  const layers = [...fileLayers, layer];
  const configFiles = fileLayers.map(({file}) => file);
  const debian = await debianLayers(layers, {load, project: isFolder ? folder : undefined, problems});
  const origin = {context: load, project, configFiles, problems};
  const [first, ...others] = debian ?? [[]];
  const configs: [Config, ...Config[]] = [await resolveLayers([...(first ?? []), ...layers], origin)];
  for (const below of others) configs.push(await resolveLayers([...below, ...layers], origin));
  return configs;
}

/** Nothing, or what may be looked for on the disk: JavaScript lets anything through, and the schema refuses the rest. */
const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';

/** The absolute path of the file that was named, if any. */
function configFileOf({configFile, cwd}: LoadOptions, problems: Problem[]): string | false | undefined {
  if (configFile === undefined || configFile === false) return configFile;
  if (typeof configFile === 'string') return resolve(cwd, configFile);
  problems.push({text: `Option "configFile" is neither a text nor false: ${show(configFile)}`});
  return false;
}

/** The configuration files of a folder, the weaker first. */
function findFiles(folder: string | undefined, configFile: string | false | undefined): readonly string[] {
  if (configFile === false) return [];
  if (configFile !== undefined) return [configFile];
  if (folder === undefined) return [];
  const [yaml, ...others] = ['mkvenvdeb.yaml', 'mkvenvdeb.yml']
    .map((name) => join(folder, name))
    .filter(existsSync);
  if (others.length > 0) {
    throw new MkvenvdebError('E_OPTION', `Two configuration files: ${yaml} and ${others[0]}`, {
      hint: 'Remove one of them',
    });
  }
  const toml = join(folder, 'pyproject.toml');
  return [...(existsSync(toml) ? [toml] : []), ...(yaml === undefined ? [] : [yaml])];
}

function readLayerOf(file: string, cwd: string, problems: Problem[]): (Layer & {readonly file: string})[] {
  const name = shown(file, cwd);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error;
    const why = code === 'ENOENT' ? 'does not exist' : 'is a folder';
    throw new MkvenvdebError('E_OPTION', `Configuration file ${why}: ${name}`, {cause: error});
  }
  const read = basename(file).endsWith('.toml') ? readToml : readYaml;
  const content = read(text, name, problems);
  return content === undefined ? [] : [{...content, file, base: dirname(file), spelling: 'file'}];
}

/** A path as messages show it: relative to the working folder where it lies below it. */
const shown = (file: string, cwd: string): string => {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
};
