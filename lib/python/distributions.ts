import {readdir, readFile} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {parseCoreMetadata} from '../formats/core-metadata.js';
import {normalizeName} from '../formats/names.js';
import {parseRecord} from '../formats/record.js';
import type {Distribution, StagedVenv} from '../model.js';
import type {Wheel} from './wheels.js';

/** Read what is installed from its `*.dist-info` (PyPA, recording installed projects), sorted by name. */
export async function readDistributions(
  venv: StagedVenv,
  wheels: readonly Wheel[],
): Promise<readonly Distribution[]> {
  const {sitePackages} = venv.interpreter;
  const sources = new Map(wheels.map((wheel) => [wheel.normalizedName, wheel]));
  const found: Distribution[] = [];
  for (const folder of await readdir(join(venv.stagedPrefix, sitePackages))) {
    if (!folder.endsWith('.dist-info')) continue;
    const distInfo = posix.join(sitePackages, folder);
    const text = await readFile(join(venv.stagedPrefix, distInfo, 'METADATA'), 'utf8');
    const {name, version, summary} = parseCoreMetadata(text);
    const normalizedName = normalizeName(name);
    const {newestMember, archive} = sources.get(normalizedName) ?? {};
    found.push({
      name,
      normalizedName,
      version,
      distInfo,
      ...(summary ? {summary} : {}),
      ...(newestMember === undefined ? {} : {newestMember}),
      ...(archive ? {archive} : {}),
    });
  }
  return found.sort((a, b) => (a.normalizedName < b.normalizedName ? -1 : 1));
}

/** One file of a distribution, as its RECORD has it. */
export interface RecordedFile {
  readonly distribution: string;
  /** As in RECORD, `sha256=…`; undefined for RECORD itself. */
  readonly hash?: string | undefined;
}

/** Every recorded file, by its path relative to the prefix; also of what hooks have installed. */
export async function recordedFiles(venv: StagedVenv): Promise<ReadonlyMap<string, RecordedFile>> {
  const files = new Map<string, RecordedFile>();
  for (const {distInfo, normalizedName: distribution} of await readDistributions(venv, [])) {
    const record = posix.join(distInfo, 'RECORD');
    const text = await readFile(join(venv.stagedPrefix, record), 'utf8').catch(() => '');
    for (const {path, hash} of parseRecord(text, record)) {
      files.set(posix.join(venv.interpreter.sitePackages, path), {distribution, hash});
    }
  }
  return files;
}
