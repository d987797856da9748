import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {run} from '../run.js';
import {script} from './interpreter.js';
import {copyProject} from './source.js';
import {unpackedWheels} from './unpack.js';
import {createBuildVenv} from './venv.js';
import {pip, type Workspace} from './workspace.js';

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
    await installInto(workspace, sharedPython, ['setuptools', 'wheel', ...requires]);
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
  if (!index.offline || index.args.some((arg) => arg.includes('://'))) return undefined;
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
  await pip(workspace, python, ['install', ...options, ...requirements]);
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
export async function buildWheel(
  workspace: Workspace,
  environment: BuildEnvironment,
  {path, kind, name, epoch}: WheelSource,
): Promise<string> {
  const {folders, signal, report, secrets} = workspace;
  const source = join(folders.src, name);
  const env = {...workspace.env, SOURCE_DATE_EPOCH: String(Math.max(epoch, FIRST_ZIP_TIME))};
  if (kind === 'folder') await copyProject({...workspace, env}, path, source);
  const output = join(folders.build, `${name}.wheel`);
  await mkdir(output);
  const python = environment.sharedPython ?? (await createBuildVenv(workspace, join(folders.build, name)));
  if (!environment.sharedPython && environment.requires.length > 0) {
    await installInto(workspace, python, environment.requires);
  }
  const request = join(folders.tmp, 'build-request.json');
  const result = join(folders.tmp, 'build-result.json');
  const archive = kind === 'sdist' ? path : null;
  const isolated = environment.sharedPython === undefined;
  const fixed = {
    source,
    archive,
    output,
    pip: workspace.pip.folder,
    layer: environment.layer ?? null,
    isolated,
  };
  const installed: string[] = [];
  for (;;) {
    await writeFile(request, JSON.stringify({...fixed, installed}));
    const args = ['-s', '-B', script('build_wheel.py'), request, result];
    const options = {env, signal, report, secrets, label: `build of ${name}`, keepOutput: false};
    await run(python, args, {cwd: folders.root, ...options});
    const answer = JSON.parse(await readFile(result, 'utf8')) as {wheel: string} | {missing: string[]};
    await rm(result);
    if ('wheel' in answer) return join(output, answer.wheel);
    warnUnlocked(workspace, name, answer.missing);
    await installInto(workspace, python, answer.missing);
    installed.push(...answer.missing);
  }
}

/** What builds is part of the result: back ends write their version into the wheel. */
function warnUnlocked({index, report}: Workspace, name: string, requirements: readonly string[]): void {
  if (index.offline) return;
  report?.({
    type: 'warning',
    code: 'unlocked-build-requirements',
    message: `The index chose what builds ${name}: ${requirements.join(', ')}`,
    hint: 'Name exact versions in build_requires: they are installed first',
  });
}
