import {open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {ioError} from '../errors.js';

/** How a storage makes what it wrote durable: one call for the whole file system. */
export type SyncFileSystem = (folder: string) => Promise<void>;

/** Up to so many files are made durable one by one, and no other process of the machine has to be waited for. */
const FEW = 24;

/** Remembers what was written, and makes it durable. */
export interface Durable {
  readonly wrote: (file: string) => void;
  readonly sync: () => Promise<void>;
}

export function openDurably(root: string, syncFileSystem: SyncFileSystem): Durable {
  let written = new Set<string>();
  return {
    wrote(file) {
      if (written.size <= FEW) written.add(file);
    },
    async sync() {
      const files = [...written];
      written = new Set();
      if (files.length > FEW) return syncFileSystem(root);
      await Promise.all([...files, ...new Set(files.map(dirname))].map(syncOne));
      // Folders above may be new as well.
      await Promise.all([...new Set(files.flatMap((file) => above(root, file)))].map(syncOne));
    },
  };
}

function above(root: string, file: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = dirname(dirname(file)); folder.startsWith(root); folder = dirname(folder))
    folders.push(folder);
  return folders;
}

async function syncOne(path: string): Promise<void> {
  try {
    const handle = await open(path);
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    // Somebody has collected it as garbage; or the file system cannot do that with a folder.
    if (!['ENOENT', 'EINVAL'].includes(String((error as NodeJS.ErrnoException).code)))
      throw ioError(error, `writing ${path}`);
  }
}
