import {cp, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Caller} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {run} from '../run.js';
import {buildCellInto, cellKey} from './build-cell.js';
import {type Cell, cellsOf} from './cell-options.js';
import {intact, readCell} from './cell-record.js';
import {makeDistributions} from './distributions.js';
import {commandEnvironment} from './environment.js';
import {findCells} from './find-cells.js';
import {runGate} from './gate.js';
import type {Journal, JournalState} from './journal.js';
import type {ReleasePlan} from './plan-release.js';
import {prepareCheckout} from './prepared-checkout.js';
import {PARTS} from './state.js';
import type {ReleaseStepper} from './stepper.js';
import type {Artifact} from './target.js';

/** A release under way. */
export interface Making {
  readonly plan: ReleasePlan;
  readonly journal: Journal;
  /** What an earlier run wrote down. */
  readonly state: JournalState;
  readonly caller: Caller;
  readonly step: ReleaseStepper;
}

/**
 * Make everything that is to be published, and try it: tests, sdist and wheel, the packages of all cells, the gate.
 * What an earlier run has finished is not done again, and once all of it passed the gate, nothing is.
 *
 * @throws E_PUBLISH when files that passed the gate are not what they were; as `buildDeb`; E_COMMAND
 */
export async function makeArtifacts(making: Making): Promise<readonly Artifact[]> {
  const {state, journal, plan, step} = making;
  if (state.gated) return assertUnchanged(state.gated);
  if (!state.tested) {
    if (plan.config.release.test.length > 0) await step('test', () => runTests(making));
    await journal.write({step: 'tested'});
  }
  const artifacts = [...(await distributions(making)), ...(await packages(making))];
  await step('gate', () => runGate(artifacts, making));
  await journal.write({step: 'gated', artifacts});
  return artifacts;
}

/** In a checkout that nothing else is made of: tests leave files behind. */
async function runTests({plan, journal, caller}: Making): Promise<void> {
  const {report, signal} = caller;
  const target = join(journal.folder, PARTS.test);
  const {project, environment} = await prepareCheckout(plan, target, caller);
  const env = {...commandEnvironment(plan, caller), ...environment};
  for (const [command = '', ...args] of plan.config.release.test)
    await run(command, args, {cwd: project, env, signal, report, label: 'test', keepOutput: false});
  await rm(target, {recursive: true, force: true});
}

async function distributions({plan, state, journal, caller, step}: Making): Promise<readonly Artifact[]> {
  const {sdist, wheel} = plan.config.release;
  if (!sdist && !wheel) return [];
  if (state.distributions && (await unchanged(state.distributions))) return state.distributions;
  const target = join(journal.folder, PARTS.source);
  const inputs = await prepareCheckout(plan, target, caller);
  const artifacts = await makeDistributions({...inputs, out: join(journal.folder, PARTS.dist)}, caller, step);
  await rm(target, {recursive: true, force: true});
  await journal.write({step: 'distributions', artifacts});
  return artifacts;
}

async function packages({plan, state, journal, caller, step}: Making): Promise<readonly Artifact[]> {
  const made: Artifact[] = [];
  const given = state.release.from && (await findCells(state.release.from));
  for (const cell of cellsOf(plan.config)) {
    const out = join(journal.folder, PARTS.cells, cell.id);
    const build = async () => {
      if (given) return takeCell(plan, cell, {out, from: given.get(cell.id)});
      return (await buildCellInto(plan, {cell, out, report: step.quiet('deb', cell.id)}, caller)).artifacts;
    };
    made.push(...(await step('deb', build, cell.id)));
  }
  return made;
}

/** Take over what was built elsewhere, after it was compared with what is to be released. */
async function takeCell(
  plan: ReleasePlan,
  cell: Cell,
  {out, from}: {readonly out: string; readonly from: string | undefined},
): Promise<readonly Artifact[]> {
  const key = cellKey(plan, cell);
  const taken = await readCell(out);
  const there = taken?.key === key ? await intact(out, taken) : undefined;
  if (there) return there;
  const record = from === undefined ? undefined : await readCell(from);
  if (from === undefined || record === undefined)
    throw new MkvenvdebError('E_PUBLISH', `Cell was not built: ${cell.id}`, {
      hint: `Run mkvenvdeb build --cell ${cell.id} --out DIR, and give DIR with --from`,
    });
  if (record.key !== key)
    throw new MkvenvdebError('E_PUBLISH', `Cell was built for another release: ${cell.id}`, {
      issues: [
        `built: version ${record.version} of commit ${record.commit} by mkvenvdeb ${record.tool}`,
        `wanted: version ${plan.version} of commit ${plan.commit}`,
      ],
      hint: 'Commit, version, configuration and version of mkvenvdeb have to be the same',
    });
  if (!(await intact(from, record)))
    throw new MkvenvdebError('E_PUBLISH', `Files of a cell are not what was built: ${from}`, {
      hint: 'Build the cell again',
    });
  await rm(out, {recursive: true, force: true});
  for (const name of [...record.artifacts.map(({file}) => file), 'cell.json'])
    await cp(join(from, name), join(out, name)).catch((error) => {
      throw ioError(error, `taking over cell ${cell.id}`);
    });
  return (await intact(out, record)) ?? [];
}

async function unchanged(artifacts: readonly Artifact[]): Promise<boolean> {
  for (const {file, sha256} of artifacts) {
    const digests = await digestFile(file).catch(() => undefined);
    if (digests?.sha256 !== sha256) return false;
  }
  return true;
}

async function assertUnchanged(artifacts: readonly Artifact[]): Promise<readonly Artifact[]> {
  for (const artifact of artifacts)
    if (!(await unchanged([artifact])))
      throw new MkvenvdebError('E_PUBLISH', `File of the release was changed or lost: ${artifact.file}`, {
        issues: [`sha256 ${artifact.sha256}`],
        hint: 'Put back the file with that digest: what was published once cannot be made anew',
      });
  return artifacts;
}
