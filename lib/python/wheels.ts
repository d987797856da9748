import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {copyFile, readdir} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {parseRequirement} from '../formats/requirements.js';
import {type BuildEnvironment, buildWheel, prepareBuilds, type WheelSource} from './build-wheel.js';
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
  /** The sdist or wheel that it came from; undefined for a folder. */
  readonly archive?: {readonly name: string; readonly sha256: string};
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
  const {requirements, project, extras} = request;
  const environment = await prepareBuilds(workspace, request);
  const folderFor = folderNames();
  const wheelOf = (source: Pick<WheelSource, 'path'> & {kind: Kind}, name = folderFor(source.path)) =>
    localWheel(workspace, environment, {...source, name, epoch: request.epoch});
  const local: Wheel[] = [];
  const ready: string[] = [];
  const add = (wheel: Wheel, of: string) => {
    local.push(wheel);
    ready.push(wheel.file + of);
  };
  if (project && project.kind !== 'requirement') {
    const of = extras.length > 0 ? `[${extras.join(',')}]` : '';
    add(await wheelOf(project, folderFor('project')), of);
  }
  for (const {path, extras: of} of await wantedFolders(workspace, requirements.folders)) {
    add(await wheelOf({path, kind: 'folder'}), of ?? '');
  }
  assertUnique(local);
  const further = [...request.further];
  if (project?.kind === 'requirement') further.push(withExtras(project.requirement, extras));
  const python = environment.sharedPython ?? workspace.interpreter.executable;
  const isolation = environment.sharedPython === undefined;
  workspace.report?.({type: 'detail', name: 'wheels', detail: 'pip download'});
  const stubs = await download(workspace, {requirements, ready, further, python, isolation});
  const downloads: Download[] = [];
  const known = new Set([...stubs, ...local.map(({file}) => basename(file))]);
  for (const name of (await readdir(workspace.folders.downloads)).sort()) {
    if (known.has(name)) continue;
    const file = join(workspace.folders.downloads, name);
    downloads.push({
      file,
      wheel: await wheelOf({path: file, kind: name.endsWith('.whl') ? 'wheel' : 'sdist'}),
    });
  }
  const wheels = [...local, ...downloads.map(({wheel}) => wheel)];
  assertUnique(wheels);
  const found = project?.kind === 'requirement' ? named(wheels, project.requirement) : project && local[0];
  wheels.sort((a, b) => (a.normalizedName < b.normalizedName ? -1 : 1));
  return {wheels, downloads, ...(found ? {project: found} : {})};
}

function named(wheels: readonly Wheel[], requirement: string): Wheel | undefined {
  const name = parseRequirement(requirement)?.normalizedName;
  return wheels.find((wheel) => wheel.normalizedName === name);
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

type Kind = WheelSource['kind'] | 'wheel';

async function localWheel(
  workspace: Workspace,
  environment: BuildEnvironment,
  {kind, ...source}: Omit<WheelSource, 'kind'> & {kind: Kind},
): Promise<Wheel> {
  const built = kind !== 'wheel';
  const from = built ? await buildWheel(workspace, environment, {...source, kind}) : source.path;
  const file = join(workspace.folders.wheels, basename(from));
  await copyFile(from, file);
  const facts = await readWheelFile(file, workspace.limitSize);
  const archive = kind === 'folder' ? {} : {archive: await digestArchive(source.path)};
  return {...facts, file, built, normalizedName: normalizeName(facts.metadata.name), ...archive};
}

/** By its digest, an index or a lock file finds it again. */
async function digestArchive(file: string): Promise<{name: string; sha256: string}> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return {name: basename(file), sha256: hash.digest('hex')};
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
