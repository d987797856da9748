import {createHash} from 'node:crypto';
import {createReadStream, lstatSync, readFileSync} from 'node:fs';
import {lstat, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join, relative, resolve} from 'node:path';
import {ioError} from '../errors.js';
import {normalizeName} from '../formats/names.js';
import {formatRecord, parseRecord, type RecordRow, recordHash} from '../formats/record.js';
import type {StagedVenv} from '../model.js';
import {replaceFile, spellingsOf} from './tree.js';

export interface RecordOptions {
  /**
   * Normalised names of the distributions that the user asked for by name: these get a REQUESTED file, the others
   * none, however pip was called.
   */
  readonly requested: ReadonlySet<string>;
}

export interface RecordSummary {
  /**
   * Files that still are what the installer put there, by the row it made: paths as in `Entry`, without leading
   * slash. For a prebuilt wheel that is: as its author packed them.
   */
  readonly unchanged: ReadonlySet<string>;
}

interface Site {
  readonly stage: string;
  readonly folder: string;
  /** How absolute rows may begin. */
  readonly spellings: readonly string[];
  readonly stagedPrefix: string;
  /** Staged bytecode files by the folder that holds their sources. */
  readonly bytecode: Map<string, readonly string[]>;
  readonly unchanged: Set<string>;
}

/**
 * Make the RECORD of every installed distribution true: hash and size of each file as it is now, rows of files that
 * are gone dropped, bytecode of its modules added, sorted as pip sorts. To be called last: after it, nothing may change.
 *
 * @throws E_FORMAT for a RECORD that is not readable
 */
export async function rewriteRecords(venv: StagedVenv, {requested}: RecordOptions): Promise<RecordSummary> {
  const {stage, stagedPrefix, interpreter} = venv;
  const unchanged = new Set<string>();
  const folder = resolve(stagedPrefix, interpreter.sitePackages);
  try {
    const spellings = [...(await spellingsOf(venv)), venv.prefix];
    const site: Site = {
      stage: resolve(stage),
      folder,
      spellings,
      stagedPrefix,
      bytecode: new Map(),
      unchanged,
    };
    for (const distInfo of (await readdir(folder)).filter((name) => name.endsWith('.dist-info')).sort()) {
      if (!(await isFile(join(folder, distInfo, 'RECORD')))) continue;
      const name = normalizeName(distInfo.replace(/-[^-]*\.dist-info$/, ''));
      await markRequested(join(folder, distInfo, 'REQUESTED'), requested.has(name));
      await rewriteRecord(site, distInfo);
    }
  } catch (error) {
    throw ioError(error, 'rewriting RECORD files');
  }
  return {unchanged};
}

/** PEP 376: REQUESTED says that the distribution was not merely a dependency. */
async function markRequested(file: string, requested: boolean): Promise<void> {
  await rm(file, {force: true});
  if (requested) await writeFile(file, '', {mode: 0o644});
}

async function rewriteRecord(site: Site, distInfo: string): Promise<void> {
  const record = join(site.folder, distInfo, 'RECORD');
  const name = relative(site.stage, record);
  const old = parseRecord(await readFile(record, 'utf8'), name);
  const rows = new Map<string, RecordRow>();
  for (const row of [...old, {path: `${distInfo}/RECORD`, hash: '', size: ''}]) {
    const file = stagedFile(site, row.path);
    if (file === undefined) continue;
    for (const one of [file, ...(await bytecodeOf(site, file))])
      await addRow(site, one, {rows, record, old: row});
  }
  const requested = join(site.folder, distInfo, 'REQUESTED');
  await addRow(site, requested, {rows, record, old: undefined});
  await replaceFile(record, formatRecord([...rows.values()]));
}

interface RowContext {
  readonly rows: Map<string, RecordRow>;
  readonly record: string;
  readonly old: RecordRow | undefined;
}

async function addRow(site: Site, file: string, {rows, record, old}: RowContext): Promise<void> {
  const path = relative(site.folder, file);
  if (rows.has(path)) return;
  const found = lstatSync(file, {throwIfNoEntry: false});
  if (found === undefined || found.isDirectory()) return;
  // RECORD cannot hold its own hash; that of a symlink is the business of the file it leads to.
  if (file === record || !found.isFile()) {
    rows.set(path, {path, hash: '', size: ''});
    return;
  }
  const hash = recordHash(await sha256(file, found.size));
  rows.set(path, {path, hash, size: String(found.size)});
  if (old?.hash === hash) site.unchanged.add(relative(site.stage, file));
}

/** Where a row's file lies; undefined when that is not in the stage, and so not in the package. */
function stagedFile({folder, stage, spellings, stagedPrefix}: Site, path: string): string | undefined {
  const spelling = spellings.find((one) => path.startsWith(`${one}/`));
  const file =
    spelling === undefined ? resolve(folder, path) : join(stagedPrefix, path.slice(spelling.length));
  return file.startsWith(`${stage === '/' ? '' : stage}/`) ? file : undefined;
}

/** `pkg/__pycache__/mod.pypy39.pyc`, also `.opt-1.pyc`, for `pkg/mod.py` (PEP 3147, PEP 488). */
async function bytecodeOf({bytecode}: Site, file: string): Promise<readonly string[]> {
  if (!file.endsWith('.py')) return [];
  const folder = join(dirname(file), '__pycache__');
  let names = bytecode.get(folder);
  if (names === undefined) {
    names = await readdir(folder).catch(() => []);
    bytecode.set(folder, names);
  }
  const stem = basename(file, '.py');
  return names
    .filter(
      (name) => name.startsWith(`${stem}.`) && /^\.[^.]+(?:\.opt-[^.]+)?\.pyc$/.test(name.slice(stem.length)),
    )
    .map((name) => join(folder, name));
}

/** Above this, a file is hashed piece by piece. */
const LARGE = 4 * 1024 * 1024;

async function sha256(file: string, size: number): Promise<Buffer> {
  const hash = createHash('sha256');
  // Synchronous, as lstat above: for thousands of small files promises would take most of the time.
  if (size <= LARGE) return hash.update(readFileSync(file)).digest();
  for await (const chunk of createReadStream(file, {highWaterMark: LARGE})) hash.update(chunk as Buffer);
  return hash.digest();
}

const isFile = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
