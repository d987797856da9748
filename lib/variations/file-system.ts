import {access, constants, readFile, statfs} from 'node:fs/promises';
import {resolve} from 'node:path';
import {findMount, parseMounts} from '../formats/mounts.js';
import type {Facts, Turn} from './turn.js';

/** File systems that hold what is written to them, and let it be run. Networks are left alone: they are slow. */
const USUAL = new Set([
  'ext2',
  'ext3',
  'ext4',
  'xfs',
  'btrfs',
  'zfs',
  'f2fs',
  'bcachefs',
  'tmpfs',
  'overlay',
]);

/** A folder of another kind of file system, with room for a build. */
export async function otherFileSystem(facts: Facts): Promise<Turn> {
  if (!facts.wanted.has('path')) return {why: 'the path stays the same'};
  const table = await readFile('/proc/self/mounts', 'utf8').catch(() => undefined);
  if (table === undefined) return {why: 'there is no /proc/self/mounts that tells them'};
  const mounts = parseMounts(table);
  const here = findMount(mounts, facts.folder)?.type ?? 'unknown';
  const reasons: string[] = [];
  for (const folder of candidates(facts)) {
    const mount = findMount(mounts, folder);
    if (mount === undefined || mount.type === here || !USUAL.has(mount.type)) continue;
    const why = await unusable(folder, mount.options, facts.room);
    if (why === undefined) return {parent: folder, value: `${mount.type} (${folder}) in place of ${here}`};
    reasons.push(`${folder} (${mount.type}) ${why}`);
  }
  const among = reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
  return {why: `no other kind than ${here} that could be used${among}`};
}

function candidates({caller}: Facts): readonly string[] {
  const {XDG_RUNTIME_DIR: runtime} = caller.environment;
  return [
    ...new Set(['/dev/shm', ...(runtime ? [resolve(runtime)] : []), ...caller.temporary, caller.cache]),
  ];
}

async function unusable(
  folder: string,
  options: ReadonlySet<string>,
  room: number,
): Promise<string | undefined> {
  if (options.has('ro')) return 'is read-only';
  if (options.has('noexec')) return 'lets no program be run';
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    const {bavail, bsize} = await statfs(folder);
    return bavail * bsize < room ? `has less than ${Math.ceil(room / 1e6)} MB left` : undefined;
  } catch {
    return 'cannot be written';
  }
}
