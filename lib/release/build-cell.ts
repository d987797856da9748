import {createHash} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {type BuildResult, buildDeb} from '../build.js';
import {type Caller, definedOnly} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {ownVersion} from '../own-version.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import {makeFolder, withWorkFolder} from '../work.js';
import {buildOptionsOf, type Cell} from './cell-options.js';
import {type CellRecord, intact, RECORD, readCell, writeRecord} from './cell-record.js';
import type {ReleasePlan} from './plan-release.js';
import {prepareCheckout} from './prepared-checkout.js';
import type {Artifact} from './target.js';

/** Set for a build that is run under the command line of its cell: there, it is not run under it again. */
const INSIDE = 'MKVENVDEB_INSIDE_CELL';

/** What makes two builds of a cell the same. */
export function cellKey({commit, facts, repository, version, spelled, tag}: ReleasePlan, cell: Cell): string {
  const {id, python, distribution, architecture, revision, options} = cell;
  const made = {commit, tree: facts.tree, prefix: repository.prefix, version, spelled, tag};
  const how = {id, python, distribution, architecture, revision, options, tool: ownVersion()};
  return createHash('sha256')
    .update(JSON.stringify({...made, ...how}))
    .digest('hex');
}

export interface CellOptions {
  readonly cell: Cell;
  /** Absolute folder that packages and `cell.json` go to. */
  readonly out: string;
  /** Told of what the build does. */
  readonly report: Report;
}

/** What became of a cell. */
export interface BuiltCell {
  readonly record: CellRecord;
  readonly artifacts: readonly Artifact[];
  /** False where all of it was there already. */
  readonly built: boolean;
}

/**
 * Build the packages of a cell from a checkout of its own. What is there already, of the same commit, version and
 * options, is left as it is.
 *
 * @throws as `buildDeb`; E_OPTION where another cell lies in the folder
 */
export async function buildCellInto(
  plan: ReleasePlan,
  {cell, out, report}: CellOptions,
  caller: Caller,
): Promise<BuiltCell> {
  const key = cellKey(plan, cell);
  const before = await readCell(out);
  if (before !== undefined && before.id !== cell.id)
    throw new MkvenvdebError('E_OPTION', `Folder holds another cell (${before.id}): ${out}`, {
      hint: 'Give each cell a folder of its own',
    });
  const there = before?.key === key ? await intact(out, before) : undefined;
  if (before && there) return {record: before, artifacts: there, built: false};
  if (cell.under.length > 0 && caller.environment[INSIDE] !== cell.id)
    await buildUnder(plan, {cell, out, report}, caller);
  else await buildHere(plan, {cell, out, report}, {caller, key, before});
  const record = await readCell(out);
  const artifacts = record?.key === key ? await intact(out, record) : undefined;
  if (record && artifacts) return {record, artifacts, built: true};
  throw new MkvenvdebError('E_PUBLISH', `Cell was not built as it should: ${cell.id}`, {
    hint: 'The mkvenvdeb that its command line runs has to be the same version as this one',
  });
}

async function buildUnder(
  plan: ReleasePlan,
  {cell, out, report}: CellOptions,
  caller: Caller,
): Promise<void> {
  const {project, commit, spelled, configFile} = plan;
  const config = configFile === undefined ? [] : ['--config', configFile];
  const words = [
    'build',
    '--cell',
    cell.id,
    '--version',
    spelled,
    '--commit',
    commit,
    '--out',
    out,
    ...config,
  ];
  const env = definedOnly(caller.environment);
  const args = [`${INSIDE}=${cell.id}`, 'mkvenvdeb', ...words, '--', project];
  const options = {cwd: project, env, under: cell.under, report, label: `cell ${cell.id}`, keepOutput: false};
  await run('env', args, {...options, signal: caller.signal});
}

interface Here {
  readonly caller: Caller;
  readonly key: string;
  readonly before: CellRecord | undefined;
}

async function buildHere(
  plan: ReleasePlan,
  {cell, out, report}: CellOptions,
  {caller, key, before}: Here,
): Promise<void> {
  const where = {parent: plan.config.workDir, candidates: caller.temporary, keep: false};
  await withWorkFolder(where, async (work) => {
    const inputs = await prepareCheckout(plan, join(work, 'source'), caller);
    await makeFolder(out);
    // From here on, what lies there is not what the record says.
    await rm(join(out, RECORD), {force: true});
    const {signal, cwd} = caller;
    const result = await buildDeb({...buildOptionsOf(inputs, cell), out, signal, cwd, report});
    const artifacts = await artifactsOf(result);
    const {package: name, version, commit} = plan;
    const record = {id: cell.id, key, package: name, version, commit, tool: ownVersion(), artifacts};
    await removeOld(out, before, record);
    await writeRecord(out, record);
  });
}

async function artifactsOf({packages, buildinfo, changes}: BuildResult): Promise<CellRecord['artifacts']> {
  const debs = packages.map(({file, sha256, size}) => ({
    kind: 'deb' as const,
    file: basename(file),
    sha256,
    size,
  }));
  const beside: Omit<Artifact, 'cell'>[] = [];
  for (const [kind, file] of Object.entries({buildinfo, changes})) {
    if (file === undefined) continue;
    const {sha256, size} = await digestFile(file);
    beside.push({kind: kind as 'buildinfo' | 'changes', file: basename(file), sha256, size});
  }
  return [...debs, ...beside];
}

/** What an earlier build of the cell left: nobody shall publish it with the new ones. */
async function removeOld(
  out: string,
  before: CellRecord | undefined,
  {artifacts}: CellRecord,
): Promise<void> {
  const kept = new Set(artifacts.map(({file}) => file));
  for (const {file} of before?.artifacts ?? []) if (!kept.has(file)) await rm(join(out, file), {force: true});
}
