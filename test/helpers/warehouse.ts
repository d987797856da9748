import {cp, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {buildDeb, type DebFile} from '../../lib/index.js';
import {fixture} from './suite.js';

/** The version that is committed. */
export const COMMITTED = '26.11.0';
/** The moment that every package of the tests is built at: 1 November 2026. */
const EPOCH = 1793491200;

/** Copy the fixture into a folder that does not exist yet, as its release task would have rendered it. */
export async function copyWarehouse(into: string, version = COMMITTED, build = 'b388c51'): Promise<string> {
  await cp(fixture('warehouse'), into, {recursive: true, verbatimSymlinks: true});
  const template = await readFile(join(into, 'warehouse', '__about__.tmpl.py'), 'utf8');
  const about = template.replaceAll('{version}', version).replaceAll('{build}', build);
  await writeFile(join(into, 'warehouse', '__about__.py'), about);
  return into;
}

export interface WarehouseOptions {
  /** Where the copy, the work and the package go; is made if it is not there. */
  readonly folder: string;
  readonly python: string;
  readonly version?: string;
  /** The commit that the release names. */
  readonly build?: string;
  /** @default as configured: no */
  readonly keepPip?: boolean;
}

/** Build the package of a copy of the fixture. */
export async function buildWarehouse({
  folder,
  python,
  version,
  build,
  keepPip,
}: WarehouseOptions): Promise<DebFile> {
  const cwd = await copyWarehouse(join(folder, 'source'), version, build);
  const workDir = join(folder, 'work');
  await mkdir(workDir);
  const out = join(folder, 'out');
  // pip makes it five times as large: what is looked at then is not how it is packed.
  const compression = keepPip ? 'gzip' : undefined;
  const options = {cwd, python, workDir, out, keepPip, compression, sourceDateEpoch: EPOCH} as const;
  const {packages} = await buildDeb(options);
  const [built] = packages;
  if (built === undefined || packages.length > 1)
    throw new Error(`built ${packages.length} packages, not one`);
  return built;
}
