import {isAbsolute, join, resolve} from 'node:path';
import {planDebs} from '../build.js';
import type {Caller} from '../context.js';
import {exitCodeFor, MkvenvdebError} from '../errors.js';
import {which} from '../python/interpreter.js';
import {withWorkFolder} from '../work.js';
import {buildOptionsOf, cellsOf} from './cell-options.js';
import {remoteRefs} from './git-remote.js';
import {nameProject} from './name-project.js';
import {plannedOf, type ReleasePlan} from './plan-release.js';
import {prepareCheckout} from './prepared-checkout.js';
import {allTargets, type Targets} from './publish.js';
import {runGit} from './work-tree.js';

/** What is to be tried beside the commit. */
export interface Tried {
  readonly targets: Targets;
  /** False where the packages were built elsewhere. */
  readonly builds: boolean;
}

/**
 * Try everything that can be tried before anything is built: whether the commit may be released, the version be
 * written, each cell be planned, every place be published to. Nothing is changed.
 *
 * @throws E_PUBLISH with all that is wrong; E_OPTION where only the configuration is
 */
export async function preflight(plan: ReleasePlan, {targets, builds}: Tried, caller: Caller): Promise<void> {
  const problems: Problem[] = [];
  const tried = async (what: string, work: () => Promise<unknown>) => {
    await work().catch((error) => {
      caller.signal?.throwIfAborted();
      if (!(error instanceof MkvenvdebError)) throw error;
      problems.push({what, error});
    });
  };
  await tried('branch', () => assertOnBranch(plan, caller));
  for (const [command = ''] of [...plan.config.release.test, ...plan.config.release.gate.command])
    await tried('command', () => assertCommand(command, caller));
  await tried('build', () => tryBuilds(plan, caller, builds ? tried : undefined));
  for (const target of allTargets(targets))
    await tried(`${target.name} ${target.place}`, () => target.preflight(plannedOf(plan)));
  throwAll(problems);
}

interface Problem {
  readonly what: string;
  readonly error: MkvenvdebError;
}

function throwAll(problems: readonly Problem[]): void {
  const [first, ...more] = problems;
  if (first === undefined) return;
  if (more.length === 0) throw first.error;
  const isWrongInput = problems.every(({error}) => exitCodeFor(error) === 2);
  throw new MkvenvdebError(
    isWrongInput ? 'E_OPTION' : 'E_PUBLISH',
    `Release cannot be made: ${problems.length} problems`,
    {
      issues: problems.flatMap(({what, error}) => {
        const {message, issues, hint} = error;
        return [`${what}: ${message}${hint === undefined ? '' : ` (${hint})`}`, ...issues];
      }),
    },
  );
}

/** Found in the search path; what lies in the project is there when the commit is checked out. */
async function assertCommand(command: string, {environment}: Caller): Promise<void> {
  if (command.includes('/') && !isAbsolute(command)) return;
  if ((await which(command, environment.PATH ?? '/usr/bin:/bin')) !== undefined) return;
  throw new MkvenvdebError('E_OPTION', `Command is not there: ${command}`, {
    hint: 'Install it, or give its path in the project: ./check',
  });
}

/** What is released has to be what everybody gets by that branch. */
async function assertOnBranch({repository, commit, config}: ReleasePlan, caller: Caller): Promise<void> {
  const {branch, remote} = config.release;
  if (branch === undefined) return;
  const place = {folder: repository.top, caller};
  const ref = `refs/heads/${branch}`;
  const tip = (await remoteRefs([ref], {project: repository.top, remote, caller})).get(ref);
  if (tip === commit) return;
  const isPart =
    tip !== undefined &&
    (await runGit(place, ['merge-base', '--is-ancestor', commit, tip], {tolerant: true})).exitCode === 0;
  if (isPart) return;
  throw new MkvenvdebError('E_OPTION', `Commit is not on branch ${branch} of ${remote}: ${commit}`, {
    hint: tip === undefined ? 'There is no such branch' : 'Push it, or fetch what was pushed since',
  });
}

type Try = (what: string, work: () => Promise<unknown>) => Promise<void>;

/** With a checkout that has the version: each cell has an interpreter, options that make sense, files that are there. */
async function tryBuilds(plan: ReleasePlan, caller: Caller, tried: Try | undefined): Promise<void> {
  const where = {parent: undefined, candidates: caller.temporary, keep: false};
  await withWorkFolder(where, async (work) => {
    const source = join(work, 'source');
    const folder = resolve(source, plan.repository.prefix);
    const named = (error: unknown) => {
      throw nameProject(error, {folder, project: plan.project});
    };
    const inputs = await prepareCheckout(plan, source, caller).catch(named);
    const {signal, cwd} = caller;
    for (const cell of cellsOf(plan.config)) {
      // Elsewhere, everything may be different.
      if (cell.under.length > 0) continue;
      await tried?.(`cell ${cell.id}`, () =>
        planDebs({...buildOptionsOf(inputs, cell), signal, cwd}).catch(named),
      );
    }
  });
}
