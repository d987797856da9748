import {MkvenvdebError} from '../../errors.js';
import type {Layer} from '../layer.js';
import type {LoadOptions} from '../load.js';
import {type Problem, throwProblems} from '../problems.js';
import {hostArchitecture} from './machine.js';
import {type DebianReading, readDebian} from './read.js';

interface LayersContext {
  readonly load: LoadOptions;
  /** The project folder; undefined where it is none. */
  readonly project: string | undefined;
  readonly problems: Problem[];
}

const last = (layers: readonly Layer[], ...keys: readonly string[]): unknown =>
  layers
    .map(({values}) => keys.map((key) => values[key]).find((value) => value !== undefined))
    .findLast((value) => value !== undefined);

/**
 * What stands below the other layers because of a debian/ folder: a list of layers for each package. undefined where
 * the folder is not asked for.
 *
 * @throws E_OPTION with everything in it that is not understood
 */
export async function debianLayers(
  layers: readonly Layer[],
  {load, project, problems}: LayersContext,
): Promise<readonly (readonly Layer[])[] | undefined> {
  const asked = last(layers, 'debian');
  const isAutomatic = load.automatic === true && load.configFile === undefined && layers.length === 1;
  if (project === undefined || asked === false || (asked === undefined && !isAutomatic)) return undefined;
  const {environment = {}, signal, report} = load;
  const ignore = last(layers, 'debianIgnore', 'debian_ignore');
  const reading = await readDebian({
    project,
    environment,
    architecture: hostArchitecture(load.architecture ?? 'amd64', environment),
    ignore: Array.isArray(ignore) ? ignore.map(String) : [],
    signal,
    report,
  });
  if (reading === undefined) {
    if (asked === true)
      throw new MkvenvdebError('E_OPTION', `No debian/control in project folder: ${project}`);
    return undefined;
  }
  throwProblems([...problems, ...unique(reading.problems)]);
  for (const {text, hint} of unique(reading.warnings)) {
    report?.({type: 'warning', code: 'debian-folder', message: text, ...(hint === undefined ? {} : {hint})});
  }
  return chosen(reading, last(layers, 'package')).map(({values}) => [
    {values, base: project, spelling: 'api', locate: ([key]) => PLACES[String(key)] ?? 'debian'},
  ]);
}

/** What is the same for every package is told once. */
const unique = (problems: readonly Problem[]): readonly Problem[] => [
  ...new Map(problems.map((problem) => [problem.text, problem])).values(),
];

function chosen({packages}: DebianReading, name: unknown): DebianReading['packages'] {
  if (name === undefined) return packages;
  const found = packages.filter((one) => one.name === name);
  if (found.length > 0) return found;
  throw new MkvenvdebError('E_OPTION', `Package is not in debian/control: ${String(name)}`, {
    hint: `There are: ${packages.map((one) => one.name).join(', ')}`,
  });
}

/** Where a value comes from, for messages. */
const PLACES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'package sourcePackage architecture section priority maintainer description homepage depends preDepends recommends suggests'
      .concat(' enhances conflicts breaks replaces provides')
      .split(' ')
      .map((key) => [key, 'debian/control']),
  ),
  ...Object.fromEntries(
    'python requirements constraints extras preinstall indexUrl extraIndexUrls findLinks noIndex pipArgs pipVersion'
      .concat(' prefix source environment compression compressionLevel')
      .split(' ')
      .map((key) => [key, 'debian/rules']),
  ),
  version: 'debian/changelog',
};
