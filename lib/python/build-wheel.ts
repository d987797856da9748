import {mkdir, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {CommandError, MkvenvdebError} from '../errors.js';
import {usualUnpackedSize} from '../formats/unpacked-size.js';
import {run} from '../run.js';
import {script} from './interpreter.js';
import {copyProject} from './source.js';
import {unpackedWheels} from './unpack.js';
import {createBuildVenv} from './venv.js';
import {inside, pip, requirementFile, type Workspace} from './workspace.js';

/** 1980-01-01: no zip archive, hence no wheel, can name an earlier moment. */
const FIRST_ZIP_TIME = 315532800;

/** Where wheels are built. */
export interface BuildEnvironment {
  /** Python of a virtualenv that several builds share; undefined: each build gets one of its own. */
  readonly sharedPython?: string;
  /** Folder with setuptools and wheel ready to be imported, which saves installing them. */
  readonly layer?: string;
  /** Requirements that every build environment gets beside what the project asks for. */
  readonly requires: readonly string[];
}

export interface BuildEnvironmentOptions {
  /** False: one environment for all, with these requirements only; the projects' own are ignored. */
  readonly isolation: boolean;
  readonly requires: readonly string[];
}

/** Prepare for building wheels: without isolation the one environment is made and filled here. */
export async function prepareBuilds(
  workspace: Workspace,
  options: BuildEnvironmentOptions,
): Promise<BuildEnvironment> {
  const {isolation, requires} = options;
  if (!isolation) {
    const sharedPython = await createBuildVenv(workspace, join(workspace.folders.build, 'shared'));
    // Where one has a hash, pip wants one of all.
    const always = requires.some((text) => text.includes('--hash')) ? [] : ['setuptools', 'wheel'];
    await installInto(workspace, sharedPython, [...always, ...requires]);
    return {sharedPython, requires};
  }
  const layer = await seedLayer(workspace);
  return {requires, ...(layer ? {layer} : {})};
}

/**
 * Offline, setuptools and wheel can only come from the wheels that came with Python, unless find_links has some too:
 * then they are unpacked and compiled once in the cache instead of being installed for every build.
 */
async function seedLayer({index, pip: {seedFolders}, ...workspace}: Workspace): Promise<string | undefined> {
  const places = [...index.args, index.env.PIP_FIND_LINKS ?? ''];
  if (!index.offline || places.some((place) => place.includes('://'))) return undefined;
  const isSeed = (name: string) => /^(setuptools|wheel)-[^-]+-py[^-]*3[^-]*-none-any\.whl$/.test(name);
  for (const folder of index.folders) {
    const names = await readdir(folder).catch(() => []);
    if (!seedFolders.includes(folder) && names.some((name) => /^(setuptools|wheel)-/.test(name)))
      return undefined;
  }
  const wheels: string[] = [];
  for (const folder of seedFolders) {
    for (const name of (await readdir(folder)).filter(isSeed).sort()) wheels.push(join(folder, name));
  }
  if (wheels.length !== 2) return undefined; // none, or several versions among which pip shall choose
  return unpackedWheels({...workspace, wheels, keepMetadata: true, name: 'setuptools'});
}

async function installInto(
  workspace: Workspace,
  python: string,
  requirements: readonly string[],
): Promise<void> {
  const options = ['--quiet', '--no-compile', '--no-warn-script-location', ...workspace.index.args];
  const file = await requirementFile(workspace, 'build-requirements.txt', requirements);
  try {
    await pip(workspace, python, ['install', ...options, ...file.args]).finally(file.remove);
  } catch (error) {
    if (!(error instanceof CommandError) || !workspace.index.offline) throw error;
    const hint = `Put wheels of ${requirements.join(', ')} into a folder and name it with find_links: a Python that is not Debian's cannot use Debian's setuptools`;
    throw new CommandError(error.message, {...error, hint, cause: error});
  }
}

export interface WheelSource {
  /** Folder or sdist. */
  readonly path: string;
  readonly kind: 'folder' | 'sdist';
  /** Name of the folder it is built in; the same on every machine, wherever the project lies. */
  readonly name: string;
  /** Seconds since 1970 that the back end sees; an sdist's own newest member where it tells one. */
  readonly epoch: number;
}

/** Build one wheel in a folder and an environment with fixed names. Gives the path of the wheel. */
export const buildWheel = (
  workspace: Workspace,
  environment: BuildEnvironment,
  source: WheelSource,
): Promise<string> => build(workspace, environment, {...source, hook: 'build_wheel'});

/**
 * Build the sdist of a folder likewise; every file in it is dated with the epoch.
 *
 * @returns its path
 */
export const buildSdist = (
  workspace: Workspace,
  environment: BuildEnvironment,
  source: Omit<WheelSource, 'kind'>,
): Promise<string> => build(workspace, environment, {...source, kind: 'folder', hook: 'build_sdist'});

interface BuildTask extends WheelSource {
  /** Of the back end (PEP 517). */
  readonly hook: 'build_wheel' | 'build_sdist';
}

async function build(
  workspace: Workspace,
  environment: BuildEnvironment,
  {path, kind, name, epoch, hook}: BuildTask,
): Promise<string> {
  const {folders, pip: tool} = workspace;
  workspace.report?.({type: 'detail', name: 'wheels', detail: `building ${name}`});
  const env = {...workspace.env, SOURCE_DATE_EPOCH: String(Math.max(epoch, FIRST_ZIP_TIME))};
  const place = join(folders.src, name);
  const source = kind === 'folder' ? await copyProject({...workspace, env}, path, place) : place;
  const output = join(folders.build, `${name}.wheel`);
  await mkdir(output);
  const {sharedPython, requires, layer = null} = environment;
  const isolated = sharedPython === undefined;
  const python = sharedPython ?? (await createBuildVenv(workspace, join(folders.build, name)));
  if (isolated && requires.length > 0) await installInto(workspace, python, requires);
  const archive = kind === 'sdist' ? path : null;
  const limit = archive && (workspace.limitSize ?? usualUnpackedSize((await stat(archive)).size));
  const request = {hook, source, archive, output, pip: tool.folder, layer, isolated, limit};
  const installed: string[] = [];
  for (;;) {
    const answer = await askBackend({...workspace, env}, python, {name, request: {...request, installed}});
    if ('refused' in answer) throw refusal(path, answer.refused);
    if ('made' in answer) return join(output, answer.made);
    warnUnlocked(workspace, name, answer.missing);
    await installInto(workspace, python, answer.missing);
    installed.push(...answer.missing);
  }
}

function refusal(path: string, why: string): MkvenvdebError {
  const hint = why.includes('unpacks to more')
    ? 'If you trust it, raise the limit: option limit_size, --limit-size on the command line'
    : 'Get it again from where it was published; what leads out of its folder is not unpacked';
  return new MkvenvdebError('E_FORMAT', `Sdist is not usable: ${path}: ${why}`, {hint});
}

/** Run build_wheel.py, which does both. */
async function askBackend(
  workspace: Workspace,
  python: string,
  {name, request}: {name: string; request: object},
): Promise<{made: string} | {missing: string[]} | {refused: string}> {
  const {folders, report} = workspace;
  const files = ['build-request.json', 'build-result.json'].map((file) => join(folders.tmp, file));
  const [requestFile = '', resultFile = ''] = files;
  await writeFile(requestFile, JSON.stringify(request));
  const options = {...inside(workspace), report, label: `build of ${name}`, keepOutput: false};
  await run(python, ['-s', '-B', script('build_wheel.py'), ...files], {cwd: folders.root, ...options});
  const answer = JSON.parse(await readFile(resultFile, 'utf8'));
  await rm(resultFile);
  return answer;
}

/** What builds is part of the result: back ends write their version into the wheel. */
function warnUnlocked({index, report}: Workspace, name: string, requirements: readonly string[]): void {
  if (index.offline) return;
  report?.({
    type: 'warning',
    code: 'unlocked-build-requirements',
    message: `The index chose what builds ${name}: ${requirements.join(', ')}`,
    hint: 'Name exact versions in build_requires, with --hash where you like: they are installed first',
  });
}
