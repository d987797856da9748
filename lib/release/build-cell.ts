import {createHash} from 'node:crypto';
import {readFile, rename, rm, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {type BuildResult, buildDeb} from '../build.js';
import {type Caller, definedOnly} from '../context.js';
import {ioError, MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
import {ownVersion} from '../own-version.js';
import type {Report} from '../report.js';
import {run} from '../run.js';
import {makeFolder, withWorkFolder} from '../work.js';
import {buildOptionsOf, type Cell} from './cell-options.js';
import type {ReleasePlan} from './plan-release.js';
import {prepareCheckout} from './prepared-checkout.js';
import type {Artifact} from './target.js';

/** What a cell made, as the `cell.json` beside it says. */
export interface CellRecord {
  readonly id: string;
  /** By what it was made of: commit, version, options, version of mkvenvdeb. */
  readonly key: string;
  readonly package: string;
  /** PEP 440, normalised. */
  readonly version: string;
  readonly commit: string;
  /** The version of mkvenvdeb. */
  readonly tool: string;
  /** Files by their names in the folder. */
  readonly artifacts: readonly Omit<Artifact, 'cell'>[];
}

const RECORD = 'cell.json';
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

async function writeRecord(out: string, record: CellRecord): Promise<void> {
  const file = join(out, RECORD);
  try {
    await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
    await rename(`${file}.new`, file);
  } catch (error) {
    throw ioError(error, `writing ${file}`);
  }
}

/** The record of a folder; undefined where there is none. @throws E_FORMAT for one that is damaged */
export async function readCell(folder: string): Promise<CellRecord | undefined> {
  const file = join(folder, RECORD);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as CellRecord;
    const texts = [record.id, record.key, record.version, record.commit];
    const isPlain = record.artifacts.every(({file: name}) => name === basename(name) && !/^\.*$/.test(name));
    if (texts.every((one) => typeof one === 'string') && isPlain) return record;
  } catch {
    // told below
  }
  throw new MkvenvdebError('E_FORMAT', `Record of a cell is damaged: ${file}`, {
    hint: 'Build the cell again',
  });
}

/** What a record names, when all of it is there with the same bytes. */
export async function intact(
  folder: string,
  {id, artifacts}: CellRecord,
): Promise<readonly Artifact[] | undefined> {
  const found: Artifact[] = [];
  for (const artifact of artifacts) {
    const file = join(folder, artifact.file);
    const digests = await digestFile(file).catch(() => undefined);
    if (digests?.sha256 !== artifact.sha256) return undefined;
    found.push({...artifact, file, cell: id});
  }
  return found;
}
