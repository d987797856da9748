import {readdir, readFile, stat} from 'node:fs/promises';
import {join, posix} from 'node:path';
import {type CoreMetadata, type Person, parseCoreMetadata} from '../formats/core-metadata.js';
import {compareBytes} from '../formats/order.js';
import {parseRequirement} from '../formats/requirements.js';
import type {Distribution, DistributionDetails, StagedVenv} from '../model.js';

/** What build back ends take for a licence file (PEP 639 and setuptools before it). */
const LICENCE_NAME = /^(?:licen[cs]e|copying|copyright|notice)/i;
/** No licence is that long; a file beyond it is something else. */
const MOST_BYTES = 1 << 20;

export interface DetailsOptions {
  /** Normalised name of what is packed; undefined where requirements only are. */
  readonly project: string | undefined;
  /** Extras of the project that were asked for. */
  readonly extras: readonly string[];
}

/** Read licences, people and dependencies of everything that is installed, sorted by name. */
export async function readDetails(
  venv: StagedVenv,
  {project, extras}: DetailsOptions,
): Promise<readonly DistributionDetails[]> {
  const read = await Promise.all(
    venv.distributions.map(async (distribution) => {
      const folder = join(venv.stagedPrefix, distribution.distInfo);
      const metadata = parseCoreMetadata(await readFile(join(folder, 'METADATA'), 'utf8'));
      return {distribution, metadata, licenseFiles: await readLicences(folder, metadata)};
    }),
  );
  const needs = dependencies(read, new Map(project ? [[project, extras]] : []));
  return read.map(({distribution, metadata, licenseFiles}) => ({
    ...distribution,
    ...(metadata.homepage === undefined ? {} : {homepage: metadata.homepage}),
    ...(metadata.licenseExpression === undefined ? {} : {licenseExpression: metadata.licenseExpression}),
    ...(metadata.license === undefined ? {} : {license: metadata.license}),
    classifiers: metadata.classifiers.filter((text) => text.startsWith('License ::')),
    licenseFiles,
    people: nameAll(metadata.authors.length > 0 ? metadata.authors : metadata.maintainers),
    requires: needs.get(distribution.normalizedName) ?? [],
    isProject: distribution.normalizedName === project,
  }));
}

/**
 * Files that `License-File` names, below `licenses/` (PEP 639) or beside METADATA (setuptools before it, which leaves
 * out their folders); where it names none, what is called like one.
 */
async function readLicences(
  folder: string,
  {licenseFiles}: CoreMetadata,
): Promise<DistributionDetails['licenseFiles']> {
  const present = await readdir(folder, {recursive: true});
  const found = licenseFiles.flatMap((name) => {
    const places = [`licenses/${name}`, name, posix.basename(name), `licenses/${posix.basename(name)}`];
    return places.find((place) => present.includes(place)) ?? [];
  });
  const others = present.filter(
    (name) => /^licen[cs]es\//.test(name) || (!name.includes('/') && LICENCE_NAME.test(name)),
  );
  const names = [...new Set(found.length > 0 ? found : others)].sort(compareBytes);
  const files = await Promise.all(
    names.map(async (name) => ({name, text: await readText(join(folder, name))})),
  );
  return files.flatMap(({name, text}) => (text === undefined || text.trim() === '' ? [] : {name, text}));
}

async function readText(file: string): Promise<string | undefined> {
  const status = await stat(file);
  if (!status.isFile() || status.size > MOST_BYTES) return undefined;
  const bytes = await readFile(file);
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    return new TextDecoder('latin1').decode(bytes);
  }
}

const nameAll = (people: readonly Person[]): readonly string[] =>
  people.map(({name, email}) => [name, email && `<${email}>`].filter(Boolean).join(' '));

/** Who needs whom; what only an extra asks for counts where somebody asks for that extra. */
function dependencies(
  read: readonly {readonly distribution: Distribution; readonly metadata: CoreMetadata}[],
  wanted: Map<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const requirements = new Map(
    read.map(({distribution, metadata}) => [
      distribution.normalizedName,
      metadata.requiresDist.flatMap((text) => parseRequirement(text) ?? []),
    ]),
  );
  for (const {normalizedName, extras} of [...requirements.values()].flat()) {
    wanted.set(normalizedName, [...(wanted.get(normalizedName) ?? []), ...extras]);
  }
  return new Map(
    [...requirements].map(([name, list]) => {
      const isMeant = ({marker = ''}: {readonly marker?: string}) => {
        const asked = [...marker.matchAll(/\bextra\s*==\s*["']([^"']+)["']/g)].map(([, extra]) => extra);
        return asked.length === 0 || asked.some((extra) => wanted.get(name)?.includes(extra ?? ''));
      };
      const needed = list.filter(isMeant).map(({normalizedName}) => normalizedName);
      const installed = needed.filter((one) => one !== name && requirements.has(one));
      return [name, [...new Set(installed)].sort(compareBytes)];
    }),
  );
}
