import {readFile, rename, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {ioError, MkvenvdebError} from '../errors.js';
import {digestFile} from '../formats/digests.js';
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

/** Its name in the folder. */
export const RECORD = 'cell.json';
/** Last, when all that it names is there. */
export async function writeRecord(out: string, record: CellRecord): Promise<void> {
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
