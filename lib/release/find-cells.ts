import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {MkvenvdebError} from '../errors.js';
import {readCell} from './cell-record.js';

/**
 * Cells in folders: each is one, or holds folders that are.
 *
 * @param folders absolute
 * @returns the folder of each cell by its name
 * @throws E_OPTION for a folder without a cell, and for a cell that is there twice
 */
export async function findCells(folders: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    const below = (await readdir(folder, {withFileTypes: true}).catch(() => []))
      .filter((entry) => entry.isDirectory())
      .map(({name}) => join(folder, name));
    let count = 0;
    for (const place of [folder, ...below.sort()]) {
      const record = await readCell(place);
      if (record === undefined) continue;
      const other = found.get(record.id);
      if (other !== undefined && other !== place)
        throw new MkvenvdebError('E_OPTION', `Cell is there twice: ${record.id}`, {issues: [other, place]});
      found.set(record.id, place);
      count += 1;
    }
    if (count === 0)
      throw new MkvenvdebError('E_OPTION', `No cell in folder: ${folder}`, {
        hint: 'Name folders that mkvenvdeb build --cell ID --out DIR has written to',
      });
  }
  return found;
}
