import {cp, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fixture} from './suite.js';

/** The version that is committed. */
export const COMMITTED = '26.11.0';

/** Copy the fixture into a folder that does not exist yet, as its release task would have rendered it. */
export async function copyWarehouse(into: string, version = COMMITTED, build = 'b388c51'): Promise<string> {
  await cp(fixture('warehouse'), into, {recursive: true, verbatimSymlinks: true});
  const template = await readFile(join(into, 'warehouse', '__about__.tmpl.py'), 'utf8');
  const about = template.replaceAll('{version}', version).replaceAll('{build}', build);
  await writeFile(join(into, 'warehouse', '__about__.py'), about);
  return into;
}
