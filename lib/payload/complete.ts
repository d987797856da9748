import {compareBytes} from '../formats/order.js';
import type {Entry} from '../model.js';
import {pathProblem, refusePayload} from './names.js';
import {orderEntries} from './order.js';

export interface CompleteOptions {
  /** Of the parent directories that are added, in seconds since 1970. */
  readonly mtime: number;
}

/**
 * Make the payload whole: add every missing parent directory (0755 root:root; dpkg creates none by itself), check
 * what dpkg would choke on, and order it. The root itself (`./`) is no entry: the archive writer puts it first.
 *
 * @throws E_PAYLOAD with every path that dpkg cannot unpack, that two sources claim, or that lies below something
 *   which is no directory
 */
export function completePayload(entries: readonly Entry[], {mtime}: CompleteOptions): readonly Entry[] {
  const problems: string[] = [];
  const byPath = new Map<string, Entry>();
  for (const entry of entries) {
    const problem = pathProblem(entry.path);
    if (problem !== undefined) problems.push(problem);
    const other = byPath.get(entry.path);
    if (other !== undefined && !isSameDirectory(other, entry)) problems.push(collision(other, entry));
    else if (other === undefined || other.mtime < entry.mtime) byPath.set(entry.path, entry);
  }
  refusePayload(problems, 'Leave one of them out, or give it another name');
  refusePayload([...addParents(byPath, mtime), ...lostLinks(byPath)], 'Put one of them elsewhere');
  return orderEntries([...byPath.values()]);
}

/** Two sources may bring the same directory, as long as they agree on it; the newer time is kept. */
const isSameDirectory = (a: Entry, b: Entry): boolean =>
  [a, b].every(({type}) => type === 'directory') &&
  a.mode === b.mode &&
  a.owner === b.owner &&
  a.group === b.group;

function collision(a: Entry, b: Entry): string {
  const [one, two] = [describe(a), describe(b)].sort(compareBytes);
  return `Two things for one path: ${a.path} (${one} and ${two})`;
}

const describe = ({type, source, target, mode}: Entry): string =>
  source ?? (target === undefined ? `${type} of mode ${mode.toString(8)}` : `${type} to ${target}`);

/** Adds to the map what is missing, and gives back what cannot be a parent. */
function addParents(byPath: Map<string, Entry>, mtime: number): string[] {
  const problems: string[] = [];
  for (const path of [...byPath.keys()]) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const parent = path.slice(0, end);
      const existing = byPath.get(parent);
      if (existing === undefined) byPath.set(parent, directory(parent, mtime));
      else if (existing.type !== 'directory')
        problems.push(`Path below a ${existing.type}: ${path} (${parent})`);
    }
  }
  return problems;
}

const directory = (path: string, mtime: number): Entry => ({
  path,
  type: 'directory',
  mode: 0o755,
  owner: 'root',
  group: 'root',
  mtime,
  size: 0,
});

function lostLinks(byPath: ReadonlyMap<string, Entry>): string[] {
  return [...byPath.values()]
    .filter(({type, target = ''}) => type === 'hardlink' && byPath.get(target)?.type !== 'file')
    .map(({path, target}) => `Hard link to no file of the package: ${path} -> ${target}`);
}
