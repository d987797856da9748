import {copyFile, readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {parseRequirement} from '../formats/requirements.js';
import {type BuildEnvironment, buildWheel, prepareBuilds} from './build-wheel.js';
import type {Requirements} from './requirements.js';
import {download, wantedFolders} from './resolution.js';
import {readWheelFile, type WheelFacts} from './wheel-file.js';
import type {Workspace} from './workspace.js';

/** A wheel that will be installed. */
export interface Wheel extends WheelFacts {
  readonly file: string;
  /** PEP 503. */
  readonly normalizedName: string;
  /** Built here from source, not made by somebody else. */
  readonly built: boolean;
}

/** What is to be installed: the project itself and what it needs. */
export interface WheelRequest {
  /** undefined: nothing but the requirements is installed. */
  readonly project?:
    | {readonly kind: 'folder' | 'sdist' | 'wheel'; readonly path: string}
    | {readonly kind: 'requirement'; readonly requirement: string}
    | undefined;
  readonly extras: readonly string[];
  readonly requirements: Requirements;
  /** Requirements beside those: pip itself, when it is to be kept. */
  readonly further: readonly string[];
  /** See BuildEnvironmentOptions. */
  readonly isolation: boolean;
  readonly requires: readonly string[];
  /** Seconds since 1970, for what tells no time of its own. */
  readonly epoch: number;
}

export interface CollectedWheels {
  /** All of them, sorted by name. */
  readonly wheels: readonly Wheel[];
  readonly project?: Wheel;
  readonly downloads: readonly Download[];
}

/** What pip downloaded, and the wheel that it is or became. */
export interface Download {
  readonly file: string;
  readonly wheel: Wheel;
}

/**
 * Get a wheel of everything that will be installed. Local sources are built first; pip then resolves and downloads
 * the rest; what it finds as an sdist is built as well, in folders with fixed names.
 *
 * @throws CommandError when pip finds no solution, a hash does not fit or a build fails
 */
export async function collectWheels(workspace: Workspace, request: WheelRequest): Promise<CollectedWheels> {
  const {requirements, project, epoch, extras} = request;
  const environment = await prepareBuilds(workspace, request);
  const folderFor = folderNames();
  const ready: Wheel[] = [];
  const wanted: string[] = [];
  const add = async (source: LocalSource, of: string) => {
    const wheel = await localWheel(workspace, environment, source);
    ready.push(wheel);
    wanted.push(wheel.file + of);
    return wheel;
  };
  const bracketed = extras.length > 0 ? `[${extras.join(',')}]` : '';
  let projectWheel =
    project && project.kind !== 'requirement'
      ? await add({...project, name: folderFor('project'), epoch}, bracketed)
      : undefined;
  for (const {path, extras: of} of await wantedFolders(workspace, requirements.folders)) {
    await add({path, kind: 'folder', name: folderFor(path), epoch}, of ?? '');
  }
  const further = [
    ...request.further,
    ...(project?.kind === 'requirement' ? [withExtras(project.requirement, extras)] : []),
  ];
  const python = environment.sharedPython ?? workspace.interpreter.executable;
  const isolation = environment.sharedPython === undefined;
  const stubs = await download(workspace, {requirements, ready: wanted, further, python, isolation});
  const have = new Set(ready.map(({file}) => basename(file)));
  const names = (await readdir(workspace.folders.downloads)).filter(
    (name) => !stubs.has(name) && !have.has(name),
  );
  const downloads: Download[] = [];
  for (const name of names.sort()) {
    const file = join(workspace.folders.downloads, name);
    const kind = name.endsWith('.whl') ? 'wheel' : 'sdist';
    const wheel = await localWheel(workspace, environment, {path: file, kind, name: folderFor(name), epoch});
    downloads.push({file, wheel});
    ready.push(wheel);
  }
  if (project?.kind === 'requirement') {
    const name = parseRequirement(project.requirement)?.normalizedName;
    projectWheel = ready.find((wheel) => wheel.normalizedName === name);
  }
  assertUnique(ready);
  const wheels = ready.sort((a, b) => (a.normalizedName < b.normalizedName ? -1 : 1));
  return {wheels, downloads, ...(projectWheel ? {project: projectWheel} : {})};
}

/** `flask==2.3.3` with extras becomes `flask[async]==2.3.3`. */
function withExtras(requirement: string, extras: readonly string[]): string {
  const own = parseRequirement(requirement)?.extras ?? [];
  if (extras.length === 0) return requirement;
  const all = [...new Set([...own, ...extras])].join(',');
  return requirement.replace(/^\s*([\w.-]+)\s*(\[[^\]]*\])?/, `$1[${all}]`);
}

/** Names the folder that a source is built in: one that no build tool stumbles over, and no other source has. */
function folderNames(): (path: string) => string {
  const taken = new Set<string>();
  return (path) => {
    const name = basename(path).replace(/\.(tar\.(gz|bz2|xz)|tgz|zip)$/, '');
    const plain = name.replace(/[^\w.+-]/g, '_');
    let free = plain;
    for (let count = 2; taken.has(free); count += 1) free = `${plain}-${count}`;
    taken.add(free);
    return free;
  };
}

interface LocalSource {
  readonly path: string;
  readonly kind: 'folder' | 'sdist' | 'wheel';
  readonly name: string;
  readonly epoch: number;
}

async function localWheel(
  workspace: Workspace,
  environment: BuildEnvironment,
  source: LocalSource,
): Promise<Wheel> {
  const {path, kind, name, epoch} = source;
  const built = kind !== 'wheel';
  const from = built ? await buildWheel(workspace, environment, {path, kind, name, epoch}) : path;
  const file = join(workspace.folders.wheels, basename(from));
  await copyFile(from, file);
  const facts = await readWheelFile(file);
  return {...facts, file, built, normalizedName: normalizeName(facts.metadata.name)};
}

/** Refuse wheels that bring one distribution twice: which of them wins would be chance. */
function assertUnique(wheels: readonly Wheel[]): void {
  const seen = new Map<string, Wheel>();
  for (const wheel of wheels) {
    const other = seen.get(wheel.normalizedName);
    if (other) {
      const versions = `${other.metadata.version} and ${wheel.metadata.version}`;
      throw new MkvenvdebError(
        'E_OPTION',
        `Distribution is asked for twice: ${wheel.metadata.name} (${versions})`,
        {
          hint: 'Name it once: a local folder and a requirement of the same name exclude each other',
        },
      );
    }
    seen.set(wheel.normalizedName, wheel);
  }
}
