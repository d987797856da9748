import {chmod, lchown, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {compareDebs, type DebDifference} from './archive/compare.js';
import {type BuildOptions, build, CONTROL_FIELDS, copyContext, planFor} from './build.js';
import {type Caller, openCaller} from './context.js';
import {FALLBACK_EPOCH} from './epoch.js';
import {CommandError, MkvenvdebError} from './errors.js';
import type {DebFile} from './model.js';
import type {Plan} from './plan.js';
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
  readonly equal: boolean;
  readonly package: Pick<DebFile, 'package' | 'version' | 'architecture' | 'sha256' | 'size'>;
  /** Each thing that was different for the second build, and those that could not be, with the reason. */
  readonly variations: readonly VariationReport[];
  /** What differs in the two packages, and why. */
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
  const plan = await planFor(options, caller, {needs: CONTROL_FIELDS, automatic: true});
  const {workDir: parent, keepWork: keep} = plan.config;
  const {temporary: candidates, report} = caller;
  return withWorkFolder({parent, candidates, keep, report}, async (folder) => {
    const first = join(folder, 'first');
    const lock = plan.config.writeLock === undefined ? {} : {writeLock: join(folder, 'first.lock')};
    const {packages} = await build({...options, ...lock, out: first, keepWork: false}, {});
    const [deb] = packages;
    if (!deb) throw new MkvenvdebError('E_VERIFY', 'The first build made no package');
    const varied = await chooseVariations({plan, caller, folder});
    const second = await buildAgain({options, plan, caller, folder, varied});
    const {equal, differences} = await step('compare', () => compareDebs(deb.file, second));
    const {package: name, version, architecture, sha256, size} = deb;
    return {
      equal,
      package: {package: name, version, architecture, sha256, size},
      variations: varied.reports,
      differences,
    };
  });
}

interface SecondBuild {
  readonly options: VerifyOptions;
  readonly plan: Plan;
  readonly caller: Caller;
  readonly folder: string;
  readonly varied: Varied;
}

/** Build in a process of its own. Gives the path of the package. */
async function buildAgain({options, plan, caller, folder, varied}: SecondBuild): Promise<string> {
  const {signal} = caller;
  const place = join(folder, varied.folderName);
  for (const name of ['', 'work', 'out', 'home']) await mkdir(join(place, name), {mode: 0o755});
  const moved = await copySource(plan, caller, join(place, 'project'));
  const {signal: _signal, report: _report, ...given} = options;
  const request: VerifyRequest = {
    options: {
      ...given,
      cwd: caller.cwd,
      out: join(place, 'out'),
      workDir: join(place, 'work'),
      keepWork: false,
      ...(plan.config.writeLock === undefined ? {} : {writeLock: join(place, 'second.lock')}),
      ...(plan.fields.epoch ? {sourceDateEpoch: plan.fields.epoch.seconds} : {}),
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
      secrets: plan.config.secrets,
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
  return answer.file;
}

/** The files of the project where they lie deeper; an archive or a requirement is taken from where it is. */
async function copySource({config, fields}: Plan, caller: Caller, place: string) {
  if (config.source.kind !== 'folder') return undefined;
  const {path: from} = config.source;
  const to = await copyProject(copyContext(caller, fields.epoch?.seconds ?? FALLBACK_EPOCH), from, place);
  return {from, to};
}

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
