import {chmod, lchown, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type BuildOptions, copyContext, type Planned} from '../build.js';
import type {Caller} from '../context.js';
import {FALLBACK_EPOCH} from '../epoch.js';
import {CommandError, MkvenvdebError} from '../errors.js';
import {copyProject} from '../python/source.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import {combine, type Varied} from '../variations/choose.js';
import {mirror} from '../variations/launchers.js';
import type {VariationName} from '../variations/names.js';
import type {Changes} from '../variations/turn.js';
import {withWorkFolder} from '../work.js';
import type {VerifyAnswer, VerifyRequest} from './child.js';

/** Folder that everything of a build lies in, where its path is not varied. */
export const PLACE = 'place';

/** A build under some of the variations. */
export interface Trial {
  readonly options: BuildOptions;
  readonly plans: readonly Planned[];
  readonly caller: Caller;
  /** Folder that the builds lie in. */
  readonly folder: string;
  readonly varied: Varied;
  /** What is varied of it. */
  readonly names: readonly VariationName[];
  /** Told what the build tells. @default nobody is told */
  readonly report?: Report | undefined;
}

/** Where a trial takes place. */
interface Scene extends Trial {
  readonly changes: Changes;
  /** Path of its folder, as the build sees it. */
  readonly place: string;
  /** The same folder, as we see it. */
  readonly disk: string;
}

/** What concerns the build and not one of its packages is the same in all. */
export function configOf([first]: readonly Planned[]): Planned['config'] {
  if (first) return first.config;
  throw new MkvenvdebError('E_VERIFY', 'There is no package to build');
}

/** Make a folder for a build, and those in it. */
export async function makePlace(place: string): Promise<void> {
  for (const name of ['', 'work', 'out', 'home'])
    await mkdir(join(place, name), {mode: 0o755, recursive: true});
}

/** Build in a process of its own, and run with the paths of the packages; they are gone afterwards. */
export async function trial<T>(what: Trial, use: (files: readonly string[]) => Promise<T>): Promise<T> {
  const {varied, names, folder, plans, caller} = what;
  const changes = combine(varied, names);
  const inside = async (parent: string): Promise<T> => {
    const place = join(parent, changes.folderName ?? PLACE);
    const disk = changes.mirrored ? join(parent, 'disk') : place;
    try {
      if (changes.mirrored) await mkdir(place, {recursive: true});
      await makePlace(disk);
      return await use(await buildAgain({...what, changes, place, disk}, parent));
    } finally {
      for (const one of [place, disk]) await rm(one, {recursive: true, force: true, maxRetries: 3});
    }
  };
  if (changes.parent === undefined) return inside(folder);
  const {keepWork: keep} = configOf(plans);
  const {report} = caller;
  return withWorkFolder({parent: changes.parent, candidates: [], keep, report}, inside);
}

async function buildAgain(scene: Scene, parent: string): Promise<readonly string[]> {
  const {caller, changes, place, disk, plans, report} = scene;
  const request = await requestOf(scene);
  const [requestFile, answerFile] = [join(disk, 'request.json'), join(disk, 'answer.json')];
  // The options may hold passwords, and the folder is open to the other user.
  await writeFile(requestFile, JSON.stringify(request), {mode: 0o600});
  if (changes.user) await giveTo(changes.user, parent, disk);
  const child = fileURLToPath(new URL('child.js', import.meta.url));
  const command = [
    ...(changes.launcher ?? []),
    ...(changes.mirrored ? mirror(disk, place) : []),
    ...[process.execPath, child, requestFile, answerFile],
  ];
  const [program = '', ...args] = command;
  const home: Record<string, string> = changes.newHome ? {HOME: join(place, 'home')} : {};
  try {
    await run(program, args, {
      cwd: place,
      env: {...definedOnly(caller.environment), ...changes.environment, ...home},
      signal: caller.signal,
      secrets: plans.flatMap((plan) => plan.config.secrets),
      label: 'second build',
      report: (event) => report && forward(event, report),
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw await explain(error, answerFile);
  }
  const answer = JSON.parse(await readFile(answerFile, 'utf8')) as VerifyAnswer;
  if ('error' in answer) throw new MkvenvdebError('E_VERIFY', `Second build failed: ${answer.error.message}`);
  return answer.files.map((file) => disk + file.slice(place.length));
}

async function requestOf(scene: Scene): Promise<VerifyRequest> {
  const {options, plans, caller, changes, place, disk} = scene;
  const {signal: _signal, report: _report, ...given} = options;
  // Several packages come of a debian/ folder, whose changelogs tell the time of each.
  const epoch = plans.length === 1 ? epochOf(plans) : undefined;
  const moved = changes.folderName === undefined ? undefined : await copySource(scene, disk);
  return {
    options: {
      ...given,
      cwd: caller.cwd,
      out: join(place, 'out'),
      workDir: join(place, 'work'),
      keepWork: false,
      ...(configOf(plans).writeLock === undefined ? {} : {writeLock: join(place, 'second.lock')}),
      ...(epoch === undefined ? {} : {sourceDateEpoch: epoch}),
    },
    variation: {
      environment: changes.injected ?? {},
      reverse: changes.reverse ?? false,
      workFolder: join(place, 'work', 'build'),
      ...(changes.workers === undefined ? {} : {workers: changes.workers}),
      ...(moved ? {moved: {from: moved.from, to: place + moved.to.slice(disk.length)}} : {}),
    },
    umask: changes.umask,
    user: changes.user,
  };
}

/** The files of the project where they lie deeper; an archive or a requirement is taken from where it is. */
async function copySource({plans, caller}: Scene, disk: string) {
  const {source} = configOf(plans);
  if (source.kind !== 'folder') return undefined;
  const {path: from} = source;
  const context = copyContext(caller, epochOf(plans) ?? FALLBACK_EPOCH);
  return {from, to: await copyProject(context, from, join(disk, 'project'))};
}

const epochOf = ([first]: readonly Planned[]): number | undefined =>
  first && 'fields' in first ? first.fields.epoch?.seconds : undefined;

async function giveTo({uid, gid}: NonNullable<Changes['user']>, parent: string, disk: string): Promise<void> {
  await chmod(parent, 0o755);
  await lchown(disk, uid, gid);
  for (const entry of await readdir(disk, {recursive: true, withFileTypes: true})) {
    if (entry.name === 'request.json') continue;
    await lchown(join(entry.parentPath ?? entry.path, entry.name), uid, gid);
  }
}

/** Events of the second build come as lines of JSON; what is none is passed on as output. */
function forward(event: Parameters<Report>[0], report: Report): void {
  if (event.type !== 'output') return;
  try {
    const inner = JSON.parse(event.line) as Parameters<Report>[0];
    if (inner.type !== 'warning') report(inner);
  } catch {
    report(event);
  }
}

const WHAT_IT_BEARS = 'A variation may be what it does not bear: leave one out with --no-vary NAME';

async function explain(error: CommandError, answerFile: string): Promise<MkvenvdebError> {
  const text = await readFile(answerFile, 'utf8').catch(() => undefined);
  const answer = text === undefined ? undefined : (JSON.parse(text) as VerifyAnswer);
  if (!answer || !('error' in answer)) return error;
  const {message, hint = WHAT_IT_BEARS, output} = answer.error;
  return new MkvenvdebError('E_VERIFY', `Second build failed: ${message}`, {
    hint,
    ...(output ? {issues: output.split('\n')} : {}),
    cause: error,
  });
}

const definedOnly = (environment: Caller['environment']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
