import {resolve} from 'node:path';
import {assertTexts, openCaller} from '../context.js';
import {MkvenvdebError} from '../errors.js';
import type {Warning} from '../report.js';
import {buildCellInto} from './build-cell.js';
import {type Cell, cellsOf} from './cell-options.js';
import type {CellRecord} from './cell-record.js';
import {chooseVersion, planRelease, readSource, type SourceOptions} from './plan-release.js';
import type {Artifact} from './target.js';

/** The parts that a release can be built in, each on a machine of its own. */
export interface CellList {
  readonly package: string;
  readonly commit: string;
  /** The version that all of them get, as the project spells it. */
  readonly version: string;
  readonly cells: readonly Cell[];
}

export interface ListCellsOptions extends SourceOptions {
  /** @default the next one */
  readonly version?: string | undefined;
}

/**
 * Tell the cells of a release, and the version and commit that each has to be built for.
 *
 * @throws as `release` before its preflight
 */
export async function listCells(options: ListCellsOptions = {}): Promise<CellList> {
  const caller = openCaller(options);
  const source = await readSource(options, caller);
  const version = await chooseVersion(source, {given: options.version}, caller);
  return {package: source.package, commit: source.facts.commit, version, cells: cellsOf(source.config)};
}

export interface BuildCellOptions extends SourceOptions {
  /** Its name. */
  readonly cell: string;
  /** Folder that its packages and a `cell.json` go to; nothing else of a release may lie there. */
  readonly out: string;
  /** The version that `listCells` told. */
  readonly version: string;
}

/** A cell that was built. */
export interface CellResult extends Omit<CellRecord, 'artifacts'> {
  readonly artifacts: readonly Artifact[];
  /** False where all of it was there already. */
  readonly built: boolean;
  readonly warnings: readonly Warning[];
}

/**
 * Build one cell of a release, on whatever machine: `release` takes the folder by `from`. What is there already, of the
 * same commit, version and options, is left as it is.
 *
 * @throws E_OPTION for a cell that the configuration has not; as `buildDeb`
 */
export async function buildCell(options: BuildCellOptions): Promise<CellResult> {
  const caller = openCaller(options);
  const {cell: id, out, version} = options;
  assertTexts({cell: id, out, version});
  const plan = planRelease(await readSource(options, caller), version);
  const cells = cellsOf(plan.config);
  const cell = cells.find((one) => one.id === id);
  if (cell === undefined)
    throw new MkvenvdebError('E_OPTION', `No such cell: ${id}`, {
      hint: `The configuration has ${cells.map((one) => one.id).join(', ')}`,
    });
  const made = await buildCellInto(
    plan,
    {cell, out: resolve(caller.cwd, out), report: caller.report},
    caller,
  );
  const {record, artifacts, built} = made;
  return {...record, artifacts, built, warnings: caller.warnings};
}
