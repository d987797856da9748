import {chmod, lchown, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compareDebs, type DebDifference} from './archive/compare.js';
import {type BuildOptions, build, CONTROL_FIELDS, copyContext, type Planned, plansFor} from './build.js';
import {type Caller, openCaller} from './context.js';
import {FALLBACK_EPOCH} from './epoch.js';
import {CommandError, MkvenvdebError} from './errors.js';
import type {DebFile} from './model.js';
import {copyProject} from './python/source.js';
import {run} from './run.js';
import {steps} from './steps.js';
import {chooseVariations, type VariationReport, type Varied} from './variations.js';
import type {VerifyAnswer, VerifyRequest} from './verify-child.js';
import {withWorkFolder} from './work.js';

/** The same as for `buildDeb`; nothing is written to `out` and `writeLock`. */
export type VerifyOptions = BuildOptions;

/** What building twice showed. */
export interface ReproReport {
  /** True where all packages are. */
  readonly equal: boolean;
  readonly packages: readonly VerifiedPackage[];
  /** Each thing that was different for the second build, and those that could not be, with the reason. */
  readonly variations: readonly VariationReport[];
}

/** A package of the first build, compared with that of the second. */
export interface VerifiedPackage
  extends Pick<DebFile, 'package' | 'version' | 'architecture' | 'sha256' | 'size'> {
  readonly equal: boolean;
  /** What differs in the two, and why. */
  readonly differences: DebDifference['differences'];
}

/**
 * Build twice, the second time under everything that must not matter: another and longer path, umask, user, time
 * zone, locale, HOME, date, order of folders, hash seed, size of PyPy's nursery and of the environment.
 *
 * @throws as `buildDeb`; a difference is a result, not an error
 */
export async function verifyReproducible(options: VerifyOptions): Promise<ReproReport> {
  const caller = openCaller(options);
  const step = steps(caller.report, caller.signal);
  const plans = await plansFor(options, caller, {needs: CONTROL_FIELDS});
  const {workDir: parent, keepWork: keep, writeLock} = configOf(plans);
  const {temporary: candidates, report} = caller;
  return withWorkFolder({parent, candidates, keep, report}, async (folder) => {
    const first = join(folder, 'first');
    const lock = writeLock === undefined ? {} : {writeLock: join(folder, 'first.lock')};
    const {packages} = await build({...options, ...lock, out: first, keepWork: false}, {});
    const varied = await chooseVariations({plans, folder});
    const second = await buildAgain({options, plans, caller, folder, varied});
    const verified = await step('compare', () =>
      Promise.all(packages.map((deb, index) => compared(deb, second[index] ?? ''))),
    );
    return {
      equal: verified.every((one) => one.equal),
      packages: verified,
      variations: varied.reports,
    };
  });
}

/** What concerns the build and not one of its packages is the same in all. */
function configOf([first]: readonly Planned[]): Planned['config'] {
  if (first) return first.config;
  throw new MkvenvdebError('E_VERIFY', 'There is no package to build');
}

async function compared(deb: DebFile, second: string): Promise<VerifiedPackage> {
  const {package: name, version, architecture, sha256, size, file} = deb;
  const {equal, differences} = await compareDebs(file, second);
  return {package: name, version, architecture, sha256, size, equal, differences};
}

interface SecondBuild {
  readonly options: VerifyOptions;
  readonly plans: readonly Planned[];
  readonly caller: Caller;
  readonly folder: string;
  readonly varied: Varied;
}

/** Build in a process of its own. Gives the paths of the packages. */
async function buildAgain({options, plans, caller, folder, varied}: SecondBuild): Promise<readonly string[]> {
  const {signal} = caller;
  const place = join(folder, varied.folderName);
  for (const name of ['', 'work', 'out', 'home']) await mkdir(join(place, name), {mode: 0o755});
  const config = configOf(plans);
  // Several packages come of a debian/ folder, whose changelogs tell the time of each.
  const epoch = plans.length === 1 ? epochOf(plans) : undefined;
  const moved = await copySource(plans, caller, join(place, 'project'));
  const {signal: _signal, report: _report, ...given} = options;
  const request: VerifyRequest = {
    options: {
      ...given,
      cwd: caller.cwd,
      out: join(place, 'out'),
      workDir: join(place, 'work'),
      keepWork: false,
      ...(config.writeLock === undefined ? {} : {writeLock: join(place, 'second.lock')}),
      ...(epoch === undefined ? {} : {sourceDateEpoch: epoch}),
    },
    variation: {...varied.variation, ...(moved ? {moved} : {})},
    umask: varied.umask,
  };
  const [requestFile, answerFile] = [join(place, 'request.json'), join(place, 'answer.json')];
  // The options may hold passwords, and the folder is open to the other user.
  await writeFile(requestFile, JSON.stringify(request), {mode: 0o600});
  if (varied.user) await giveTo(varied.user, [folder, place]);
  const child = fileURLToPath(new URL('verify-child.js', import.meta.url));
  const env = {...definedOnly(caller.environment), ...varied.environment, HOME: join(place, 'home')};
  try {
    await run(process.execPath, [child, requestFile, answerFile], {
      cwd: place,
      env,
      signal,
      secrets: plans.flatMap((plan) => plan.config.secrets),
      label: 'second build',
      ...varied.user,
      report: (event) => forward(event, caller),
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw await explain(error, answerFile);
  }
  const answer = JSON.parse(await readFile(answerFile, 'utf8')) as VerifyAnswer;
  if ('error' in answer) throw new MkvenvdebError('E_VERIFY', `Second build failed: ${answer.error.message}`);
  return answer.files;
}

/** The files of the project where they lie deeper; an archive or a requirement is taken from where it is. */
async function copySource(plans: readonly Planned[], caller: Caller, place: string) {
  const {source} = configOf(plans);
  if (source.kind !== 'folder') return undefined;
  const {path: from} = source;
  const to = await copyProject(copyContext(caller, epochOf(plans) ?? FALLBACK_EPOCH), from, place);
  return {from, to};
}

const epochOf = ([first]: readonly Planned[]): number | undefined =>
  first && 'fields' in first ? first.fields.epoch?.seconds : undefined;

async function giveTo({uid, gid}: NonNullable<Varied['user']>, folders: readonly string[]): Promise<void> {
  const [folder = '', place = ''] = folders;
  await chmod(folder, 0o755);
  await lchown(place, uid, gid);
  for (const entry of await readdir(place, {recursive: true, withFileTypes: true})) {
    await lchown(join(entry.parentPath ?? entry.path, entry.name), uid, gid);
  }
}

/** Events of the second build come as lines of JSON; what is none is passed on as output. */
function forward(event: Parameters<Caller['report']>[0], {report}: Caller): void {
  if (event.type !== 'output') return;
  try {
    const inner = JSON.parse(event.line) as Parameters<Caller['report']>[0];
    if (inner.type !== 'warning') report(inner);
  } catch {
    report(event);
  }
}

async function explain(error: CommandError, answerFile: string): Promise<MkvenvdebError> {
  const text = await readFile(answerFile, 'utf8').catch(() => undefined);
  const answer = text === undefined ? undefined : (JSON.parse(text) as VerifyAnswer);
  if (!answer || !('error' in answer)) return error;
  const {message, hint, output} = answer.error;
  return new MkvenvdebError('E_VERIFY', `Second build failed: ${message}`, {
    ...(hint ? {hint} : {}),
    ...(output ? {issues: output.split('\n')} : {}),
    cause: error,
  });
}

const definedOnly = (environment: Caller['environment']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
