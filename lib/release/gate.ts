import {rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {checkDeb} from '../archive/check.js';
import {readDebControl} from '../archive/read.js';
import type {Caller} from '../context.js';
import {CheckError, MkvenvdebError} from '../errors.js';
import {toDebianVersion} from '../policy/version.js';
import {run} from '../run.js';
import {withWorkFolder} from '../work.js';
import {debsOf, readPackages, upstreamOf} from './apt-place.js';
import {tryWithApt} from './apt-trial.js';
import {cellsOf} from './cell-options.js';
import {commandEnvironment} from './environment.js';
import type {Making} from './make-artifacts.js';
import type {ReleasePlan} from './plan-release.js';
import {prepareCheckout} from './prepared-checkout.js';
import {PARTS} from './state.js';
import type {Artifact} from './target.js';

/**
 * What has to hold before anything is published: everything is there, of one version, without findings, and the
 * commands of the project that try it succeed.
 *
 * @throws E_PUBLISH, E_CHECK, E_COMMAND
 */
export async function runGate(artifacts: readonly Artifact[], making: Making): Promise<void> {
  const {plan, caller} = making;
  assertComplete(artifacts, plan);
  const problems: string[] = [];
  for (const artifact of debsOf({artifacts}))
    problems.push(...(await problemsOf(artifact, plan, caller.signal)));
  problems.push(...conflicts(artifacts));
  if (problems.length > 0)
    throw new CheckError('Packages cannot be published', {
      issues: problems,
      hint: 'mkvenvdeb check FILE tells more of a package',
    });
  if (plan.config.release.gate.install) await tryPackages(artifacts, plan, caller);
  await runCommands(artifacts, making);
}

async function tryPackages(
  artifacts: readonly Artifact[],
  {config}: ReleasePlan,
  caller: Caller,
): Promise<void> {
  const distributions = new Map(cellsOf(config).map(({id, distribution}) => [id, distribution]));
  const packages = (await readPackages({artifacts}, caller)).map((one) => ({
    ...one,
    distribution: distributions.get(one.artifact.cell ?? ''),
  }));
  const where = {parent: undefined, candidates: caller.temporary, keep: false};
  await withWorkFolder(where, (folder) => tryWithApt(folder, packages, caller));
}

/** In a checkout of the commit: what the user's folder holds is no part of the release. */
async function runCommands(artifacts: readonly Artifact[], {plan, caller, journal}: Making): Promise<void> {
  const {command: commands} = plan.config.release.gate;
  if (commands.length === 0) return;
  const target = join(journal.folder, PARTS.test);
  const {project} = await prepareCheckout(plan, target, caller);
  const {report, signal} = caller;
  const env = commandEnvironment(plan, caller, artifacts);
  for (const [command = '', ...args] of commands)
    await run(command, args, {cwd: project, env, report, signal, label: 'gate', keepOutput: false});
  await rm(target, {recursive: true, force: true});
}

function assertComplete(artifacts: readonly Artifact[], {config}: ReleasePlan): void {
  const has = (wanted: Artifact['kind'], cell?: string) =>
    artifacts.some((one) => one.kind === wanted && one.cell === cell);
  const missing = [
    ...(['sdist', 'wheel'] as const).filter((kind) => config.release[kind] && !has(kind)),
    ...cellsOf(config).flatMap(({id}) => (has('deb', id) ? [] : [`package of cell ${id}`])),
  ];
  if (missing.length > 0)
    throw new MkvenvdebError('E_PUBLISH', `Release is not complete: ${missing.join(', ')} missing`);
}

async function problemsOf(
  {file, cell}: Artifact,
  {version}: ReleasePlan,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const name = `${basename(file)} (cell ${cell})`;
  const control = await readDebControl(file, {signal});
  const ours = upstreamOf(toDebianVersion(version, {revision: '0'}));
  const its = control.get('Version') ?? '';
  const wrong = upstreamOf(its) === ours ? [] : [`${name}: its version is ${its}, not one of ${ours}`];
  const issues = await checkDeb(file, {signal});
  const errors = issues.filter(({severity}) => severity === 'error');
  return [...wrong, ...errors.map(({code, message}) => `${name}: ${code}: ${message}`)];
}

/** One name in a repository has one content. */
function conflicts(artifacts: readonly Artifact[]): readonly string[] {
  const seen = new Map<string, Artifact>();
  return debsOf({artifacts}).flatMap((artifact) => {
    const name = basename(artifact.file);
    const other = seen.get(name);
    seen.set(name, artifact);
    if (other === undefined || other.sha256 === artifact.sha256) return [];
    return [
      `${name}: cells ${other.cell} and ${artifact.cell} differ: give one of them a revision of its own`,
    ];
  });
}
